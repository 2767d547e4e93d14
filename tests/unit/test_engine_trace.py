"""What is remembered of a decision, and the words that are made of it."""

from typing import Any

import pytest

from app.engine.explain import explain
from app.engine.trace import TRACE_BYTES_MAX, Entry, read, write
from tests.unit.engine_support import at, config, decided, event, played, rule


def reasons(lines: list[dict[str, Any]]) -> dict[str, str]:
    return {f"{line['section']}:{line['rule']}": line["reason"] for line in lines}


def test_every_rule_is_explained_with_its_reason() -> None:
    score = {"type": "property", "property": "score", "gte": 10}
    rules = config(
        streaks=[{"key": "s", "kind": "daily", "event_types": ["play"]}],
        token_rules=[
            rule(key="plain"),
            rule(key="other", event_type="won"),
            rule(key="when", when={"type": "all", "conditions": [score]}),
            rule(key="capped", caps={"daily": 15}),
            rule(key="scaled", amount_from={"property": "score"}),
        ],
        skill_rules=[{"key": "train", "event_type": "play", "skill": "aim", "amount": 1}],
        badges=[
            {"key": "held", "when": {"type": "event_count", "event_type": "play", "gte": 1}},
            {"key": "hand", "mode": "manual"},
            {
                "key": "far",
                "when": {"type": "not", "condition": {"type": "badge", "badge": "held"}},
            },
        ],
        evolution={"stages": [{"stage": 1}, {"stage": 2, "conditions": [{**score, "gte": 99}]}]},
    )
    first = decided(rules, event())
    outcome = decided(rules, event(moment=at(0.1)), first.state)
    lines = explain(rules, outcome.trace)
    assert reasons(lines) == {
        "streaks:s": "already_ticked",
        "token_rules:plain": "fired",
        "token_rules:other": "no_match",
        "token_rules:when": "condition:/token_rules/2/when/conditions/0",
        "token_rules:capped": "cap:daily",
        "token_rules:scaled": "no_number",
        "skill_rules:train": "fired",
        "badges:held": "already_held",
        "badges:hand": "locked",
        "badges:far": "condition:/badges/2/when",
        "evolution:1": "not_next",
        "evolution:2": "condition:/evolution/stages/1/conditions/0",
    }
    assert {line["rule"]: line.get("number") for line in lines}["capped"] == 5
    assert all(line["text"].endswith(".") for line in lines)


def test_a_trace_that_does_not_fit_says_how_much_is_missing() -> None:
    failing = {"type": "property", "property": "score", "gte": 10}
    many = [rule(key=f"r{n}", **({"when": failing} if n % 2 else {})) for n in range(300)]
    rules = config(token_rules=many)
    outcome = decided(rules, event())
    assert len(outcome.trace.encode()) <= TRACE_BYTES_MAX
    entries, cut = read(outcome.trace)
    assert len(entries) + cut == 300
    assert {entry[2] for entry in entries} == {"fired"}, "what fired is kept first"
    told = list(reasons(explain(rules, outcome.trace)).values())
    assert told.count("not_recorded") == cut
    assert len(told) == 300


@pytest.mark.parametrize("count", [0, 1, 40, 41, 42, 43, 44, 45, 46, 47, 48, 5_000])
def test_a_trace_never_passes_a_kibibyte(count: int) -> None:
    entries: list[Entry] = [("t", index, "fired", 2**53 - 1) for index in range(count)]
    text = write(entries)
    assert len(text) <= TRACE_BYTES_MAX
    kept, cut = read(text)
    assert kept == entries[: len(kept)]
    assert len(kept) + cut == count


def test_a_manual_badge_that_becomes_ready_is_traced() -> None:
    won = {"type": "event_count", "event_type": "won", "gte": 1}
    rules = config(badges=[{"key": "b", "mode": "manual", "when": won}])
    outcome = decided(rules, event("won"))
    assert reasons(explain(rules, outcome.trace)) == {"badges:b": "ready"}
    state, _ = played(rules, [event("won"), event("won")])
    assert reasons(explain(rules, decided(rules, event(), state).trace)) == {
        "badges:b": "already_held"
    }
