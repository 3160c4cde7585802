"""Figures that stand in a schema are those that the contracts promise."""

from sightline_contracts import loader

from result_service.models.accounts import IMAGE_LIMIT
from result_service.settings import Settings
from result_service.sla import read_sla


def test_an_image_may_be_as_large_as_the_sla_promises() -> None:
    assert loader.sla("result-service").settings["image_limit_bytes"] == IMAGE_LIMIT


def test_settings_that_nobody_has_made_are_those_of_the_sla() -> None:
    settings, promises = Settings(), loader.sla("result-service").settings
    assert settings.sweep_interval_s == promises["sweep_interval_s"]
    assert settings.storage_limit_bytes == promises["storage_limit_bytes"]
    assert settings.queue_wait_s == loader.sla("gateway").objective("freshness-p95").target


def test_an_intent_may_name_what_the_event_announces() -> None:
    sla = read_sla()
    assert "faces" in sla.operations
    assert "auto" in sla.engines
