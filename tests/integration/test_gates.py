"""Gates: paid once, by whoever can pay, and kept."""

import asyncio
from typing import Any

import pytest

from app.kit.db import Database
from tests import rows
from tests.factories import Api
from tests.surface import fault_of

GATE = {"gate_key": "vault", "token_key": "coins", "cost": 30}


@pytest.fixture
async def buddy(api: Api) -> Any:
    """A buddy with 90 coins."""
    await api.send("e1", "match_completed")
    made = await api.buddy_of("ann")
    gift = {"amount": 80, "reason": "a gift"}
    await api.post(f"/buddies/{made['id']}/coins", gift, status=201)
    return await api.buddy_of("ann")


async def _unlock(api: Api, buddy: Any, status: int = 200, key: str = "vault") -> Any:
    return await api.post(f"/buddies/{buddy['id']}/gates/{key}/unlock", status=status)


async def test_a_gate_is_paid_once_however_often_it_is_opened(
    api: Api, buddy: Any, database: Database
) -> None:
    gate = await api.post("/gates", GATE | {"metadata": {"map": "isle"}}, status=201)
    assert gate["is_active"] is True
    first = await _unlock(api, buddy)
    assert first["already_unlocked"] is False
    assert (first["balance_after"], first["metadata"]) == (60, {"map": "isle"})
    again = await _unlock(api, buddy)
    assert again == first | {"already_unlocked": True, "balance_after": None}
    assert (await api.buddy_of("ann"))["coins"] == 60
    unlocks = await api.get(f"/buddies/{buddy['id']}/gates")
    assert unlocks == {
        "unlocks": [
            {
                "gate_key": "vault",
                "unlocked_at": first["unlocked_at"],
                "metadata": {"map": "isle"},
            }
        ]
    }
    assert await rows.differences(database) == []


async def test_fifty_at_once_with_money_for_one_gate_open_one_and_pay_once(
    api: Api, buddy: Any, database: Database
) -> None:
    gates = ("vault", "tower")
    for key in gates:
        await api.post("/gates", GATE | {"gate_key": key, "cost": 90}, status=201)
    paths = [f"/buddies/{buddy['id']}/gates/{gates[turn % 2]}/unlock" for turn in range(50)]
    answers = await asyncio.gather(*(api.call("POST", path) for path in paths))
    opened = [answer.json() for answer in answers if answer.status_code == 200]
    assert len({each["gate_key"] for each in opened}) == 1
    assert [each["already_unlocked"] for each in opened].count(False) == 1
    shut = [answer for answer in answers if answer.status_code != 200]
    assert len(shut) == 25
    assert {each.json()["error"]["code"] for each in shut} == {"insufficient_balance"}
    assert (await api.buddy_of("ann"))["coins"] == 0
    assert await rows.differences(database) == []


async def test_a_gate_taken_away_while_it_is_opened_is_either_open_or_gone(
    api: Api, buddy: Any, database: Database
) -> None:
    for turn in range(8):
        key = f"vault-{turn}"
        await api.post("/gates", GATE | {"gate_key": key, "cost": 1}, status=201)
        opened, removed = await asyncio.gather(
            api.call("POST", f"/buddies/{buddy['id']}/gates/{key}/unlock"),
            api.call("DELETE", f"/gates/{key}"),
        )
        assert (opened.status_code, removed.status_code) in ((200, 409), (404, 204))
    assert await rows.differences(database) == []


async def test_who_cannot_pay_keeps_all_and_the_gate_stays_shut(
    api: Api, buddy: Any, database: Database
) -> None:
    await api.post("/gates", GATE | {"cost": 91}, status=201)
    before = await rows.counts(database)
    refused = await _unlock(api, buddy, 400)
    assert refused["error"]["code"] == "insufficient_balance"
    assert refused["error"]["details"] == {"token": "coins", "required": 91, "available": 90}
    assert await rows.counts(database) == before


async def test_a_gate_that_is_switched_off_opens_for_nobody_new(api: Api, buddy: Any) -> None:
    await api.post("/gates", GATE, status=201)
    changed = await api.call("PATCH", "/gates/vault", json={"is_active": False})
    assert changed.json()["is_active"] is False
    assert (await _unlock(api, buddy, 409))["error"]["code"] == "conflict"
    await api.call("PATCH", "/gates/vault", json={"is_active": True})
    await _unlock(api, buddy)
    await api.call("PATCH", "/gates/vault", json={"is_active": False, "cost": 1000})
    assert (await _unlock(api, buddy))["already_unlocked"] is True


async def test_a_gate_changes_only_what_is_named(api: Api) -> None:
    made = await api.post("/gates", GATE | {"label": "Vault", "description": "x"}, status=201)
    changed = (await api.call("PATCH", "/gates/vault", json={"cost": 31, "label": None})).json()
    assert changed == made | {"cost": 31, "label": None, "updated_at": changed["updated_at"]}
    for name in ("cost", "is_active"):
        answer = await api.call("PATCH", "/gates/vault", json={name: None})
        assert fault_of(answer, 422, "validation_failed") is None


async def test_a_gate_that_somebody_opened_is_not_deleted(api: Api, buddy: Any) -> None:
    await api.post("/gates", GATE, status=201)
    await api.post("/gates", GATE | {"gate_key": "other"}, status=201)
    await _unlock(api, buddy)
    answer = await api.call("DELETE", "/gates/vault")
    assert fault_of(answer, 409, "conflict") is None
    assert (await api.call("DELETE", "/gates/other")).status_code == 204
    keys = {gate["gate_key"] for gate in (await api.get("/gates"))["gates"]}
    assert "vault" in keys
    assert "other" not in keys


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"token_key": "xp"}, 422, "validation_failed"),
        ({"token_key": "gold"}, 422, "validation_failed"),
        ({"cost": 0}, 422, "validation_failed"),
        ({}, 409, "conflict"),
    ],
)
async def test_a_gate_that_makes_no_sense_is_refused(
    api: Api, change: dict[str, Any], status: int, code: str
) -> None:
    await api.post("/gates", GATE, status=201)
    body = GATE | ({"gate_key": "new"} | change if change else {})
    assert (await api.post("/gates", body, status=status))["error"]["code"] == code


async def test_an_archived_buddy_opens_nothing(api: Api, buddy: Any) -> None:
    await api.post("/gates", GATE, status=201)
    await api.post(f"/buddies/{buddy['id']}/archive")
    assert (await _unlock(api, buddy, 409))["error"]["details"]["status"] == "archived"
