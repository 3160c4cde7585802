"""The image function's settings, kept for all workers."""

from fastapi import APIRouter
from sightline_contracts.answers import problems

from result_service.models.function import FunctionChanges
from result_service.routes.dependencies import FunctionPart

FUNCTION = "/v1/function"

router = APIRouter(tags=["function"])


@router.get(FUNCTION, operation_id="get_function", responses=problems(503))
async def get_function(function: FunctionPart) -> FunctionChanges:
    """The settings that admins have made. Workers ask once a second."""
    return await function.settings()


@router.patch(FUNCTION, operation_id="change_function", responses=problems(422, 503))
async def change_function(function: FunctionPart, changes: FunctionChanges) -> FunctionChanges:
    """Set the fields that are given; null gives a setting back to the workers. Of two simultaneous
    changes the later one's whole document stands."""
    return await function.change(changes)
