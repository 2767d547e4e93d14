"""The plans: what is built in, and what an operator makes of it. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from app.kit.tariff import UNLIMITED_PLAN, CreditTerms, Plan, Rates, Tariff


class Feature(StrEnum):
    """What a plan can lack, and a customer can turn off."""

    MARKETPLACE = "marketplace"
    EVOLUTION = "evolution"
    GENERATIVE_MEDIA = "generative_media"
    PATHS = "paths"
    MULTI_AUDIENCE = "multi_audience"
    ADVANCED_ANALYTICS = "advanced_analytics"


GROWTH_FEATURES = frozenset({Feature.MARKETPLACE, Feature.EVOLUTION, Feature.GENERATIVE_MEDIA})
PRO_FEATURES = GROWTH_FEATURES | {
    Feature.PATHS,
    Feature.MULTI_AUDIENCE,
    Feature.ADVANCED_ANALYTICS,
}

# Cheapest first. The numbers are those of the service whose API this is.
BUILT_IN = (
    Plan("free", Rates(100, 5_000), 10_000, CreditTerms(0, 20), frozenset()),
    Plan("growth", Rates(1_000, 50_000), 500_000, CreditTerms(50, 0), GROWTH_FEATURES),
    Plan("pro", Rates(5_000, 250_000), 5_000_000, CreditTerms(250, 0), PRO_FEATURES, 3),
    Plan("enterprise", Rates(50_000, None)),
    Plan(UNLIMITED_PLAN),
)

# What a publishable key or a token may send, on every plan that has limits at all.
SCOPED_RATES = Rates(200, 10_000)
WIDGET_FACTOR = 3


class PlanChange(BaseModel):
    """What `CLUTCH_PLANS` says of one plan; what it leaves out stays, null is no limit."""

    model_config = ConfigDict(extra="forbid")

    requests_per_minute: int | None = Field(default=None, ge=1)
    requests_per_day: int | None = Field(default=None, ge=1)
    events_per_month: int | None = Field(default=None, ge=0)
    credits_monthly: int | None = Field(default=None, ge=0)
    credits_welcome: int | None = Field(default=None, ge=0)
    features: frozenset[Feature] | None = None
    audiences_max: int | None = Field(default=None, ge=1)


def catalogue(changes: Mapping[str, PlanChange]) -> dict[str, Plan]:
    """The plans by name, cheapest first: those built in as changed, then the operator's own."""
    plans = {plan.name: plan for plan in BUILT_IN}
    for name, change in changes.items():
        plans[name] = _changed(plans.get(name, Plan(name)), change)
    return plans


def tariff(
    changes: Mapping[str, PlanChange],
    *,
    default: str,
    drawing_cost: int,
    upgrade_url: str,
    top_up_url: str,
    event_days: int | None,
) -> Tariff:
    """Everything that the settings say about plans.

    Raises:
        ValueError: the default plan does not exist.
    """
    plans = catalogue(changes)
    if default not in plans:
        raise ValueError(
            f"CLUTCH_DEFAULT_PLAN is {default!r}; there is: {', '.join(sorted(plans))}."
        )
    return Tariff(plans, default, drawing_cost, upgrade_url, top_up_url, event_days)


def widget_rates(rates: Rates) -> Rates:
    """The rates of what browsers call: `/widget…` and `/embed-tokens`."""
    return Rates(*(None if n is None else n * WIDGET_FACTOR for n in _both(rates)))


def _changed(plan: Plan, change: PlanChange) -> Plan:
    said = change.model_fields_set
    values: dict[str, object] = {}
    if said & {"requests_per_minute", "requests_per_day"}:
        minute, day = _both(plan.rates or Rates(None, None))
        minute = change.requests_per_minute if "requests_per_minute" in said else minute
        day = change.requests_per_day if "requests_per_day" in said else day
        values["rates"] = None if minute is day is None else Rates(minute, day)
    if "events_per_month" in said:
        values["events_per_month"] = change.events_per_month
    if said & {"credits_monthly", "credits_welcome"}:
        old = plan.credits or CreditTerms(0, 0)
        monthly = change.credits_monthly if "credits_monthly" in said else old.monthly
        welcome = change.credits_welcome if "credits_welcome" in said else old.welcome
        is_metered = not (monthly is None and welcome is None)
        values["credits"] = CreditTerms(monthly or 0, welcome or 0) if is_metered else None
    if "features" in said:
        values["features"] = change.features
    if "audiences_max" in said:
        values["audiences_max"] = change.audiences_max
    return replace(plan, **values)  # type: ignore[arg-type]


def _both(rates: Rates) -> tuple[int | None, int | None]:
    return rates.per_minute, rates.per_day
