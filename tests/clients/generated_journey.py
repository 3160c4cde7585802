"""What people do first, by a client that openapi-python-client has made of the contract.

`python generated_journey.py BASE_URL PICTURE PICTURE_ADDRESS`, with the made package on PYTHONPATH, prints "done".
"""

import io
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from sightline_client import AuthenticatedClient, Client
from sightline_client.api.account import get_me, sign_up, token
from sightline_client.api.analyses import (
    delete_analysis,
    get_analysis,
    get_result,
    list_analyses,
    presign_upload,
    submit,
)
from sightline_client.api.batches import get_batch, submit_batch
from sightline_client.models import (
    Analysis,
    BatchSubmission,
    FileSubmission,
    FileSubmissionOperationsItem,
    ProblemDetails,
    SignUp,
    TokenBody,
    TokenBodyGrantType,
    UploadRequest,
    UploadSubmission,
    UrlSubmission,
)
from sightline_client.types import File

PASSWORD = "correct horse"
END_S = 60


def check(holds: object, what: str) -> None:
    if not holds:
        raise SystemExit(f"not as it should be: {what}")


def signed_in(url: str) -> AuthenticatedClient:
    anybody = Client(base_url=url)
    email = f"{uuid.uuid4().hex}@example.test"
    user: Any = sign_up.sync(client=anybody, body=SignUp(email=email, password=PASSWORD))
    form = TokenBody(TokenBodyGrantType.PASSWORD, username=email, password=PASSWORD)
    tokens: Any = token.sync(client=anybody, body=form)
    client = AuthenticatedClient(base_url=url, token=tokens.access_token, timeout=40)
    me: Any = get_me.sync(client=client)
    check(me.id == user.id, "who is signed in")
    return client


def ended(client: AuthenticatedClient, accepted: Any) -> Analysis:
    check(isinstance(accepted, Analysis), f"a submission: {accepted}")
    found: Any = get_analysis.sync(accepted.id, client=client, wait=30)
    check(found.status == "succeeded", f"an end: {found}")
    return found


def uploaded(client: AuthenticatedClient, url: str, content: bytes) -> str:
    wanted = UploadRequest(content_type="image/png", size=len(content))
    target: Any = presign_upload.sync(client=client, body=wanted)
    address = target.url if "://" in target.url else url + target.url
    headers = target.headers.to_dict()
    put = urllib.request.Request(address, content, headers, method=target.method)
    with urllib.request.urlopen(put, timeout=30) as answer:
        check(answer.status == 200, "an upload")
    return target.upload_id


def main(url: str, picture: str, address: str) -> None:
    client, content = signed_in(url), Path(picture).read_bytes()
    file = File(io.BytesIO(content), "photo.png", "image/png")
    faces = FileSubmissionOperationsItem.FACES
    by_file = submit.sync(client=client, body=FileSubmission(image=file, operations=[faces]))
    first = ended(client, by_file)
    result: Any = get_result.sync(first.id, client=client)
    check(len(result.faces) == 1 and 0 < result.faces[0].box.left < 1, "a face")
    check(first.summary.faces == 1, "a summary")

    ended(client, submit.sync(client=client, body=UrlSubmission(image_url=address)))
    by_upload = UploadSubmission(upload_id=uploaded(client, url, content))
    ended(client, submit.sync(client=client, body=by_upload))

    items = BatchSubmission.from_dict(
        {"items": [{"image_url": address}, {"image_url": "ftp://no"}]}
    )
    batch: Any = submit_batch.sync(client=client, body=items)
    end = time.monotonic() + END_S
    while {"queued", "running"} & batch.counts.to_dict().keys() and time.monotonic() < end:
        time.sleep(0.2)  # between two looks
        batch = get_batch.sync(batch.id, client=client)
    check(batch.counts.to_dict() == {"succeeded": 1, "rejected": 1}, "a batch of mixed success")

    page: Any = list_analyses.sync(client=client, limit=3)
    check((len(page.items), page.next_cursor is not None) == (3, True), "a page")
    rest: Any = list_analyses.sync(client=client, limit=3, cursor=page.next_cursor)
    check(len(rest.items) == 1, "the next page")
    none: Any = list_analyses.sync(client=client, status="failed")
    check(none.items == [], "a filter")
    delete_analysis.sync_detailed(first.id, client=client)
    gone = get_analysis.sync(first.id, client=client)
    check(
        isinstance(gone, ProblemDetails) and gone.type_ == "/problems/not-found", "what was deleted"
    )
    print("done")


if __name__ == "__main__":
    main(*sys.argv[1:])
