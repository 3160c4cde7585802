"""The identity providers that an operator has set."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

AT_MOST = 10
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _issuer(address: str) -> str:
    parts = urlsplit(address)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not is_safe or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("must be an https address")
    return address


class Provider(BaseModel):
    """`id` stands in requests, `name` on the button. `issuer` as the provider itself writes it. A provider with
    `trusts_addresses` false never proves an address, whatever it says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
    name: Annotated[str, Field(min_length=1, max_length=40)]
    issuer: Annotated[str, AfterValidator(_issuer)]
    client_id: Annotated[str, Field(min_length=1)]
    client_secret: Annotated[str, Field(repr=False)] = ""
    trusts_addresses: bool = True


_LIST = TypeAdapter(Annotated[list[Provider], Field(max_length=AT_MOST)])


def read_providers(file: Path | None) -> dict[str, Provider]:
    """By their ids, of a JSON array; an empty file is none. Raises ValueError, which quotes no value."""
    text = file.read_bytes().strip() if file is not None else b""
    if not text:
        return {}
    try:
        found = _LIST.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"OIDC_PROVIDERS_FILE, {place or 'the whole'}: {first['msg']}.") from None
    if len({one.id for one in found}) < len(found) or len({one.issuer for one in found}) < len(
        found
    ):
        raise ValueError("OIDC_PROVIDERS_FILE has an id or an issuer twice.")
    return {one.id: one for one in found}
