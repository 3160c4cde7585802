"""Running systems for tests: as processes, as containers, and with a part as it was released."""
