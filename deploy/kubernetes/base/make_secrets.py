"""`python make_secrets.py make [--store] | rotate`: what compose's `secrets` makes on volumes, as Secrets.

They are made once: what is there stays, so that it can be run again at any time. The objects are there before,
empty (secrets.yaml), so that the Job may change these and nothing else. Public halves lie in a ConfigMap for each
caller, which its callees mount.

`rotate` makes new keys for signing calls and shared addresses. Kubelets bring a change to running pods within
KUBELET_S; so a new public half is published, and signs after that, and the old one goes when nothing that it
signed can live. A run that was interrupted is gone on with by the next.
"""

import argparse
import base64
import itertools
import json
import os
import secrets
import ssl
import string
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sightline_contracts.service_identity import LEEWAY_S, RENEW_S, TOKEN_S, kid_of

KUBELET_S = float(os.environ.get("KUBELET_S", "180"))
"""A kubelet looks for changes each minute and a half at the latest, as it comes; twice that."""
ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
API = "https://kubernetes.default.svc"
CALL_S = 30
KEY_BYTES = 32
SHARED_FOR_S = 31 * 86400
"""For so long after its successor was made a key opens shared addresses: longer than one lives."""
CALLERS = ("gateway", "result", "image")
SEED, NEXT, BEFORE = "seed", "next-seed", "seed-before"
PLAIN = {"server-key": "server.key", "gateway-key": "digest.key", "purge-key": "purge.key"}
"""Random bytes that are never made anew, by Secret."""
LETTERS = string.ascii_letters + string.digits
Data = dict[str, bytes]


class Cluster:
    """The API of Kubernetes, of one namespace, as the Job's service account may use it."""

    def __init__(self) -> None:
        namespace = (ACCOUNT / "namespace").read_text()
        self._base = f"{API}/api/v1/namespaces/{namespace}"
        self._tls = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))

    def secret(self, name: str) -> Data:
        """Raises OSError (urllib.error.HTTPError) where it is not there, or not to be read."""
        found = self._call("GET", f"/secrets/{name}").get("data") or {}
        return {key: base64.b64decode(value) for key, value in found.items()}

    def change_secret(self, name: str, changes: dict[str, bytes | None]) -> None:
        """Add, replace or, with None, take away entries. Raises OSError."""
        coded = {
            key: None if value is None else base64.b64encode(value).decode()
            for key, value in changes.items()
        }
        self._call("PATCH", f"/secrets/{name}", {"data": coded})

    def replace_public(self, name: str, entries: dict[str, str]) -> None:
        """The ConfigMap has these entries and no others. Raises OSError."""
        there = self._call("GET", f"/configmaps/{name}").get("data") or {}
        gone = dict.fromkeys(set(there) - set(entries))
        self._call("PATCH", f"/configmaps/{name}", {"data": {**gone, **entries}})

    def _call(self, method: str, path: str, patch: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {(ACCOUNT / 'token').read_text()}",
            "Content-Type": "application/merge-patch+json",
        }
        body = None if patch is None else json.dumps(patch).encode()
        request = urllib.request.Request(self._base + path, body, headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=CALL_S, context=self._tls) as answer:  # noqa: S310
            return dict(json.load(answer))


def make(cluster: Cluster, *, store: bool) -> None:
    """Whatever is not there. The key of shared addresses and public halves come first: pods start when
    the rest is there."""
    if not cluster.secret("share-keys"):
        cluster.change_secret("share-keys", new_share_key())
    for caller in CALLERS:
        name = f"{caller}-key"
        found = cluster.secret(name)
        if SEED not in found:
            found[SEED] = secrets.token_bytes(KEY_BYTES)
        publish(cluster, caller, found)
        cluster.change_secret(name, {SEED: found[SEED]})
    if store and "credentials" not in cluster.secret("s3-credentials"):
        cluster.change_secret("s3-credentials", store_credentials())
    for name, key in PLAIN.items():
        if key not in cluster.secret(name):
            cluster.change_secret(name, {key: secrets.token_bytes(KEY_BYTES)})


def rotate(cluster: Cluster) -> None:
    """New keys in the place of those that sign now."""
    cluster.change_secret("share-keys", rotated_share_keys(cluster.secret("share-keys")))
    for caller in CALLERS:
        found = cluster.secret(f"{caller}-key")
        if NEXT not in found and BEFORE not in found:
            found[NEXT] = secrets.token_bytes(KEY_BYTES)
            cluster.change_secret(f"{caller}-key", {NEXT: found[NEXT]})
        publish(cluster, caller, found)
    say("the new public halves are published")
    time.sleep(KUBELET_S)
    for caller in CALLERS:
        found = cluster.secret(f"{caller}-key")
        if NEXT in found:
            turn = {SEED: found[NEXT], BEFORE: found[SEED], NEXT: None}
            cluster.change_secret(f"{caller}-key", turn)
    say("the new keys take over")
    time.sleep(KUBELET_S + RENEW_S + TOKEN_S + LEEWAY_S)
    for caller in CALLERS:
        cluster.change_secret(f"{caller}-key", {BEFORE: None})
        publish(cluster, caller, cluster.secret(f"{caller}-key"))
    say("the old ones are gone")


def publish(cluster: Cluster, caller: str, found: Data) -> None:
    """The public halves of all that signs, is about to, or may have signed what still lives."""
    publics = [public_half(found[name]) for name in (SEED, NEXT, BEFORE) if name in found]
    entries = {kid_of(public): base64.b64encode(public).decode() for public in publics}
    cluster.replace_public(f"{caller}-public", entries)


def public_half(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def new_share_key() -> dict[str, bytes | None]:
    """Named after when it was made: the newest signs."""
    return {f"{int(time.time())}.key": secrets.token_bytes(KEY_BYTES)}


def rotated_share_keys(there: Data) -> dict[str, bytes | None]:
    """A new one, and without those whose successor is older than SHARED_FOR_S."""
    names = sorted(there)
    last = time.time() - SHARED_FOR_S
    old = [one for one, after in itertools.pairwise(names) if made_at(after) < last]
    return {**dict.fromkeys(old), **new_share_key()}


def made_at(name: str) -> int:
    """Of a key of shared addresses, in seconds since 1970."""
    return int(name.removesuffix(".key"))


def store_credentials() -> dict[str, bytes | None]:
    """The object store reads the first two, result-service's SDK the third."""
    user = "".join(secrets.choice(LETTERS) for _ in range(20))
    password = "".join(secrets.choice(LETTERS) for _ in range(40))
    profile = f"[default]\naws_access_key_id = {user}\naws_secret_access_key = {password}\n"
    return {
        "root-user": user.encode(),
        "root-password": password.encode(),
        "credentials": profile.encode(),
    }


def say(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make_secrets")
    parser.add_argument("action", choices=("make", "rotate"))
    parser.add_argument(
        "--store", action="store_true", help="credentials of a store in the cluster"
    )
    given = parser.parse_args()
    cluster = Cluster()
    if given.action == "rotate":
        rotate(cluster)
    else:
        make(cluster, store=given.store)
    return 0


if __name__ == "__main__":
    sys.exit(main())
