"""What an operator may set of the instances that analyse pictures."""

import os

from pydantic import BaseModel, Field

from image_service.sla import promised


class InstanceSettings(BaseModel):
    function: str = "image_service.local_engine.analysis"
    """The module that instances of the ordinary queue run."""
    text_function: str = "image_service.local_engine.text_analysis"
    """The module that instances of the queue for text run."""
    instances: int = Field(default=os.cpu_count() or 1, ge=1)
    """The most instances of the ordinary queue at a time."""
    text_instances: int = Field(default=1, ge=1)
    """The most instances of the queue for text at a time."""
    instance_idle_s: float = Field(default_factory=promised("instance_idle_s"), gt=0)
    """Seconds after which an instance without work ends."""
    fork_server_idle_s: float = Field(default_factory=promised("fork_server_idle_s"), gt=0)
    """Seconds after which a fork server without instances ends."""
