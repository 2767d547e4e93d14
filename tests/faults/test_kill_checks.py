"""What the kill rounds check can fail: each thing that may go wrong is told, and nothing else."""

import copy
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FAULTS = Path(__file__).parents[2] / "scripts" / "faults"


@pytest.fixture(scope="module")
def checks() -> Iterator[ModuleType]:
    """The module as `scripts/kill_rounds` imports it: from its own folder."""
    sys.path.insert(0, str(FAULTS))
    import checks

    yield checks
    sys.path.remove(str(FAULTS))
    del sys.modules["checks"]


def _entry(status: str) -> dict[str, Any]:
    return {"status": status, "who": "bridge", "why": "", "at": ""}


def _match(*history: str, **more: Any) -> dict[str, Any]:
    moves = [_entry(status) for status in history]
    return {"status": history[-1], "history": moves, "players": None, "result": None, **more}


def _delivery(kind: str, **data: str) -> dict[str, Any]:
    body = {"type": kind, "sequence": 1, "caused_by": "x", "data": data}
    row = {"delivery_id": f"{kind}/{data}", "type": kind, "status": "succeeded", "error": None}
    return {**row, "body": json.dumps(body)}


def _arrival(row: dict[str, Any]) -> dict[str, Any]:
    verified = {"verified_standard": True, "verified_hatched": True}
    return {"delivery_id": row["delivery_id"], **verified, **json.loads(row["body"])}


@dataclass
class Facts:
    """A small world in which everything held."""

    ordered: list[str] = field(default_factory=lambda: ["won", "died"])
    accepted: set[str] = field(default_factory=lambda: {"won"})
    shown: dict[str, Any] = field(default_factory=dict)
    events: dict[str, Any] = field(default_factory=dict)
    feed: list[str] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=lambda: {"e-1": {"coins": 5}})
    movements: dict[str, Any] = field(default_factory=lambda: {"earn-1": {"ledger_id": "l-1"}})
    refused: set[str] = field(default_factory=lambda: {"spend-1"})
    ledger: list[Any] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)
    arrived: list[Any] = field(default_factory=list)

    def wrong(self, checks: ModuleType) -> list[str]:
        return [
            *checks.matches(self.ordered, self.shown, self.accepted, self.events),
            *checks.acknowledged(self.told, self.events, self.feed),
            *checks.movements(self.movements, self.refused, self.ledger),
            *checks.deliveries(self.rows, self.listed, self.arrived),
            *checks.announcements(self.rows, self.shown, ["egg"]),
        ]


@pytest.fixture
def facts() -> Facts:
    result = {"outcome": "completed", "players": [{"user_id": "ann", "result": "win"}]}
    ids = ["match:1", "match:2"]
    moves = ("allocating", "waiting", "live", "reported", "applied")
    won = _match(*moves, result=result, players=[{"user_id": "ann", "event_ids": ids}])
    types = {"e-1": "match_lost", "match:1": "match_completed", "match:2": "match_won"}
    rows = [
        _delivery("match.recorded", match_id="won"),
        _delivery("match.abandoned", match_id="died"),
        _delivery("buddy.hatched", egg_id="egg"),
        _delivery("tokens.earned", buddy_id="b"),
    ]
    return Facts(
        shown={"won": won, "died": _match("allocating", "waiting", "abandoned")},
        events={
            event_id: {"user_id": "ann", "type": kind, "effects": {"coins": 5}}
            for event_id, kind in types.items()
        },
        feed=list(types),
        ledger=[{"reason": "earn-1", "ledger_id": "l-1"}, {"reason": "a rule", "ledger_id": "l"}],
        rows=rows,
        listed=[row["delivery_id"] for row in rows],
        arrived=[_arrival(row) for row in (*rows, rows[0])],
    )


def test_a_world_in_which_everything_held_has_no_faults(facts: Facts, checks: ModuleType) -> None:
    assert facts.wrong(checks) == []


def _forget(facts: Facts, event_id: str) -> None:
    del facts.events[event_id]
    facts.feed.remove(event_id)


def _end(facts: Facts, match_id: str, *history: str) -> None:
    moves = [_entry(status) for status in history]
    facts.shown[match_id] |= {"status": history[-1], "history": moves}


Sabotage = Callable[[Facts], Any]
SABOTAGES: list[tuple[str, Sabotage]] = [
    ("is not known", lambda f: f.shown.pop("died")),
    ("ended as live", lambda f: _end(f, "died", "allocating", "live")),
    (
        "with the history",
        lambda f: _end(f, "won", "live", "reported", "applied", "reported", "applied"),
    ),
    ("with the history", lambda f: _end(f, "died", "abandoned", "live", "abandoned")),
    ("was accepted", lambda f: f.accepted.add("died")),
    ("was accepted", lambda f: _end(f, "died", "live", "pending_verification", "abandoned")),
    ("are not in the log", lambda f: _forget(f, "match:2")),
    ("paid", lambda f: f.events["match:2"].update(type="match_lost")),
    ("paid", lambda f: f.shown["won"]["players"][0]["event_ids"].pop()),
    ("named twice", lambda f: f.shown["won"]["players"][0]["event_ids"].append("match:1")),
    ("no applied match", lambda f: f.events.update({"match:9": f.events["match:1"]})),
    ("is lost", lambda f: _forget(f, "e-1")),
    ("has another answer", lambda f: f.told.update({"e-1": {"coins": 6}})),
    ("was never sent", lambda f: f.events.update({"e-9": f.events["e-1"]})),
    ("in the log 2 times", lambda f: f.feed.append("e-1")),
    ("in the ledger 0 times", lambda f: f.ledger.pop(0)),
    ("in the ledger 2 times", lambda f: f.ledger.append(f.ledger[0])),
    ("the ledger has another", lambda f: f.ledger[0].update(ledger_id="l-9")),
    ("was refused", lambda f: f.ledger.append({"reason": "spend-1", "ledger_id": "l-2"})),
    ("is pending", lambda f: f.rows[3].update(status="pending")),
    ("did not arrive", lambda f: f.arrived.pop(1)),
    ("is not known", lambda f: f.arrived.append({**f.arrived[0], "delivery_id": "?"})),
    ("not in the list", lambda f: f.listed.pop()),
    ("does not exist", lambda f: f.listed.append("?")),
    ("was not verified", lambda f: f.arrived[4].update(verified_hatched=False)),
    ("was not verified", lambda f: f.arrived[4].update(verified_standard=False)),
    ("another content", lambda f: f.arrived[4].update(data={"match_id": "other"})),
    ("was told 2 times", lambda f: f.rows.append(copy.deepcopy(f.rows[0]))),
    ("was told 0 times", lambda f: f.shown.update(lone=_match("live", "abandoned"))),
]


@pytest.mark.parametrize(("complaint", "sabotage"), SABOTAGES)
def test_whatever_goes_wrong_is_told(
    facts: Facts, checks: ModuleType, complaint: str, sabotage: Sabotage
) -> None:
    sabotage(facts)
    assert [text for text in facts.wrong(checks) if complaint in text]
