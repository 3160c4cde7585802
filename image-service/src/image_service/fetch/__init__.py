"""Fetching an image from an address that a stranger gave us."""
