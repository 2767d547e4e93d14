"""Analyses as the API shows them. Each says which span it looked at: `from` to before `to`."""

from datetime import date

from pydantic import ConfigDict, Field

from app.kit.schemas import InstantOut, Output


class Analysis(Output):
    """The span and the audience that were looked at; an audience of null is all of them."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True, populate_by_name=True)

    begin: InstantOut = Field(alias="from")
    end: InstantOut = Field(alias="to")
    audience: str | None


class Day(Output):
    """A UTC day that had events: how many, and how many users sent them."""

    day: date
    events: int
    active_users: int


class Engagement(Analysis):
    """`stickiness`: the mean of daily active users over the days of the span, by active users."""

    events: int
    active_users: int
    buddies_created: int
    events_per_active_user: float
    stickiness: float
    days: list[Day]


class TypeCount(Output):
    """Events of a type, and the users who had them."""

    type: str
    events: int
    users: int


class ActivitySummary(Analysis):
    """What happened; `types` are the 200 most frequent."""

    events: int
    buddies_created: int
    purchases: int
    evolutions: int
    types: list[TypeCount]


class Flow(Output):
    """What one source gave and took; `source` as in a buddy's ledger."""

    source: str
    earned: int
    spent: int
    transfers: int


class TokenFlow(Output):
    """A token's movements; `net` is `earned` less `spent`."""

    token: str
    earned: int
    spent: int
    net: int
    transfers: int
    sources: list[Flow]


class EconomySummary(Analysis):
    """Every token that moved, by name; its sources by name."""

    tokens: list[TokenFlow]


class Percentiles(Output):
    """Balances at nearest rank: the smallest that at least so many per cent do not exceed."""

    p10: int
    p25: int
    p50: int
    p75: int
    p90: int
    p99: int


class TokenHealth(Output):
    """A token's state.

    `inflow`, `outflow`: earned and spent in the span. `velocity`: `outflow` by `supply`, null
    when there is none. The rest is of this moment: `supply` is what all buddies hold together,
    `lifetime_earned` less `lifetime_spent`.
    """

    token: str
    inflow: int
    outflow: int
    velocity: float | None
    supply: int
    lifetime_earned: int
    lifetime_spent: int
    accounts: int
    balances: Percentiles


class EconomyHealth(Analysis):
    """Every token that was ever held, by name."""

    tokens: list[TokenHealth]


class DayFlow(Output):
    """A UTC day on which a token moved: earned and spent."""

    day: date
    inflow: int
    outflow: int


class TokenDays(Output):
    """A token's days, oldest first; days without a movement are left out."""

    token: str
    days: list[DayFlow]


class EconomyDays(Analysis):
    """Every token that moved, by name."""

    tokens: list[TokenDays]


class ItemCount(Output):
    """Purchases of an item, and the buddies that made them."""

    item_id: str
    purchases: int
    buyers: int


class PopularItems(Analysis):
    """The 50 items bought most often."""

    items: list[ItemCount]


class BadgeCount(Output):
    """How many buddies got a badge."""

    badge_key: str
    awarded: int


class PopularBadges(Analysis):
    """The 50 badges awarded most often."""

    badges: list[BadgeCount]


class Cohort(Output):
    """Users whose first buddy is of one week.

    `week` is its Monday, UTC; `retained[n]` is how many of them had an event n weeks later.
    """

    week: date
    users: int
    retained: list[int]


class Retention(Analysis):
    """Cohorts of the span, oldest first."""

    cohorts: list[Cohort]


class RoiMetrics(Analysis):
    """What engagement came for what cost; money is not known here.

    `returning_users` are active users who had a buddy before the span. `credits_used` are credits
    charged for drawings. Buyers are buddies that bought an item in the span.
    """

    active_users: int
    returning_users: int
    returning_share: float
    credits_used: int
    credits_per_active_user: float
    buyers: int
    events_per_buyer: float
    events_per_other_buddy: float
