"""Gates: set up by the customer, opened once by each buddy that pays."""

from typing import Any

import orjson
from sqlalchemy import delete, insert, select, update

from app.buddies import effects
from app.buddies.herd import Cause, Herd
from app.buddies.service import require_spendable
from app.configs import service as configs
from app.gates.models import gate as table
from app.gates.models import gate_unlock
from app.gates.schemas import (
    BuddyUnlock,
    BuddyUnlocks,
    ChangeGate,
    CreateGate,
    Gates,
    TokenGate,
    UnlockResult,
)
from app.kit.clock import to_milliseconds, to_text
from app.kit.errors import Conflict, NotFound, ValidationFailed
from app.kit.tx import AnyRow, Tx
from app.ledger.service import Posting
from app.webhooks.catalogue import EventName


async def create(tx: Tx, given: CreateGate) -> TokenGate:
    """Set a gate up.

    Raises:
        ValidationFailed: the published config has no such token, or it can't be spent.
        Conflict: there is a gate with this key.
    """
    config = await configs.compiled(tx, await configs.published(tx))
    token = config.tokens.get(given.token_key)
    if token is None or token.kind == "progression":
        raise ValidationFailed.of("/token_key", "name a spendable token of the published config")
    now = to_milliseconds(tx.now)
    row = {
        "customer_id": tx.customer_id,
        "gate_key": given.gate_key,
        "gate_id": tx.new_id(),
        "token_key": given.token_key,
        "cost": given.cost,
        "label": given.label,
        "description": given.description,
        "metadata": orjson.dumps(given.metadata).decode(),
        "is_active": given.is_active,
        "created_at": now,
        "updated_at": now,
    }
    if not await tx.insert_new(table, tuple(row), [tuple(row.values())], "gate_key"):
        raise Conflict(f"There is a gate with the key {given.gate_key!r} already. Change it.")
    return _gate(await _row(tx, given.gate_key))


async def list_gates(tx: Tx) -> Gates:
    """Every gate, by key."""
    rows = await tx.rows(
        select(table).where(table.c.customer_id == tx.customer_id).order_by(table.c.gate_key)
    )
    return Gates(gates=[_gate(row) for row in rows])


async def change(tx: Tx, gate_key: str, given: ChangeGate) -> TokenGate:
    """Change what is given of a gate.

    Raises:
        NotFound: no such gate.
    """
    values: dict[str, Any] = given.model_dump(exclude_unset=True)
    if "metadata" in values:
        values["metadata"] = orjson.dumps(values["metadata"] or {}).decode()
    for name in ("cost", "is_active"):
        if name in values and values[name] is None:
            raise ValidationFailed.of(f"/{name}", "can't be null")
    await tx.execute(_of(tx, update(table), gate_key).values(updated_at=tx.now, **values))
    return _gate(await _row(tx, gate_key))


async def remove(tx: Tx, gate_key: str) -> None:
    """Take a gate away that nobody has opened.

    Raises:
        NotFound: no such gate.
        Conflict: somebody opened it; switch it off instead.
    """
    await _locked(tx, gate_key, is_shared=False)
    opened = await tx.value(
        select(gate_unlock.c.buddy_id)
        .where(gate_unlock.c.customer_id == tx.customer_id, gate_unlock.c.gate_key == gate_key)
        .limit(1)
    )
    if opened is not None:
        raise Conflict("Buddies have opened this gate. Set is_active to false instead.")
    await tx.execute(_of(tx, delete(table), gate_key))


async def unlock(tx: Tx, buddy_id: str, gate_key: str) -> UnlockResult:
    """Pay for a gate and open it; an open gate costs nothing.

    Raises:
        NotFound: no such buddy or gate.
        Conflict: the buddy is archived, or the gate is switched off.
        InsufficientBalance, ProgressionNotSpendable: nothing was changed.
    """
    herd, buddy = await Herd.one(tx, buddy_id)
    gate = await _locked(tx, gate_key, is_shared=True)
    metadata = orjson.loads(gate.metadata)
    opened = await tx.row(
        select(gate_unlock).where(
            gate_unlock.c.customer_id == tx.customer_id,
            gate_unlock.c.buddy_id == buddy_id,
            gate_unlock.c.gate_key == gate_key,
        )
    )
    if opened is not None:
        return _result(gate_key, opened.unlocked_at, None, metadata)
    if not gate.is_active:
        raise Conflict("This gate is switched off.", details={"is_active": False})
    if gate.token_key not in buddy.config.tokens:
        raise Conflict(f"The buddy's config has no token {gate.token_key!r}.")
    require_spendable(buddy, gate.token_key)
    cause = Cause(request_id=tx.request_id)
    posting = Posting(f"gate:{gate_key}", f"gate:{gate_key}")
    effects.spend(herd, buddy, gate.token_key, gate.cost, posting, cause)
    after = herd.book.account(buddy_id, gate.token_key).balance
    told = {
        "gate_key": gate_key,
        "token_key": gate.token_key,
        "cost": gate.cost,
        "balance_after": after,
        "unlocked_at": to_text(tx.now),
    }
    herd.tell(buddy, EventName.GATE_UNLOCKED, told, cause, herd.next_sequence(buddy))
    await herd.write()
    await tx.execute(
        insert(gate_unlock).values(
            customer_id=tx.customer_id,
            buddy_id=buddy_id,
            gate_key=gate_key,
            balance_after=after,
            unlocked_at=tx.now,
        )
    )
    return _result(gate_key, tx.now, after, metadata)


async def unlocks(tx: Tx, buddy_id: str) -> BuddyUnlocks:
    """Every gate that a buddy has opened, in the order in which it did.

    Raises:
        NotFound: no such buddy.
    """
    await Herd.looks(tx, buddy_id)
    rows = await tx.rows(
        select(gate_unlock.c.gate_key, gate_unlock.c.unlocked_at, table.c.metadata)
        .join(
            table,
            (table.c.customer_id == gate_unlock.c.customer_id)
            & (table.c.gate_key == gate_unlock.c.gate_key),
        )
        .where(gate_unlock.c.customer_id == tx.customer_id, gate_unlock.c.buddy_id == buddy_id)
        .order_by(gate_unlock.c.unlocked_at)
    )
    return BuddyUnlocks(
        unlocks=[
            BuddyUnlock(
                gate_key=row.gate_key,
                unlocked_at=row.unlocked_at,
                metadata=orjson.loads(row.metadata),
            )
            for row in rows
        ]
    )


def _result(
    gate_key: str, unlocked_at: Any, balance_after: int | None, metadata: dict[str, Any]
) -> UnlockResult:
    return UnlockResult(
        gate_key=gate_key,
        unlocked=True,
        already_unlocked=balance_after is None,
        unlocked_at=unlocked_at,
        balance_after=balance_after,
        metadata=metadata,
    )


async def _locked(tx: Tx, gate_key: str, *, is_shared: bool) -> AnyRow:
    """A gate's row, so that nobody takes the gate away while a buddy opens it."""
    row = await tx.row(_of(tx, select(table), gate_key).with_for_update(read=is_shared))
    if row is None:
        raise NotFound("gate", gate_key)
    return row


async def _row(tx: Tx, gate_key: str) -> AnyRow:
    row = await tx.row(_of(tx, select(table), gate_key))
    if row is None:
        raise NotFound("gate", gate_key)
    return row


def _of(tx: Tx, statement: Any, gate_key: str) -> Any:
    return statement.where(table.c.customer_id == tx.customer_id, table.c.gate_key == gate_key)


def _gate(row: AnyRow) -> TokenGate:
    return TokenGate(
        id=row.gate_id,
        gate_key=row.gate_key,
        token_key=row.token_key,
        cost=row.cost,
        label=row.label,
        description=row.description,
        metadata=orjson.loads(row.metadata),
        is_active=row.is_active,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
