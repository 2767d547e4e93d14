"""Write everything about your players into a folder, as JSON lines, a file a kind.

users, buddies (with balances, skills, badges, streaks), ledger, events, eggs, matches, webhooks
(secrets masked) and gates. Names of files end in .jsonl; a file is complete when it has that name.
The folder must be new or empty. One player alone: --user ann

  scripts/export_customer backup-2026-03-01
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from app.sdk.standings import UserSummary
from scripts.admin.frame import Desk, World, run_once

SCRIPT = "export_customer"
PAGE = 200
LISTED_MAX = 10_000


def export(desk: Desk) -> int:
    """Write every kind; 2 where the folder holds something."""
    folder: Path = desk.options.folder
    if folder.exists() and any(folder.iterdir()):
        desk.console.print(f"{folder} is not empty.", style="red", markup=False)
        return 2
    if not desk.is_dry_run:
        folder.mkdir(parents=True, exist_ok=True)
    people = list(_people(desk))
    buddies = [buddy.buddy_id for person in people for buddy in person.buddies]
    kinds: dict[str, Iterable[Any]] = {
        "users": people,
        "buddies": (desk.client.buddies.get(each) for each in buddies),
        "ledger": (entry for each in buddies for entry in _ledger(desk, each)),
        "events": _events(desk),
        "eggs": _eggs(desk, people),
    }
    if desk.options.user is None:
        kinds["matches"] = _matches(desk)
        kinds["webhooks"] = desk.client.webhooks.list()
        kinds["gates"] = desk.client.gates.list().gates
    for kind, rows in kinds.items():
        number = _write(desk, folder / f"{kind}.jsonl", rows)
        desk.console.print(f"{kind}: {number}", highlight=False)
    return 0


def _write(desk: Desk, path: Path, rows: Iterable[Any]) -> int:
    if desk.is_dry_run:
        return sum(1 for _ in rows)
    unfinished = path.with_suffix(".part")
    number = 0
    with unfinished.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(asdict(row), ensure_ascii=False, default=_text) + "\n")
            number += 1
    unfinished.rename(path)
    return number


def _text(value: Any) -> str:
    assert isinstance(value, datetime), "results hold nothing else that JSON lacks"
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _people(desk: Desk) -> Iterator[UserSummary]:
    if desk.options.user is not None:
        yield desk.client.buddies.get_user_summary(desk.options.user)
        return
    after: str | None = None
    while True:
        page = desk.client.users.find(after=after, limit=PAGE)
        for user in page.data:
            yield desk.client.buddies.get_user_summary(user.user_id)
        after = page.next_after
        if after is None:
            return


def _ledger(desk: Desk, buddy_id: str) -> Iterator[Any]:
    cursor: str | None = None
    while True:
        page = desk.client.buddies.ledger(buddy_id, cursor=cursor, limit=PAGE)
        yield from page.data
        cursor = page.next_cursor
        if cursor is None:
            return


def _events(desk: Desk) -> Iterator[Any]:
    cursor: str | None = None
    while True:
        page = desk.client.events.list(user_id=desk.options.user, cursor=cursor, limit=PAGE)
        yield from page.data
        cursor = page.next_cursor
        if cursor is None:
            return


def _eggs(desk: Desk, people: Iterable[UserSummary]) -> Iterator[Any]:
    """Every egg of every user; a list of all of them ends at 10,000."""
    for person in people:
        yield from desk.client.eggs.list(user_id=person.user_id, limit=PAGE)


def _matches(desk: Desk) -> Iterator[Any]:
    page, total = 1, 1
    while (page - 1) * PAGE < min(total, LISTED_MAX):
        found = desk.client.matches.list(page=page, limit=PAGE)
        total, page = found.meta.total, page + 1
        yield from found.data
    if total > LISTED_MAX:
        left = total - LISTED_MAX
        desk.console.print(f"{left} older matches are left out: the API lists {LISTED_MAX}.")


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="where to; it must be new or empty")
    parser.add_argument("--user", help="this user alone, without matches, webhooks and gates")


def main(argv: Sequence[str], world: World | None = None) -> int:
    """Run the script; the exit code."""
    return run_once(SCRIPT, __doc__, export, argv, world, _configure)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
