"""The end of the story: everything has arrived, the books are right, and the players' table."""

import json
import time
from pathlib import Path
from typing import Any

from installation import API_SERVER, CLUTCH
from players import look_at_all
from playing import Arena
from receipts import Comparison, compare
from rich.table import Table

SETTLED_SECONDS = 60.0
REPORT_SECONDS = 5.0


async def settled(arena: Arena, buddies: dict[str, dict[str, Any]]) -> Comparison:
    """Wait until pictures are drawn and every delivery has ended; what arrived.

    Raises:
        Trouble: it takes too long.
    """
    reported_at = time.monotonic()

    async def ask() -> Comparison | None:
        nonlocal reported_at
        now = await look_at_all(arena.clutch, buddies)
        drawing = [user for user, one in now.items() if one["appearance"]["status"] != "ready"]
        pending = (await arena.clutch.get("/webhook-deliveries", status="pending"))["data"]
        if drawing or pending:
            if time.monotonic() - reported_at > REPORT_SECONDS:
                reported_at = time.monotonic()
                waits = f"{len(pending)} deliveries, {len(drawing)} pictures"
                arena.narrator.say(f"Still waiting for {waits}")
            return None
        listed = [each async for each in arena.clutch.each("/webhook-deliveries")]
        return compare(listed, received(arena))

    log = arena.processes.log_of(API_SERVER)
    return await arena.processes.until(ask, "every delivery and picture", SETTLED_SECONDS, log)


def received(arena: Arena) -> list[dict[str, Any]]:
    """The receiver's log."""
    lines = arena.installation.receiver_log.read_text().splitlines()
    return [json.loads(line) for line in lines]


async def audit(arena: Arena) -> str:
    """`clutch audit` of our customer; what it said.

    Raises:
        Trouble: a number differs.
    """
    argv = [CLUTCH, "audit", "--customer", arena.installation.customer_id]
    table = await arena.processes.run("clutch audit", argv)
    return table + arena.processes.log_of("clutch audit").read_text()


def players_table(
    before: dict[str, dict[str, Any]],
    after: dict[str, dict[str, Any]],
    files: dict[str, Path],
) -> Table:
    """A row for each player: tokens before and after, badges, streaks, stage, picture."""
    table = Table(header_style="bold cyan")
    for name in ("player", "buddy", "stage", "coins", "xp", "badges", "streaks", "picture"):
        table.add_column(name, no_wrap=name in ("player", "stage", "coins", "xp", "picture"))
    for user_id, buddy in after.items():
        streaks = {one["key"]: one["count"] for one in buddy["progression"]["streaks"]}
        table.add_row(
            user_id,
            buddy["name"],
            _change(before[user_id]["evolution_stage"], buddy["evolution_stage"]),
            *(
                _change(before[user_id]["tokens"].get(key, 0), buddy["tokens"].get(key, 0))
                for key in ("coins", "xp")
            ),
            ", ".join(buddy["progression"]["badges"]) or "-",
            ", ".join(f"{key} {count}" for key, count in streaks.items() if count) or "-",
            f"{files[user_id].parent.name}/{files[user_id].name}",
        )
    return table


def _change(before: int, after: int) -> str:
    return f"{before} → {after}" if before != after else str(after)
