"""Faults of reference in items, paths, leaderboards, creatures and decay. Pure, total."""

from collections.abc import Iterator
from typing import Any

from app.engine.rows import (
    DEFAULT_AUDIENCE,
    Found,
    Known,
    Rows,
    audiences,
    duplicates,
    rows_of,
    tokens,
    unknown,
)


def world_faults(document: dict[str, Any], known: Known) -> Iterator[Found]:
    """Every fault of reference in these sections."""
    items, decays = rows_of(document, "items"), rows_of(document, "skill_decay")
    yield from duplicates("items", items, "item_id")
    yield from duplicates("skill_decay", decays, "skill_key")
    for pointer, item in items:
        yield from _item(pointer, item, known)
    for pointer, decay in decays:
        yield from unknown(f"{pointer}/skill_key", "skills", decay.get("skill_key"), known)
        yield from audiences(pointer, decay, known)
    yield from _paths(rows_of(document, "paths"), _first_audience(document), known)
    for pointer, board in rows_of(document, "leaderboards"):
        yield from _metric(f"{pointer}/metric", board.get("metric"), document, known)


def world_conditions(document: dict[str, Any]) -> Rows:
    """The outermost conditions of these sections, with their pointers."""
    found: list[tuple[str, Any]] = [
        (f"{pointer}/visible_when", item.get("visible_when"))
        for pointer, item in rows_of(document, "items")
    ]
    for pointer, path in rows_of(document, "paths"):
        for place, step in rows_of(path, "steps", pointer):
            found.append((f"{place}/unlock_when", step.get("unlock_when")))
            found.append((f"{place}/complete_when", step.get("complete_when")))
            found.extend(
                (f"{inner}/complete_when", sub.get("complete_when"))
                for inner, sub in rows_of(step, "sub_steps", place)
            )
    return [(pointer, condition) for pointer, condition in found if isinstance(condition, dict)]


def _item(pointer: str, item: dict[str, Any], known: Known) -> Iterator[Found]:
    yield from audiences(pointer, item, known)
    prices = rows_of(item, "price", pointer)
    yield from duplicates("price", prices, "token")
    for place, price in prices:
        token = price.get("token")
        yield from unknown(f"{place}/token", "tokens", token, known)
        if isinstance(token, str) and token in known["tokens"] - known["spendable"]:
            yield f"{place}/token", f"{token!r} is a progression token and cannot be spent"
    stock, limit = item.get("stock"), item.get("per_buddy_limit")
    if isinstance(stock, int) and isinstance(limit, int) and limit > stock:
        yield f"{pointer}/per_buddy_limit", "is more than stock"


def _first_audience(document: dict[str, Any]) -> str:
    rows = rows_of(document, "audiences")
    return str(rows[0][1].get("key")) if rows else DEFAULT_AUDIENCE


def _paths(paths: Rows, first_audience: str, known: Known) -> Iterator[Found]:
    active: dict[str, str] = {}
    for pointer, path in paths:
        audience = path.get("audience")
        yield from unknown(f"{pointer}/audience", "audiences", audience, known)
        if path.get("is_active") is True:
            first = active.setdefault(str(audience or first_audience), pointer)
            if first != pointer:
                yield f"{pointer}/is_active", f"{first} is already the active path of its audience"
        steps = rows_of(path, "steps", pointer)
        yield from duplicates("steps", steps)
        for place, step in steps:
            yield from _step(place, step, known)


def _step(pointer: str, step: dict[str, Any], known: Known) -> Iterator[Found]:
    yield from tokens(pointer, step, known)
    yield from unknown(f"{pointer}/badge", "badges", step.get("badge"), known)
    parts = rows_of(step, "sub_steps", pointer)
    yield from duplicates("sub_steps", parts)
    for place, part in parts:
        if part.get("allow_manual_complete") is False and part.get("complete_when") is None:
            yield f"{place}/complete_when", "is required where hands may not complete it"


def _metric(pointer: str, metric: Any, document: dict[str, Any], known: Known) -> Iterator[Found]:
    if not isinstance(metric, dict):
        return
    kind = metric.get("type")
    if kind == "tokens_earned":
        yield from unknown(f"{pointer}/token", "tokens", metric.get("token"), known)
    if kind == "skill":
        yield from unknown(f"{pointer}/key", "skills", metric.get("key"), known)
    if kind == "counter" and document.get("unknown_events") == "reject":
        yield from unknown(f"{pointer}/name", "event_types", metric.get("name"), known)
