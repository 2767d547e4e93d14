"""Make players with what they had elsewhere, a row each.

A player begins with an event whose id is `import:<user_id>`, which makes the buddy, so that a
file can be run again. Tokens are credited once, under a reference made from the user and the
token; they are what the player had, not what is added. No picture is drawn.

  scripts/import_players players.csv --dry-run
  scripts/import_players user_id=ann display_name=Ann tokens="coins:120 xp:900"

Where the rules refuse unknown events, name one that they know: --event-type joined
"""

import argparse
import sys
from collections.abc import Mapping, Sequence

from scripts.admin.frame import CannotBeDone, Desk, Outcome, Result, World, run_rows
from scripts.admin.players import booked, buddy_of
from scripts.admin.rows import INTEGER_MAX, Column, Row

SCRIPT = "import_players"
REASON = "Brought along"
COLUMNS = (
    Column("user_id", "the player", is_required=True),
    Column("audience", "the buddy's audience, where there are several"),
    Column("display_name", "what others see"),
    Column("time_zone", "an IANA name, like Europe/Berlin"),
    Column("buddy_name", "what the buddy is called"),
    Column("tokens", "balances, like coins:120 xp:900"),
)


def bring(desk: Desk, row: Row) -> Result:
    """Make a row's player."""
    tokens = _tokens(row)
    words = f"{row['user_id']} with {row.get('tokens') or 'nothing'}"
    if desk.is_dry_run:
        return Result(Outcome.WOULD, words)
    desk.client.events.send(
        event_id=f"import:{row['user_id']}"[:128],
        user_id=row["user_id"],
        type=desk.options.event_type,
        audience=row.get("audience"),
    )
    known = {name: row[name] for name in ("display_name", "time_zone") if row.get(name)}
    if known:
        desk.client.users.update(row["user_id"], **known)
    buddy = buddy_of(desk.client, row)
    if row.get("buddy_name") and buddy.name != row["buddy_name"]:
        desk.client.buddies.update_name(buddy.id, row["buddy_name"])
    new = [_credit(desk, buddy.id, row["user_id"], *each) for each in tokens.items()]
    is_old = tokens and not any(new)
    return Result(Outcome.BEFORE if is_old else Outcome.DONE, words)


def _credit(desk: Desk, buddy_id: str, user_id: str, token: str, amount: int) -> bool:
    """Credit a balance that was not credited before; whether it was new."""
    reference = f"{SCRIPT}:{user_id}:{token}"
    if booked(desk.client, buddy_id, reference) is not None:
        return False
    desk.client.buddies.earn(
        buddy_id,
        amount=amount,
        token=token,
        reason=REASON,
        reference_id=reference,
        idempotency_key=reference,
    )
    return True


def _tokens(row: Row) -> Mapping[str, int]:
    amounts = {}
    for part in (row.get("tokens") or "").split():
        token, _, amount = part.rpartition(":")
        is_amount = amount.isascii() and amount.isdigit() and len(amount) <= 16
        if not token or not is_amount or int(amount) > INTEGER_MAX:
            raise CannotBeDone(f"tokens: {part!r} is not token:amount")
        if int(amount):
            amounts[token] = int(amount)
    return amounts


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--event-type", default="player_imported", help="what begins a player (player_imported)"
    )


def main(argv: Sequence[str], world: World | None = None) -> int:
    """Run the script; the exit code."""
    return run_rows(SCRIPT, __doc__, COLUMNS, bring, argv, world, _configure)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
