"""What a caller of result-service can be told."""

from sightline_contracts.problems import Problem


class AlreadyFinished(Problem):
    status, slug, title = 409, "already-finished", "The analysis has already ended"


class NoSuchAnalysis(Problem):
    status, slug, title = 404, "not-found", "There is nothing here"
