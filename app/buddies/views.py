"""Rows and states as the API shows them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import cast

from app.art.service import url
from app.buddies import schemas
from app.buddies.appearance import Appearance
from app.engine.config import Config
from app.engine.predicates import Scene, streak_length
from app.engine.state import BuddyState
from app.kit.clock import from_milliseconds
from app.kit.tx import AnyRow
from app.ledger.chain import Transfer
from app.ledger.service import Account

Accounts = Mapping[tuple[str, str], Account]
NOTHING = Account()


@dataclass(frozen=True, slots=True)
class Around:
    """What the rows of a page depend on beside themselves, by buddy or user.

    `waiting` are the operations that wait for credits; who has no zone counts in UTC.
    """

    accounts: Accounts
    worn: Mapping[str, Appearance]
    waiting: frozenset[str]
    zones: Mapping[str, tzinfo]
    now: datetime


def buddy(row: AnyRow, config: Config, around: Around) -> schemas.Buddy:
    """A row of the table `buddy`, with its balances and its outfit."""
    worn = around.worn.get(row.buddy_id) or Appearance(row.buddy_id)
    balances = {
        token: around.accounts.get((row.buddy_id, token), NOTHING).balance
        for token in config.tokens
    }
    state = BuddyState.load(row.state, stage=row.stage, balances=balances, lifetime_earned={})
    return schemas.Buddy(
        id=row.buddy_id,
        customer_id=row.customer_id,
        user_id=row.user_id,
        audience=row.audience,
        name=row.name,
        config_version_id=row.config_version_id,
        evolution_stage=row.stage,
        coins=balances.get(config.primary_token or "", 0),
        status=row.status,
        skills={key: state.skills.get(key, 0) for key in config.skills},
        tokens=balances,
        image_url=url(row.customer_id, row.image),
        thumb_url=url(row.customer_id, row.thumb),
        base_image_url=url(row.customer_id, worn.base_image or row.image),
        equipped_items=list(worn.equipped_ids),
        rendered_equipped_item_ids=list(worn.rendered),
        appearance=_appearance(worn, row.image, around.waiting),
        progression=_progression(state, config, around.now, around.zones.get(row.user_id, UTC)),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def tokens(buddy_id: str, config: Config, accounts: Accounts) -> schemas.TokensSummary:
    """Every token of the config; the two slots hold its defaults."""
    balances = {
        key: schemas.TokenBalance(
            kind="progression" if token.kind == "progression" else "primary",
            key=key,
            label=token.label,
            balance=account.balance,
            lifetime_earned=account.earned,
            lifetime_spent=account.spent,
        )
        for key, token in config.tokens.items()
        for account in (accounts.get((buddy_id, key), NOTHING),)
    }
    return schemas.TokensSummary(
        primary=balances.get(config.primary_token or ""),
        progression=balances.get(config.progression_token or ""),
        all=list(balances.values()),
    )


def entry(transfer: Transfer) -> schemas.LedgerEntry:
    """A transfer seen from the buddy's side."""
    return schemas.LedgerEntry(
        ledger_id=transfer.ledger_id,
        buddy_id=transfer.buddy_id,
        token=transfer.token,
        amount=transfer.amount,
        direction=cast(schemas.Direction, transfer.direction),
        balance=transfer.balance_after,
        reason=transfer.reason,
        reference_id=transfer.reference_id,
        source=transfer.counter_account,
        event_id=transfer.event_id,
        is_lucky=transfer.is_lucky,
        created_at=from_milliseconds(transfer.created_at),
    )


def _appearance(worn: Appearance, image: str | None, waiting: frozenset[str]) -> schemas.Appearance:
    error = None if worn.error_code is None else schemas.AppearanceError(code=worn.error_code)
    return schemas.Appearance(status=worn.status(image, waiting), error=error)


def _progression(
    state: BuddyState, config: Config, now: datetime, zone: tzinfo
) -> schemas.Progression:
    scene = Scene(state, {}, now, zone, {})
    return schemas.Progression(
        counters=state.counters,
        streaks=[
            schemas.StreakState(key=key, count=streak_length(scene, key, streak.kind))
            for key, streak in config.streaks.items()
        ],
        badges=list(state.badges),
    )
