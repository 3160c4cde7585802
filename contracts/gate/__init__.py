"""Decides what may be released: contract changes, verifications, deployed versions.

For those who develop Sightline only: no service imports it and no image holds it.
"""
