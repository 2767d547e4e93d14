"""Operations over HTTP."""

import time
from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.kit.door import InDatabase, InPrincipal, TxRoute, access
from app.kit.principal import Credential
from app.kit.schemas import UuidText
from app.operations import service as operations
from app.operations.schemas import Operation
from app.operations.service import FINISHED, finished_nudge

LOOK_SECONDS = 0.5
WAIT_MS_MAX = 25_000
router = APIRouter(prefix="/api/v1/operations", tags=["operations"], route_class=TxRoute)


@router.get(
    "/{operation_id}",
    summary="Read an operation",
    openapi_extra=access(Credential.SECRET, Credential.PUBLISHABLE),
)
async def get_operation(
    operation_id: Annotated[UuidText, Path()],
    database: InDatabase,
    principal: InPrincipal,
    wait_ms: Annotated[int, Query(ge=0, le=WAIT_MS_MAX)] = 0,
) -> Operation:
    """With `wait_ms` the answer is held until the operation has ended, or the time is over.

    A server that is being stopped answers at once with what there is: ask again.
    """
    deadline = time.monotonic() + wait_ms / 1000
    with database.nudges.listen(finished_nudge(operation_id)) as listener:
        while True:
            async with database.read(principal.customer_id) as tx:
                row = await operations.read(tx, operation_id)
            left = deadline - time.monotonic()
            if row.status in FINISHED or left <= 0 or database.nudges.is_ending:
                return Operation.of(row)
            await listener.wait(min(left, LOOK_SECONDS))
