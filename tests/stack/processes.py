"""The system as processes, with what tests do to it."""

import signal
from collections.abc import Mapping
from pathlib import Path

from local import edge
from local.environments import SERVICES
from local.processes import Child
from local.stack import Stack, free_port, wait_until_ready

from stack.released import Released
from stack.system import System


class ProcessStack(Stack, System):
    """A Stack whose parts are killed, paused and changed. The part `released` runs as it was released,
    the others as they lie here."""

    def __init__(
        self,
        settings: Mapping[str, Mapping[str, str]] | None = None,
        *,
        with_nginx: bool = True,
        released: Released | None = None,
    ) -> None:
        super().__init__(settings=settings, with_nginx=with_nginx)
        self._released = released

    def launch_beside(self, name: str, **settings: str) -> str:
        """One more of a service, on the same stores; its address. kill(f"{name}-beside") ends it."""
        beside, port = f"{name}-beside", free_port()
        environment = {**self._environment(name), "PORT": str(port), **settings}
        child = Child(beside, self._command(name), environment, self._log(beside))
        self.children[beside] = child
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, child.check)
        return url

    def kill(self, name: str) -> None:
        self.children[name].kill()

    def pause(self, name: str) -> None:
        self.children[name].signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self.children[name].signal(signal.SIGCONT)

    def reconfigure(self, name: str, **settings: str) -> None:
        self.children[name].stop()
        before = self._settings
        self._settings = {**before, name: {**before.get(name, {}), **settings}}
        self.launch(name)
        self._settings = before
        self.wait_until_ready()

    def logs(self) -> list[Path]:
        """What each part has printed since this stack, or one before on its port, was started."""
        return sorted(self._log("").parent.glob("*.log"))

    def secret(self, name: str) -> Path:
        """`server.key`, or a service's `<name>.seed`: for tests of what who has them could do."""
        return self._run / name

    def bucket(self) -> tuple[str, str, str]:
        return f"127.0.0.1:{self.ports['s3']}", "demo", "demo"

    def table(self) -> tuple[str, str, str]:
        return self.url("dynamodb"), "demo", "demo"

    def _release_of(self, name: str) -> Released | None:
        return self._released if self._released and self._released.name == name else None

    def _interpreter(self, name: str) -> Path:
        released = self._release_of(name)
        return released.python() if released else super()._interpreter(name)

    def _home(self, name: str) -> Path:
        released = self._release_of(name)
        return released.home if released else super()._home(name)

    def _static(self) -> Path:
        released = self._release_of(edge.NAME)
        return released.static() if released else super()._static()

    def _environment(self, name: str) -> dict[str, str]:
        environment = super()._environment(name)
        if self._released is None or name not in SERVICES:
            return environment
        settings = {**self._settings.get("*", {}), **self._settings.get(name, {})}
        # A release may be from before there were tokens.
        environment["SERVICE_TOKENS"] = settings.get("SERVICE_TOKENS", "accept")
        if self._released.name == name and "SOURCE_COMMIT" not in settings:
            environment["SOURCE_COMMIT"] = self._released.commit
        return environment
