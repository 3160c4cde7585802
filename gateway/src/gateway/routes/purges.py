"""Purges of what edges have stored."""

from fastapi import APIRouter, Response, status

from gateway.models.purges import Purge, PurgeRequest
from gateway.problem_types.answers import problems
from gateway.routes.dependencies import ERRORS, NO_STORE, Admin, EdgesPart

router = APIRouter(tags=["administration"])


@router.post(
    "/v1/purges",
    operation_id="purge",
    summary="Purge what edges have stored",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(*ERRORS),
)
async def purge(edges: EdgesPart, _admin: Admin, wanted: PurgeRequest, response: Response) -> Purge:
    """For answers that were public and are wrong. 503 where an edge could not be told: others may have been, and the
    same request can be sent again."""
    response.headers.update(NO_STORE)
    return Purge(paths=wanted.paths, edges=await edges.purge(wanted.paths))
