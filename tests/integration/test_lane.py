"""The lane: units stand or fall together, and no unit hurts its neighbours."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from app.buddies.herd import Herd
from app.events.intake import POUR_EVENTS
from app.events.lane import SET_EVENTS_MAX, Lanes
from app.events.unit import Accepted
from app.kit.db import Database
from app.kit.errors import AppError, Conflict, Unavailable
from tests import rows
from tests.factories import ManualClock
from tests.rows import new_event, unit

Customer = dict[str, Any]


@pytest.fixture
def lanes(database: Database) -> Lanes:
    return Lanes(database, waiting_max=4096)


@pytest.fixture
async def neighbour(database: Database, clock: ManualClock) -> AsyncIterator[Lanes]:
    """The lanes of another process on the same database."""
    other = Database(database.url.render_as_string(hide_password=False), clock, database.key)
    yield Lanes(other, waiting_max=4096)
    await other.close()


async def _refusing(herd: Herd, accepted: Sequence[Accepted]) -> None:
    raise Conflict("not this one")


async def _broken(herd: Herd, accepted: Sequence[Accepted]) -> None:
    raise ZeroDivisionError("a fault of ours")


async def _events(database: Database) -> list[str]:
    found = await rows.fetch(database, "SELECT event_id FROM event ORDER BY event_id")
    return [row.event_id for row in found]


async def test_a_unit_of_several_events_is_taken_in_whole(
    lanes: Lanes, database: Database, customer: Customer
) -> None:
    match = unit(
        customer,
        new_event("m1:a", "match_completed", "ann"),
        new_event("m1:b", "match_won", "ann"),
        new_event("m1:c", "match_lost", "bob"),
    )
    [accepted] = await lanes.submit([match])
    assert isinstance(accepted, list)
    assert [each.event_id for each in accepted] == ["m1:a", "m1:b", "m1:c"]
    assert accepted[0].buddy_id == accepted[1].buddy_id != accepted[2].buddy_id
    assert await _events(database) == ["m1:a", "m1:b", "m1:c"]
    assert await rows.differences(database) == []


async def test_a_unit_with_one_refused_event_leaves_nothing(
    lanes: Lanes, database: Database, customer: Customer
) -> None:
    await lanes.submit([unit(customer, new_event("taken", "match_won", "eve"))])
    before = await rows.counts(database)
    [refused] = await lanes.submit(
        [
            unit(
                customer,
                new_event("m1:a", "match_won", "ann"),
                new_event("m1:b", "match_won", "bob"),
                new_event("taken", "match_lost", "bob"),
            )
        ]
    )
    assert isinstance(refused, AppError)
    assert refused.code == "event_id_conflict"
    assert await rows.counts(database) == before


async def test_what_the_owner_refuses_leaves_nothing_and_its_neighbours_are_kept(
    lanes: Lanes, database: Database, customer: Customer
) -> None:
    outcomes = await lanes.submit(
        [
            unit(customer, new_event("before", "match_won", "ann")),
            unit(customer, new_event("m1", "match_won", "ann"), owner=_refusing),
            unit(customer, new_event("after", "match_won", "ann")),
        ]
    )
    assert [isinstance(outcome, list) for outcome in outcomes] == [True, False, True]
    assert await _events(database) == ["after", "before"]
    assert await rows.differences(database) == []


async def test_a_refusal_after_others_began_to_be_written_takes_back_only_itself(
    lanes: Lanes, database: Database, customer: Customer
) -> None:
    """The set is so large that its first rows are on their way when the last unit is refused."""
    last = POUR_EVENTS * 3
    outcomes = await lanes.submit(
        [
            unit(
                customer,
                new_event(f"m{n}", "match_won", f"u{n % 7}"),
                owner=_refusing if n == last else None,
            )
            for n in range(last + 1)
        ]
    )
    assert [isinstance(outcome, list) for outcome in outcomes] == [True] * last + [False]
    assert len(await _events(database)) == last
    assert await rows.differences(database) == []


async def test_any_number_of_refusing_owners_are_all_answered(
    lanes: Lanes, database: Database, customer: Customer
) -> None:
    """More of them in one set than a set is begun again because of lost races."""
    many = [
        unit(customer, new_event(f"m{n}", "match_won", f"u{n}"), owner=_refusing if n else None)
        for n in range(30)
    ]
    async with asyncio.timeout(30):
        outcomes = await lanes.submit(many)
    assert [isinstance(outcome, list) for outcome in outcomes] == [True] + [False] * 29
    assert await _events(database) == ["m0"]


async def test_a_fault_in_one_unit_hurts_no_other(
    lanes: Lanes, database: Database, customer: Customer
) -> None:
    many = [
        unit(
            customer, new_event(f"e{n:02}", "match_won", f"u{n}"), owner=_broken if n == 5 else None
        )
        for n in range(12)
    ]
    outcomes = await asyncio.gather(
        *(lanes.submit([each]) for each in many), return_exceptions=True
    )
    broken = [n for n, outcome in enumerate(outcomes) if not _is_taken(outcome)]
    assert broken == [5]
    assert await _events(database) == [f"e{n:02}" for n in range(12) if n != 5]
    assert await rows.differences(database) == []


async def test_a_fault_in_a_batch_is_told_in_its_place(
    lanes: Lanes, database: Database, customer: Customer
) -> None:
    outcomes = await lanes.submit(
        [
            unit(customer, new_event("good", "match_won")),
            unit(customer, new_event("bad", "match_won"), owner=_broken),
        ]
    )
    assert isinstance(outcomes[0], list)
    assert isinstance(outcomes[1], AppError)
    assert (outcomes[1].status, outcomes[1].code) == (500, "internal_error")
    assert "ZeroDivisionError" not in outcomes[1].message
    assert "fault of ours" not in outcomes[1].message


async def test_a_full_lane_says_so_and_what_had_room_is_taken_in(
    database: Database, customer: Customer
) -> None:
    narrow = Lanes(database, waiting_max=3)
    outcomes = await narrow.submit(
        [unit(customer, new_event(f"e{n}", "match_won")) for n in range(5)]
    )
    full = [outcome for outcome in outcomes if isinstance(outcome, Unavailable)]
    assert len(full) == 2
    assert (full[0].status, full[0].headers["Retry-After"]) == (503, "1")
    assert await _events(database) == ["e0", "e1", "e2"]
    [late] = await narrow.submit([unit(customer, new_event("e4", "match_won"))])
    assert isinstance(late, list)


async def test_a_unit_larger_than_a_set_goes_alone_and_whole(
    lanes: Lanes, database: Database, customer: Customer
) -> None:
    large = [new_event(f"m{n:03}", "match_lost", f"u{n % 9}") for n in range(SET_EVENTS_MAX + 20)]
    small = unit(customer, new_event("s", "match_won"))
    outcomes = await lanes.submit([small, unit(customer, *large), small])
    assert all(isinstance(outcome, list) for outcome in outcomes)
    assert len(await _events(database)) == len(large) + 1


async def test_customers_share_a_set_and_nothing_else(
    lanes: Lanes, database: Database, customer: Customer, other_customer: Customer
) -> None:
    """The same event id and the same user are two things to two customers."""
    outcomes = await lanes.submit(
        [unit(owner, new_event("e1", "match_won")) for owner in (customer, other_customer)]
    )
    [mine], [theirs] = outcomes
    assert mine.buddy_id != theirs.buddy_id
    assert [mine.is_replay, theirs.is_replay] == [False, False]
    assert await rows.differences(database) == []


async def test_two_processes_that_send_the_same_events_count_each_once(
    lanes: Lanes, neighbour: Lanes, database: Database, customer: Customer
) -> None:
    """Overlapping ids and users from both sides, in other orders: no deadlock, no lost event."""
    events = [new_event(f"e{n:03}", "match_won", f"u{n % 7}") for n in range(120)]
    mine = [unit(customer, event) for event in events]
    theirs = [unit(customer, event) for event in reversed(events)]
    async with asyncio.timeout(60):
        outcomes = await asyncio.gather(
            *(lanes.submit(mine[n : n + 10]) for n in range(0, 120, 10)),
            *(neighbour.submit(theirs[n : n + 10]) for n in range(0, 120, 10)),
        )
    assert all(isinstance(outcome, list) for each in outcomes for outcome in each)
    answers: dict[str, set[str]] = {}
    for each in outcomes:
        for [accepted] in each:
            answers.setdefault(accepted.event_id, set()).add(accepted.answer)
    assert all(len(texts) == 1 for texts in answers.values())
    assert len(await _events(database)) == 120
    counted = await rows.counts(database)
    assert counted["buddy"] == 7
    assert await rows.differences(database) == []


async def test_two_processes_that_serve_the_same_users_lose_no_event(
    lanes: Lanes, neighbour: Lanes, database: Database, customer: Customer
) -> None:
    """Other events of the same new users: both sides make the same buddies at once."""
    async with asyncio.timeout(60):
        outcomes = await asyncio.gather(
            *(
                side.submit(
                    [
                        unit(customer, new_event(f"{name}{n}-{k}", "match_won", f"u{(n + k) % 11}"))
                        for k in range(6)
                    ]
                )
                for n in range(10)
                for name, side in (("a", lanes), ("b", neighbour))
            )
        )
    assert all(isinstance(outcome, list) for each in outcomes for outcome in each)
    assert len(await _events(database)) == 120
    found = await rows.fetch(database, "SELECT user_id FROM buddy WHERE status = 'active'")
    assert len(found) == len({row.user_id for row in found}) == 11
    assert await rows.differences(database) == []


async def test_a_caller_who_leaves_does_not_stop_the_lane(
    lanes: Lanes, database: Database, customer: Customer
) -> None:
    leaving = asyncio.create_task(lanes.submit([unit(customer, new_event("e1", "match_won"))]))
    await asyncio.sleep(0)
    leaving.cancel()
    [stayed] = await lanes.submit([unit(customer, new_event("e2", "match_won"))])
    assert isinstance(stayed, list)
    assert (await _events(database))[-1] == "e2"


def _is_taken(outcome: Any) -> bool:
    return isinstance(outcome, list) and isinstance(outcome[0], list)
