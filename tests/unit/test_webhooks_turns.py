"""Endpoints take turns; slow ones cost the others nothing."""

from datetime import UTC, datetime

from app.webhooks.claiming import Prepared
from app.webhooks.signature import PayloadFormat
from app.webhooks.targets import Target
from app.webhooks.turns import LIMIT_AT_FIRST, SLOW_A_PLACE, Ticket, Turns

LEASE = datetime(2030, 1, 1, tzinfo=UTC)


def target(endpoint_id: str, concurrency: int | None = None) -> Target:
    url, secrets = "https://example.com/", ("whsec_AAAA",)
    return Target(
        "customer", endpoint_id, url, PayloadFormat.ENVELOPE, secrets, concurrency=concurrency
    )


def deliveries(endpoint_id: str, count: int, concurrency: int | None = None) -> list[Prepared]:
    to = target(endpoint_id, concurrency)
    return [
        Prepared(to, f"{endpoint_id}-{number}", "coins.earned", b"{}", None, 0, 0, LEASE)
        for number in range(count)
    ]


def prove(turns: Turns, *endpoint_ids: str) -> None:
    """Let endpoints show that they are quick, once."""
    turns.add([deliveries(endpoint_id, 1)[0] for endpoint_id in endpoint_ids])
    for ticket in start_all(turns):
        turns.done(ticket, was_answered=True, seconds=0.01)


def start_all(turns: Turns) -> list[Ticket]:
    started: list[Ticket] = []
    while (ticket := turns.next()) is not None:
        started.append(ticket)
    return started


def names(tickets: list[Ticket]) -> list[str]:
    return [ticket.prepared.delivery_id for ticket in tickets]


def test_endpoints_take_turns() -> None:
    turns = Turns(8)
    turns.add(deliveries("a", 2) + deliveries("b", 2))
    assert names(start_all(turns)) == ["a-0", "b-0", "a-1", "b-1"]


def test_an_endpoint_that_answers_quickly_gets_up_to_half_of_all_places() -> None:
    turns = Turns(8)
    turns.add(deliveries("a", 40))
    under_way = start_all(turns)
    assert len(under_way) == LIMIT_AT_FIRST
    for _ in range(10):
        for ticket in under_way:
            turns.done(ticket, was_answered=True, seconds=0.01)
        turns.add(deliveries("a", 4))
        under_way = start_all(turns)
    assert len(under_way) == 4


def test_an_endpoint_never_has_more_under_way_than_its_owner_allows() -> None:
    turns = Turns(32)
    for _ in range(10):
        turns.add(deliveries("a", 5, concurrency=3))
        under_way = start_all(turns)
        assert len(under_way) <= 3
        for ticket in under_way:
            turns.done(ticket, was_answered=True, seconds=0.01)
    turns.add(deliveries("a", 1, concurrency=1))
    assert len(start_all(turns)) == 1


def test_an_endpoint_that_has_not_answered_yet_takes_no_place() -> None:
    turns = Turns(2)
    prove(turns, "well")
    turns.add([delivery for number in range(20) for delivery in deliveries(f"new-{number}", 2)])
    assert not any(ticket.takes_place for ticket in start_all(turns))
    turns.add(deliveries("well", 1))
    [ticket] = start_all(turns)
    assert ticket.takes_place


def test_a_slow_request_gives_its_place_to_others_and_drops_what_waits_behind_it() -> None:
    turns = Turns(4)
    prove(turns, "stuck", "b", "c", "d")
    turns.add(deliveries("stuck", 6))
    stuck = start_all(turns)
    assert len(stuck) == 2
    dropped = [delivery for ticket in stuck for delivery in turns.became_slow(ticket)]
    assert len(stuck) + len(dropped) == 6
    turns.add(deliveries("b", 2) + deliveries("c", 2) + deliveries("d", 2))
    assert len([ticket for ticket in start_all(turns) if ticket.takes_place]) == 4


def test_an_endpoint_that_does_not_answer_is_tried_with_one_request_until_it_does() -> None:
    turns = Turns(8)
    prove(turns, "a")
    turns.add(deliveries("a", 2))
    for ticket in start_all(turns):
        turns.became_slow(ticket)
        assert turns.is_full("a")
        turns.done(ticket, was_answered=False, seconds=10)
    assert turns.free_of("a") == 1
    assert turns.can_take_more
    turns.add(deliveries("a", 1))
    [probe] = start_all(turns)
    assert (probe.takes_place, turns.free_of("a")) == (False, 0)
    turns.done(probe, was_answered=True, seconds=0.1)
    assert turns.free_of("a") > 1


def test_an_endpoint_that_answers_slowly_still_gets_more_requests_but_no_places() -> None:
    turns = Turns(8)
    turns.add(deliveries("a", 1))
    [ticket] = start_all(turns)
    for expected in (3, 4, 4):
        turns.became_slow(ticket)
        turns.done(ticket, was_answered=True, seconds=2)
        turns.add(deliveries("a", turns.free_of("a")))
        started = start_all(turns)
        assert len(started) == expected
        assert not any(other.takes_place for other in started)
        ticket, *others = started
        for other in others:
            turns.done(other, was_answered=True, seconds=2)


def test_slow_requests_are_bounded_too() -> None:
    turns = Turns(1)
    prove(turns, "well")
    for number in range(SLOW_A_PLACE):
        turns.add(deliveries(f"stuck-{number}", 1))
        for ticket in start_all(turns):
            turns.became_slow(ticket)
    turns.add(deliveries("stuck-0", 1))
    assert start_all(turns) == []
    assert turns.is_full("stuck-0")
    assert turns.is_full("nobody knows it")
    turns.add(deliveries("well", 1))
    assert names(start_all(turns)) == ["well-0"]


def test_full_endpoints_are_left_out_of_claims_until_they_have_room() -> None:
    turns = Turns(4)
    prove(turns, "a")
    turns.add(deliveries("a", turns.free_of("a")))
    assert turns.free_of("a") == 0
    assert turns.is_full("a")
    turns.hold_back("a")
    assert not turns.can_take_more
    while tickets := start_all(turns):
        for ticket in tickets:
            turns.done(ticket, was_answered=True, seconds=0.01)
    assert turns.can_take_more
    turns.let_go()
    assert not turns.can_take_more


def test_there_is_no_room_while_more_than_half_of_it_is_in_use() -> None:
    turns = Turns(2)
    assert turns.room == 16
    for endpoint_id in ("a", "b"):
        turns.add(deliveries(endpoint_id, 5))
    assert turns.room == 0
    assert len(turns.clear()) == 10
    assert turns.room == 16
    assert turns.next() is None
