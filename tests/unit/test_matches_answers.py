"""Effects of several events as one, codes and tokens that say the same twice."""

from datetime import UTC, datetime

import orjson
import pytest

from app.hathora.client import errors
from app.kit.crypto import MasterKey
from app.matches import codes
from app.matches.answers import applied, merged
from app.matches.hathora import _said

KEY = MasterKey.from_text("0123456789abcdef" * 4)
CUSTOMER = "019a2b3c-4d5e-7f60-8a9b-0c1d2e3f4a60"


def effects(coins: int, tokens: list[str], badges: list[str], *, evolving: bool = False) -> str:
    return orjson.dumps(
        {
            "coins": coins,
            "badges_awarded": badges,
            "badges_ready": [],
            "tokens": tokens,
            "evolution_ready": evolving,
            "streak_milestones": [3] if evolving else [],
            "streak_updates": [{"key": "play", "count": coins}],
            "path_updates": [],
        }
    ).decode()


def test_effects_of_several_events_are_added_up() -> None:
    one = effects(5, ["coins:5", "xp:1"], ["first"])
    two = effects(7, ["gems:2", "coins:7"], ["winner"], evolving=True)
    assert merged([one, two]) == {
        "coins": 12,
        "badges_awarded": ["first", "winner"],
        "badges_ready": [],
        "tokens": ["coins:12", "xp:1", "gems:2"],
        "evolution_ready": True,
        "streak_milestones": [3],
        "streak_updates": [{"key": "play", "count": 5}, {"key": "play", "count": 7}],
        "path_updates": [],
    }


def test_every_player_is_answered_in_the_order_reported() -> None:
    text = applied("m1", ["bob", "ann"], {"ann": [("e1", effects(5, [], []))]}, {"ann": "b1"})
    bob, ann = orjson.loads(text)["players"]
    assert (bob["user_id"], bob["buddy_id"], bob["event_ids"]) == ("bob", None, [])
    assert bob["effects"]["coins"] == 0
    assert (ann["buddy_id"], ann["event_ids"], ann["effects"]["coins"]) == ("b1", ["e1"], 5)


@pytest.mark.parametrize(
    ("code", "customer_id"),
    [
        (f"clm_{CUSTOMER}_ffv6i-l4IDBNGgqnk27g8Uk84yiO5OS31m9IXCFp8Xo", CUSTOMER),
        (f"clm_{CUSTOMER}_", None),
        (f"clm_{CUSTOMER}", None),
        (f"clx_{CUSTOMER}_abc", None),
        (f"clm_{CUSTOMER.upper()}_abc", None),
        ("clm__abc", None),
        ("", None),
        ("\x00", None),
    ],
)
def test_a_code_names_its_customer_or_is_no_code(code: str, customer_id: str | None) -> None:
    assert codes.customer_of(code) == customer_id


def test_codes_never_repeat_and_room_ids_always_do() -> None:
    assert codes.new_code(CUSTOMER) != codes.new_code(CUSTOMER)
    assert codes.customer_of(codes.new_code(CUSTOMER)) == CUSTOMER
    room_id = codes.room_id(KEY, CUSTOMER, "m1")
    assert room_id == codes.room_id(KEY, CUSTOMER, "m1")
    assert room_id != codes.room_id(KEY, CUSTOMER, "m2")
    assert room_id != codes.room_id(KEY, CUSTOMER.replace("6", "7"), "m1")
    assert len(room_id) <= 100


def test_a_token_is_minted_the_same_each_time() -> None:
    issued = datetime(2026, 3, 4, tzinfo=UTC)
    texts = {
        codes.match_token(
            KEY, customer_id=CUSTOMER, match_id="m1", token_id=CUSTOMER, issued_at=issued
        )
        for _ in range(2)
    }
    assert len(texts) == 1


def test_a_signing_key_belongs_to_one_claim() -> None:
    bound = {"match_id": "m1", "allocation_id": "a1", "nonce": "n1"}
    keys = {
        codes.signing_key(KEY, customer_id=CUSTOMER, **(bound | change))
        for change in ({}, {"match_id": "m2"}, {"allocation_id": "a2"}, {"nonce": "n2"}, {})
    }
    assert len(keys) == 4


def test_an_error_that_repeats_a_code_is_blotted() -> None:
    code = codes.new_code(CUSTOMER)
    said = _said(errors.ApiError(422, f'bad config {{"code":"{code}"}}'))
    assert said == '422: bad config {"code":"clm_…"}'
