"""Config versions: drafts are written, validated and published; engines are compiled once."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import func, insert, select, update

from app.configs.models import config_version
from app.customers import entitlements
from app.customers.models import customer
from app.engine import config as engine
from app.engine import differences
from app.kit.errors import BadRequest, Conflict, NotFound, ValidationFailed, require
from app.kit.tx import Tx

COMPILED_MAX = 256
_compiled: dict[str, engine.Config] = {}


class NoPublishedConfig(Conflict):
    """The customer has not published any rules yet."""

    code = "no_published_config"

    def __init__(self) -> None:
        super().__init__(
            "This customer has no published config version. Publish one first.",
            details={"publish_url": "/api/v1/config-versions"},
        )


@dataclass(frozen=True, slots=True)
class ConfigVersion:
    """A version; `document` is JSON text."""

    id: str
    status: str
    document: str
    created_at: datetime
    published_at: datetime | None

    def read(self) -> dict[str, Any]:
        """The document."""
        document: dict[str, Any] = orjson.loads(self.document)
        return document


async def create_draft(tx: Tx, document: dict[str, Any] | None) -> ConfigVersion:
    """A new draft: of the document given, else a copy of the published one, else empty."""
    if document is None:
        published = await _published_id(tx)
        text = (await read(tx, published)).document if published else "{}"
    else:
        text = orjson.dumps(document).decode()
    draft = ConfigVersion(tx.new_id(), "draft", text, tx.now, None)
    await tx.execute(
        insert(config_version).values(
            customer_id=tx.customer_id,
            config_version_id=draft.id,
            status=draft.status,
            document=draft.document,
            created_at=draft.created_at,
        )
    )
    return draft


async def read(tx: Tx, config_version_id: str) -> ConfigVersion:
    """One version.

    Raises:
        NotFound: this customer has no such version.
    """
    c = config_version.c
    row = await tx.row(
        select(c.config_version_id, c.status, c.document, c.created_at, c.published_at).where(
            c.customer_id == tx.customer_id, c.config_version_id == config_version_id
        )
    )
    if row is None:
        raise NotFound("config_version", config_version_id)
    return ConfigVersion(*row)


async def list_versions(tx: Tx, *, offset: int, limit: int) -> tuple[list[ConfigVersion], int]:
    """A page of versions, newest first, and how many there are."""
    c = config_version.c
    mine = c.customer_id == tx.customer_id
    rows = await tx.rows(
        select(c.config_version_id, c.status, c.document, c.created_at, c.published_at)
        .where(mine)
        .order_by(c.config_version_id.desc())
        .offset(offset)
        .limit(limit)
    )
    total = await tx.value(select(func.count()).where(mine))
    return [ConfigVersion(*row) for row in rows], total


async def replace(tx: Tx, config_version_id: str, document: dict[str, Any]) -> ConfigVersion:
    """Give a draft another document.

    Raises:
        NotFound: no such version.
        Conflict: it is no draft; published rules never change.
    """
    version = await _locked_draft(tx, config_version_id)
    text = orjson.dumps(document).decode()
    await tx.execute(_of(tx, update(config_version), config_version_id).values(document=text))
    return ConfigVersion(version.id, version.status, text, version.created_at, None)


async def publish(tx: Tx, config_version_id: str) -> ConfigVersion:
    """Make a draft the rules of every new buddy; the version published before is archived.

    Raises:
        NotFound: no such version.
        Conflict: it is no draft.
        BadRequest: the draft is empty.
        ValidationFailed: the document has faults; every one is listed with its pointer.
        PlanFeatureLocked: it has more audiences than the customer's plan allows.
    """
    version = await _locked_draft(tx, config_version_id)
    document = orjson.loads(version.document)
    require(document, BadRequest("The draft is empty. Put a document into it before publishing."))
    check(document)
    entitlement = await entitlements.read(tx)
    entitlement.require_audiences(tx.tariff, len(document.get("audiences", ())))
    previous = await _published_id(tx)
    if previous is not None:
        await tx.execute(_of(tx, update(config_version), previous).values(status="archived"))
    await tx.execute(
        _of(tx, update(config_version), config_version_id).values(
            status="published", published_at=tx.now
        )
    )
    await tx.execute(
        update(customer)
        .where(customer.c.customer_id == tx.customer_id)
        .values(published_config_id=config_version_id)
    )
    return ConfigVersion(version.id, "published", version.document, version.created_at, tx.now)


def check(document: Any) -> None:
    """Refuse a document that could not be published.

    Raises:
        ValidationFailed: with every fault and its JSON pointer below `/document`.
    """
    found = faults(document)
    if found:
        raise ValidationFailed(
            [{"path": f"/document{fault.pointer}", "message": fault.message} for fault in found]
        )


def faults(document: Any) -> list[engine.Fault]:
    """Every fault of a document, with JSON pointers; empty when it can be published."""
    return engine.validate(document)


async def diff(
    tx: Tx, config_version_id: str, against: str | None
) -> tuple[str, list[differences.Change]]:
    """What a version changes against another, else the published one; the other's id with it.

    Raises:
        NotFound: one of them is not there.
        NoPublishedConfig: no other was named, and none is published.
    """
    version = await read(tx, config_version_id)
    other = await read(tx, against or await published(tx))
    return other.id, differences.diff(other.read(), version.read())


async def published(tx: Tx) -> str:
    """The id of the published version.

    Raises:
        NoPublishedConfig: there is none.
    """
    found = await _published_id(tx)
    if found is None:
        raise NoPublishedConfig()
    return found


async def primary_token(tx: Tx) -> str | None:
    """The primary token of the published version; None where nothing is published."""
    version_id = await _published_id(tx)
    return None if version_id is None else (await compiled(tx, version_id)).primary_token


async def audiences(tx: Tx) -> tuple[str, ...]:
    """The audiences of the published version; none where nothing is published."""
    version_id = await _published_id(tx)
    return () if version_id is None else (await compiled(tx, version_id)).audiences


async def compiled(tx: Tx, config_version_id: str) -> engine.Config:
    """The engine's form of a version that some buddy is pinned to; compiled once a process.

    A published document never changes, so a cached one is always right.
    """
    found = _compiled.get(config_version_id)
    if found is None:
        version = await read(tx, config_version_id)
        found = _compile(version.document)
        if len(_compiled) >= COMPILED_MAX:
            _compiled.pop(next(iter(_compiled)))
        _compiled[config_version_id] = found
    return found


async def rehearsed(tx: Tx, config_version_id: str) -> engine.Config:
    """The engine's form of any version, drafts too, for trying it out.

    Raises:
        NotFound: no such version.
        ValidationFailed: its document has faults; every one is listed.
    """
    return checked((await read(tx, config_version_id)).read())


def checked(document: dict[str, Any]) -> engine.Config:
    """The engine's form of a document that nobody may have looked at yet.

    Raises:
        ValidationFailed: it has faults; every one is listed.
    """
    check(document)
    return engine.compile(document)


async def lock_customer(tx: Tx) -> None:
    """Let rare changes of one customer (a publication, a new egg) happen one after another."""
    await tx.rows(
        select(customer.c.customer_id)
        .where(customer.c.customer_id == tx.customer_id)
        .with_for_update(key_share=True)  # rows that refer to the customer don't wait for it
    )


@lru_cache(maxsize=64)
def _compile(document: str) -> engine.Config:
    return engine.compile(orjson.loads(document))


async def _published_id(tx: Tx) -> str | None:
    found: str | None = await tx.value(
        select(customer.c.published_config_id).where(customer.c.customer_id == tx.customer_id)
    )
    return found


async def _locked_draft(tx: Tx, config_version_id: str) -> ConfigVersion:
    await lock_customer(tx)
    version = await read(tx, config_version_id)
    require(
        version.status == "draft",
        Conflict(
            f"This version is {version.status}; only a draft can change. Create a new draft.",
            details={"status": version.status, "allowed": ["draft"]},
        ),
    )
    return version


def _of(tx: Tx, statement: Any, config_version_id: str) -> Any:
    return statement.where(
        config_version.c.customer_id == tx.customer_id,
        config_version.c.config_version_id == config_version_id,
    )
