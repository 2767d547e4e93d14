"""From which credits a job is paid. Pure.

One job is paid from one pool: the first of promo, welcome, paid that has enough. Within a pool
what expires first goes first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from app.kit.tariff import CreditTerms

PROMO_LASTS = timedelta(days=365)
WELCOME_SOURCE = "welcome"
NEVER = datetime.max.replace(tzinfo=UTC)


class Pool(StrEnum):
    """The pools, in the order in which they are used."""

    PROMO = "promo"
    WELCOME = "welcome"
    PAID = "paid"


@dataclass(slots=True)
class Grant:
    """Credits that were given together, and how many of them are left."""

    id: str
    pool: Pool
    source: str
    remaining: int
    expires_at: datetime | None

    def is_live(self, now: datetime) -> bool:
        """Whether it can still be used."""
        return self.expires_at is None or self.expires_at > now


@dataclass(frozen=True, slots=True)
class NewGrant:
    """Credits to give; `source` says where from, and is given once."""

    pool: Pool
    source: str
    amount: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Balance:
    """Spendable credits by pool, and when the next promo credits end."""

    promo: int
    welcome: int
    paid: int
    promo_expires_at: datetime | None

    @property
    def total(self) -> int:
        """Everything that can be spent."""
        return self.promo + self.welcome + self.paid


def choose(grants: Iterable[Grant], required: int, now: datetime) -> list[tuple[Grant, int]]:
    """The grants that pay a job, each with its part; empty where no pool has enough."""
    live = [grant for grant in grants if grant.remaining > 0 and grant.is_live(now)]
    for pool in Pool:
        mine = [grant for grant in live if grant.pool == pool]
        if sum(grant.remaining for grant in mine) >= required:
            return _parts(sorted(mine, key=_age), required)
    return []


def balance(grants: Sequence[Grant], now: datetime) -> Balance:
    """What is left of live grants."""
    live = [grant for grant in grants if grant.remaining > 0 and grant.is_live(now)]
    left = {pool: sum(each.remaining for each in live if each.pool == pool) for pool in Pool}
    ends = [each.expires_at for each in live if each.pool == Pool.PROMO and each.expires_at]
    return Balance(
        left[Pool.PROMO], left[Pool.WELCOME], left[Pool.PAID], min(ends) if ends else None
    )


def due(terms: CreditTerms, given: Iterable[str], now: datetime) -> list[NewGrant]:
    """What a plan gives that was not given yet; `given` are the sources so far.

    The credits of a month go into the paid pool and end with the month; a welcome is given once.
    """
    wanted = [
        NewGrant(Pool.WELCOME, WELCOME_SOURCE, terms.welcome, None),
        NewGrant(Pool.PAID, plan_source(now), terms.monthly, next_month(now)),
    ]
    have = set(given)
    return [each for each in wanted if each.amount > 0 and each.source not in have]


def plan_source(now: datetime) -> str:
    """The source of the credits that a plan gives for the month of an instant."""
    return f"plan:{now:%Y-%m}"


def next_month(now: datetime) -> datetime:
    """The first instant of the next UTC month."""
    year, month = divmod(now.year * 12 + now.month, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)


def _parts(grants: list[Grant], required: int) -> list[tuple[Grant, int]]:
    parts = []
    for grant in grants:
        if required == 0:
            break
        amount = min(grant.remaining, required)
        parts.append((grant, amount))
        required -= amount
    return parts


def _age(grant: Grant) -> tuple[datetime, str]:
    return grant.expires_at or NEVER, grant.id
