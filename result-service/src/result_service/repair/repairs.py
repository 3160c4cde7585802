"""The repairs that the sweeper makes, counted and logged."""

import structlog
from prometheus_client import Counter
from sightline_contracts import metrics

KINDS = ("announced", "completed", "user_deleted")
REPAIRS = Counter("sweeper_repairs_total", "What the sweeper mended.", ["kind"])
metrics.begin(REPAIRS, KINDS)
_log = structlog.get_logger()


def record(kind: str, subject: str) -> None:
    REPAIRS.labels(kind).inc()
    _log.info("sweeper_repair", kind=kind, subject=subject)
