"""The whole ledger over HTTP: every movement of every buddy's tokens."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.buddies import finding, schemas
from app.kit.door import InReadTx, TxRoute, access
from app.kit.pages import Cursor, Limit
from app.kit.principal import Credential
from app.kit.schemas import Key
from app.ledger.reading import Wanted

Source = Annotated[str | None, Query(pattern=r"^[!-~]{1,128}$")]
router = APIRouter(prefix="/api/v1/ledger", tags=["ledger"], route_class=TxRoute)


@router.get("", summary="Read the whole ledger", openapi_extra=access(Credential.SECRET))
async def list_transfers(
    tx: InReadTx,
    token: Annotated[Key | None, Query()] = None,
    source: Source = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> schemas.WholeLedger:
    """Newest first. `source` is the counter-account, such as `rule:win-coins` or `admin`."""
    return await finding.transfers(tx, Wanted(token, source), cursor=cursor, limit=limit)
