"""A trace in words, made from the config version that decided. Pure."""

from typing import Any

from app.engine import trace as traces
from app.engine.config import Config
from app.engine.trace import Entry, Reason, Section

SECTIONS = {
    Section.TOKEN_RULE: "token_rules",
    Section.SKILL_RULE: "skill_rules",
    Section.STREAK: "streaks",
    Section.BADGE: "badges",
    Section.STAGE: "evolution",
    Section.PATH: "paths",
}

TEXTS: dict[str, str] = {
    Reason.FIRED: "It applied.",
    Reason.READY: "Its condition holds; it can be awarded by hand now.",
    Reason.RESET: "The event ended the run.",
    Reason.NO_MATCH: "It listens to other event types.",
    Reason.NO_NUMBER: "The property it scales is missing or not a number.",
    Reason.TOO_SMALL: "The amount came to less than 1.",
    Reason.CLIPPED: "The balance or the skill is at its maximum; what had no room was not given.",
    Reason.ALREADY_HELD: "It was given before, and is given once.",
    Reason.ALREADY_TICKED: "This period was ticked before.",
    Reason.LOCKED: "It is only awarded by hand.",
    Reason.NOT_NEXT: "It is not the next stage, or was announced before.",
    Reason.NOT_OPEN: "It was complete before, is locked, or waits for somebody's hands.",
    Reason.OTHER_AUDIENCE: "It is for buddies of other audiences.",
    Reason.LATE: "The event was older than the late window when it was received.",
}


def explain(config: Config, trace: str) -> list[dict[str, Any]]:
    """What every rule of the config did with the event, section by section in document order.

    Each entry has `rule` (a key, or the number of a stage), `section`, `pointer` (of the rule, or
    of its part that failed), `reason`, `text` and, where something was given, `number`. A rule
    whose account did not fit into the trace has the reason `not_recorded`.
    """
    entries, cut = traces.read(trace)
    recorded: dict[tuple[str, int], Entry] = {(each[0], each[1]): each for each in entries}
    return [
        _line(
            section,
            key,
            _pointer(config, section, index),
            recorded.get((section, index)),
            "" if cut else absent,
        )
        for section, keys in _rules(config).items()
        for index, (key, absent) in enumerate(keys)
    ]


def _rules(config: Config) -> dict[Section, list[tuple[str, str]]]:
    """The rules by section, each with what its absence from a whole trace means."""
    document, no_match = config.document, str(Reason.NO_MATCH)
    return {
        Section.STREAK: [(each.key, no_match) for each in document.streaks],
        Section.TOKEN_RULE: [(each.key, no_match) for each in document.token_rules],
        Section.SKILL_RULE: [(each.key, no_match) for each in document.skill_rules],
        Section.BADGE: [
            (each.key, Reason.ALREADY_HELD if each.when else Reason.LOCKED)
            for each in document.badges
        ],
        Section.STAGE: [(str(each.stage), Reason.NOT_NEXT) for each in document.evolution.stages],
        Section.PATH: [
            (f"{path.key}/{step.key}", Reason.NOT_OPEN)
            for path in document.paths
            for step in path.steps
        ],
    }


def _pointer(config: Config, section: Section, index: int) -> str:
    if section is Section.STAGE:
        return f"/evolution/stages/{index}"
    if section is not Section.PATH:
        return f"/{SECTIONS[section]}/{index}"
    for place, path in enumerate(config.document.paths):
        if index < len(path.steps):
            return f"/paths/{place}/steps/{index}"
        index -= len(path.steps)
    raise AssertionError("a step that the config does not have")


def _line(
    section: Section, key: str, pointer: str, entry: Entry | None, absent: str
) -> dict[str, Any]:
    reason = entry[2] if entry is not None else absent or "not_recorded"
    if reason.startswith(Reason.CONDITION):
        pointer += reason.removeprefix(Reason.CONDITION)
        reason = f"{Reason.CONDITION}{pointer}"
    line: dict[str, Any] = {
        "rule": key,
        "section": SECTIONS[section],
        "pointer": pointer,
        "reason": str(reason),
        "text": _text(reason),
    }
    if entry is not None and len(entry) == 4:
        line["number"] = entry[3]
    return line


def _text(reason: str) -> str:
    if reason.startswith(Reason.CONDITION):
        return f"The condition at {reason.removeprefix(Reason.CONDITION)} does not hold."
    if reason.startswith(Reason.CAP):
        return f"The {reason.removeprefix(Reason.CAP)} cap left less than the full amount."
    return TEXTS.get(reason, "The trace had no room for it.")
