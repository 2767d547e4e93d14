"""keys rotate-master: everything that is sealed is sealed anew, under another master key.

Every batch is one transaction, and what already opens with the new key is left alone: killed at any
moment, the command goes on where it was. The new key is on disk before the first row needs it.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Table, select, tuple_, update

from app.commands.context import DatabaseUrl, DataDir, console, fail, run, settings_of
from app.customers.idempotency import answer_row
from app.customers.keys import key_row
from app.customers.models import api_key, customer, idempotent_answer
from app.customers.service import draw_row
from app.kit.crypto import MasterKey, MasterKeyError, SealBroken
from app.kit.db import Database
from app.kit.tx import AnyRow, Tx
from app.matches.apps import token_row
from app.matches.codes import code_row
from app.matches.models import match_app, match_record
from app.settings import Settings
from app.webhooks.models import webhook_endpoint
from app.webhooks.secrets import row_name

NEW_KEY_VARIABLE = "CLUTCH_NEW_MASTER_KEY"
BATCH = 500


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column with seals; `key` are its table's key columns besides the customer."""

    table: Table
    key: tuple[str, ...]
    column: str
    bound_to: Callable[[AnyRow], str]


SEALED = (
    Sealed(customer, (), "sealed_draw_secret", lambda row: draw_row(row.customer_id)),
    Sealed(api_key, ("key_id",), "sealed_secret", lambda row: key_row(row.key_id)),
    Sealed(
        idempotent_answer,
        ("principal", "key"),
        "sealed_body",
        lambda row: answer_row(row.principal, row.key),
    ),
    Sealed(match_app, ("app_id",), "sealed_token", lambda row: token_row(row.app_id)),
    Sealed(match_record, ("match_id",), "sealed_code", lambda row: code_row(row.match_id)),
    Sealed(
        webhook_endpoint,
        ("endpoint_id",),
        "sealed_secrets",
        lambda row: row_name(row.endpoint_id),
    ),
)


def rotate_master(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Seal every stored secret under a new master key. Stop every server and worker first.

    Where the key is a file in the data directory, a new one is made and takes its place. Where it
    is CLUTCH_MASTER_KEY, put the new one into CLUTCH_NEW_MASTER_KEY; afterwards it is the one to
    start with. Widget sessions, embed tokens and match tokens made before are worth nothing then.
    Safe to repeat: one that broke off is finished.
    """
    settings = settings_of(data_dir, database_url)
    try:
        new, finish = _new_key(settings)
    except MasterKeyError as error:
        raise fail(str(error)) from None
    done = run(settings, lambda database: reseal_all(database, new))
    finish()
    console.print(f"Sealed {done} secrets anew.")
    if settings.master_key:
        console.print(f"Start with the key of {NEW_KEY_VARIABLE} as CLUTCH_MASTER_KEY from now on.")


async def reseal_all(database: Database, new: MasterKey) -> int:
    """Seal everything of all customers under another key; how many seals were changed.

    Raises:
        ValueError: something opens with neither key; what was before it is done.
    """
    async with database.unscoped() as connection:
        ids = (await connection.execute(select(customer.c.customer_id))).scalars().all()
    done = 0
    for customer_id in sorted(ids):
        for sealed in SEALED:
            done += await _reseal(database, customer_id, sealed, new)
    return done


async def _reseal(database: Database, customer_id: str, sealed: Sealed, new: MasterKey) -> int:
    done = 0
    last: tuple[Any, ...] | None = None
    while True:
        async with database.begin(customer_id) as tx:
            rows = await _batch(tx, sealed, last)
            for row in rows:
                done += await _change(tx, sealed, row, new)
        if len(rows) < BATCH or not sealed.key:
            return done
        last = tuple(getattr(rows[-1], name) for name in sealed.key)


async def _batch(tx: Tx, sealed: Sealed, last: tuple[Any, ...] | None) -> list[AnyRow]:
    c = sealed.table.c
    key = [c[name] for name in sealed.key]
    wanted = [c.customer_id == tx.customer_id, c[sealed.column].is_not(None)]
    if last is not None:
        wanted.append(tuple_(*key) > last)
    statement = select(c.customer_id, *key, c[sealed.column].label("sealed")).where(*wanted)
    return list(await tx.rows(statement.order_by(*key).limit(BATCH)))


async def _change(tx: Tx, sealed: Sealed, row: AnyRow, new: MasterKey) -> int:
    bound_to = sealed.bound_to(row)
    if sealed.table is webhook_endpoint:
        listed = orjson.loads(row.sealed)
        parts = [_anew(tx, each["sealed"], bound_to, new) for each in listed]
        changed = [each | {"sealed": text} for each, text in zip(listed, parts, strict=True)]
        text = orjson.dumps(changed).decode()
        is_changed = changed != listed
    else:
        text = _anew(tx, row.sealed, bound_to, new)
        is_changed = text != row.sealed
    if not is_changed:
        return 0
    c = sealed.table.c
    mine = [c[name] == getattr(row, name) for name in sealed.key]
    await tx.execute(
        update(sealed.table)
        .where(c.customer_id == tx.customer_id, *mine)
        .values({sealed.column: text})
    )
    return 1


def _anew(tx: Tx, text: str, bound_to: str, new: MasterKey) -> str:
    """A seal under the new key; the same one where it is under it already."""
    try:
        new.open(text, customer_id=tx.customer_id, row=bound_to)
    except SealBroken:
        pass
    else:
        return text
    try:
        plain = tx.key.open(text, customer_id=tx.customer_id, row=bound_to)
    except SealBroken:
        raise ValueError(f"{bound_to} of {tx.customer_id} opens with neither key") from None
    return new.seal(plain, customer_id=tx.customer_id, row=bound_to)


def _new_key(settings: Settings) -> tuple[MasterKey, Callable[[], None]]:
    """The new key, and what puts it in place when all is done."""
    if settings.master_key:
        text = os.environ.get(NEW_KEY_VARIABLE, "")
        if not text:
            raise MasterKeyError(
                f"Put the new key into {NEW_KEY_VARIABLE}. Make one with: openssl rand -base64 32"
            )
        return MasterKey.from_text(text), lambda: None
    current, following = _files(settings.data_dir)
    MasterKey.from_file(current)
    return MasterKey.from_file(following), lambda: os.replace(following, current)


def _files(data_dir: Path) -> tuple[Path, Path]:
    return data_dir / "master.key", data_dir / "master.key.next"
