"""Reads JSON as the dataclasses of `results`. Pure.

Fields that a newer server adds are left out; a field with a default may be absent.
"""

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


class Unreadable(Exception):
    """The JSON is not of the expected shape; the message names the place."""


def decode(hint: Any, value: Any, path: str = "") -> Any:
    """A JSON value as an instance of `hint`.

    Takes dataclasses, lists, dicts by text, unions, literals, datetimes and JSON's own types.

    Raises:
        Unreadable: it is none.
    """
    origin = get_origin(hint)
    if hint is Any or origin is Literal:
        return value
    if origin in (Union, types.UnionType):
        return _decode_union(get_args(hint), value, path)
    if origin is list:
        [item] = get_args(hint)
        return [decode(item, each, f"{path}/{n}") for n, each in enumerate(_a(list, value, path))]
    if origin is dict:
        _, item = get_args(hint)
        members = _a(dict, value, path).items()
        return {name: decode(item, each, f"{path}/{name}") for name, each in members}
    if is_dataclass(hint) and isinstance(hint, type):
        return hint(**_members(hint, _a(dict, value, path), path))
    if hint is datetime:
        return _instant(_a(str, value, path), path)
    if hint is float:
        return float(_a((int, float), value, path))
    return _a(hint, value, path)


def _decode_union(alternatives: tuple[Any, ...], value: Any, path: str) -> Any:
    if value is None and type(None) in alternatives:
        return None
    last: Unreadable | None = None
    for each in alternatives:
        if each is type(None):
            continue
        try:
            return decode(each, value, path)
        except Unreadable as fault:
            last = fault
    raise last or Unreadable(f"{path or '/'} is not null")


def _members(shape: type, given: Mapping[str, Any], path: str) -> dict[str, Any]:
    read = {}
    for name, (hint, is_required) in _shape(shape).items():
        if name in given:
            read[name] = decode(hint, given[name], f"{path}/{name}")
        elif is_required:
            raise Unreadable(f"{path}/{name} is missing")
    return read


@cache
def _shape(shape: Any) -> dict[str, tuple[Any, bool]]:
    """Type and necessity by field."""
    hints = get_type_hints(shape)
    return {each.name: (hints[each.name], _is_required(each)) for each in fields(shape)}


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _a(kind: Any, value: Any, path: str) -> Any:
    if not isinstance(value, kind):
        raise Unreadable(f"{path or '/'} is not of the type {kind}")
    return value


def _instant(text: str, path: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"{path or '/'} is not an instant") from None
