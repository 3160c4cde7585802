"""What models of ONNX Runtime have in common.

Importing it costs 30 ms and 8 MB, a session does not live through a fork: an instance imports this
when its first picture wants a model, and has one thread for it.
"""

import contextlib
from collections.abc import Iterator

from onnxruntime.capi import onnxruntime_pybind11_state as state

PROVIDERS = ["CPUExecutionProvider"]
FAILURES: tuple[type[Exception], ...] = (state.RuntimeException, state.Fail)
ERRORS: tuple[type[Exception], ...] = tuple(
    error
    for error in vars(state).values()
    if isinstance(error, type) and issubclass(error, Exception)
)
"""All that it raises of its own."""
NO_MEMORY = ("bad_alloc", "allocate")


@contextlib.contextmanager
def memory_errors(*wrapped: type[Exception]) -> Iterator[None]:
    """Raises MemoryError for what ONNX Runtime says when it gets no memory; `wrapped`: the errors
    of a library around it that say the same."""
    try:
        yield
    except (*FAILURES, *wrapped) as error:
        if any(sign in str(error) for sign in NO_MEMORY):
            raise MemoryError from error
        raise
