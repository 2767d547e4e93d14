"""What the customers of an installation may use, and how much of it. Pure.

The numbers of the plans stand in `app/customers/plans.py`; this is only their shape, so that every
transaction can carry them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

UNLIMITED_PLAN = "unlimited"


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests that one principal may send; None is no limit."""

    per_minute: int | None
    per_day: int | None


@dataclass(frozen=True, slots=True)
class CreditTerms:
    """Credits that come with a plan: every month anew, and once as a welcome."""

    monthly: int
    welcome: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan. None is no limit; `features` None is every feature.

    `audiences_max`: audiences that a published config may have, where the plan allows several.
    """

    name: str
    rates: Rates | None = None
    events_per_month: int | None = None
    credits: CreditTerms | None = None
    features: frozenset[str] | None = None
    audiences_max: int | None = None

    def includes(self, feature: str) -> bool:
        """Whether the plan has a feature."""
        return self.features is None or feature in self.features


@dataclass(frozen=True, slots=True)
class Tariff:
    """The plans of an installation, cheapest first, and what a drawing costs in credits.

    `event_days` is for how long events are kept; None is for ever.
    """

    plans: Mapping[str, Plan] = field(
        default_factory=lambda: {UNLIMITED_PLAN: Plan(UNLIMITED_PLAN)}
    )
    default: str = UNLIMITED_PLAN
    drawing_cost: int = 0
    upgrade_url: str = ""
    top_up_url: str = ""
    event_days: int | None = None

    def plan(self, name: str | None) -> Plan:
        """The plan of a customer who has this one; without one it is the default.

        A name that the settings no longer know is the default as well: a customer must not
        become unreachable because an operator took a plan away.
        """
        return self.plans.get(name or self.default) or self.plans[self.default]

    def cheapest_with(self, feature: str, audiences: int = 1) -> str:
        """The first plan that has a feature and takes so many audiences."""
        fitting = (
            name
            for name, plan in self.plans.items()
            if plan.includes(feature) and audiences <= (plan.audiences_max or audiences)
        )
        return next(fitting, "")


OPEN = Tariff()
"""Everything without limits: what a database has that was opened without settings."""
