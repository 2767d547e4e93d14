"""Every figure of the analyses is what the events and the ledger say."""

from datetime import timedelta
from typing import Any

import pytest

from app.commands.audit import audit_all
from app.kit.clock import to_text
from app.kit.db import Database
from app.ledger.models import balance
from tests.factories import Api, ManualClock
from tests.surface import fault_of

NAMES = (
    "engagement",
    "activity-summary",
    "economy-summary",
    "economy-health",
    "economy-days",
    "popular-items",
    "popular-badges",
    "retention",
    "roi-metrics",
)


@pytest.fixture
async def played(api: Api, clock: ManualClock) -> str:
    """Two users with a week between their events; coins earned, spent, and large ones by hand.

    The instant of the second week's events.
    """
    for n in range(3):
        await api.send(f"a{n}", "match_won", "ann")
    await api.send("b1", "match_completed", "bob")
    clock.advance(days=7)
    await api.send("a9", "match_won", "ann")
    ann = (await api.buddy_of("ann"))["id"]
    bob = (await api.buddy_of("bob"))["id"]
    gift = {"amount": 1_000_000_007, "reason": "gift"}
    await api.post(f"/buddies/{bob}/coins", gift, status=201)
    await api.post(f"/buddies/{ann}/coins/spend", {"amount": 3, "reason": "fee"}, status=201)
    await api.post(f"/buddies/{ann}/coins", gift, status=201)
    await api.post(f"/buddies/{ann}/purchases", {"item_id": "practice-cap"}, status=201)
    return to_text(clock.now())


@pytest.mark.parametrize("name", NAMES)
async def test_nothing_yet_is_an_analysis_too(name: str, api: Api) -> None:
    found = await api.get(f"/analytics/{name}")
    assert found["from"] < found["to"]
    assert found["audience"] is None
    counted = [value for value in found.values() if isinstance(value, (int, float, list))]
    assert not any(counted)


@pytest.mark.parametrize("name", NAMES)
async def test_from_after_to_is_a_bad_request(name: str, api: Api) -> None:
    span = {"from": "2026-02-02T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
    answer = await api.call("GET", f"/analytics/{name}", params=span)
    assert fault_of(answer, 400, "bad_request") is None


@pytest.mark.parametrize("name", NAMES)
async def test_an_audience_that_nobody_knows_is_refused(name: str, api: Api) -> None:
    answer = await api.call("GET", f"/analytics/{name}", params={"audience": "nobody"})
    assert fault_of(answer, 400, "unknown_audience") is None
    assert answer.json()["error"]["details"] == {"audiences": ["default"]}
    assert (await api.get(f"/analytics/{name}", params={"audience": "default"}))["from"]


async def _publish_audience(api: Api, key: str) -> None:
    """The same rules, for one audience that has no buddies yet."""
    draft = await api.post("/config-versions", {}, status=201)
    path = f"/config-versions/{draft['id']}"
    document = {**draft["document"], "audiences": [{"key": key}], "paths": []}
    await api.call("PUT", path, json={"document": document})
    await api.post(f"{path}/publish")


async def test_an_audience_that_has_only_buddies_left_can_still_be_asked_about(
    api: Api, played: str
) -> None:
    await _publish_audience(api, "others")
    left = await api.get("/analytics/engagement", params={"audience": "default"})
    assert left["active_users"] == 2
    fresh = await api.get("/analytics/engagement", params={"audience": "others"})
    assert fresh["active_users"] == 0


async def test_more_than_a_year_is_a_bad_request(api: Api) -> None:
    span = {"from": "2020-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
    answer = await api.call("GET", "/analytics/engagement", params=span)
    assert fault_of(answer, 400, "bad_request") is None


async def test_economy_health_agrees_with_the_audit_to_the_unit(
    api: Api, database: Database, played: str
) -> None:
    [audited] = await audit_all(database, None)
    assert audited.differences == []
    health = await api.get("/analytics/economy-health")
    tokens = {each["token"]: each for each in health["tokens"]}
    assert {key: each["supply"] for key, each in tokens.items()} == audited.balances
    assert {
        key: each["inflow"] - each["outflow"] for key, each in tokens.items()
    } == audited.balances
    for each in tokens.values():
        assert (each["inflow"], each["outflow"]) == (
            each["lifetime_earned"],
            each["lifetime_spent"],
        )
    found = await api.get("/analytics/economy-days")
    days = {each["token"]: each["days"] for each in found["tokens"]}
    assert len(days["coins"]) == 2
    for key, each in tokens.items():
        assert each["inflow"] == sum(day["inflow"] for day in days[key])
        assert each["outflow"] == sum(day["outflow"] for day in days[key])
    summary = await api.get("/analytics/economy-summary")
    sources = {
        f"{flow['token']} {source['source']}": source["spent"] - source["earned"]
        for flow in summary["tokens"]
        for source in flow["sources"]
    }
    assert sources == audited.counter_accounts
    assert sum(flow["transfers"] for flow in summary["tokens"]) == audited.transfers


async def test_percentiles_are_balances_at_nearest_rank(api: Api, played: str) -> None:
    held = sorted([(await api.buddy_of(user))["coins"] for user in ("ann", "bob")])
    health = await api.get("/analytics/economy-health")
    [coins] = [each for each in health["tokens"] if each["token"] == "coins"]
    low, high = held
    assert coins["balances"] == {
        "p10": low,
        "p25": low,
        "p50": low,
        "p75": high,
        "p90": high,
        "p99": high,
    }
    assert coins["velocity"] == pytest.approx(coins["outflow"] / coins["supply"], abs=1e-6)


async def test_sums_beyond_63_bits_are_exact(
    api: Api, database: Database, customer: dict[str, Any]
) -> None:
    most, holders = 2**53 - 1, 1100
    async with database.begin(customer["customer_id"]) as tx:
        accounts = [
            (tx.customer_id, tx.new_id(), "gold", most, most, 0, "0" * 64) for _ in range(holders)
        ]
        await tx.insert_set(balance, [column.name for column in balance.columns], accounts)
    [gold] = (await api.get("/analytics/economy-health"))["tokens"]
    assert gold["supply"] == gold["lifetime_earned"] == holders * most > 2**63


async def test_engagement_counts_users_and_events_by_day(api: Api, played: str) -> None:
    found = await api.get("/analytics/engagement")
    assert (found["events"], found["active_users"], found["buddies_created"]) == (5, 2, 2)
    assert [(day["events"], day["active_users"]) for day in found["days"]] == [(4, 2), (1, 1)]
    assert found["events_per_active_user"] == 2.5


async def test_a_span_holds_its_beginning_and_not_its_end(
    api: Api, clock: ManualClock, played: str
) -> None:
    after = await api.get("/analytics/activity-summary", params={"from": played})
    assert {each["type"]: each["events"] for each in after["types"]} == {"match_won": 1}
    assert (after["events"], after["purchases"]) == (1, 1)
    before = await api.get("/analytics/activity-summary", params={"to": played})
    assert {each["type"]: each["events"] for each in before["types"]} == {
        "match_won": 3,
        "match_completed": 1,
    }
    assert before["purchases"] == 0


async def test_a_cohort_comes_back_or_does_not(api: Api, played: str) -> None:
    [cohort] = (await api.get("/analytics/retention"))["cohorts"]
    assert cohort["users"] == 2
    assert cohort["retained"] == [2, 1]


async def test_items_and_badges_are_counted_where_they_were_got(api: Api, played: str) -> None:
    items = (await api.get("/analytics/popular-items"))["items"]
    assert items == [{"item_id": "practice-cap", "purchases": 1, "buyers": 1}]
    shown = (await api.get("/analytics/popular-badges"))["badges"]
    held: dict[str, int] = {}
    for user in ("ann", "bob"):
        buddy = (await api.buddy_of(user))["id"]
        for badge in (await api.get(f"/buddies/{buddy}/badges"))["earned"]:
            held[badge["badge_key"]] = held.get(badge["badge_key"], 0) + 1
    assert held
    assert {each["badge_key"]: each["awarded"] for each in shown} == held


async def test_return_on_what_was_spent_compares_buyers_with_others(
    api: Api, clock: ManualClock, played: str
) -> None:
    start = to_text(clock.now() - timedelta(days=1))
    found = await api.get("/analytics/roi-metrics", params={"from": start})
    assert (found["active_users"], found["returning_users"], found["buyers"]) == (1, 1, 1)
    assert (found["returning_share"], found["events_per_buyer"]) == (1.0, 1.0)


@pytest.mark.parametrize("name", NAMES)
async def test_an_audience_is_looked_at_alone(name: str, api: Api, played: str) -> None:
    everyone: dict[str, Any] = await api.get(f"/analytics/{name}")
    ours = await api.get(f"/analytics/{name}", params={"audience": "default"})
    assert ours == everyone | {"audience": "default"}
    await _publish_audience(api, "others")
    none = await api.get(f"/analytics/{name}", params={"audience": "others"})
    counted = [value for value in none.values() if isinstance(value, (int, float, list))]
    assert not any(counted)


async def test_analyses_see_nothing_of_other_customers(
    api: Api, other_customer: dict[str, Any], played: str
) -> None:
    headers = {"Authorization": f"Bearer {other_customer['secret_key']}"}
    for name in NAMES:
        found = await api.get(f"/analytics/{name}", headers=headers)
        assert not any(value for value in found.values() if isinstance(value, (int, float, list)))
