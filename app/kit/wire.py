"""Strict JSON in, exact JSON out.

What `parse` returns holds no U+0000, no lone surrogate, no infinity and no integer beyond
2^53-1, so no service has to look again.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import orjson

from app.kit.errors import MalformedJson, ValidationFailed

INTEGER_MAX = 2**53 - 1
DEPTH_MAX = 16
NESTED_MAX = 200
# What orjson takes without a word: U+0000, and integers past 64 bits, which become floats.
_SUSPECT = re.compile(rb"(?:^|[:\[,\s-])\d{16}|\\u0000")


def parse(body: bytes) -> Any:
    """The JSON document of a body.

    Raises:
        MalformedJson: no JSON, or not UTF-8; with the position of the fault.
        ValidationFailed: JSON that holds a value which no field may have; with every path.
    """
    if _SUSPECT.search(body):
        return _parse_carefully(body)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _parse_carefully(body)


def dump(value: Any) -> bytes:
    """Compact JSON with the keys in the order given."""
    return orjson.dumps(value)


def canonical(value: Any) -> str:
    """Compact JSON with sorted keys: equal texts mean equal values."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def pointer(path: tuple[Any, ...]) -> str:
    """The JSON pointer (RFC 6901) of a path of keys and indexes."""
    text = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return text.encode("utf-8", "backslashreplace").decode()


def is_deeper(value: Any, most: int) -> bool:
    """Whether some part of a value is in more than `most` containers; looks no deeper than that."""
    if not isinstance(value, (dict, list)):
        return False
    if most == 0:
        return True
    members = value.values() if isinstance(value, dict) else value
    return any(is_deeper(member, most - 1) for member in members)


def differences(one: Any, other: Any, path: tuple[Any, ...] = ()) -> Iterator[str]:
    """JSON pointers at which two documents differ, at most a level below each difference."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            if key not in one or key not in other:
                yield pointer((*path, key))
            else:
                yield from differences(one[key], other[key], (*path, key))
    elif type(one) is not type(other) or one != other:
        yield pointer(path)


def _parse_carefully(body: bytes) -> Any:
    """The slow reader, for bodies in which the fast one could miss a forbidden value."""
    try:
        text = body.decode()
        document = json.loads(text)
    except UnicodeDecodeError as error:
        raise MalformedJson("it is not UTF-8", error.start) from None
    except json.JSONDecodeError as error:
        raise MalformedJson(error.msg, error.pos) from None
    except (RecursionError, ValueError) as error:
        raise MalformedJson(str(error), 0) from None
    if is_deeper(document, NESTED_MAX):
        raise MalformedJson(f"it is nested more than {NESTED_MAX} deep", 0)
    faults = [
        {"path": pointer(path), "message": message} for path, message in _faults(document, ())
    ]
    if faults:
        raise ValidationFailed(faults[:200])
    return document


def _faults(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from ((path, message) for message in _text_faults(key))
            yield from _faults(member, (*path, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _faults(member, (*path, index))
    elif isinstance(value, str):
        yield from ((path, message) for message in _text_faults(value))
    elif isinstance(value, int) and abs(value) > INTEGER_MAX:
        yield path, f"an integer must lie between -{INTEGER_MAX} and {INTEGER_MAX}"
    elif isinstance(value, float) and not math.isfinite(value):
        yield path, "a number must be finite"


def _text_faults(text: str) -> Iterator[str]:
    if "\x00" in text:
        yield "U+0000 is not allowed in a text"
    if any("\ud800" <= character <= "\udfff" for character in text):
        yield "a lone surrogate is not allowed in a text"
