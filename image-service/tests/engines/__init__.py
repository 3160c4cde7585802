"""Vendors' engines, against stubs of their services that are real HTTP servers."""
