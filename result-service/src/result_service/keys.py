"""Where things lie in the bucket. Nothing else knows this layout.

Keys of one user's analyses carry the inverse of the time in the id, so that S3's ascending
listing is newest first without an index.
"""

from sightline_contracts import ids

PENDING = "pending/"
DELETIONS = "deletions/"
DEAD_LETTERS = "dead-letters/"
WEBHOOKS = "webhooks/"
FUNCTION = "function.json"
_LAST_MILLISECOND = 2**48 - 1  # the time part of a ULID has 48 bits


def pending(user_id: str, analysis_id: str) -> str:
    return f"{PENDING}{user_id}/{analysis_id}.json"


def outcome(user_id: str, analysis_id: str) -> str:
    return f"analyses/{user_id}/{newest_first(analysis_id)}.json"


def dead_letter(_user_id: str, analysis_id: str) -> str:
    return f"{DEAD_LETTERS}{newest_first(analysis_id)}.json"


def redrive(_user_id: str, analysis_id: str) -> str:
    return f"redrives/{analysis_id}"


def intent(user_id: str, analysis_id: str) -> str:
    return f"intents/{user_id}/{analysis_id}.json"


def upload(user_id: str, analysis_id: str) -> str:
    return f"uploads/{user_id}/{analysis_id}"


def preview(user_id: str, analysis_id: str) -> str:
    return f"previews/{user_id}/{analysis_id}.jpg"


def idempotency(user_id: str, digest: str) -> str:
    return f"idempotency/{user_id}/{digest}.json"


def batch(user_id: str, batch_id: str) -> str:
    return f"batches/{user_id}/{batch_id}.json"


def deletion(user_id: str) -> str:
    return f"{DELETIONS}{user_id}"


def webhook(due: float, analysis_id: str) -> str:
    """`due` in seconds since the epoch: what is due first comes first."""
    return f"{WEBHOOKS}{int(due * 1000):015d}-{analysis_id}.json"


def due_in(webhook_key: str) -> float:
    return int(delivery_id_in(webhook_key).partition("-")[0]) / 1000


def delivery_id_in(webhook_key: str) -> str:
    return webhook_key.removeprefix(WEBHOOKS).removesuffix(".json")


def newest_first(analysis_id: str) -> str:
    """What orders every listing: the inverse of the time, then the id within one millisecond."""
    return f"{_LAST_MILLISECOND - ids.milliseconds_of(analysis_id):015d}-{analysis_id}"


def of_user(user_id: str) -> tuple[str, ...]:
    """Prefixes that hold everything of one user; what keeps work alive comes first."""
    kinds = ("pending", "analyses", "intents", "uploads", "previews", "idempotency", "batches")
    return tuple(f"{kind}/{user_id}/" for kind in kinds)


def outcomes_of(user_id: str) -> str:
    return f"analyses/{user_id}/"


def pendings_of(user_id: str) -> str:
    return f"{PENDING}{user_id}/"


def is_pending(key: str) -> bool:
    return key.startswith(PENDING)


def analysis_id_in(key: str) -> str:
    """The analysis id in a pending, an outcome or a dead letter's key."""
    return key.rpartition("/")[2].removesuffix(".json").rpartition("-")[2]


def user_id_in(key: str) -> str:
    return key.split("/")[1]
