"""What an operator may set of the search index."""

from pathlib import Path

from pydantic import BaseModel, Field

from result_service.sla import promised_count


class IndexSettings(BaseModel):
    index_dir: Path | None = None
    """The folder of the search index, on a disk of this machine; unset, a temporary one of the process."""
    index_limit_bytes: int = Field(default_factory=promised_count("index_limit_bytes"), gt=0)
    """Bytes that the index may take; beyond it the users' indexes that were used longest ago are made anew when
    they are asked for again."""
