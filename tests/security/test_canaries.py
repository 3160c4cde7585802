"""What is secret or somebody's own is in no log, and in no answer that refuses something."""

from conftest import Origin
from security.canaries import Trail, be_refused, somebody, use_all
from security.ledger import Ledger
from stack.processes import ProcessStack


def test_what_is_secret_is_in_no_log_and_in_no_refusal(
    ledger: Ledger, stack: ProcessStack, base_url: str, tiny: bytes, origin: Origin
) -> None:
    trail = Trail()
    with somebody(trail, base_url) as user:
        use_all(user, trail, tiny, origin)
        be_refused(user, trail)
    texts = {log.name: log.read_bytes() for log in stack.logs()}
    assert len(texts) >= 8, "a service whose log is not looked at"
    assert all(b"service" in texts[f"{name}.log"] for name in ("gateway", "user-service"))
    logged = [
        f"{name} in {log}"
        for name, secret in trail.secrets.items()
        for log, text in texts.items()
        if secret.encode() in text
    ]
    told = [
        f"{name} by {answer.request.method} {answer.request.url.path[:40]}"
        for name, secret in trail.secrets.items()
        for answer in trail.refused
        if secret in answer.text.replace(answer.request.url.path, "")
        or any(secret in value for value in answer.headers.values())
    ]
    count = len(trail.secrets)
    ledger.none(f"secrets × {len(texts)} logs", count * len(texts), "written", logged)
    refusals = len(trail.refused)
    ledger.none(f"secrets × {refusals} refusals", count * refusals, "told", told)
