"""Measurements, printed and not asserted."""
