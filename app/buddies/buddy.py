"""A buddy in memory: from its row, and back."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from app.buddies.models import buddy as table
from app.engine.config import Config
from app.engine.state import BuddyState
from app.kit.clock import to_milliseconds
from app.kit.tx import AnyRow, Tx
from app.ledger.service import Book

DEFAULT_NAME = "Buddy"
FIRST_STAGE = 1
VARIANTS = 1000
COLUMNS = tuple(column.name for column in table.columns)
KEY = ("customer_id", "buddy_id")
# What every event changes, and what few do: no index holds the former.
PLAYED = ("sequence", "state", "updated_at")
CHANGING = ("name", "stage", "variant", "status", "image", "thumb", *PLAYED)


@dataclass(slots=True)
class Buddy:
    """A buddy in memory, with the engine's view of it."""

    id: str
    user_id: str
    audience: str
    name: str
    config_version_id: str
    stage: int
    variant: int
    status: str
    sequence: int
    image: str | None
    thumb: str | None
    created_at: datetime
    updated_at: datetime
    config: Config
    state: BuddyState
    zone: tzinfo = UTC
    is_new: bool = False
    is_changed: bool = False


def loaded(book: Book, row: AnyRow, config: Config) -> Buddy:
    """The buddy of a row of `COLUMNS`, with its balances and the rules that it follows."""
    _, id_, user_id, audience, name, version, stage, variant, status, sequence = row[:10]
    document, image, thumb, created_at, updated_at = row[10:]
    state = BuddyState.load(
        document,
        stage=stage,
        balances=book.balances(id_, config.tokens),
        lifetime_earned=book.lifetime_earned(id_, config.tokens),
    )
    return Buddy(
        id_,
        user_id,
        audience,
        name,
        version,
        stage,
        variant,
        status,
        sequence,
        image,
        thumb,
        created_at,
        updated_at,
        config,
        state,
    )


def looks(buddy: Buddy) -> tuple[Any, ...]:
    """What of a buddy few events change."""
    return (buddy.name, buddy.stage, buddy.variant, buddy.status, buddy.image, buddy.thumb)


def variant_of(id_: str) -> int:
    """The looks, 0–999, that an id stands for."""
    return int(id_.replace("-", "")[-12:], 16) % VARIANTS


def fresh(
    tx: Tx, key: tuple[str, str], config_version_id: str, config: Config, zone: tzinfo
) -> Buddy:
    """A buddy at its first stage, to whom nothing has happened yet."""
    buddy_id = tx.new_id()
    return Buddy(
        buddy_id,
        key[0],
        key[1],
        DEFAULT_NAME,
        config_version_id,
        FIRST_STAGE,
        variant_of(buddy_id),
        "active",
        0,
        None,
        None,
        tx.now,
        tx.now,
        config,
        BuddyState.fresh(),
        zone,
        is_new=True,
    )


def row_of(tx: Tx, buddy: Buddy, columns: tuple[str, ...]) -> tuple[Any, ...]:
    """What a buddy has in these columns of the table."""
    values = {
        "customer_id": tx.customer_id,
        "buddy_id": buddy.id,
        "user_id": buddy.user_id,
        "audience": buddy.audience,
        "name": buddy.name,
        "config_version_id": buddy.config_version_id,
        "stage": buddy.stage,
        "variant": buddy.variant,
        "status": buddy.status,
        "sequence": buddy.sequence,
        "state": buddy.state.dump(),
        "image": buddy.image,
        "thumb": buddy.thumb,
        "created_at": to_milliseconds(buddy.created_at),
        "updated_at": to_milliseconds(tx.now),
    }
    return tuple([values[name] for name in columns])
