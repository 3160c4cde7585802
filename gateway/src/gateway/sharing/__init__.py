"""Addresses that show a part of an analysis to whoever has them."""
