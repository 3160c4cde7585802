"""Starts the whole system as child processes: `make demo` and the end-to-end tests share it.

Plain Python without any package, since it is what makes the virtual environments.
"""
