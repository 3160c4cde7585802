"""What people do first, by the Python client: run by the interpreter that the wheel is installed for.

`python journey.py BASE_URL PICTURE PICTURE_ADDRESS` prints "done" at its end.
"""

import asyncio
import sys
import uuid
from pathlib import Path

from sightline import AsyncClient, Client, errors

PASSWORD = "correct horse"


def check(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"not as it should be: {what}")


def by_waiting(url: str, picture: Path, address: str) -> str:
    """Returns an API key of the account that it has made."""
    with Client(url) as client:
        email = f"{uuid.uuid4().hex}@example.test"
        user = client.sign_up(email, PASSWORD)
        client.sign_in(email, PASSWORD)
        check(client.me()["id"] == user["id"], "who is signed in")

        content = picture.read_bytes()
        found = client.analyze(picture, operations=["faces", "hash"], metadata={"of": "a journey"})
        check(len(found["faces"]) == 1, "a face of a file")
        submitted = client.submit(address, operations=["colors"])
        ended = client.wait(submitted["id"])
        check(ended["status"] == "succeeded", "an analysis by address")
        large = client.analyze(content + bytes(5 << 20), operations=["hash"])
        check(large["hash"] == found["hash"], "a file that went straight into the store")

        upload_id = client.upload(content)
        batch = client.submit_batch([{"upload_id": upload_id}, {"image_url": "ftp://no"}])
        states: list[dict[str, int]] = []
        batch = client.wait_batch(
            batch["id"], on_progress=lambda seen: states.append(seen["counts"])
        )
        check(batch["counts"] == {"succeeded": 1, "rejected": 1}, "a batch of mixed success")
        check(states[-1] == batch["counts"], "progress of a batch")

        check(len(list(client.analyses(limit=2))) == 4, "pages")
        check(not list(client.analyses(status="failed")), "a filter")
        check(client.preview(submitted["id"])[:3] == b"\xff\xd8\xff", "a preview")
        check(client.retry(submitted["id"])["retry_of"] == submitted["id"], "a retry")
        client.delete(submitted["id"])
        try:
            client.get(submitted["id"])
        except errors.NotFound:
            pass
        else:
            check(False, "what was deleted")
        try:
            client.submit(address, operations=["nonsense"])
        except errors.InvalidRequest as error:
            check(error.errors[0]["pointer"] == "/operations/0", "where a request is wrong")
        else:
            check(False, "a wrong request")
        check(client.usage()["totals"]["analyses"] >= 4, "the bill")
        return client.make_api_key("journey", ["analyses:read", "analyses:write"])["key"]


async def meanwhile(url: str, key: str, picture: Path) -> None:
    async with AsyncClient(url, api_key=key) as client:
        asked = (client.analyze(picture, operations=["quality"]) for _ in range(3))
        found = await asyncio.gather(*asked)
        check(
            len({one["quality"]["sharpness"] for one in found if one["quality"]}) == 1,
            "three at once",
        )
        check(len([one async for one in client.analyses(limit=3)]) == 7, "pages for both")
        try:
            await client.me()
        except errors.InsufficientScope:
            return
        check(False, "what a key may not do")


def main(url: str, picture: str, address: str) -> None:
    key = by_waiting(url, Path(picture), address)
    asyncio.run(meanwhile(url, key, Path(picture)))
    print("done")


if __name__ == "__main__":
    main(*sys.argv[1:])
