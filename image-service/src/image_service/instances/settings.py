"""What an operator may set of the instances that analyse pictures."""

import os
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from image_service.sla import promised

MOVED = {
    "image_service.analysis": "image_service.local_engine.analysis",
    "image_service.text_analysis": "image_service.local_engine.text_analysis",
}
"""Modules that a deployment may still name by their earlier names."""
Module = Annotated[str, AfterValidator(lambda name: MOVED.get(name, name))]


class InstanceSettings(BaseModel):
    function: Module = "image_service.local_engine.analysis"
    """The module that instances of the ordinary queue run."""
    text_function: Module = "image_service.local_engine.text_analysis"
    """The module that instances of the queue for text run."""
    instances: int = Field(default=os.cpu_count() or 1, ge=1)
    """The most instances of the ordinary queue at a time."""
    text_instances: int = Field(default=1, ge=1)
    """The most instances of the queue for text at a time."""
    instance_idle_s: float = Field(default_factory=promised("instance_idle_s"), gt=0)
    """Seconds after which an instance without work ends."""
    fork_server_idle_s: float = Field(default_factory=promised("fork_server_idle_s"), gt=0)
    """Seconds after which a fork server without instances ends."""
