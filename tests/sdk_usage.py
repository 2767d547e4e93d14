"""A user's program, for the type checker: what calls take and give, on both clients."""

from typing import assert_type

from app.sdk import AsyncHatchedClient, HatchedClient
from app.sdk.reports import EventEffects
from app.sdk.results import Buddy, Egg, LedgerEntry, Operation


def blocking(client: HatchedClient) -> None:
    """Every result has its type."""
    egg = client.eggs.create(user_id="ann", metadata={"a": 1})
    assert_type(egg, Egg)
    assert_type(client.eggs.list(status="ready"), list[Egg])
    assert_type(client.operations.wait(client.eggs.hatch(egg.egg_id)), Operation)
    assert_type(client.buddies.earn_coins("b", amount=1, reason="why"), LedgerEntry)
    client.eggs.create(user="ann")  # type: ignore[call-arg]
    client.eggs.update_status("e", "boiled")  # type: ignore[arg-type]


async def awaited(client: AsyncHatchedClient) -> None:
    """The same, awaited."""
    assert_type(await client.events.send(event_id="e", user_id="ann", type="t"), EventEffects)
    assert_type(await client.operations.wait("o", timeout_ms=1, interval_ms=1), Operation)
    for buddy in (await client.buddies.list()).data:
        assert_type(buddy, Buddy)
