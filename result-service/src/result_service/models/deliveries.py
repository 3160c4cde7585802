"""Webhooks and dead letters."""

from typing import Literal

from pydantic import BaseModel

from result_service.models.analyses import Analysis, Attempt, Failure, Intent


class Delivery(BaseModel):
    """A webhook that is owed. `tries` counts the deliveries that were begun."""

    user_id: str
    analysis_id: str
    url: str
    tries: int = 0


class WebhookBody(BaseModel):
    """The body that the receiver gets."""

    type: Literal["analysis.completed"] = "analysis.completed"
    id: str
    time: str
    data: Analysis


class WebhookMessage(BaseModel):
    """A message to send unchanged. Deleting `delivery_id` ends the delivery."""

    delivery_id: str
    request_id: str
    url: str
    headers: dict[str, str]
    body: str


class WebhookMessages(BaseModel):
    messages: list[WebhookMessage]


class DeadLetter(BaseModel):
    """A failed invocation as a whole. `id` is the analysis's id; `condition` is AWS Lambda's name."""

    id: str
    user_id: str
    condition: Literal["RetriesExhausted", "EventAgeExceeded"]
    failed_at: str
    error: Failure
    attempts: list[Attempt]
    invocation: Intent
    redriven_as: str | None = None


class DeadLetterPage(BaseModel):
    items: list[DeadLetter]
    next_cursor: str | None
