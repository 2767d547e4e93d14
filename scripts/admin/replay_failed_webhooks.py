"""Send the webhook deliveries again that failed for good, newest first.

Each gets the whole retry schedule anew; receivers know a delivery by its id, so one that did
arrive does no harm. Run it when a receiver is mended.

  scripts/replay_failed_webhooks --since 2026-03-01T00:00:00Z --dry-run
  scripts/replay_failed_webhooks --endpoint 0189… --type match.recorded
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from app.sdk import ConflictError
from app.sdk.reports import WebhookDelivery
from scripts.admin.frame import Desk, Outcome, Result, World, run_once, tell

SCRIPT = "replay_failed_webhooks"


def replay(desk: Desk) -> int:
    """Replay every failed delivery that is wanted."""
    return tell(desk, ((each.id, _replayed(desk, each)) for each in _failed(desk)))


def _replayed(desk: Desk, delivery: WebhookDelivery) -> Result:
    words = f"{delivery.event} of {delivery.created_at:%Y-%m-%d %H:%M:%S}"
    if desk.is_dry_run:
        return Result(Outcome.WOULD, words)
    key = f"{SCRIPT}:{delivery.id}:{delivery.attempts}"
    try:
        desk.client.webhooks.replay(delivery.id, idempotency_key=key)
    except ConflictError as fault:
        return Result(Outcome.REFUSED, f"{words}: {fault}")
    return Result(Outcome.DONE, words)


def _failed(desk: Desk) -> Iterator[WebhookDelivery]:
    wanted = desk.options
    cursor = None
    while True:
        page = desk.client.webhooks.deliveries(
            endpoint_id=wanted.endpoint, status="failed", cursor=cursor, limit=200
        )
        for each in page.data:
            if each.created_at < wanted.since:
                return
            if each.created_at < wanted.until and wanted.type in (None, each.event):
                yield each
        cursor = page.next_cursor
        if cursor is None:
            return


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("name a time zone, like 2026-03-01T00:00:00Z")
    return at


def _configure(parser: argparse.ArgumentParser) -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    parser.add_argument("--endpoint", help="of this endpoint alone")
    parser.add_argument("--type", help="of this event alone, like coins.earned")
    parser.add_argument(
        "--since", type=_instant, default=first, help="made at this instant or later"
    )
    parser.add_argument("--until", type=_instant, default=last, help="made before then")


def main(argv: Sequence[str], world: World | None = None) -> int:
    """Run the script; the exit code."""
    return run_once(SCRIPT, __doc__, replay, argv, world, _configure)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
