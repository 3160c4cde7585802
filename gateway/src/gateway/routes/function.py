"""The image function, for admins: what it may use, and what it does."""

from typing import Any

from fastapi import APIRouter
from sightline_contracts.problems import InvalidRequest

from gateway.models.operations import FunctionChanges, FunctionState
from gateway.problem_types.answers import problems
from gateway.routes.dependencies import ERRORS, Admin, Images, Results
from gateway.upstream.images import ImageService

router = APIRouter(tags=["operations"])


@router.get(
    "/v1/function",
    operation_id="get_function",
    summary="Get the image function",
    responses=problems(*ERRORS),
)
async def get_function(images: Images, _admin: Admin) -> FunctionState:
    """The settings in force and the live state of all workers. 503 when there is no worker."""
    return await _state(images, {})


@router.patch(
    "/v1/function",
    operation_id="change_function",
    summary="Change the image function",
    responses=problems(415, *ERRORS),
)
async def change_function(
    results: Results, images: Images, _admin: Admin, changes: FunctionChanges
) -> FunctionState:
    """Change what is given; it is kept, and running workers take it up within seconds."""
    given = changes.model_dump(exclude_unset=True)
    if not given:
        raise InvalidRequest(errors=[{"pointer": "", "detail": "Nothing to change."}])
    kept: dict[str, Any] = (await results.change_function(given)).json()
    return await _state(images, kept)


async def _state(images: ImageService, changes: dict[str, Any]) -> FunctionState:
    """As a worker has it, with `changes`, which it takes up within a second or two."""
    state: dict[str, Any] = (await images.function()).json()
    in_force = {name: value for name, value in changes.items() if value is not None}
    return FunctionState.model_validate({**state, **in_force})
