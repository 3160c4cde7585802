"""What an operator may set of the worker."""

from pydantic import BaseModel, Field, field_validator
from sightline_contracts import work_queue

from image_service.comma_lists import read_list
from image_service.sla import promised


class WorkerSettings(BaseModel):
    lanes: str = ",".join(queue.name for queue in work_queue.QUEUES)
    """The queues that this worker serves, by commas: of each, workers may be started and stopped apart."""
    lease_s: float = Field(default_factory=promised("lease_s"), gt=0)
    """Seconds after which another worker takes over the messages of a silent one."""
    reuse_for_s: float = Field(default=86_400, ge=0)
    """Seconds for which a picture's result answers for the same picture again; 0 turns that off."""
    drain_s: float = Field(default=8.0, ge=0)
    """Seconds in which a stopping worker finishes the analyses under way."""

    @field_validator("lanes")
    @classmethod
    def _known(cls, lanes: str) -> str:
        """Raises ValueError for a queue that is not there, and where none is named."""
        names = {queue.name for queue in work_queue.QUEUES}
        if not read_list(lanes) or not names.issuperset(read_list(lanes)):
            raise ValueError(f"LANES names some of {', '.join(sorted(names))}.")
        return lanes
