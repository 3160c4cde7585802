"""Lists from the environment."""

from dataclasses import replace

import pytest

from image_service.settings import Settings


def test_lists_are_read_and_empty_parts_are_passed_over() -> None:
    settings = Settings(
        fetch_allowed_origins="http://127.0.0.1:8080/, ,http://localhost:8080",
        fetch_connect_to="127.0.0.1:8080:static-cdn:8080,",
    )
    assert settings.allowed_origins() == {"http://127.0.0.1:8080", "http://localhost:8080"}
    assert settings.connect_to() == {("127.0.0.1", 8080): ("static-cdn", 8080)}


@pytest.mark.parametrize("given", ["127.0.0.1:8080", "a:b:c:d", "a:1:b:2:c"])
def test_a_mapping_that_is_none_stops_the_start(given: str) -> None:
    with pytest.raises(ValueError):  # whatever the text: it names the variable's value
        Settings(fetch_connect_to=given).connect_to()


@pytest.mark.parametrize("given", ["", " ,", "ordinary,fast", "Text"])
def test_lanes_that_are_none_stop_the_start(given: str) -> None:
    with pytest.raises(ValueError, match="LANES"):
        Settings(lanes=given)


def test_the_last_delay_holds_for_all_further_attempts() -> None:
    function = replace(Settings(retry_delays_s="60,120").function_default(), max_attempts=5)
    assert [function.retry_after(attempts) for attempts in range(1, 6)] == [60, 120, 120, 120, None]


def test_without_a_delay_it_does_not_start() -> None:
    with pytest.raises(ValueError, match="RETRY_DELAYS_S"):
        Settings(retry_delays_s=" ,").function_default()


def test_a_function_may_be_named_as_it_was_before_it_moved() -> None:
    settings = Settings(
        function="image_service.analysis", text_function="image_service.text_analysis"
    )
    assert settings.function == Settings().function
    assert settings.text_function == Settings().text_function
    assert Settings(function="poison").function == "poison"
