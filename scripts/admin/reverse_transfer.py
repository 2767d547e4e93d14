"""Take entries of the ledger back, a row each.

A new entry undoes the old one and names it; nothing is deleted. An entry is taken back once, so a
file can be run again. A buddy that has less than is to be taken is refused and left alone.

  scripts/reverse_transfer buddy_id=0189… ledger_id=0189… reason="Granted twice"
  scripts/reverse_transfer mistakes.csv --dry-run
"""

import sys
from collections.abc import Sequence

from app.sdk.results import LedgerEntry
from scripts.admin.frame import CannotBeDone, Desk, Outcome, Result, World, run_rows
from scripts.admin.rows import Column, Row

SCRIPT = "reverse_transfer"
COLUMNS = (
    Column("buddy_id", "whose ledger it stands in", is_required=True),
    Column("ledger_id", "the entry to take back", is_required=True),
    Column("reason", "what the player and the ledger are told", is_required=True),
)
BACK = ("unearn", "unspend")


def reverse(desk: Desk, row: Row) -> Result:
    """Take a row's entry back."""
    original, reversal = _entries(desk, row["buddy_id"], row["ledger_id"])
    words = f"{original.direction} of {original.amount} {original.token}, {original.reason!r}"
    if reversal is not None:
        return Result(Outcome.BEFORE, f"{words}, by {reversal.ledger_id}")
    if desk.is_dry_run:
        return Result(Outcome.WOULD, words)
    made = desk.client.buddies.reverse(
        original.buddy_id, original.ledger_id, reason=row["reason"], idempotency_key=row.key
    )
    return Result(Outcome.DONE, f"{words}; the buddy has {made.balance} {made.token} now")


def _entries(desk: Desk, buddy_id: str, ledger_id: str) -> tuple[LedgerEntry, LedgerEntry | None]:
    """An entry, and what took it back if something did; a ledger is read newest first."""
    reversal, cursor = None, None
    while True:
        page = desk.client.buddies.ledger(buddy_id, cursor=cursor, limit=200)
        for entry in page.data:
            if entry.reference_id == ledger_id and entry.direction in BACK:
                reversal = entry
            if entry.ledger_id == ledger_id:
                return entry, reversal
        cursor = page.next_cursor
        if cursor is None:
            raise CannotBeDone(f"the ledger of {buddy_id} has no entry {ledger_id}")


def main(argv: Sequence[str], world: World | None = None) -> int:
    """Run the script; the exit code."""
    return run_rows(SCRIPT, __doc__, COLUMNS, reverse, argv, world)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
