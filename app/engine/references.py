"""Faults between the parts of a config: keys that name nothing, or something twice. Pure, total.

It reads the raw document and passes over whatever has the wrong shape; that is said elsewhere.
Each fault is a pair of a JSON pointer and a message.
"""

from collections.abc import Iterator
from typing import Any

from app.engine.conditions import COMPARISONS
from app.engine.references_world import world_conditions, world_faults
from app.engine.rows import (
    DEFAULT_AUDIENCE,
    Found,
    Known,
    Rows,
    audiences,
    duplicates,
    is_count,
    keys,
    rows_of,
    tokens,
    unknown,
)

KEYED = (
    *("event_types", "audiences", "tokens", "token_rules", "skills", "skill_rules"),
    *("badges", "streaks", "match_mapping", "paths", "leaderboards", "creatures"),
)
NAMED_BY = {"token": "tokens", "skill": "skills", "badge": "badges", "streak": "streaks"}
DEFAULT_EVENTS = ("match_completed", "match_won", "match_lost", "match_drawn", "match_left")


def reference_faults(document: dict[str, Any]) -> Iterator[Found]:
    """Every fault of reference in a document of any shape."""
    known = {section: keys(document, section) for section in KEYED}
    known["audiences"] = known["audiences"] or {DEFAULT_AUDIENCE}
    known["spendable"] = {
        str(row.get("key"))
        for _, row in rows_of(document, "tokens")
        if row.get("kind") != "progression"
    }
    for section in KEYED:
        yield from duplicates(section, rows_of(document, section))
    yield from _defaults(rows_of(document, "tokens"))
    for section in ("token_rules", "skill_rules"):
        for pointer, rule in rows_of(document, section):
            yield from _rule(pointer, rule, known)
    for pointer, badge in rows_of(document, "badges"):
        yield from _badge(pointer, badge, known)
    for pointer, streak in rows_of(document, "streaks"):
        yield from _streak(pointer, streak, known)
    yield from _evolution(document.get("evolution"))
    yield from world_faults(document, known)
    yield from _mapping(document, known["event_types"])
    rejects = document.get("unknown_events") == "reject"
    for pointer, condition in _conditions(document):
        yield from _condition(pointer, condition, known, rejects)


def _defaults(tokens: Rows) -> Iterator[Found]:
    taken: dict[str, str] = {}
    for pointer, token in tokens:
        kind = token.get("kind")
        if token.get("default") is not True or not isinstance(kind, str):
            continue
        if taken.setdefault(kind, pointer) != pointer:
            yield f"{pointer}/default", f"{taken[kind]} is already the default {kind} token"


def _rule(pointer: str, rule: dict[str, Any], known: Known) -> Iterator[Found]:
    yield from unknown(f"{pointer}/event_type", "event_types", rule.get("event_type"), known)
    for field in ("token", "skill"):
        yield from unknown(f"{pointer}/{field}", NAMED_BY[field], rule.get(field), known)
    yield from audiences(pointer, rule, known)
    if (rule.get("amount") is None) == (rule.get("amount_from") is None):
        yield pointer, "needs exactly one of amount and amount_from"
    scaled = rule.get("amount_from")
    if isinstance(scaled, dict):
        low, high = scaled.get("min"), scaled.get("max")
        if isinstance(low, int) and isinstance(high, int) and low > high:
            yield f"{pointer}/amount_from/min", "is more than max"
    multiplier = rule.get("multiplier")
    if isinstance(multiplier, dict):
        place = f"{pointer}/multiplier/streak"
        yield from unknown(place, "streaks", multiplier.get("streak"), known)


def _badge(pointer: str, badge: dict[str, Any], known: Known) -> Iterator[Found]:
    yield from tokens(pointer, badge, known)
    yield from audiences(pointer, badge, known)
    if badge.get("mode", "auto") == "auto" and badge.get("when") is None:
        yield f"{pointer}/when", "is required for a badge whose mode is auto"


def _streak(pointer: str, streak: dict[str, Any], known: Known) -> Iterator[Found]:
    for field in ("event_types", "count_on", "reset_on"):
        types = streak.get(field)
        for index, key in enumerate(types if isinstance(types, list) else ()):
            yield from unknown(f"{pointer}/{field}/{index}", "event_types", key, known)
    yield from _both_ways(pointer, streak)
    yield from audiences(pointer, streak, known)
    yield from _freezes(pointer, streak.get("freezes"))
    milestones = rows_of(streak, "milestones", pointer)
    yield from duplicates("milestones", milestones, "at")
    for place, milestone in milestones:
        yield from tokens(place, milestone, known)
        yield from unknown(f"{place}/badge", "badges", milestone.get("badge"), known)


def _freezes(pointer: str, freezes: Any) -> Iterator[Found]:
    if isinstance(freezes, dict):
        initial, most = freezes.get("initial"), freezes.get("max")
        if isinstance(initial, int) and isinstance(most, int) and initial > most:
            yield f"{pointer}/freezes/initial", "is more than max"


def _both_ways(pointer: str, streak: dict[str, Any]) -> Iterator[Found]:
    counts, resets = streak.get("count_on"), streak.get("reset_on")
    if isinstance(counts, list) and isinstance(resets, list):
        for index, key in enumerate(resets):
            if isinstance(key, str) and key in counts:
                yield f"{pointer}/reset_on/{index}", f"{key!r} is in count_on too"


def _evolution(evolution: Any) -> Iterator[Found]:
    for index, (pointer, stage) in enumerate(rows_of(evolution, "stages", "/evolution")):
        number = stage.get("stage")
        if is_count(number) and number != index + 1:
            yield f"{pointer}/stage", f"must be {index + 1}: stages are 1, 2, 3 … without a gap"
        if index == 0 and stage.get("conditions"):
            yield f"{pointer}/conditions", "must be empty: every buddy begins at the first stage"


def _mapping(document: dict[str, Any], types: set[str]) -> Iterator[Found]:
    for pointer, row in rows_of(document, "match_mapping"):
        name = row.get("event_type")
        if isinstance(name, str) and name not in types:
            yield f"{pointer}/event_type", f"{name!r} is not one of event_types"
    missing = [name for name in DEFAULT_EVENTS if name not in types]
    is_default = document.get("match_mapping") is None
    if is_default and missing and document.get("unknown_events") == "reject":
        yield "/match_mapping", f"its default makes events that are rejected: {', '.join(missing)}"


def _conditions(document: dict[str, Any]) -> Rows:
    """Every condition in the document, however deep, with its pointer."""
    found: Rows = []
    for section in ("token_rules", "skill_rules", "badges"):
        for pointer, row in rows_of(document, section):
            _gather(row.get("when"), f"{pointer}/when", found)
    for pointer, stage in rows_of(document.get("evolution"), "stages", "/evolution"):
        for place, condition in rows_of(stage, "conditions", pointer):
            _gather(condition, place, found)
    for place, condition in world_conditions(document):
        _gather(condition, place, found)
    return found


def _gather(condition: Any, pointer: str, found: Rows) -> None:
    if not isinstance(condition, dict):
        return
    found.append((pointer, condition))
    for place, part in rows_of(condition, "conditions", pointer):
        _gather(part, place, found)
    _gather(condition.get("condition"), f"{pointer}/condition", found)


def _condition(
    pointer: str, condition: dict[str, Any], known: Known, rejects: bool
) -> Iterator[Found]:
    for field, section in {"event_type": "event_types", **NAMED_BY}.items():
        yield from unknown(f"{pointer}/{field}", section, condition.get(field), known)
    if rejects:
        place = f"{pointer}/counter"
        yield from unknown(place, "event_types", condition.get("counter"), known)
    kind = condition.get("type")
    comparisons = COMPARISONS.get(kind, ()) if isinstance(kind, str) else ()
    if comparisons and all(condition.get(name) is None for name in comparisons):
        yield pointer, f"needs at least one of {', '.join(comparisons)}"
