from conftest import Service
from sightline_contracts import loader


async def test_the_service_describes_itself_as_its_contract_does(service: Service) -> None:
    app = service.client._transport.app  # type: ignore[attr-defined]
    assert app.openapi() == loader.openapi("result-service")
