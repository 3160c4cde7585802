"""Services stay within the memory that compose gives them while clients lean on them."""

from bench import peaks
from stack.compose import ComposeStack


def test_no_service_takes_more_than_its_memory(stack: ComposeStack) -> None:
    stack.reconfigure("image-service", REUSE_FOR_S="3600")
    try:
        begun = peaks.begun(stack)
        measured, answers = peaks.measure(stack)
        assert peaks.begun(stack) == begun
    finally:
        stack.reconfigure("image-service")
    for name, value in peaks.rows(measured):
        print(f"{name}  {value}")
    for name, peak in measured.items():
        assert 0 < peak.held < peak.limit, f"{name}: {peak}"
    for load, statuses in answers.items():
        assert set(statuses) <= peaks.FAIR, f"{load}: {statuses}"
