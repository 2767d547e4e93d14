"""What holds for every config and every history, whatever they are.

1. The same events in the same order give the same result, through storage too.
2. Event counters and streak counts do not depend on the order of arrival in the late window.
3. Neither do totals and badges, where no cap clips, no multiplier applies, rules read nothing but
   properties, and each badge reads either properties or lower bounds of counters.
"""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.engine.conditions import MAX_INTEGER
from app.engine.config import compile
from app.engine.decide import Decision, Refusal, after_change, decide
from app.engine.events import Event
from app.engine.explain import explain
from app.engine.state import BuddyState
from app.engine.streaks import length_of
from app.engine.trace import TRACE_BYTES_MAX
from tests.unit.engine_support import (
    AMOUNTS,
    at,
    config,
    decided,
    document,
    documents,
    histories,
    played,
    reloaded,
)

ZONES = st.sampled_from(
    [UTC, *map(ZoneInfo, ("Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kolkata"))]
)
WINDOW = timedelta(days=7)


@given(documents(), histories(), ZONES)
def test_law_1_the_same_history_gives_the_same_bytes(
    whole: dict[str, Any], history: list[Event], zone: ZoneInfo
) -> None:
    first, again = compile(whole), compile(copy.deepcopy(whole))
    kept, stored = BuddyState.fresh(), BuddyState.fresh()
    for happened in history:
        there = decided(first, happened, kept, zone)
        back = decided(again, happened, reloaded(stored), zone)
        assert there.effects == back.effects
        assert there.trace == back.trace
        assert there.state.dump() == back.state.dump()
        assert there.state == reloaded(there.state)
        kept, stored = there.state, back.state


@given(documents(), histories())
def test_a_decision_leaves_the_given_state_alone(
    whole: dict[str, Any], history: list[Event]
) -> None:
    rules, state = compile(whole), BuddyState.fresh()
    for happened in history:
        before = copy.deepcopy(state)
        outcome = decided(rules, happened, state)
        assert state == before
        state = outcome.state


@given(documents(), histories())
def test_what_was_decided_is_settled(whole: dict[str, Any], history: list[Event]) -> None:
    rules = compile(whole)
    state, _ = played(rules, history)
    now = history[-1].received_at if history else at()
    settled = after_change(rules, state, now=now).state
    assert after_change(rules, settled, now=now).effects == ()


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """One history in two orders of arrival; nothing is received more than seven days late."""
    history = draw(histories())

    def received() -> list[Event]:
        late = [draw(st.integers(0, 7 * 24)) for _ in history]
        moved = [
            Event(
                each.event_id,
                each.type,
                each.occurred_at,
                each.occurred_at + timedelta(hours=hours),
                each.properties,
            )
            for each, hours in zip(history, late, strict=True)
        ]
        return sorted(moved, key=lambda each: each.received_at)

    return received(), received()


STREAKS = [
    {
        "key": kind,
        "kind": kind,
        "event_types": ["play", "won"],
        "milestones": [{"at": length, "tokens": {"xp": length}} for length in (2, 3, 5)],
    }
    for kind in ("daily", "weekly", "monthly")
]


@given(arrivals(), ZONES)
def test_law_2_counters_and_streaks_do_not_depend_on_the_order_of_arrival(
    orders: tuple[list[Event], list[Event]], zone: ZoneInfo
) -> None:
    rules = config(streaks=STREAKS)
    there, back = (played(rules, order, zone=zone)[0] for order in orders)
    assert there.counters == back.counters
    assert there.milestones == back.milestones
    assert {key: length_of(record[1]) for key, record in there.streaks.items()} == {
        key: length_of(record[1]) for key, record in back.streaks.items()
    }


@given(arrivals())
def test_law_2_a_streak_is_the_run_of_days_that_ends_with_the_latest(
    orders: tuple[list[Event], list[Event]],
) -> None:
    rules = config(streaks=STREAKS)
    days = {each.occurred_at.toordinal() for each in orders[0] if each.type in ("play", "won")}
    length = 0
    while days and max(days) - length in days:
        length += 1
    state, _ = played(rules, orders[0])
    assert length_of(state.streaks["daily"][1] if days else []) == length


PROPERTIES = st.recursive(
    st.builds(
        lambda name, bound: {"type": "property", "property": name, **bound},
        st.sampled_from(["score", "stats.kills"]),
        st.sampled_from([{"gte": 10}, {"lt": 30}, {"eq": 5}, {"exists": False}]),
    ),
    lambda inner: st.one_of(
        st.builds(lambda part: {"type": "not", "condition": part}, inner),
        st.builds(
            lambda kind, parts: {"type": kind, "conditions": parts},
            st.sampled_from(["all", "any"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
    ),
    max_leaves=4,
)
LOWER_BOUNDS = st.recursive(
    st.builds(
        lambda name, least: {"type": "counter", "counter": name, "gte": least},
        st.sampled_from(["play", "won", "lost", "unheard-of"]),
        st.integers(1, 5),
    ),
    lambda inner: st.builds(
        lambda kind, parts: {"type": kind, "conditions": parts},
        st.sampled_from(["all", "any"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=4,
)
LUCK = st.fixed_dictionaries({}, optional={"lucky": st.just({"chance": "0.5", "factor": 3})})


@st.composite
def orderless_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Any config that law 3 covers."""
    types = st.sampled_from(["play", "won", "lost"])
    maybe = st.fixed_dictionaries({}, optional={"when": PROPERTIES})
    return document(
        token_rules=[
            {
                "key": f"r{index}",
                "event_type": draw(types),
                "token": draw(st.sampled_from(["coins", "xp"])),
                **draw(AMOUNTS),
                **draw(maybe),
                **draw(LUCK),
            }
            for index in range(draw(st.integers(0, 4)))
        ],
        skill_rules=[
            {"key": "s", "event_type": draw(types), "skill": "aim", **draw(AMOUNTS), **draw(maybe)}
        ],
        badges=[
            {
                "key": f"b{index}",
                "mode": draw(st.sampled_from(["auto", "manual"])),
                "when": draw(st.one_of(PROPERTIES, LOWER_BOUNDS)),
                "tokens": {"coins": 11},
            }
            for index in range(4)
        ],
        streaks=STREAKS,
    )


@given(orderless_documents(), arrivals())
def test_law_3_totals_and_badges_do_not_depend_on_the_order_of_arrival(
    whole: dict[str, Any], orders: tuple[list[Event], list[Event]]
) -> None:
    rules = compile(whole)
    there, back = (played(rules, order)[0] for order in orders)
    assert there.balances == back.balances
    assert there.lifetime_earned == back.lifetime_earned
    assert there.skills == back.skills
    assert there.badges.keys() == back.badges.keys()
    assert there.badges_ready.keys() == back.badges_ready.keys()


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(min_value=10**30, max_value=10**40).map(lambda power: power**60),
        st.floats(),
        st.text(st.characters()),
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=5,
)
MOMENTS = st.datetimes(timezones=st.just(UTC)) | st.sampled_from(
    [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)


@st.composite
def strange_events(draw: st.DrawFn) -> Event:
    """Any event at all."""
    return Event(
        event_id=draw(st.text()),
        type=draw(st.one_of(st.sampled_from(["play", "won", "lost"]), st.text())),
        occurred_at=draw(MOMENTS),
        received_at=draw(MOMENTS),
        properties=draw(
            st.one_of(
                st.fixed_dictionaries({"score": VALUES, "stats": VALUES}),
                st.dictionaries(st.text(), VALUES),
            )
        ),
    )


@given(documents(), st.lists(strange_events(), min_size=1, max_size=8), ZONES, st.binary())
def test_no_event_of_any_kind_makes_the_engine_raise(
    whole: dict[str, Any], events: list[Event], zone: ZoneInfo, secret: bytes
) -> None:
    rules, state = compile(whole), BuddyState.fresh()
    for happened in events:
        outcome = decide(rules, state, happened, draw_secret=secret, zone=zone)
        if isinstance(outcome, Refusal):
            assert outcome.path in ("/type", "/occurred_at")
            continue
        _must_be_sound(outcome)
        assert explain(rules, outcome.trace)
        state = outcome.state


def _must_be_sound(outcome: Decision) -> None:
    assert len(outcome.trace.encode()) <= TRACE_BYTES_MAX
    assert reloaded(outcome.state) == outcome.state
    assert all(0 < balance <= MAX_INTEGER for balance in outcome.state.balances.values())
    assert all(0 < points <= 100 for points in outcome.state.skills.values())
