"""result-service: owns the life of an analysis, from the intent to the outcome."""

__version__ = "2.0.0"
