"""Whether the service lives and can do its work."""

from typing import Any, Literal

import structlog
from fastapi import APIRouter, Request, Response

from app.kit.db import Database
from app.kit.schemas import Output

router = APIRouter(tags=["health"])
log = structlog.get_logger()


class Health(Output):
    """What works."""

    status: Literal["ok", "unavailable"]
    database: Literal["ok", "unavailable"]
    version: str


AWAY: dict[int | str, dict[str, Any]] = {
    503: {"model": Health, "description": "The database is away."}
}


@router.get("/health", summary="Health", responses=AWAY)
@router.get("/api/v1/health", summary="Health", responses=AWAY)
@router.get("/health/ready", summary="Ready to serve", include_in_schema=False)
@router.get("/api/v1/health/ready", summary="Ready to serve", responses=AWAY)
async def health(request: Request, response: Response) -> Health:
    """200 while requests can be served, else 503."""
    database: Database = request.app.state.database
    try:
        await database.ping()
    except Exception as error:
        log.warning("database_away", error=repr(error))
        response.status_code = 503
        return Health(status="unavailable", database="unavailable", version=request.app.version)
    return Health(status="ok", database="ok", version=request.app.version)


@router.get("/health/live", summary="Alive", include_in_schema=False)
@router.get("/api/v1/health/live", summary="Alive")
async def live(request: Request) -> dict[str, str]:
    """200 while the process answers at all."""
    return {"status": "ok", "version": request.app.version}
