"""user-service: users, keys, sessions, quota reservations and the bill."""

__version__ = "1.0.0"
