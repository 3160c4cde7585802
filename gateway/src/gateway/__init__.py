"""gateway: who are you, may you, within the contract; routes, waits, streams."""

__version__ = "2.0.0"
