"""Find users by a part of their id or display name, and show what they have.

scripts/find_user ann
scripts/find_user "" --json | jq .user_id      # everybody
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence

from rich.table import Table

from app.sdk.standings import User, UserBuddy
from scripts.admin.frame import Desk, World, run_once

SCRIPT = "find_user"
PAGE = 200


def find(desk: Desk) -> int:
    """Show the users; 1 where there are none."""
    table = Table("user", "name", "time zone", "buddy", "audience", "stage", "tokens", "badges")
    number = 0
    for user in _found(desk):
        number += 1
        buddies = desk.client.buddies.get_user_summary(user.user_id).buddies
        if desk.options.json:
            _print_json(desk, user, buddies)
        for buddy in buddies:
            table.add_row(user.user_id, user.display_name, user.time_zone, *_cells(buddy))
        if not buddies:
            table.add_row(user.user_id, user.display_name, user.time_zone)
    if not desk.options.json:
        desk.console.print(table if number else "Nobody is called so.")
    return 0 if number else 1


def _found(desk: Desk) -> Iterator[User]:
    after, left = None, desk.options.limit
    while left > 0:
        query = desk.options.text or None
        page = desk.client.users.find(query=query, after=after, limit=min(PAGE, left))
        yield from page.data
        after, left = page.next_after, left - len(page.data)
        if after is None:
            return


def _cells(buddy: UserBuddy) -> Sequence[str]:
    tokens = ", ".join(f"{each.balance} {each.key}" for each in buddy.tokens.all)
    state = "" if buddy.status == "active" else f" ({buddy.status})"
    badges = ", ".join(each.badge_key for each in buddy.badges)
    stage = str(buddy.evolution_stage)
    return (f"{buddy.buddy_id} {buddy.name}{state}", buddy.audience, stage, tokens, badges)


def _print_json(desk: Desk, user: User, buddies: Sequence[UserBuddy]) -> None:
    line = {
        "user_id": user.user_id,
        "display_name": user.display_name,
        "time_zone": user.time_zone,
        "buddies": [
            {
                "buddy_id": each.buddy_id,
                "audience": each.audience,
                "status": each.status,
                "tokens": {token.key: token.balance for token in each.tokens.all},
            }
            for each in buddies
        ],
    }
    desk.console.print(json.dumps(line), markup=False, highlight=False, soft_wrap=True)


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", help="a part of the id or the name, whatever its case")
    parser.add_argument("--json", action="store_true", help="a JSON object a line")
    parser.add_argument("--limit", type=int, default=50, help="at most so many users (50)")


def main(argv: Sequence[str], world: World | None = None) -> int:
    """Run the script; the exit code."""
    return run_once(SCRIPT, __doc__, find, argv, world, _configure)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
