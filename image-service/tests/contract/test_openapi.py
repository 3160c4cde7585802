from sightline_contracts import loader

from image_service.app import create_app
from image_service.settings import Settings
from image_service.wiring import real


async def test_the_service_describes_itself_as_its_contract_does() -> None:
    assert create_app(real(Settings())).openapi() == loader.openapi("image-service")
