"""Lists from the environment."""

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
