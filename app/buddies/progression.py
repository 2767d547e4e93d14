"""Where buddies stand: skills, streaks, badges with what is missing, caps; and users in summary."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import select

from app.art.service import url
from app.buddies import progression_schemas as schemas
from app.buddies import views
from app.buddies.herd import Herd
from app.buddies.models import buddy as table
from app.buddies.schemas import BadgeAward
from app.configs import service as configs
from app.engine import standing
from app.engine.config import Config
from app.engine.state import BuddyState
from app.engine.sweeping import freezes_left
from app.kit.errors import NotFound
from app.kit.tx import AnyRow, Tx
from app.ledger import service as ledger
from app.users import service as users
from app.users.schemas import ChangeUser, User

BUDDIES_MAX = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """A buddy as it is read, without a lock, with all that its standing depends on."""

    row: AnyRow
    config: Config
    state: BuddyState
    accounts: views.Accounts
    zone: tzinfo
    now: datetime


async def read(tx: Tx, buddy_id: str) -> schemas.ProgressionStanding:
    """Everything that a buddy has come to.

    Raises:
        NotFound: this customer has no such buddy.
    """
    of = await standing_of(tx, buddy_id)
    skills = [
        schemas.SkillStanding(
            key=key,
            label=skill.label,
            value=of.state.skills.get(key, 0),
            level=skill.level(of.state.skills.get(key, 0)),
            max=skill.max,
        )
        for key, skill in of.config.skills.items()
    ]
    left = standing.caps_left(of.config, of.state, now=of.now)
    return schemas.ProgressionStanding(
        buddy_id=buddy_id,
        evolution_stage=of.row.stage,
        skills=skills,
        streaks=_streaks(of),
        counters=of.state.counters,
        badges=_badges(of),
        caps=[
            schemas.CapStanding(rule=rule, daily=cap.daily, weekly=cap.weekly, total=cap.total)
            for rule, cap in left.items()
        ],
    )


async def standing_of(tx: Tx, buddy_id: str) -> Standing:
    """One buddy and all that its standing depends on.

    Raises:
        NotFound: this customer has no such buddy.
    """
    [of] = await _standings(tx, [await Herd.looks(tx, buddy_id)])
    return of


async def badges(tx: Tx, buddy_id: str) -> schemas.Badges:
    """Badges earned, ready and locked.

    Raises:
        NotFound: this customer has no such buddy.
    """
    return _badges(await standing_of(tx, buddy_id))


async def user(tx: Tx, user_id: str) -> User:
    """What is known about a user.

    Raises:
        NotFound: nothing is, and the user has no buddy.
    """
    known = await users.read(tx, user_id)
    if known is None and not await _rows(tx, user_id, limit=1):
        raise NotFound("user", user_id)
    known = known or users.Known()
    return User(user_id=user_id, time_zone=known.time_zone, display_name=known.display_name)


async def change_user(tx: Tx, user_id: str, given: ChangeUser) -> User:
    """Change what is known about a user; one who never sent an event is known from now on."""
    is_playing = bool(await _rows(tx, user_id, limit=1))
    known = await users.change(tx, user_id, given, is_playing=is_playing)
    return User(user_id=user_id, time_zone=known.time_zone, display_name=known.display_name)


async def summary(tx: Tx, user_id: str) -> schemas.UserSummary:
    """A user with all buddies.

    Raises:
        NotFound: nothing is known about the user, who has no buddy either.
    """
    known = await user(tx, user_id)
    rows = await _rows(tx, user_id, limit=BUDDIES_MAX)
    return schemas.UserSummary(
        user_id=user_id,
        time_zone=known.time_zone,
        display_name=known.display_name,
        buddies=[_in_brief(of) for of in await _standings(tx, rows)],
    )


async def _rows(tx: Tx, user_id: str, *, limit: int) -> Sequence[AnyRow]:
    mine = (table.c.customer_id == tx.customer_id, table.c.user_id == user_id)
    return await tx.rows(select(table).where(*mine).order_by(table.c.buddy_id.desc()).limit(limit))


async def _standings(tx: Tx, rows: Sequence[AnyRow]) -> list[Standing]:
    accounts = await ledger.accounts(tx, [row.buddy_id for row in rows])
    zones = await users.zones(tx, (row.user_id for row in rows))
    found = []
    for row in rows:
        config = await configs.compiled(tx, row.config_version_id)
        mine = {key: accounts.get((row.buddy_id, key), views.NOTHING) for key in config.tokens}
        state = BuddyState.load(
            row.state,
            stage=row.stage,
            balances={key: each.balance for key, each in mine.items()},
            lifetime_earned={key: each.earned for key, each in mine.items()},
        )
        zone = zones.get(row.user_id, UTC)
        found.append(Standing(row, config, state, accounts, zone, tx.now))
    return found


def _in_brief(of: Standing) -> schemas.UserBuddy:
    row = of.row
    return schemas.UserBuddy(
        buddy_id=row.buddy_id,
        audience=row.audience,
        name=row.name,
        status=row.status,
        evolution_stage=row.stage,
        image_url=url(row.customer_id, row.image),
        thumb_url=url(row.customer_id, row.thumb),
        coins=of.state.balances.get(of.config.primary_token or "", 0),
        tokens=views.tokens(row.buddy_id, of.config, of.accounts),
        badges=_badges(of).earned,
        streaks=_streaks(of),
        created_at=row.created_at,
    )


def _streaks(of: Standing) -> list[schemas.StreakStanding]:
    lengths = standing.streak_lengths(of.config, of.state, now=of.now, zone=of.zone)
    left = freezes_left(of.config, of.state)
    return [
        schemas.StreakStanding(
            key=key,
            label=streak.label,
            kind=streak.kind.value,
            count=lengths[key],
            freezes_left=left.get(key),
            milestones=of.state.milestones.get(key, []),
        )
        for key, streak in of.config.streaks.items()
    ]


def _badges(of: Standing) -> schemas.Badges:
    """The config's badges in document order: earned, ready to be given, locked."""
    earned, ready, locked = [], [], []
    for key, badge in of.config.badges.items():
        if key in of.state.badges:
            at = of.state.badges[key]
            earned.append(BadgeAward(badge_key=key, label=badge.label, awarded_at=at))
        elif key in of.state.badges_ready:
            at = of.state.badges_ready[key]
            ready.append(schemas.ReadyBadge(badge_key=key, label=badge.label, ready_at=at))
        else:
            locked.append(_locked(of, key))
    return schemas.Badges(earned=earned, ready=ready, locked=locked)


def _locked(of: Standing, key: str) -> schemas.LockedBadge:
    badge = of.config.badges[key]
    progress = standing.badge_progress(of.config, of.state, key, now=of.now, zone=of.zone)
    mode: Any = badge.mode
    return schemas.LockedBadge(
        badge_key=key,
        label=badge.label,
        mode=mode,
        progress=progress.share,
        missing=list(progress.missing),
    )
