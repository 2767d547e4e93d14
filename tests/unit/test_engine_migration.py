"""A state may come under any rules: what they do not know of it is harmless, and is kept.

Migration swaps a buddy's rules and leaves its state alone, so every part of a state may refer to
tokens, skills, badges, streaks or stages that the rules no longer have, or have in another form.
"""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.engine import skills, standing, sweeping
from app.engine.config import Config, compile, validate
from app.engine.decide import after_change, award_badge
from app.engine.events import Event
from app.engine.state import BuddyState
from tests.unit.engine_support import at, decided, document, documents, histories, played

NAMES = st.sampled_from(["days", "wins", "aim", "b0", "gone", "rule", "rule:r0", "skill:r1"])
COUNTS = st.integers(0, 2**53 - 1)
PERIODS = st.integers(700_000, 740_000)
STREAKS = st.one_of(
    st.builds(lambda count: ["win", count], COUNTS),
    st.builds(
        lambda kind, start, more: [kind, [[start, start + more]]],
        st.sampled_from(["daily", "weekly", "monthly"]),
        PERIODS,
        st.integers(0, 40),
    ),
)
MOMENTS = st.just("2025-12-31T23:59:59.000Z")


@st.composite
def states(draw: st.DrawFn) -> BuddyState:
    """Any state that some rules, not these, may have left behind."""

    def some(values: st.SearchStrategy[Any]) -> dict[str, Any]:
        return draw(st.dictionaries(NAMES, values, max_size=4))

    counts = st.integers(1, 2**53 - 1)
    return BuddyState(
        stage=draw(st.integers(1, 5)),
        balances=draw(st.dictionaries(st.sampled_from(["coins", "xp", "gone"]), COUNTS)),
        lifetime_earned=draw(st.dictionaries(st.sampled_from(["coins", "gone"]), COUNTS)),
        counters=draw(st.dictionaries(st.sampled_from(["play", "won", "gone"]), counts)),
        streaks=some(STREAKS),
        caps=some(st.lists(COUNTS, min_size=5, max_size=5)),
        skills=some(counts),
        badges=some(MOMENTS),
        badges_ready=some(MOMENTS),
        milestones=some(st.lists(counts, max_size=3, unique=True).map(sorted)),
        items_owned=some(counts),
        announced=draw(st.integers(1, 5)),
        paths=some(st.dictionaries(NAMES, MOMENTS, max_size=2)),
        decayed=some(st.tuples(st.sampled_from(["daily", "weekly", "monthly"]), PERIODS).map(list)),
    )


@st.composite
def wide_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Any valid rules, some with freezes, decay and paths; some with nothing left at all."""
    if draw(st.booleans()):
        return document(skills=[], tokens=[])
    whole = draw(documents())
    whole["skill_decay"] = [{"skill_key": "aim", "cadence": "daily", "amount": 3}]
    whole["streaks"][0]["kind"] = draw(st.sampled_from(["daily", "weekly", "monthly"]))
    if draw(st.booleans()):
        whole["streaks"][0]["freezes"] = {"initial": 1, "max": 2, "grant_every": 2}
    assert validate(whole) == []
    return whole


def _look_at_everything(config: Config, state: BuddyState) -> None:
    now = at(days=15)
    standing.stage_progress(config, state, now=now)
    standing.streak_lengths(config, state, now=now)
    standing.caps_left(config, state, now=now)
    sweeping.next_sweep(config, state, now=now)
    sweeping.freezes_left(config, state)
    for key in config.badges:
        standing.badge_progress(config, state, key, now=now)


@given(wide_documents(), states(), histories(count_max=8))
def test_no_state_under_any_rules_makes_the_engine_raise(
    whole: dict[str, Any], state: BuddyState, history: list[Event]
) -> None:
    config = compile(whole)
    before = state.dump()
    _look_at_everything(config, state)
    after, _ = played(config, history, state)
    _look_at_everything(config, after)
    now = at(days=20)
    after = sweeping.sweep(config, after, now=now).state
    after = skills.decay(config, after, now=now, created_at=now - timedelta(days=99)).state
    after = after_change(config, after, now=now).state
    for key in config.badges:
        after = award_badge(config, after, key, now=now).state
    _look_at_everything(config, after)
    assert state.dump() == before


@given(wide_documents(), states(), histories(count_max=8))
def test_what_rules_do_not_know_of_a_state_is_kept(
    whole: dict[str, Any], state: BuddyState, history: list[Event]
) -> None:
    config = compile(whole)
    after, _ = played(config, history, state)
    for name, known in (
        ("badges", config.badges),
        ("badges_ready", config.badges),
        ("skills", config.skills),
        ("streaks", config.streaks),
        ("milestones", config.streaks),
        ("balances", config.tokens),
        ("items_owned", ()),
    ):
        had: dict[str, Any] = getattr(state, name)
        has: dict[str, Any] = getattr(after, name)
        assert {key: had[key] for key in had if key not in known}.items() <= has.items()
    assert (
        after.caps.items()
        >= {
            key: used
            for key, used in state.caps.items()
            if not key.startswith(("rule:r", "skill:r"))
        }.items()
    )


@given(documents(), documents(), histories(count_max=8), histories(count_max=8))
def test_a_buddy_may_go_to_other_rules_and_come_back(
    one: dict[str, Any], other: dict[str, Any], first: list[Event], then: list[Event]
) -> None:
    """Badges and milestones that it had are not given again under the first rules."""
    home, away = compile(one), compile(other)
    state, _ = played(home, first)
    abroad, _ = played(away, then, state)
    back = decided(home, Event("last", "play", at(20), at(20), {}), abroad)
    assert state.badges.items() <= back.state.badges.items()
    for key, paid in state.milestones.items():
        assert set(paid) <= set(back.state.milestones[key])
