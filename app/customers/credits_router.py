"""Credits over HTTP."""

from fastapi import APIRouter

from app.customers import credits
from app.customers import service as customers
from app.kit.door import InReadTx, TxRoute, access
from app.kit.pages import Cursor, Limit
from app.kit.principal import Credential
from app.kit.schemas import InstantOut, Output

ADMIN = access(Credential.SECRET)
router = APIRouter(prefix="/api/v1/credits", tags=["credits"], route_class=TxRoute)


class CreditBalance(Output):
    """Credits by pool, used in the order promo, welcome, paid. One drawing takes one pool."""

    welcome: int
    paid: int
    promo: int
    promo_expires_at: InstantOut | None
    total_spendable: int


class CreditEntry(Output):
    """A line of the ledger: `grant`, `authorize`, then `commit` or `rollback`."""

    entry_id: str
    kind: str
    pool: str
    amount: int
    operation_id: str | None
    source: str | None
    created_at: InstantOut


class CreditLedger(Output):
    """A part of the ledger, newest first."""

    data: list[CreditEntry]
    next_cursor: str | None


@router.get("/balance", summary="Read the credits", openapi_extra=ADMIN)
async def get_balance(tx: InReadTx) -> CreditBalance:
    """What can be spent now; plans without credits draw for nothing."""
    left = await credits.read_balance(tx, await customers.plan_of(tx))
    return CreditBalance(
        welcome=left.welcome,
        paid=left.paid,
        promo=left.promo,
        promo_expires_at=left.promo_expires_at,
        total_spendable=left.total,
    )


@router.get("/ledger", summary="Read the ledger of credits", openapi_extra=ADMIN)
async def get_ledger(tx: InReadTx, cursor: Cursor = None, limit: Limit = 50) -> CreditLedger:
    """Every grant, and what each drawing took."""
    rows, next_cursor = await credits.ledger(tx, cursor=cursor, limit=limit)
    entries = [CreditEntry.model_validate(row, from_attributes=True) for row in rows]
    return CreditLedger(data=entries, next_cursor=next_cursor)
