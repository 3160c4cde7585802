"""The image function's settings, kept for all workers."""

from fastapi import APIRouter
from sightline_contracts.answers import problems

from result_service import keys
from result_service.models import FunctionChanges, FunctionSettings
from result_service.wiring import Wiring

PATH = "/v1/function"


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["function"])

    async def kept() -> FunctionChanges:
        stored = await wiring.bucket.get(keys.FUNCTION)
        if stored is None:
            return FunctionChanges()
        settings = FunctionSettings.model_validate_json(stored.body)
        return FunctionChanges.model_validate(settings.model_dump())

    @router.get(PATH, operation_id="get_function", responses=problems(503))
    async def get_function() -> FunctionChanges:
        """What has been set; workers ask once a second."""
        return await kept()

    @router.patch(PATH, operation_id="change_function", responses=problems(422, 503))
    async def change_function(changes: FunctionChanges) -> FunctionChanges:
        """Set what is given; null gives a setting back to the workers. Of two admins at the same
        moment the later one's whole document stands."""
        given = changes.model_dump(exclude_unset=True)
        then = (await kept()).model_copy(update=given)
        await wiring.bucket.put(keys.FUNCTION, then.model_dump_json().encode())
        return then

    return router
