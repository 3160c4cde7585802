"""Classifiers and detectors that an operator brings."""
