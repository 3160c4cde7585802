from conftest import SERVER_KEY
from sightline_contracts import loader

from user_service.app import create_app
from user_service.settings import Settings
from user_service.wiring import real


def test_the_service_describes_itself_as_its_contract_does() -> None:
    wiring = real(Settings(), SERVER_KEY)
    assert create_app(wiring).openapi() == loader.openapi("user-service")
    wiring.table.close()
