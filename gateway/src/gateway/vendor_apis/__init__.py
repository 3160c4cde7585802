"""Endpoints that the vendors' own clients can call: their requests become our submissions, our results
their answers. docs/compat.md says what works."""
