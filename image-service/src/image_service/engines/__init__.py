"""Who does an operation: the local engine in an instance, or a vendor's service."""
