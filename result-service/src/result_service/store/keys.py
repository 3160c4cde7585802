"""The layout of the bucket. No other module knows it.

Keys of a user's analyses hold the inverse of the time in the id, so that S3's ascending listing is
newest first without an index.
"""

import secrets

from sightline_contracts import ids

PENDING = "pending/"
OUTCOMES = "analyses/"
DELETIONS = "deletions/"
REMOVALS = "removals/"
DEAD_LETTERS = "dead-letters/"
WEBHOOKS = "webhooks/"
SLOTS = "slots/"
TOMBSTONES = "deleted/"
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


def slot(user_id: str, upload_id: str, size: int) -> str:
    """The promise of a presigned upload. The key holds `size` in bytes, so that listing the promises
    is enough to add them up."""
    return f"{slots_for(user_id, upload_id)}{size}"


def slots_for(user_id: str, upload_id: str) -> str:
    return f"{SLOTS}{user_id}/{upload_id}-"


def promised_in(slot_key: str) -> tuple[str, int]:
    """The upload's id and its size in bytes."""
    upload_id, _, size = slot_key.rpartition("/")[2].rpartition("-")
    return upload_id, int(size)


def tombstone(user_id: str, analysis_id: str) -> str:
    """The mark of a deleted analysis."""
    return f"{TOMBSTONES}{user_id}/{analysis_id}"


def buried_in(tombstone_key: str) -> tuple[str, str]:
    """The ids of the user and of the deleted analysis."""
    _, user_id, analysis_id = tombstone_key.split("/")
    return user_id, analysis_id


def removal(due: float) -> str:
    """A removal that is due at `due`, in seconds since the epoch. The key names no user."""
    return f"{REMOVALS}{_milliseconds(due)}-{secrets.token_hex(8)}.json"


def removal_due(key: str) -> float:
    return int(key.removeprefix(REMOVALS).partition("-")[0]) / 1000


def _milliseconds(due: float) -> str:
    """Seconds since the epoch as milliseconds of fixed length, so that keys sort by time."""
    return f"{int(due * 1000):015d}"


def preview(user_id: str, analysis_id: str) -> str:
    return f"previews/{user_id}/{analysis_id}.jpg"


def share(user_id: str, analysis_id: str, share_id: str) -> str:
    return f"{shares_of(user_id, analysis_id)}{share_id}.json"


def shares_of(user_id: str, analysis_id: str) -> str:
    return f"shares/{user_id}/{analysis_id}/"


def embedding(user_id: str, analysis_id: str) -> str:
    return f"embeddings/{user_id}/{analysis_id}"


def late(user_id: str, analysis_id: str) -> str:
    """The mark of an analysis that was accepted long after its id was made."""
    return f"{late_of(user_id)}{analysis_id}"


def idempotency(user_id: str, digest: str) -> str:
    return f"idempotency/{user_id}/{digest}.json"


def batch(user_id: str, batch_id: str) -> str:
    return f"batches/{user_id}/{batch_id}.json"


def deletion(user_id: str) -> str:
    return f"{DELETIONS}{user_id}"


def webhook(due: float, analysis_id: str) -> str:
    """`due` in seconds since the epoch."""
    return f"{WEBHOOKS}{_milliseconds(due)}-{analysis_id}.json"


def due_in(webhook_key: str) -> float:
    return int(delivery_id_in(webhook_key).partition("-")[0]) / 1000


def delivery_id_in(webhook_key: str) -> str:
    return webhook_key.removeprefix(WEBHOOKS).removesuffix(".json")


def newest_first(analysis_id: str) -> str:
    """The order of every listing: the inverse of the time, then the id within one millisecond."""
    return f"{_LAST_MILLISECOND - ids.milliseconds_of(analysis_id):015d}-{analysis_id}"


def outcomes_until(user_id: str, milliseconds: int) -> str:
    """The key before the outcomes of analyses that were accepted until then."""
    return f"{outcomes_of(user_id)}{_LAST_MILLISECOND - milliseconds:015d}"


def pendings_until(user_id: str, milliseconds: int) -> str:
    """The key after the pending objects of analyses that were accepted until then."""
    return f"{pendings_of(user_id)}{ids.prefix_of('an', milliseconds)}~"


def of_user(user_id: str) -> tuple[str, ...]:
    """Prefixes that hold everything of a user; those that keep work alive come first."""
    kinds = (
        "pending",
        "analyses",
        "intents",
        "uploads",
        "slots",
        "previews",
        "embeddings",
        "late",
        "shares",
        "idempotency",
        "batches",
        "deleted",
    )
    return tuple(f"{kind}/{user_id}/" for kind in kinds)


def outcomes_of(user_id: str) -> str:
    return f"analyses/{user_id}/"


def pendings_of(user_id: str) -> str:
    return f"{PENDING}{user_id}/"


def late_of(user_id: str) -> str:
    return f"late/{user_id}/"


def uploads_of(user_id: str) -> str:
    return f"uploads/{user_id}/"


def slots_of(user_id: str) -> str:
    return f"{SLOTS}{user_id}/"


def is_pending(key: str) -> bool:
    return key.startswith(PENDING)


def user_id_in(key: str) -> str:
    """The user id in the key of an outcome."""
    return key.split("/")[1]


def analysis_id_in(key: str) -> str:
    """The analysis id in the key of a pending object, an outcome or a dead letter."""
    return key.rpartition("/")[2].removesuffix(".json").rpartition("-")[2]
