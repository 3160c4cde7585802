"""What `contracts/sla` promises of the gateway, read once when the app is built."""

from dataclasses import dataclass

from sightline_contracts import events, loader

from gateway.admission.gcra import Rate
from gateway.admission.mail_throttle import MailLimits
from gateway.admission.sign_in_throttle import SignInLimits
from gateway.analyses.submission import RequestWeights

HOUR_S = 3600


@dataclass(frozen=True)
class GatewaySla:
    """`vendor_call_s`: seconds that a call of a vendor's API may take. Body limits are in bytes.
    `operations`: what image-service promises to run, by the contract of the event that it reads."""

    requests_per_minute: int
    user_rate_factor: int
    weights: RequestWeights
    sign_in: SignInLimits
    mails: MailLimits
    vendor_call_s: float
    batch_body_limit: int
    clarifai_body_limit: int
    rekognition_body_limit: int
    operations: frozenset[str]


def read_sla() -> GatewaySla:
    """Raises FileNotFoundError or KeyError where the contract lacks a promise."""
    sla = loader.sla("gateway")
    settings = sla.settings

    def hourly(amount: float, burst: float) -> Rate:
        return Rate(int(amount), HOUR_S, int(burst))

    requested = loader.event_schema(events.REQUESTED)["properties"]["input"]["properties"]
    clarifai = sla.operation("POST", "/compat/clarifai/v2/models/{model_id}/outputs")
    rekognition = sla.operation("POST", "/compat/rekognition")
    return GatewaySla(
        requests_per_minute=int(settings["requests_per_minute"]),
        user_rate_factor=int(settings["user_rate_factor"]),
        weights=RequestWeights(
            int(settings["rate_of_text"]), int(settings["rate_of_vendors_operation"])
        ),
        sign_in=SignInLimits(
            pair=hourly(settings["sign_in_pair_per_hour"], settings["sign_in_pair_burst"]),
            address=hourly(settings["sign_in_address_per_hour"], settings["sign_in_address_burst"]),
            account=hourly(settings["sign_in_account_per_hour"], settings["sign_in_account_burst"]),
            familiar_address_s=int(settings["familiar_address_s"]),
        ),
        mails=MailLimits(
            account=hourly(settings["mail_account_per_hour"], settings["mail_account_burst"]),
            address=hourly(settings["mail_address_per_hour"], settings["mail_address_burst"]),
        ),
        vendor_call_s=rekognition.timeout_s,
        batch_body_limit=sla.operation("POST", "/v1/batches").body_limit_bytes,
        clarifai_body_limit=clarifai.body_limit_bytes,
        rekognition_body_limit=rekognition.body_limit_bytes,
        operations=frozenset(requested["operations"]["items"]["enum"]),
    )
