"""Answers kept for 24 hours under an Idempotency-Key, sealed, with the effect itself."""

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select, update

from app.customers.models import idempotent_answer as table
from app.kit.clock import to_milliseconds
from app.kit.door import KeptAnswer
from app.kit.expiry import forget_over
from app.kit.principal import Principal
from app.kit.tx import Tx

KEPT_FOR = timedelta(hours=24)
PRUNED_AT_ONCE = 5
COLUMNS = ("customer_id", "principal", "key", "fingerprint", "created_at")


class KeptAnswers:
    """Keeps answers in the database. Survives any crash: key and effect commit together."""

    async def reserve(
        self, tx: Tx, principal: Principal, key: str, fingerprint: str
    ) -> KeptAnswer | None:
        """Take a key for this transaction, or return what it was taken for.

        On PostgreSQL this waits for a twin that is still running.
        """
        await forget_over(
            tx,
            table,
            ("principal", "key"),
            table.c.created_at < tx.now - KEPT_FOR,
            oldest_by=table.c.created_at,
            limit=PRUNED_AT_ONCE,
        )
        row = (tx.customer_id, principal.id, key, fingerprint, to_milliseconds(tx.now))
        if await tx.insert_new(table, COLUMNS, [row], "key"):
            return None
        c = table.c
        kept = await tx.row(
            select(c.fingerprint, c.status, c.sealed_body, c.created_at).where(
                *_of(tx, principal, key)
            )
        )
        assert kept is not None, "a key that is taken can be read"
        if kept.created_at < tx.now - KEPT_FOR:
            await tx.execute(delete(table).where(*_of(tx, principal, key)))
            return await self.reserve(tx, principal, key, fingerprint)
        body = b""
        if kept.sealed_body is not None:
            body = tx.key.open(
                kept.sealed_body, customer_id=tx.customer_id, row=answer_row(principal.id, key)
            )
        return KeptAnswer(kept.fingerprint, kept.status, body)

    async def keep(self, tx: Tx, principal: Principal, key: str, status: int, body: bytes) -> None:
        """Keep the answer under the reserved key."""
        sealed = tx.key.seal(body, customer_id=tx.customer_id, row=answer_row(principal.id, key))
        await tx.execute(
            update(table).where(*_of(tx, principal, key)).values(status=status, sealed_body=sealed)
        )


def _of(tx: Tx, principal: Principal, key: str) -> tuple[ColumnElement[bool], ...]:
    c = table.c
    return c.customer_id == tx.customer_id, c.principal == principal.id, c.key == key


def answer_row(principal_id: str, key: str) -> str:
    """What a sealed answer is bound to."""
    return f"idempotent_answer/{principal_id}/{key}"
