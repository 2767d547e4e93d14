"""Every fault of a config document at once, with JSON pointers. Pure and total.

Faults of shape come from the document's models, faults of reference from `references`; both are
looked for even where the other found something.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.engine.document import ConfigDocument
from app.engine.references import reference_faults

DEPTH_MAX = 48

TAGGED = frozenset(("when", "condition", "visible_when", "unlock_when", "complete_when", "metric"))
"""The fields that hold one of several kinds; the models name the kind after them."""

WORDS = {
    "extra_forbidden": "is not a known field",
    "missing": "is required",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "union_tag_not_found": "needs a field that says its kind",
    "union_tag_invalid": "is of a kind that does not exist",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong and where: `pointer` is a JSON pointer into the document."""

    pointer: str
    message: str


def faults_of(document: Any) -> list[Fault]:
    """All faults, by pointer; at most one of the same words at the same place."""
    if _depth_exceeds(document, DEPTH_MAX):
        return [Fault("", f"is nested deeper than {DEPTH_MAX} levels")]
    if not isinstance(document, dict):
        return [Fault("", "must be an object")]
    found = [*_shape_faults(document), *(Fault(*each) for each in reference_faults(document))]
    return sorted(dict.fromkeys(found), key=lambda fault: _sortable(fault.pointer))


def _shape_faults(document: dict[str, Any]) -> Iterator[Fault]:
    try:
        ConfigDocument.model_validate(document)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_context=False, include_input=False):
            yield Fault(_pointer(each["loc"]), _worded(each["type"], each["msg"]))


def _pointer(location: tuple[int | str, ...]) -> str:
    """The pointer of a place as the models name it, without the tags of unions."""
    parts: list[str] = []
    awaiting_tag = False
    field = ""
    for part in location:
        if awaiting_tag and isinstance(part, str):
            awaiting_tag = False
            continue
        if isinstance(part, str):
            field = part
            awaiting_tag = part in TAGGED
        else:
            awaiting_tag = field in ("conditions", "streaks")
        if part != "[key]":
            parts.append(str(part).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{part}" for part in parts)


def _worded(kind: str, message: str) -> str:
    return WORDS.get(kind) or message.removeprefix("Value error, ").removeprefix("Input ")


def _depth_exceeds(document: Any, levels: int) -> bool:
    layer = [document]
    for _ in range(levels):
        layer = [child for node in layer for child in _children(node)]
        if not layer:
            return False
    return True


def _children(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return list(node) if isinstance(node, list) else []


def _sortable(pointer: str) -> list[tuple[int, int, str]]:
    return [
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part)
        for part in pointer.split("/")
    ]
