"""What must hold when everything has settled. Pure: facts in, sentences about what is wrong out."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

Rows = Sequence[Mapping[str, Any]]
TOLD_MAX = 20
RESULT_EVENTS = {"win": "match_won", "loss": "match_lost", "draw": "match_drawn"}


def matches(
    ordered: Collection[str],
    shown: Mapping[str, Mapping[str, Any]],
    accepted: Collection[str],
    events: Mapping[str, Mapping[str, Any]],
) -> list[str]:
    """Each match ended exactly once, none that was accepted is lost, and each line paid once.

    `shown` is what the API says about each match, `accepted` are those whose game server was
    told 200 or 202, `events` the whole log by event id.
    """
    wrong = [f"match {match_id} is not known" for match_id in ordered if match_id not in shown]
    paid: set[str] = set()
    for match_id, match in shown.items():
        wrong += [f"match {match_id}: {text}" for text in _ending(match, match_id in accepted)]
        ids = [event_id for one in match.get("players") or () for event_id in one["event_ids"]]
        paid.update(ids)
        wrong += [f"match {match_id}: {text}" for text in _payment(match, ids, events)]
    strays = sorted(event_id for event_id in events if event_id.startswith("match:"))
    return wrong + [f"event {one} belongs to no applied match" for one in strays if one not in paid]


def _ending(match: Mapping[str, Any], is_accepted: bool) -> list[str]:
    went = Counter(entry["status"] for entry in _moves(match["history"]))
    status = match["status"]
    wrong = []
    if status not in ("applied", "abandoned"):
        wrong.append(f"ended as {status}")
    if went["applied"] != (status == "applied") or went["abandoned"] > 1:
        wrong.append(f"is {status} with the history {dict(went)}")
    is_accepted |= went["reported"] > 0 or went["pending_verification"] > 0
    if is_accepted and status != "applied":
        wrong.append(f"its result was accepted, yet it is {status}")
    return wrong


def _moves(history: Rows) -> list[Mapping[str, Any]]:
    """The entries that changed the status; the others are notes."""
    before = [None, *(entry["status"] for entry in history)]
    return [entry for entry, last in zip(history, before, strict=False) if entry["status"] != last]


def _payment(
    match: Mapping[str, Any], ids: Sequence[str], events: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    if len(set(ids)) != len(ids):
        return ["an event is named twice"]
    if missing := [event_id for event_id in ids if event_id not in events]:
        return [f"its events {missing} are not in the log"]
    expected: Counter[tuple[str, str]] = Counter()
    result = match.get("result") if match["status"] == "applied" else None
    if result and result["outcome"] == "completed":
        for line in result["players"]:
            for kind in _kinds(line):
                expected[line["user_id"], kind] += 1
    found = Counter((events[event_id]["user_id"], events[event_id]["type"]) for event_id in ids)
    return [] if found == expected else [f"paid {dict(found)} instead of {dict(expected)}"]


def _kinds(line: Mapping[str, Any]) -> list[str]:
    if line.get("left_early"):
        return ["match_left"]
    own = RESULT_EVENTS.get(line.get("result") or "")
    return ["match_completed", *([own] if own else [])]


def acknowledged(
    told: Mapping[str, Any], events: Mapping[str, Mapping[str, Any]], feed: Sequence[str]
) -> list[str]:
    """Every acknowledged event is in the log once, with the answer that it got, and no other."""
    wrong = [f"event {one} is in the log {n} times" for one, n in Counter(feed).items() if n > 1]
    for event_id, answer in told.items():
        if event_id not in events:
            wrong.append(f"event {event_id} was acknowledged and is lost")
        elif events[event_id]["effects"] != answer:
            wrong.append(f"event {event_id} was answered {answer}, the log has another answer")
    known = {event_id for event_id in events if not event_id.startswith("match:")}
    return wrong + [f"event {one} was never sent" for one in sorted(known - set(told))]


def movements(
    told: Mapping[str, Mapping[str, Any]], refused: Collection[str], ledger: Rows
) -> list[str]:
    """Every acknowledged movement is in the ledger once, as it was answered; a refused one never.

    A movement by hand carries its key as its reason.
    """
    booked: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in ledger:
        booked[entry["reason"]].append(entry)
    wrong = [f"{key} was refused and is in the ledger" for key in refused if booked[key]]
    for key, answer in told.items():
        found = booked[key]
        if len(found) != 1:
            wrong.append(f"{key} is in the ledger {len(found)} times")
        elif found[0]["ledger_id"] != answer["ledger_id"]:
            wrong.append(f"{key} was answered as {answer['ledger_id']}, the ledger has another")
    return wrong


def deliveries(rows: Rows, listed: Collection[str], arrived: Rows) -> list[str]:
    """Every delivery succeeded and arrived, verified by both rules and always with one content.

    `rows` are the database's deliveries, `listed` the ids that the API lists.
    """
    by_id = {str(row["delivery_id"]): row for row in rows}
    wrong = [
        f"delivery {key} ({row['type']}) is {row['status']}: {row['error']}"
        for key, row in by_id.items()
        if row["status"] != "succeeded"
    ]
    received = {str(line["delivery_id"]) for line in arrived}
    for name, ids in (
        ("did not arrive", set(by_id) - received),
        ("arrived and is not known", received - set(by_id)),
        ("is not in the list of the API", set(by_id) - set(listed)),
        ("is listed and does not exist", set(listed) - set(by_id)),
    ):
        wrong += [f"delivery {one} {name}" for one in sorted(ids)]
    for line in arrived:
        key = str(line["delivery_id"])
        if not (line["verified_standard"] and line["verified_hatched"]):
            wrong.append(f"delivery {key} arrived and was not verified")
        elif key in by_id and not _is_same(json.loads(by_id[key]["body"]), line):
            wrong.append(f"delivery {key} arrived with another content than it was written with")
    return wrong


def _is_same(body: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    names = ("type", "sequence", "caused_by", "data")
    return all(body.get(name) == line[name] for name in names)


def announcements(
    rows: Rows, shown: Mapping[str, Mapping[str, Any]], hatched: Collection[str]
) -> list[str]:
    """Each end of a match, and each hatching, was told by exactly one webhook."""
    told: Counter[tuple[str, str]] = Counter()
    names = {"match.recorded": "match_id", "match.abandoned": "match_id", "buddy.hatched": "egg_id"}
    for row in rows:
        if row["type"] in names:
            told[row["type"], json.loads(row["body"])["data"][names[row["type"]]]] += 1
    expected: Counter[tuple[str, str]] = Counter()
    for match_id, match in shown.items():
        went = {entry["status"] for entry in match["history"]}
        expected["match.recorded", match_id] += match["status"] == "applied"
        expected["match.abandoned", match_id] += "abandoned" in went
    for egg_id in hatched:
        expected["buddy.hatched", egg_id] += 1
    wrong = sorted(key for key in told.keys() | expected.keys() if told[key] != expected[key])
    return [f"{key} was told {told[key]} times instead of {expected[key]}" for key in wrong]


def shortened(wrong: Iterable[str]) -> list[str]:
    """At most `TOLD_MAX` of them, and how many more there are."""
    every = list(wrong)
    rest = len(every) - TOLD_MAX
    return every if rest <= 0 else [*every[:TOLD_MAX], f"and {rest} more"]
