"""Reads the text in a picture."""
