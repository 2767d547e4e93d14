"""Credit tokens to buddies, a row each.

A row is done once: it is booked under a reference made from its contents, which is looked for
before and sent along as the idempotency key. Run a file again after an interruption; what was
granted stays granted once. (Looked for are a buddy's newest 200 entries; the key alone holds for
24 hours.)

  scripts/grant_tokens grants.csv --dry-run
  scripts/grant_tokens user_id=ann amount=50 reason="Sorry for the outage"
"""

import sys
from collections.abc import Sequence

from scripts.admin.frame import Desk, Outcome, Result, World, run_rows
from scripts.admin.players import WHO, booked, buddy_of
from scripts.admin.rows import Column, Row

SCRIPT = "grant_tokens"
COLUMNS = (
    *WHO,
    Column("amount", "how many", is_required=True, is_integer=True),
    Column("reason", "what the player and the ledger are told", is_required=True),
    Column("token", "which token; else the primary one"),
    Column("note", "tells rows apart that are alike otherwise"),
)


def grant(desk: Desk, row: Row) -> Result:
    """Credit a row."""
    buddy = buddy_of(desk.client, row)
    token = row.get("token") or "primary tokens"
    before = booked(desk.client, buddy.id, row.key)
    if before is not None:
        return Result(Outcome.BEFORE, f"{before.amount} {before.token} to {buddy.user_id}")
    if desk.is_dry_run:
        return Result(Outcome.WOULD, f"{row['amount']} {token} to {buddy.user_id}")
    made = desk.client.buddies.earn(
        buddy.id,
        amount=row["amount"],
        reason=row["reason"],
        token=row.get("token"),
        reference_id=row.key,
        idempotency_key=row.key,
    )
    words = f"{made.amount} {made.token} to {buddy.user_id}, who has {made.balance} now"
    clipped = "" if made.amount == row["amount"] else f" ({row['amount']} would not fit)"
    return Result(Outcome.DONE, words + clipped)


def main(argv: Sequence[str], world: World | None = None) -> int:
    """Run the script; the exit code."""
    return run_rows(SCRIPT, __doc__, COLUMNS, grant, argv, world)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
