"""Builders for the engine's tests: small configs, events on a known calendar, generated ones."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from app.engine.config import Config, compile, validate
from app.engine.decide import Decision, decide
from app.engine.effects import Effect
from app.engine.events import Event
from app.engine.state import BuddyState

# Generated examples are judged by what they give, not by how busy the machine is.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

SECRET = b"a secret of thirty-two bytes....."
MONDAY = datetime(2026, 1, 5, 12, tzinfo=UTC)

BASE: dict[str, Any] = {
    "event_types": [{"key": key} for key in ("play", "won", "lost")],
    "tokens": [{"key": "coins", "kind": "primary"}, {"key": "xp", "kind": "progression"}],
    "skills": [{"key": "aim", "max": 100, "points_per_level": 10}],
}


def document(**sections: Any) -> dict[str, Any]:
    """A config document with three event types, two tokens and a skill, and these sections."""
    return {**BASE, **sections}


def config(**sections: Any) -> Config:
    """The config of such a document, which must be valid."""
    whole = document(**sections)
    assert validate(whole) == []
    return compile(whole)


def rule(**fields: Any) -> dict[str, Any]:
    """A token rule that gives 10 coins for `play`, but for these fields."""
    base = {"key": "rule", "event_type": "play", "token": "coins"}
    amount = {} if "amount_from" in fields else {"amount": 10}
    return {**base, **amount, **fields}


def at(days: float = 0, **more: float) -> datetime:
    """An instant so many days after noon of Monday, 5 January 2026."""
    return MONDAY + timedelta(days=days, **more)


def event(
    kind: str = "play",
    moment: datetime = MONDAY,
    *,
    event_id: str = "e1",
    received_at: datetime | None = None,
    **properties: Any,
) -> Event:
    """An event that is received when it occurs, unless said otherwise."""
    return Event(event_id, kind, moment, received_at or moment, properties)


def decided(
    rules: Config,
    happened: Event,
    state: BuddyState | None = None,
    zone: tzinfo = UTC,
    audience: str = "",
) -> Decision:
    """The decision on an event, which must not be refused."""
    before = state or BuddyState.fresh()
    outcome = decide(rules, before, happened, draw_secret=SECRET, zone=zone, audience=audience)
    assert isinstance(outcome, Decision)
    return outcome


def played(
    rules: Config, events: Iterable[Event], state: BuddyState | None = None, zone: tzinfo = UTC
) -> tuple[BuddyState, list[Effect]]:
    """The state after these events, and everything that they gave."""
    current, effects = state or BuddyState.fresh(), list[Effect]()
    for happened in events:
        outcome = decided(rules, happened, current, zone)
        current = outcome.state
        effects.extend(outcome.effects)
    return current, effects


def reloaded(state: BuddyState) -> BuddyState:
    """The state as it comes back from storage."""
    return BuddyState.load(
        state.dump(),
        stage=state.stage,
        balances=dict(state.balances),
        lifetime_earned=dict(state.lifetime_earned),
    )


NUMBERS = st.one_of(st.integers(-5, 60), st.floats(-5, 60, allow_nan=False))
LEAVES = st.one_of(
    st.builds(
        lambda name, least: {"type": "property", "property": name, "gte": least},
        st.sampled_from(["score", "stats.kills"]),
        st.integers(0, 40),
    ),
    st.builds(
        lambda name, least: {"type": "event_count", "event_type": name, "gte": least},
        st.sampled_from(["play", "won", "lost"]),
        st.integers(1, 6),
    ),
    st.builds(
        lambda kind, name, bound: {"type": kind, "token": name, **bound},
        st.sampled_from(["token_balance", "lifetime_earned"]),
        st.sampled_from(["coins", "xp"]),
        st.sampled_from([{"gte": 20}, {"lte": 50}, {"gte": 5, "lte": 500}]),
    ),
    st.builds(
        lambda name, least: {"type": "streak", "streak": name, "gte": least},
        st.sampled_from(["days", "wins"]),
        st.integers(1, 4),
    ),
    st.just({"type": "skill_level", "skill": "aim", "gte": 2}),
    st.just({"type": "badge", "badge": "b0"}),
    st.just({"type": "stage", "eq": 1}),
    st.just({"type": "items_owned", "lte": 0}),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            lambda kind, parts: {"type": kind, "conditions": parts},
            st.sampled_from(["all", "any"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
        st.builds(lambda part: {"type": "not", "condition": part}, inner),
    ),
    max_leaves=5,
)
AMOUNTS = st.one_of(
    st.builds(lambda amount: {"amount": amount}, st.integers(1, 40)),
    st.builds(
        lambda factor, rounding: {
            "amount_from": {"property": "score", "multiply": factor, "round": rounding, "max": 90}
        },
        st.sampled_from(["0.5", 2, "1.1", "0.333333333"]),
        st.sampled_from(["floor", "half_even", "ceil"]),
    ),
)
EXTRAS = st.fixed_dictionaries(
    {},
    optional={
        "when": CONDITIONS,
        "caps": st.sampled_from([{"daily": 50}, {"weekly": 70, "total": 200}, {"total": 15}]),
        "multiplier": st.just({"streak": "days", "gte": 2, "factor": "1.5"}),
        "lucky": st.just({"chance": "0.5", "factor": 3}),
    },
)


STREAKS: list[dict[str, Any]] = [
    {
        "key": "days",
        "kind": "daily",
        "event_types": ["play", "won"],
        "milestones": [{"at": 2, "tokens": {"xp": 9}}, {"at": 4, "badge": "b2"}],
    },
    {"key": "wins", "kind": "win", "count_on": ["won"], "reset_on": ["lost"]},
    {
        "key": "frozen",
        "kind": "daily",
        "event_types": ["play"],
        "freezes": {"initial": 1, "max": 2, "grant_every": 3},
        "milestones": [{"at": 3, "tokens": {"xp": 2}}],
    },
]

PATHS = st.builds(
    lambda first, part, other, opening, last: {
        "key": "path",
        "label": "Path",
        "is_active": True,
        "steps": [
            {"key": "s0", "label": "0", "complete_when": first, "badge": "b1"},
            {
                "key": "s1",
                "label": "1",
                "tokens": {"coins": 5},
                "sub_steps": [
                    {"key": "a", "label": "a", "complete_when": part},
                    {"key": "b", "label": "b", "complete_when": other},
                ],
            },
            {
                "key": "s2",
                "label": "2",
                "unlock_when": opening,
                "complete_when": last,
                "tokens": {"xp": 3},
            },
        ],
    },
    *[CONDITIONS] * 5,
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Any valid config of up to six rules and four badges, with streaks, decay and a path."""
    types = st.sampled_from(["play", "won", "lost"])

    def rules(target: str, names: list[str]) -> list[dict[str, Any]]:
        return [
            {
                "key": f"r{index}",
                "event_type": draw(types),
                target: draw(st.sampled_from(names)),
                **draw(AMOUNTS),
                **draw(EXTRAS),
            }
            for index in range(draw(st.integers(0, 3)))
        ]

    return document(
        token_rules=rules("token", ["coins", "xp"]),
        skill_rules=rules("skill", ["aim"]),
        badges=[
            {"key": f"b{index}", "mode": mode, "when": draw(CONDITIONS), "tokens": {"coins": 7}}
            for index, mode in enumerate(["auto", "auto", "manual", "auto"])
        ],
        streaks=STREAKS,
        skill_decay=[{"skill_key": "aim", "cadence": "daily", "amount": 3, "floor": 1}],
        paths=[draw(PATHS)],
        evolution={
            "auto_evolve": True,
            "stages": [{"stage": 1}, {"stage": 2, "conditions": [draw(CONDITIONS)]}],
        },
    )


@st.composite
def histories(draw: st.DrawFn, count_max: int = 25) -> list[Event]:
    """Events over two weeks, each received when it occurred, with distinct ids, in order."""
    hours = sorted(draw(st.lists(st.integers(0, 14 * 24), max_size=count_max)))
    return [
        event(
            draw(st.sampled_from(["play", "won", "lost", "unheard-of"])),
            at(hours=hour),
            event_id=f"e{index}",
            score=draw(NUMBERS),
            stats={"kills": draw(NUMBERS)},
        )
        for index, hour in enumerate(hours)
    ]
