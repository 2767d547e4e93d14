"""Dry runs of config versions over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Path

from app.configs import service as configs
from app.events import dry_run
from app.events.dry_run_schemas import DAYS_DEFAULT, DryRun, StartDryRun
from app.kit.door import InDatabase, InPrincipal, TxRoute, access
from app.kit.errors import RateLimited
from app.kit.principal import Credential
from app.kit.schemas import UuidText

RETRY_SECONDS = 5
router = APIRouter(prefix="/api/v1/config-versions", tags=["configs"], route_class=TxRoute)
_running: set[str] = set()


@router.post(
    "/{version_id}/dry-run",
    summary="Dry-run a config version",
    openapi_extra=access(Credential.SECRET, ids_decide=True),
)
async def dry_run_version(
    version_id: Annotated[UuidText, Path()],
    given: StartDryRun,
    database: InDatabase,
    principal: InPrincipal,
) -> DryRun:
    """What the version would have paid for past or given events, next to what was paid.

    Nothing is written. Both sides begin with fresh buddies and see the same events; `paid` is what
    was really answered. One runs at a time.
    """
    customer_id = principal.customer_id
    with _alone(customer_id):
        async with database.read(customer_id) as tx:
            rules = await configs.rehearsed(tx, version_id)
        if given.events is None:
            days = given.days or DAYS_DEFAULT
            return await dry_run.over_log(database, customer_id, rules, days=days)
        events = [event.to_new_event(None) for event in given.events]
        return await dry_run.over_events(database, customer_id, rules, events)


@contextmanager
def _alone(customer_id: str) -> Iterator[None]:
    """Let one dry run of a customer be under way in this process.

    Raises:
        RateLimited: there is one.
    """
    if customer_id in _running:
        raise RateLimited("Another dry run is under way. Wait for its answer.", RETRY_SECONDS)
    _running.add(customer_id)
    try:
        yield
    finally:
        _running.discard(customer_id)
