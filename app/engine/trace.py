"""The compact account of a decision that is stored with its event. Pure.

`{"v": 1, "e": [[section, index, reason, number?], …], "cut"?: n}`, at most 1 KiB of ASCII. The
index is that of the pinned config (of a step, its place among the steps of all paths); words are
made from it on reading (`explain`). Rules that listen to other event types are not in it, nor are
badges that were held or ready before. Where not all fits, what fired is kept and `cut` counts the
rest.
"""

from enum import StrEnum

import orjson

TRACE_BYTES_MAX = 1024


class Section(StrEnum):
    """Where a traced rule stands in the config."""

    TOKEN_RULE = "t"
    SKILL_RULE = "s"
    STREAK = "k"
    BADGE = "b"
    STAGE = "e"
    PATH = "p"


class Reason(StrEnum):
    """Why a rule gave something or nothing. `condition:` and `cap:` go on."""

    FIRED = "fired"
    READY = "ready"
    RESET = "reset"
    NO_MATCH = "no_match"
    NO_NUMBER = "no_number"
    TOO_SMALL = "too_small"
    CONDITION = "condition:"
    CAP = "cap:"
    CLIPPED = "clipped"
    ALREADY_HELD = "already_held"
    ALREADY_TICKED = "already_ticked"
    LOCKED = "locked"
    LATE = "late"
    NOT_NEXT = "not_next"
    NOT_OPEN = "not_open"
    OTHER_AUDIENCE = "other_audience"


Entry = tuple[str, int, str] | tuple[str, int, str, int]


def write(entries: list[Entry]) -> str:
    """The trace of these entries, in their order."""
    text = orjson.dumps({"v": 1, "e": entries})
    return text.decode() if len(text) <= TRACE_BYTES_MAX else _cut(entries)


def read(trace: str) -> tuple[list[Entry], int]:
    """The entries of a trace and how many were cut from it.

    Raises:
        orjson.JSONDecodeError: the text was not written by `write`.
    """
    document = orjson.loads(trace)
    return [tuple(entry) for entry in document["e"]], document.get("cut", 0)


def _cut(entries: list[Entry]) -> str:
    kept = sorted(entries, key=lambda entry: len(entry) == 3)
    size = len('{"v":1,"e":[],"cut":}') + len(str(len(entries)))
    fitting: list[Entry] = []
    for entry in kept:
        size += len(orjson.dumps(entry)) + 1
        if size > TRACE_BYTES_MAX:
            break
        fitting.append(entry)
    cut = len(entries) - len(fitting)
    return orjson.dumps({"v": 1, "e": fitting, "cut": cut}).decode()
