"""Erase users: a pseudonym takes their place everywhere, for good. A row each.

Names, time zones, properties of events and metadata of eggs are gone; active buddies are archived.
The ledger, balances and counts stay, for they know buddies and no people. Ids that you chose for
events and matches stay as they are, so keep people out of them.

  scripts/erase_user user_id=ann --dry-run
  scripts/erase_user leavers.csv
"""

import sys
from collections.abc import Sequence

from app.sdk import NotFoundError
from scripts.admin.frame import Desk, Outcome, Result, World, run_rows
from scripts.admin.rows import Column, Row

SCRIPT = "erase_user"
COLUMNS = (Column("user_id", "who is to be forgotten", is_required=True),)


def erase(desk: Desk, row: Row) -> Result:
    """Erase a row's user."""
    user_id = row["user_id"]
    if desk.is_dry_run:
        buddies = desk.client.buddies.get_user_summary(user_id).buddies
        return Result(Outcome.WOULD, f"{user_id}, with {len(buddies)} buddies")
    try:
        erased = desk.client.users.erase(user_id)
    except NotFoundError:
        return Result(Outcome.BEFORE, f"nothing is known of {user_id}")
    changed = f"{erased.buddies} buddies, {erased.events} events, {erased.matches} matches"
    return Result(Outcome.DONE, f"{user_id} is {erased.pseudonym} now: {changed}")


def main(argv: Sequence[str], world: World | None = None) -> int:
    """Run the script; the exit code."""
    return run_rows(SCRIPT, __doc__, COLUMNS, erase, argv, world)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
