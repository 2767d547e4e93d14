"""Answers kept for 24 hours under an Idempotency-Key, sealed, with the effect itself."""

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select, update

from app.customers.models import idempotent_answer as table
from app.kit.clock import to_milliseconds
from app.kit.door import KeptAnswer
from app.kit.principal import Principal
from app.kit.tx import Tx

KEPT_FOR = timedelta(hours=24)
COLUMNS = ("customer_id", "principal", "key", "fingerprint", "created_at")


class KeptAnswers:
    """Keeps answers in the database. Survives any crash: key and effect commit together."""

    async def reserve(
        self, tx: Tx, principal: Principal, key: str, fingerprint: str
    ) -> KeptAnswer | None:
        """Take a key for this transaction, or return what it was taken for.

        On PostgreSQL this waits for a twin that is still running.
        """
        await tx.execute(
            delete(table).where(*_of(tx, principal, key), table.c.created_at < tx.now - KEPT_FOR)
        )
        row = (tx.customer_id, principal.id, key, fingerprint, to_milliseconds(tx.now))
        if await tx.insert_new(table, COLUMNS, [row], "key"):
            return None
        c = table.c
        kept = await tx.row(
            select(c.fingerprint, c.status, c.sealed_body).where(*_of(tx, principal, key))
        )
        assert kept is not None, "a key that is taken can be read"
        body = b""
        if kept.sealed_body is not None:
            body = tx.key.open(
                kept.sealed_body, customer_id=tx.customer_id, row=_row(principal, key)
            )
        return KeptAnswer(kept.fingerprint, kept.status, body)

    async def keep(self, tx: Tx, principal: Principal, key: str, status: int, body: bytes) -> None:
        """Keep the answer under the reserved key."""
        sealed = tx.key.seal(body, customer_id=tx.customer_id, row=_row(principal, key))
        await tx.execute(
            update(table).where(*_of(tx, principal, key)).values(status=status, sealed_body=sealed)
        )


def _of(tx: Tx, principal: Principal, key: str) -> tuple[ColumnElement[bool], ...]:
    c = table.c
    return c.customer_id == tx.customer_id, c.principal == principal.id, c.key == key


def _row(principal: Principal, key: str) -> str:
    return f"idempotent_answer/{principal.id}/{key}"
