"""Starts the whole system as child processes of this machine: `make demo`, and the tests that need one.

It uses plain Python without any package, since it is what makes the virtual environments.
"""
