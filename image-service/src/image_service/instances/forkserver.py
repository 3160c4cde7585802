"""The fork server: engine imported and warmed once, forks an instance whenever it is asked to.

`python -m image_service.instances.forkserver FD MODULE MODELS_DIR`, FD being one end of a socket
pair. It is asked by datagrams of JSON: `{"fork": …}` with the instance's end of a connection as an
ancillary file descriptor, answered by `{"pid": …}`; `{"reap": pid}`, answered by `{"status": …}`.
A zombie keeps its process group's number: who has been killed is reaped only when all are dead.
"""

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from image_service.instances import child
from image_service.instances.confinement import confine, undumpable

DATAGRAM = 4096


def serve(control: socket.socket, function: ModuleType) -> None:
    """Until the other end is closed; then no instance is left."""
    alive: set[int] = set()
    try:
        while True:
            message, descriptors, _, _ = socket.recv_fds(control, DATAGRAM, 1)
            if not message:
                return
            asked = json.loads(message)
            if "fork" in asked:
                pid = _fork(control, descriptors[0], function, asked["fork"])
                os.close(descriptors[0])
                alive.add(pid)
                answer = {"pid": pid}
            else:
                pid = asked["reap"]
                alive.discard(pid)
                answer = {"status": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}
            control.send(json.dumps(answer).encode())
    finally:
        for pid in alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def _fork(
    control: socket.socket, descriptor: int, function: ModuleType, asked: dict[str, Any]
) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        control.close()
        limits = child.Limits(memory_mb=int(asked["memory_mb"]))
        child.run(descriptor, function, limits, asked["asked_at"], asked["operations"])
        status = 0
    except BrokenPipeError:
        status = 0  # whoever asked has gone
    except BaseException:  # noqa: BLE001  # nothing of a child may run on in the fork server's code
        traceback.print_exc()
    finally:
        os._exit(status)


def prove() -> None:
    """A child that can confine itself. Raises RuntimeError without one: then no picture is taken."""
    pid = os.fork()
    if not pid:
        try:
            confine()
        except BaseException:  # noqa: BLE001  # as above
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        raise RuntimeError("instances cannot be confined here")


def main(descriptor: str, module: str, models_dir: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    undumpable()
    prove()
    function = importlib.import_module(module)
    function.initialize(Path(models_dir) if models_dir else None)
    gc.collect()
    gc.freeze()  # what is shared with the children stays shared
    with socket.socket(fileno=int(descriptor)) as control:
        control.send(json.dumps({"ready": os.getpid()}).encode())
        serve(control, function)


if __name__ == "__main__":
    main(*sys.argv[1:])
