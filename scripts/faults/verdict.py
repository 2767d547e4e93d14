"""Gathers the facts once everything has settled, and says what is wrong."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import checks
from calls import Clutch
from census import Census
from fleet import WORKER
from installation import API_SERVER, CLUTCH
from killing import Killing
from processes import Processes
from trouble import Trouble

ACCEPTED = re.compile(r"^reported: (?:applied|to be verified)$|^reported match (\S+),", re.M)
ROOM_CONFIG_MATCH = re.compile(r"claimed match (\S+) for")
FAULTS = re.compile(r"Traceback|match_failed|operation_failed|webhook_send_failed|Internal Server")


@dataclass(frozen=True)
class Verdict:
    """How much there was of everything, and every sentence about what is wrong."""

    counts: Mapping[str, int]
    wrong: list[str]


async def judge(killing: Killing, census: Census, clutch: Clutch) -> Verdict:
    """Everything that has to hold, checked against the API, the database and the logs."""
    where, processes, traffic = killing.where, killing.fleet, killing.traffic
    told = traffic.told
    feed = [entry async for entry in clutch.each("/events")]
    events = {entry["event_id"]: entry for entry in feed}
    ids = [row["match_id"] for row in await census.rows("SELECT match_id FROM match_record")]
    shown = {match_id: await clutch.get(f"/matches/{match_id}") for match_id in ids}
    ledger = [
        entry
        for buddy_id in traffic.buddies.values()
        async for entry in clutch.each(f"/buddies/{buddy_id}/ledger")
    ]
    rows = await census.rows("SELECT * FROM webhook_delivery")
    listed = [entry["id"] async for entry in clutch.each("/webhook-deliveries")]
    lines = [json.loads(line) for line in where.receiver_log.read_text().splitlines()]
    eggs = await census.rows("SELECT egg_id, user_id, status, buddy_id FROM egg")
    accepted = _accepted(where.home)
    wrong = [
        *checks.matches(killing.gaming.ordered, shown, accepted, events),
        *checks.acknowledged(told.events, events, [entry["event_id"] for entry in feed]),
        *checks.movements(told.movements, told.refused, ledger),
        *checks.deliveries(rows, listed, lines),
        *checks.announcements(rows, shown, [str(egg["egg_id"]) for egg in eggs]),
        *_eggs(told.eggs, eggs),
        *await _operations(clutch, told.eggs),
        *told.contradictions,
        *(f"answered with 500: {fault}" for fault in traffic.honest.faults),
        *_faults_in_logs(processes),
        *await _audit(processes),
    ]
    statuses = [match["status"] for match in shown.values()]
    counts = {
        "matches": len(shown),
        "applied": statuses.count("applied"),
        "abandoned": statuses.count("abandoned"),
        "accepted": len(accepted),
        "events": len(events),
        "movements": len(told.movements),
        "eggs": len(told.eggs),
        "deliveries": len(rows),
        "arrivals": len(lines),
        "repeats": traffic.honest.repeats,
    }
    return Verdict(counts, checks.shortened(wrong))


def _accepted(home: Path) -> set[str]:
    """Matches whose game server wrote that it was told 200 or 202."""
    found = set()
    for log in (home / "hathora" / "processes").glob("*/output.log"):
        said = log.read_text(errors="replace")
        claimed = ROOM_CONFIG_MATCH.search(said)
        for hit in ACCEPTED.finditer(said):
            match_id = hit.group(1) or (claimed and claimed.group(1))
            found.update([match_id] if match_id else [])
    return found


def _eggs(told: Mapping[str, Any], eggs: checks.Rows) -> list[str]:
    users = [egg["user_id"] for egg in eggs]
    wrong = [f"{user} has {users.count(user)} eggs" for user in set(users) if users.count(user) > 1]
    status = {str(egg["egg_id"]): egg["status"] for egg in eggs}
    wrong += [f"egg {one} is {now}" for one, now in status.items() if now != "hatched"]
    return wrong + [f"egg {one} is lost" for one in told if one not in status]


async def _operations(clutch: Clutch, eggs: Mapping[str, Any]) -> list[str]:
    wrong = []
    for egg_id, started in eggs.items():
        operation = await clutch.get(f"/operations/{started['operation_id']}")
        if operation["status"] != "completed":
            wrong.append(f"egg {egg_id}: its operation is {operation['status']}")
            continue
        buddy = await clutch.get(f"/buddies/{operation['result']['buddy_id']}")
        if not buddy["image_url"]:
            wrong.append(f"egg {egg_id}: its buddy has no picture")
    return wrong


def _faults_in_logs(processes: Processes) -> list[str]:
    wrong = []
    for name in (API_SERVER, WORKER):
        log = processes.log_of(name)
        said = log.read_text(errors="replace") if log.exists() else ""
        wrong += [
            f"{name}'s log: {line[:300]}" for line in said.splitlines() if FAULTS.search(line)
        ]
    return wrong


async def _audit(processes: Processes) -> list[str]:
    try:
        await processes.run("clutch audit", [CLUTCH, "audit"])
    except Trouble as trouble:
        said = processes.log_of("clutch audit").read_text()
        return [f"the audit: {trouble} {said[-2000:]}"]
    return []
