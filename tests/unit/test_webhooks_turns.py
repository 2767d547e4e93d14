"""Endpoints take turns; slow ones cost the others nothing."""

from datetime import UTC, datetime

from app.webhooks.claiming import Prepared
from app.webhooks.signature import PayloadFormat
from app.webhooks.turns import LIMIT_AT_FIRST, SLOW_A_PLACE, Ticket, Turns

LEASE = datetime(2030, 1, 1, tzinfo=UTC)


def deliveries(endpoint_id: str, count: int) -> list[Prepared]:
    return [
        Prepared(
            "customer",
            f"{endpoint_id}-{number}",
            endpoint_id,
            "coins.earned",
            b"{}",
            None,
            0,
            0,
            LEASE,
            "https://example.com/",
            PayloadFormat.ENVELOPE,
            ("whsec_AAAA",),
        )
        for number in range(count)
    ]


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


def test_a_slow_request_gives_its_place_to_others_and_drops_what_waits_behind_it() -> None:
    turns = Turns(4)
    turns.add(deliveries("stuck", 6))
    stuck = start_all(turns)
    dropped = [delivery for ticket in stuck for delivery in turns.became_slow(ticket)]
    assert len(stuck) + len(dropped) == 6
    turns.add(deliveries("b", 2) + deliveries("c", 2) + deliveries("d", 2))
    assert len(start_all(turns)) == 4


def test_an_endpoint_that_does_not_answer_is_tried_with_one_request_until_it_does() -> None:
    turns = Turns(8)
    turns.add(deliveries("a", 2))
    for ticket in start_all(turns):
        turns.became_slow(ticket)
        assert turns.hold_back("customer") == {"a"}
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
    for expected in (2, 4, 4):
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
    for number in range(SLOW_A_PLACE):
        turns.add(deliveries(f"stuck-{number}", 1))
        for ticket in start_all(turns):
            turns.became_slow(ticket)
    turns.add(deliveries("stuck-0", 1))
    assert start_all(turns) == []
    assert "stuck-0" in turns.hold_back("customer")
    turns.add(deliveries("well", 1))
    assert names(start_all(turns)) == ["well-0"]


def test_full_endpoints_are_left_out_of_claims_until_they_have_room() -> None:
    turns = Turns(4)
    turns.add(deliveries("a", turns.free_of("a")))
    assert turns.free_of("a") == 0
    assert turns.hold_back("customer") == {"a"}
    assert turns.hold_back("somebody else") == set()
    assert not turns.can_take_more
    while tickets := start_all(turns):
        for ticket in tickets:
            turns.done(ticket, was_answered=True, seconds=0.01)
    assert turns.can_take_more


def test_there_is_no_room_while_more_than_half_of_it_is_in_use() -> None:
    turns = Turns(2)
    assert turns.room == 16
    for endpoint_id in ("a", "b"):
        turns.add(deliveries(endpoint_id, 5))
    assert turns.room == 0
    assert len(turns.clear()) == 10
    assert turns.room == 16
    assert turns.next() is None
