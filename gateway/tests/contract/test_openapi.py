from sightline_contracts import loader

from gateway.app import create_app
from gateway.settings import Settings
from gateway.wiring import real


async def test_the_gateway_describes_itself_as_its_contract_does() -> None:
    assert create_app(real(Settings())).openapi() == loader.openapi("gateway")
