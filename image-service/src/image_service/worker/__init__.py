"""Takes messages from the queue and reports their outcomes."""
