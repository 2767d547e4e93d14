"""Plans: the reference's numbers, and what an operator makes of them."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.customers.plans import BUILT_IN, Feature, widget_rates
from app.kit.tariff import CreditTerms, Rates
from app.settings import Settings

NUMBERS = [
    ("free", Rates(100, 5_000), 10_000, CreditTerms(0, 20)),
    ("growth", Rates(1_000, 50_000), 500_000, CreditTerms(50, 0)),
    ("pro", Rates(5_000, 250_000), 5_000_000, CreditTerms(250, 0)),
    ("enterprise", Rates(50_000, None), None, None),
    ("unlimited", None, None, None),
]
LOCKS = [
    ("marketplace", "growth"),
    ("evolution", "growth"),
    ("generative_media", "growth"),
    ("paths", "pro"),
    ("multi_audience", "pro"),
    ("advanced_analytics", "pro"),
]


@pytest.mark.parametrize(("name", "rates", "events", "credit_terms"), NUMBERS)
def test_the_built_in_plans_have_the_numbers_of_the_reference(
    name: str, rates: Rates | None, events: int | None, credit_terms: CreditTerms | None
) -> None:
    plan = Settings().tariff.plans[name]
    assert (plan.rates, plan.events_per_month, plan.credits) == (rates, events, credit_terms)


@pytest.mark.parametrize(("feature", "required"), LOCKS)
def test_the_cheapest_plan_with_a_feature_is_named(feature: str, required: str) -> None:
    tariff = Settings().tariff
    names = [plan.name for plan in BUILT_IN]
    assert tariff.cheapest_with(feature) == required
    for name in names:
        assert tariff.plan(name).includes(feature) == (names.index(name) >= names.index(required))


def test_every_feature_has_a_row_in_the_table_of_locks() -> None:
    assert {feature for feature, _ in LOCKS} == set(Feature)


def test_a_customer_without_a_plan_has_the_default_and_so_has_one_whose_plan_is_gone() -> None:
    tariff = Settings(default_plan="growth").tariff
    assert tariff.plan(None).name == "growth"
    assert tariff.plan("taken away").name == "growth"
    assert tariff.plan("free").name == "free"


def test_the_default_is_unlimited() -> None:
    plan = Settings().tariff.plan(None)
    assert (plan.name, plan.rates, plan.events_per_month, plan.credits) == (
        "unlimited",
        None,
        None,
        None,
    )
    assert all(plan.includes(feature) for feature in Feature)


def test_an_operator_writes_a_contract_into_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "CLUTCH_PLANS",
        '{"enterprise": {"events_per_month": 90000000, "credits_monthly": 1000},'
        ' "house": {"requests_per_minute": 7, "features": ["paths"]}}',
    )
    plans = Settings().tariff.plans
    enterprise, house = plans["enterprise"], plans["house"]
    assert enterprise.events_per_month == 90_000_000
    assert enterprise.credits == CreditTerms(1000, 0)
    assert enterprise.rates == Rates(50_000, None)
    assert house.rates == Rates(7, None)
    assert house.features == frozenset({Feature.PATHS})
    assert house.events_per_month is None


CHANGES: list[tuple[dict[str, Any], str, Any]] = [
    ({"requests_per_day": None}, "rates", Rates(100, None)),
    ({"requests_per_day": None, "requests_per_minute": None}, "rates", None),
    ({"requests_per_minute": 3}, "rates", Rates(3, 5_000)),
    ({"events_per_month": None}, "events_per_month", None),
    ({"events_per_month": 0}, "events_per_month", 0),
    ({"credits_monthly": 5}, "credits", CreditTerms(5, 20)),
    ({"credits_monthly": None, "credits_welcome": None}, "credits", None),
    ({"features": None}, "features", None),
    ({"audiences_max": 2}, "audiences_max", 2),
    ({}, "rates", Rates(100, 5_000)),
]


@pytest.mark.parametrize(("change", "name", "expected"), CHANGES)
def test_null_is_no_limit_and_what_is_left_out_stays(
    change: dict[str, Any], name: str, expected: Any
) -> None:
    free = Settings(plans={"free": change}).tariff.plans["free"]
    assert getattr(free, name) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"events": 5},
        {"events_per_month": -1},
        {"requests_per_minute": 0},
        {"features": ["flying"]},
        {"audiences_max": 0},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_at_start(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(plans={"free": change})


def test_an_unknown_default_plan_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(ValueError, match="enterprise, free, growth, pro, unlimited"):
        _ = Settings(default_plan="gold").tariff


@pytest.mark.parametrize(
    ("given", "cost"),
    [
        ({}, 0),
        ({"drawing_cost": 2}, 2),
        ({"art_url": "https://art.example"}, 1),
        ({"art_url": "https://art.example", "drawing_cost": 0}, 0),
    ],
)
def test_a_drawing_costs_what_was_set_or_a_credit_where_a_provider_draws(
    given: dict[str, Any], cost: int
) -> None:
    assert Settings(**given).tariff.drawing_cost == cost


def test_browsers_have_three_times_the_plan() -> None:
    assert widget_rates(Rates(100, 5_000)) == Rates(300, 15_000)
    assert widget_rates(Rates(50_000, None)) == Rates(150_000, None)
