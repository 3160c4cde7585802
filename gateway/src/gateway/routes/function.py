"""The image function, for admins: what it may use, and what it does."""

from typing import Any

from fastapi import APIRouter
from sightline_contracts.answers import problems
from sightline_contracts.problems import InvalidRequest

from gateway.admission.credentials import Admin
from gateway.models.analyses import FunctionChanges, FunctionState
from gateway.wiring import Wiring

PATH = "/v1/function"
COMMON = (401, 403, 422, 429, 502, 503, 504)


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["operations"])

    async def state(changes: dict[str, Any]) -> FunctionState:
        """As a worker has it; it takes up a change within a second or two."""
        found: dict[str, Any] = (await wiring.images.call("GET", PATH)).json()
        set_now = {name: value for name, value in changes.items() if value is not None}
        return FunctionState.model_validate({**found, **set_now})

    @router.get(PATH, operation_id="get_function", responses=problems(*COMMON))
    async def get_function(_admin: Admin) -> FunctionState:
        """The settings in force and the live state of all workers. 503 when there is no worker."""
        return await state({})

    @router.patch(PATH, operation_id="change_function", responses=problems(*COMMON))
    async def change_function(_admin: Admin, changes: FunctionChanges) -> FunctionState:
        """Change what is given; it is kept, and running workers take it up within seconds."""
        given = changes.model_dump(exclude_unset=True)
        if not given:
            raise InvalidRequest(errors=[{"pointer": "", "detail": "Nothing to change."}])
        kept: dict[str, Any] = (await wiring.results.call("PATCH", PATH, json_body=given)).json()
        return await state(kept)

    return router
