"""Amazon Rekognition by boto3, whose calls run in threads of their own.

Errors: botocore's service model `rekognition/2016-06-27`.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)
from pydantic import ValidationError

from image_service import __version__
from image_service.engines.port import AwsAccount, Rejected, Unavailable, Unwilling, VendorResult
from image_service.engines.rekognition_answers import read

CALLS = {
    "faces": "detect_faces",
    "labels": "detect_labels",
    "colors": "detect_labels",
    "text": "detect_text",
    "moderation": "detect_moderation_labels",
}
FEATURES = {"labels": ["GENERAL_LABELS"], "colors": ["IMAGE_PROPERTIES"]}
AT_ONCE = 8
OFF_S, THROTTLED_OFF_S = 5.0, 1.0
"""A provisioned throughput is counted by the second."""
THROTTLED = frozenset({"ThrottlingException", "ProvisionedThroughputExceededException"})
TRY_AGAIN = frozenset(
    {
        "InternalServerError",
        "InternalFailure",
        "ServiceUnavailable",
        "RequestTimeout",
        "ResourceNotReadyException",
        "RequestTimeTooSkewed",
    }
)
ACCOUNT = frozenset(
    {
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "IncompleteSignatureException",
        "OptInRequired",
        "SubscriptionRequiredException",
    }
)
OPERATION = frozenset(
    {
        "AccessDeniedException",
        "ResourceNotFoundException",
        "LimitExceededException",
        "HumanLoopQuotaExceededException",
        "UnknownOperationException",
    }
)
"""A policy can forbid one action and allow the others."""
SERVER_ERRORS = 500


class Rekognition:
    """`timeout_s`: to connect, and for each read."""

    name = "rekognition"
    operations = frozenset(CALLS)
    calls_per_second: float | None = None

    def __init__(self, account: AwsAccount, timeout_s: float) -> None:
        self._account = account
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=self.name)
        self._client: Any = None

    async def open(self) -> None:
        """Reads botocore's service model, which takes a while."""
        self._client = await self._in_thread(self._connect)

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()

    async def find(self, operation: str, picture: bytes) -> VendorResult:
        given: dict[str, Any] = {"Image": {"Bytes": picture}}
        if operation in FEATURES:
            given["Features"] = FEATURES[operation]
        call = partial(getattr(self._client, CALLS[operation]), **given)
        try:
            raw = await self._in_thread(call)
        except ClientError as error:
            raise _meant(error) from error
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise Unwilling("It has no credentials.") from error
        except ParamValidationError as error:
            raise Rejected("The picture is outside of what it takes.") from error
        except (BotoCoreError, ValueError, TypeError, KeyError, AttributeError) as error:
            # The latter ones are botocore's, of a body that is not what its parser expects.
            raise Unavailable("It does not answer, or not in its form.", OFF_S) from error
        try:
            raw.pop("ResponseMetadata", None)
            part, version = read(operation, raw)
        except (ValidationError, LookupError, AttributeError) as error:
            raise Unavailable("It answers with what it never should.", OFF_S) from error
        return VendorResult(part, _model(operation), version, raw)

    def _connect(self) -> Any:
        account = self._account
        session = boto3.session.Session(
            account.access_key_id, account.secret_access_key, account.session_token, account.region
        )
        config = Config(
            connect_timeout=self._timeout_s,
            read_timeout=self._timeout_s,
            retries={"total_max_attempts": 1},
            max_pool_connections=AT_ONCE,
            user_agent_extra=f"Sightline/{__version__}",
        )
        return session.client("rekognition", endpoint_url=account.endpoint_url, config=config)

    async def _in_thread(self, call: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def _meant(error: ClientError) -> Unavailable | Unwilling | Rejected:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    reason = f"It answers {code or 'an error without a name'} ({status})."
    if code in THROTTLED:
        return Unavailable(reason, THROTTLED_OFF_S, throttled=True)
    if code in TRY_AGAIN or status >= SERVER_ERRORS:
        return Unavailable(reason, OFF_S)
    if code in ACCOUNT:
        return Unwilling(reason)
    if code in OPERATION:
        return Unwilling(reason, operation_alone=True)
    return Rejected(reason)


def _model(operation: str) -> str:
    return "".join(part.title() for part in CALLS[operation].split("_"))
