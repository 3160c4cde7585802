"""A running system as tests see it, whatever its parts are: processes or containers."""

import abc
from types import TracebackType
from typing import Self


class System(abc.ABC):
    """Use it as a context manager. Parts go by their names in docker-compose.yml."""

    port: int

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @abc.abstractmethod
    def start(self) -> None:
        """Raises StackError; stop() is then still to be called."""

    @abc.abstractmethod
    def stop(self) -> None:
        """Everything, and nothing of it stays."""

    @abc.abstractmethod
    def wait_until_ready(self) -> None:
        """Until the edge says that it is, and the worker is there. Raises StackError."""

    @abc.abstractmethod
    def kill(self, name: str) -> None:
        """SIGKILL; the part stays away until launch()."""

    @abc.abstractmethod
    def launch(self, name: str) -> object:
        """Start a part, again after it was killed."""

    @abc.abstractmethod
    def pause(self, name: str) -> None:
        """The part does nothing until resume(), and its connections stay open."""

    @abc.abstractmethod
    def resume(self, name: str) -> None: ...

    @abc.abstractmethod
    def reconfigure(self, name: str, **settings: str) -> None:
        """Start a service anew, with these variables added to what it was made with."""

    @abc.abstractmethod
    def command(self, service: str, *arguments: str) -> str:
        """What `python -m` of a service printed. Raises StackError."""

    @property
    @abc.abstractmethod
    def redis_url(self) -> str: ...

    @abc.abstractmethod
    def bucket(self) -> tuple[str, str, str]:
        """Host and port, access key and secret key of the object store."""

    @abc.abstractmethod
    def table(self) -> tuple[str, str, str]:
        """Address, access key and secret key of the table store."""
