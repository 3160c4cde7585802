"""What the services promise each other, as data, and the thin code that holds them to it.

No business code lives here: ids, problems, events, SLA figures and the ASGI boundary that
every service wears. Services import this package; it imports none of them.
"""

__version__ = "1.0.0"
