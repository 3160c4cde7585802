"""Tokens as the system makes them, and all that are none.

The key is derived from the server key as user-service does it; the fixture proves that it is the right
one. So what is refused here is refused for the one thing that is wrong with it.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Sign = Callable[[bytes], bytes]
ABSENT = object()


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def without(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not ABSENT}


def hmac_of(secret: bytes, digest: str = "sha256") -> Sign:
    return lambda data: hmac.new(secret, data, digest).digest()


def es256(data: bytes) -> bytes:
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = decode_dss_signature(private.sign(data, ec.ECDSA(hashes.SHA256())))
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def rs256(data: bytes) -> bytes:
    private = rsa.generate_private_key(65537, 2048)
    return private.sign(data, PKCS1v15(), hashes.SHA256())


class Mint:
    """`genuine`: a token as the system gave it, whose header and claims are taken over."""

    def __init__(self, server_key: bytes, genuine: str) -> None:
        self.genuine = genuine
        self.header = jwt.get_unverified_header(genuine)
        self.claims = jwt.decode(genuine, options={"verify_signature": False})
        info = f"signing-key:{self.header['kid']}".encode()
        seed = HKDF(hashes.SHA256(), 32, None, info).derive(server_key)
        self.private = Ed25519PrivateKey.from_private_bytes(seed)
        self.stranger = Ed25519PrivateKey.generate()

    @property
    def publics(self) -> dict[str, bytes]:
        """The public key in each form in which somebody may take it for a shared secret."""
        public = self.private.public_key()
        raw = public.public_bytes_raw()
        return {
            "raw": raw,
            "base64": b64(raw).encode(),
            "PEM": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            "OpenSSH": public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
            "JWK": json.dumps({"crv": "Ed25519", "kty": "OKP", "x": b64(raw)}).encode(),
        }

    def token(
        self,
        header: dict[str, Any] | None = None,
        claims: dict[str, Any] | None = None,
        sign: Sign | None = None,
    ) -> str:
        """The genuine one with changes, in which ABSENT takes something out; signed anew."""
        parts = [
            b64(json.dumps(without({**given, **(changed or {})})).encode())
            for given, changed in ((self.header, header), (self.claims, claims))
        ]
        signature = (sign or self.private.sign)(".".join(parts).encode())
        return ".".join([*parts, b64(signature)])


def service_token(seed: bytes, issuer: str, audience: str) -> str:
    """As a service signs its calls (decision 25)."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    kid = hashlib.sha256(private.public_key().public_bytes_raw()).hexdigest()[:32]
    now = int(time.time())
    claims = {"iss": issuer, "aud": audience, "iat": now, "exp": now + 60}
    return jwt.encode(claims, private, "EdDSA", {"kid": kid, "typ": "service+jwt"})


def unsigned(_data: bytes) -> bytes:
    return b""


def algorithms(mint: Mint) -> dict[str, str]:
    """Another algorithm, or none, by what the header says."""
    genuine = base64.urlsafe_b64decode(mint.genuine.rpartition(".")[2] + "==")
    found = {
        f"alg {name}": mint.token({"alg": name}, sign=unsigned)
        for name in ("none", "None", "NONE", "nOnE", "")
    }
    found |= {
        f"HS256 with the public key as {form}": mint.token({"alg": "HS256"}, sign=hmac_of(secret))
        for form, secret in mint.publics.items()
    }
    pem = mint.publics["PEM"]
    return found | {
        "alg none with a signature": mint.token({"alg": "none"}, sign=lambda _: genuine),
        "HS384 with the public key": mint.token({"alg": "HS384"}, sign=hmac_of(pem, "sha384")),
        "HS512 with the public key": mint.token({"alg": "HS512"}, sign=hmac_of(pem, "sha512")),
        "HS256 with an empty secret": mint.token({"alg": "HS256"}, sign=hmac_of(b"")),
        "ES256 by a stranger": mint.token({"alg": "ES256"}, sign=es256),
        "RS256 by a stranger": mint.token({"alg": "RS256"}, sign=rs256),
        "alg HS256, and signed with the right key": mint.token({"alg": "HS256"}),
        "no alg": mint.token({"alg": ABSENT}),
        "a list of algs": mint.token({"alg": ["EdDSA"]}),
        "the digest as signature": mint.token(sign=lambda data: hashlib.sha512(data).digest()),
        "zeros as signature": mint.token(sign=lambda _: bytes(64)),
    }


def keys(mint: Mint, elsewhere: str) -> dict[str, str]:
    """Signed by a stranger, who says where the key is to be found; `elsewhere`: a web server."""
    stranger = mint.stranger
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(stranger.public_key().public_bytes_raw())}
    kid = str(mint.header["kid"])
    headers: dict[str, dict[str, Any]] = {
        "under the right kid": {},
        "without a kid": {"kid": ABSENT},
        "jwk in the header": {"jwk": {**jwk, "kid": kid}},
        "jwk and its own kid": {"jwk": {**jwk, "kid": "mine"}, "kid": "mine"},
        "jku in the header": {"jku": f"{elsewhere}/jwks.json", "kid": "mine"},
        "jku and the right kid": {"jku": f"{elsewhere}/jwks.json"},
        "x5u in the header": {"x5u": f"{elsewhere}/cert.pem"},
        "x5c in the header": {"x5c": [base64.b64encode(bytes(64)).decode()]},
        "an address as kid": {"kid": f"{elsewhere}/jwks.json"},
    }
    kids: list[Any] = [
        "unknown",
        "",
        kid.upper() + "x",
        f"../{kid}",
        "../../../../dev/null",
        "/dev/null",
        "' OR '1'='1",
        f"{kid}\0",
        f"{kid} ",
        7,
        [kid],
        {"kid": kid},
        None,
        True,
    ]
    headers |= {f"kid {one!r}": {"kid": one} for one in kids}
    found = {
        f"by a stranger, {name}": mint.token(header, sign=stranger.sign)
        for name, header in headers.items()
    }
    null = {"alg": "HS256", "kid": "/dev/null"}
    found["HS256 with what /dev/null holds"] = mint.token(null, sign=hmac_of(b""))
    found["by the right key, without a kid"] = mint.token({"kid": ABSENT})
    found["by the right key, kid unknown"] = mint.token({"kid": "unknown"})
    return found


def types(mint: Mint) -> dict[str, str]:
    """Signed with the right key, as something else than an access token."""
    wrong = ("JWT", "service+jwt", "dpop+jwt", "secevent+jwt", "at+jwt+x", "", 7, None, ABSENT)
    found = {f"typ {one!r}": mint.token({"typ": one}) for one in wrong if one is not ABSENT}
    return found | {
        "no typ": mint.token({"typ": ABSENT}),
        "an extension that has to be understood": mint.token({"crit": ["x"], "x": 1}),
        "a payload that is not encoded": mint.token({"crit": ["b64"], "b64": False}),
    }


def claims(mint: Mint) -> dict[str, str]:
    """Signed with the right key, and wrong in one claim."""
    now, audience, issuer = int(time.time()), mint.claims["aud"], mint.claims["iss"]
    wrong: dict[str, list[Any]] = {
        "iss": ["", "https://sightline.example", f"{issuer}/", issuer.upper(), [issuer], 1, None],
        "aud": ["", "result-service", f"{audience} x", ["user-service", "x"], [], {audience: 1}],
        "exp": [now - 1, 0, -1, "never", None, [now + 60], {"at": now + 60}],
        "nbf": [now + 3600, "later", [1]],
        "iat": [now + 3600, "now", None],
        "sub": [7, [mint.claims["sub"]], {"id": 1}, None],
        "jti": [7, [1], None],
    }
    found = {
        f"{name} {value!r:.40}": mint.token(claims={name: value})
        for name, values in wrong.items()
        for value in values
    }
    missing = ("iss", "aud", "exp", "iat", "sub", "jti")
    return found | {f"no {name}": mint.token(claims={name: ABSENT}) for name in missing}


def changed(mint: Mint, other_id: str) -> dict[str, str]:
    """The genuine one, changed afterwards; `other_id`: whom it shall be about."""
    header, payload, signature = mint.genuine.split(".")

    def about(**more: Any) -> str:
        return b64(json.dumps({**mint.claims, **more}).encode())

    stranger = mint.stranger.sign
    return {
        "about another user, by a stranger": mint.token(claims={"sub": other_id}, sign=stranger),
        "about another user, signature kept": f"{header}.{about(sub=other_id)}.{signature}",
        "with more scopes, signature kept": f"{header}.{about(scope='admin')}.{signature}",
        "that ends later, signature kept": f"{header}.{about(exp=2**31)}.{signature}",
        "no signature": f"{header}.{payload}.",
        "half a signature": f"{header}.{payload}.{signature[:43]}",
        "no third part": f"{header}.{payload}",
        "header alone": header,
        "four parts": f"{mint.genuine}.{signature}",
        "five parts": f"{header}..{payload}.{signature}.{signature}",
        "signature twice": f"{mint.genuine}{signature}",
        "parts in another order": f"{payload}.{header}.{signature}",
        "payload cut off": f"{header}.{payload[:-8]}.{signature}",
        "in capitals": mint.genuine.upper(),
        "two with a comma": f"{mint.genuine},{mint.genuine}",
        "two with a space": f"{mint.genuine} {mint.genuine}",
        "a space within": f"{header}. {payload}.{signature}",
        "as JSON": json.dumps({"protected": header, "payload": payload, "signature": signature}),
        "very long": "a" * 6000,
        "dots": "..",
        "empty payload": f"{header}..{signature}",
    }
