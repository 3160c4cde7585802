"""What a submission may ask for, by the contract of the event that announces it."""

from dataclasses import dataclass

from sightline_contracts.problems import InvalidRequest

from result_service.models.analyses import Input


@dataclass(frozen=True)
class SubmissionRules:
    """The operations and engines that image-service promises to run."""

    operations: frozenset[str]
    engines: frozenset[str]

    def check(self, submitted: Input) -> None:
        """An intent outside the event's contract would be kept and could never be announced. Raises
        InvalidRequest."""
        detail = self._fault(submitted)
        if detail is not None:
            raise InvalidRequest(errors=[{"pointer": "/input", "detail": detail}])

    def _fault(self, submitted: Input) -> str | None:
        if not self.operations.issuperset(submitted.operations):
            return "operations must be those that image-service promises"
        if len(set(submitted.operations)) != len(submitted.operations):
            return "operations must not name one twice"
        if submitted.engine not in self.engines:
            return "engine must be one that image-service promises"
        return None
