"""Void matches that must not have counted, a row each.

What a match gave is taken back by new entries of the ledger; what players have spent meanwhile is
recorded and told as uncollected, and nobody owes anything. Counters and caps are corrected;
badges, streaks, skills and stages stay. A voided match stays voided: no result changes it.

  scripts/void_match match_id=final-7 reason="The map was broken" --dry-run
  scripts/void_match cheated.csv
"""

import sys
from collections.abc import Sequence

from scripts.admin.frame import CannotBeDone, Desk, Outcome, Result, World, run_rows
from scripts.admin.rows import Column, Row

SCRIPT = "void_match"
VOIDABLE = ("applied", "abandoned", "pending_verification")
COLUMNS = (
    Column("match_id", "the match", is_required=True),
    Column("reason", "what its history and the players are told", is_required=True),
)


def void(desk: Desk, row: Row) -> Result:
    """Void a row's match."""
    match = desk.client.matches.get(row["match_id"])
    gave = [
        f"{token} from {player.user_id}"
        for player in match.players or ()
        for token in player.effects.tokens
    ]
    words = f"{match.match_id}, which was {match.status}: {', '.join(gave) or 'it gave nothing'}"
    if match.status == "voided":
        return Result(Outcome.BEFORE, match.match_id)
    if match.status not in VOIDABLE:
        raise CannotBeDone(f"{match.match_id} is {match.status} and cannot be voided")
    if desk.is_dry_run:
        return Result(Outcome.WOULD, words)
    done = desk.client.matches.void(row["match_id"], reason=row["reason"])
    left = ", ".join(f"{each.amount} {each.token} of {each.user_id}" for each in done.uncollected)
    return Result(Outcome.DONE, f"{words}; uncollected: {left or 'nothing'}")


def main(argv: Sequence[str], world: World | None = None) -> int:
    """Run the script; the exit code."""
    return run_rows(SCRIPT, __doc__, COLUMNS, void, argv, world)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
