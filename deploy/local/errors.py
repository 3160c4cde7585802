"""What can go wrong with a stack, in one line each."""


class StackError(Exception):
    """One clear line for whoever started it."""
