"""What one config document has that another has not. Pure and total.

Entries of a list that have keys are compared by their keys wherever they stand, and the pointer
names the key in place of an index. Other lists are compared whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

KEY_FIELDS = ("key", "item_id", "skill_key", "stage", "at", "token")


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """A difference; `before` is None for what was added, `after` for what was removed."""

    pointer: str
    kind: ChangeKind
    before: Any
    after: Any


def diff(before: Any, after: Any) -> list[Change]:
    """Every difference between two documents, in the order of the first, then of the second.

    Entries that both have but in another order are one change of the list, told as their keys.
    """
    return list(_changes("", before, after))


def _changes(pointer: str, before: Any, after: Any) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_fields(pointer, before, after)
        return
    if isinstance(before, list) and isinstance(after, list):
        there, here = _by_key(before), _by_key(after)
        if there is not None and here is not None:
            yield from _of_fields(pointer, there, here)
            yield from _order(pointer, list(there), list(here))
            return
    if not _is_same(before, after):
        yield Change(pointer, ChangeKind.CHANGED, before, after)


def _of_fields(pointer: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    for name, value in before.items():
        place = f"{pointer}/{_escaped(name)}"
        if name in after:
            yield from _changes(place, value, after[name])
        else:
            yield Change(place, ChangeKind.REMOVED, value, None)
    for name, value in after.items():
        if name not in before:
            yield Change(f"{pointer}/{_escaped(name)}", ChangeKind.ADDED, None, value)


def _order(pointer: str, before: list[str], after: list[str]) -> Iterator[Change]:
    there = [key for key in before if key in after]
    here = [key for key in after if key in before]
    if there != here:
        yield Change(pointer, ChangeKind.CHANGED, there, here)


def _by_key(entries: list[Any]) -> dict[str, Any] | None:
    """The entries by their keys; None where one has no key, or two have the same."""
    if not all(isinstance(entry, dict) for entry in entries):
        return None
    for field in KEY_FIELDS:
        values = [entry.get(field) for entry in entries]
        if all(isinstance(value, str | int) for value in values):
            by_key = {str(value): entry for value, entry in zip(values, entries, strict=True)}
            return by_key if len(by_key) == len(entries) else None
    return None


def _is_same(before: Any, after: Any) -> bool:
    """Equal as JSON: true is not 1, and what is inside is compared alike."""
    if isinstance(before, list) and isinstance(after, list):
        pairs = zip(before, after, strict=False)
        return len(before) == len(after) and all(_is_same(*pair) for pair in pairs)
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(
            _is_same(value, after[name]) for name, value in before.items()
        )
    return isinstance(before, bool) is isinstance(after, bool) and bool(before == after)


def _escaped(name: Any) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
