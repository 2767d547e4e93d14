"""Apps whose rooms we believe: a control plane each, and a token for it, sealed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.kit.clock import to_milliseconds
from app.kit.tx import Tx
from app.matches.models import match_app
from app.matches.port import Hosts, RoomHost

KEY = ("customer_id", "app_id")
COLUMNS = tuple(column.name for column in match_app.columns if column.name not in KEY)


@dataclass(frozen=True, slots=True)
class App:
    """A connected app. `token` opens its control plane and never leaves this process."""

    app_id: str
    base_url: str
    token: str
    config_is_public: bool

    def __repr__(self) -> str:
        return f"App({self.app_id!r}, {self.base_url!r})"

    def host(self, hosts: Hosts) -> RoomHost:
        """The app's rooms."""
        return hosts.of(base_url=self.base_url, token=self.token, app_id=self.app_id)


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """An app as it is listed."""

    app_id: str
    base_url: str
    created_at: datetime
    updated_at: datetime


async def connect_app(tx: Tx, *, app_id: str, base_url: str, token: str) -> None:
    """Connect an app, or give a connected one another address or token."""
    sealed = tx.key.seal(token.encode(), customer_id=tx.customer_id, row=token_row(app_id))
    c = match_app.c
    connected = select(c.created_at).where(c.customer_id == tx.customer_id, c.app_id == app_id)
    created_at = to_milliseconds(await tx.value(connected) or tx.now)
    now = to_milliseconds(tx.now)
    row = (tx.customer_id, app_id, base_url.rstrip("/"), sealed, False, created_at, now)
    await tx.upsert_set(match_app, KEY, COLUMNS, [row])


async def list_apps(tx: Tx) -> list[ConnectedApp]:
    """Every connected app, without its token."""
    c = match_app.c
    rows = await tx.rows(
        select(c.app_id, c.base_url, c.created_at, c.updated_at)
        .where(c.customer_id == tx.customer_id)
        .order_by(c.app_id)
    )
    return [ConnectedApp(*row) for row in rows]


async def read(tx: Tx, app_id: str) -> App | None:
    """A connected app, or None."""
    c = match_app.c
    row = await tx.row(
        select(c.base_url, c.sealed_token, c.config_is_public).where(
            c.customer_id == tx.customer_id, c.app_id == app_id
        )
    )
    if row is None:
        return None
    token = tx.key.open(row.sealed_token, customer_id=tx.customer_id, row=token_row(app_id))
    return App(app_id, row.base_url, token.decode(), row.config_is_public)


def token_row(app_id: str) -> str:
    """What a sealed token is bound to."""
    return f"match_app/{app_id}/token"
