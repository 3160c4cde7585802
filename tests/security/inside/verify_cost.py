"""Seconds that `Passwords.verify` takes for a user who is there and for one who is not, by turns.

Runs with user-service's interpreter: `python verify_cost.py TRIES`. Prints both medians as JSON, and that of
the difference between neighbours, which a machine that slows down in the middle leaves alone.
"""

import asyncio
import json
import statistics
import sys
import time

from user_service.accounts.passwords import Passwords

WRONG = "not the right one"


async def main(tries: int) -> None:
    passwords = Passwords()
    stored = await passwords.hash("correct horse")
    taken: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(tries):
        # Who comes first changes, so that neither always comes after the other.
        turns = [("known", stored), ("unknown", None)]
        for name, hashed in turns if number % 2 else reversed(turns):
            started = time.perf_counter()
            right, _ = await passwords.verify(WRONG, hashed)
            taken[name].append(time.perf_counter() - started)
            assert not right
    found = {name: statistics.median(seconds) for name, seconds in taken.items()}
    pairs = zip(taken["known"], taken["unknown"], strict=True)
    found["apart"] = statistics.median(known - unknown for known, unknown in pairs)
    print(json.dumps(found))


asyncio.run(main(int(sys.argv[1])))
