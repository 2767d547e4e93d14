"""Eggs: the whole way from laid to hatched, and everything that may not happen on it."""

import asyncio
from typing import Any

from app.art.drawing import Drawing
from app.art.looks import Look
from app.art.service import Atelier, UpstreamImageError
from app.eggs.hatching import give_back, hatch
from app.kit.db import Database
from app.operations.loop import ATTEMPTS_MAX, OperationLoop
from app.operations.service import Operation, OperationKind
from tests import rows
from tests.factories import Api, ManualClock

PNG = b"\x89PNG\r\n\x1a\n"


class Painter:
    """An artist that draws at once, and fails as often as it is told to."""

    def __init__(self, failure: Exception | None = None) -> None:
        self._failure = failure

    async def draw(self, look: Look) -> Drawing:
        if self._failure is not None:
            raise self._failure
        return Drawing(PNG + str(look).encode(), PNG + f"small {look}".encode())

    def close(self) -> None:
        """It holds nothing."""

    @property
    def is_resting(self) -> bool:
        """Never."""
        return False


async def lay(api: Api, user_id: str = "ann", status: int = 201, **more: Any) -> Any:
    return await api.post("/eggs", {"user_id": user_id, **more}, status=status)


async def ready(api: Api, user_id: str = "ann") -> str:
    egg_id: str = (await lay(api, user_id))["egg_id"]
    answer = await api.call("PATCH", f"/eggs/{egg_id}/status", json={"status": "ready"})
    assert answer.json() == {"egg_id": egg_id, "status": "ready", "previous_status": "waiting"}
    return egg_id


async def work_with(database: Database, failure: Exception | None = None) -> int:
    """Do what is due with a painter instead of the studio."""

    async def do_hatch(base: Database, customer_id: str, work: Operation) -> None:
        await hatch(base, customer_id, work, Atelier(Painter(failure)))

    loop = OperationLoop(
        database,
        {OperationKind.HATCH: do_hatch},
        lease_seconds=20,
        clean_ups={OperationKind.HATCH: give_back},
    )
    return await loop.run_due()


async def test_a_new_egg_waits_and_knows_its_looks(api: Api) -> None:
    egg = await lay(api, metadata={"from": "quest"})
    assert egg["status"] == "waiting"
    assert 0 <= egg["visual_variant"] <= 999
    assert egg["buddy_id"] is None
    assert egg["metadata"] == {"from": "quest"}
    assert await api.get(f"/eggs/{egg['egg_id']}") == egg


# status -> action -> what comes of it: a status to be in afterwards, or a refusal
TRANSITIONS = [
    ("waiting", "ready", "ready"),
    ("waiting", "cancelled", "cancelled"),
    ("waiting", "hatch", 409),
    ("ready", "ready", "ready"),
    ("ready", "cancelled", "cancelled"),
    ("ready", "hatch", "hatching"),
    ("hatching", "ready", 409),
    ("hatching", "cancelled", 409),
    ("hatching", "hatch", "hatching"),
    ("hatched", "ready", 409),
    ("hatched", "cancelled", 409),
    ("hatched", "hatch", "hatched"),
    ("cancelled", "ready", 409),
    ("cancelled", "cancelled", "cancelled"),
    ("cancelled", "hatch", 409),
]
ALLOWED = {("waiting", "hatch"): ["cancelled", "ready"]}


async def test_every_status_takes_every_action_as_the_table_says(
    api: Api, database: Database
) -> None:
    outcomes = []
    for status, action, _ in TRANSITIONS:
        egg_id = await _egg_that_is(api, database, status, f"user-{status}-{action}")
        if action == "hatch":
            answer = await api.call("POST", f"/eggs/{egg_id}/hatch")
        else:
            answer = await api.call("PATCH", f"/eggs/{egg_id}/status", json={"status": action})
        after = (await api.get(f"/eggs/{egg_id}"))["status"]
        if answer.status_code == 409:
            error = answer.json()["error"]
            assert error["code"] == "conflict"
            assert error["details"]["status"] == after == status
            assert error["details"]["allowed"] == ALLOWED.get((status, action), [])
            outcomes.append((status, action, 409))
        else:
            outcomes.append((status, action, after))
    assert outcomes == TRANSITIONS


async def _egg_that_is(api: Api, database: Database, status: str, user_id: str) -> str:
    if status in ("waiting", "cancelled"):
        egg_id: str = (await lay(api, user_id))["egg_id"]
        if status == "cancelled":
            await api.call("PATCH", f"/eggs/{egg_id}/status", json={"status": "cancelled"})
        return egg_id
    egg_id = await ready(api, user_id)
    if status in ("hatching", "hatched"):
        await api.post(f"/eggs/{egg_id}/hatch", status=202)
    if status == "hatched":
        await work_with(database)
    return egg_id


async def test_ensure_reuses_the_oldest_egg_that_still_waits(api: Api, clock: ManualClock) -> None:
    first = await lay(api)
    clock.advance(seconds=1)
    await lay(api)
    assert await lay(api, ensure=True, status=200) == first
    await api.call("PATCH", f"/eggs/{first['egg_id']}/status", json={"status": "cancelled"})
    other = await lay(api, ensure=True, status=200)
    assert other["egg_id"] != first["egg_id"]
    assert (await lay(api, "bob", ensure=True))["user_id"] == "bob"


async def test_five_active_eggs_are_enough_even_when_all_come_at_once(api: Api) -> None:
    """With keys too: each then holds a lock that refers to the customer."""
    answers = await asyncio.gather(
        *(
            api.call("POST", "/eggs", json={"user_id": "ann"}, headers={"Idempotency-Key": f"k{n}"})
            for n in range(12)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 7
    [error, *_] = [a.json()["error"] for a in answers if a.status_code == 409]
    assert error["code"] == "active_egg_limit"
    assert error["details"]["max"] == 5
    assert {each["status"] for each in error["details"]["active"]} == {"waiting"}
    assert len(error["details"]["active"]) == 5
    assert len(await api.get("/eggs", params={"user_id": "ann", "status": "waiting"})) == 5
    await lay(api, "bob")


async def test_an_egg_hatches_once_however_often_it_is_asked(api: Api, database: Database) -> None:
    egg_id = await ready(api)
    started = await asyncio.gather(*(api.call("POST", f"/eggs/{egg_id}/hatch") for _ in range(10)))
    assert {answer.status_code for answer in started} == {202}
    assert len({answer.json()["operation_id"] for answer in started}) == 1
    assert await work_with(database) == 1
    again = await api.post(f"/eggs/{egg_id}/hatch", status=202)
    assert again == {"operation_id": started[0].json()["operation_id"], "status": "completed"}
    assert await work_with(database) == 0
    assert (await rows.counts(database))["buddy"] == 1


async def test_the_worker_draws_the_buddy_and_the_picture_is_served(
    api: Api, customer: dict[str, Any]
) -> None:
    """The one test here that asks the real studio."""
    egg_id = await ready(api)
    started = await api.post(f"/eggs/{egg_id}/hatch", status=202)
    assert started["status"] == "pending"
    await api.work()
    operation = await api.get(f"/operations/{started['operation_id']}")
    egg = await api.get(f"/eggs/{egg_id}")
    assert operation["status"] == "completed"
    assert operation["result"] == {"buddy_id": egg["buddy_id"]}
    assert "error" not in operation
    buddy = await api.get(f"/buddies/{egg['buddy_id']}")
    assert (egg["status"], buddy["evolution_stage"], buddy["status"]) == ("hatched", 1, "active")
    assert buddy["name"] != "Buddy"
    assert buddy["appearance"] == {"status": "ready"}
    for url in (buddy["image_url"], buddy["thumb_url"]):
        assert url.startswith(f"/media/{customer['customer_id']}/")
        picture = await api.client.get(url, headers={"Authorization": ""})
        assert picture.content.startswith(PNG)
        assert picture.headers["content-type"] == "image/png"
        assert picture.headers["x-content-type-options"] == "nosniff"
        assert "immutable" in picture.headers["cache-control"]
        assert "default-src 'none'" in picture.headers["content-security-policy"]


async def test_an_egg_draws_and_names_the_buddy_that_an_event_made(
    api: Api, database: Database
) -> None:
    await api.send("e1", "match_won")
    made = await api.buddy_of("ann")
    assert made["image_url"] is None
    egg_id = await ready(api)
    await api.post(f"/eggs/{egg_id}/hatch", status=202)
    await work_with(database)
    hatched = await api.buddy_of("ann")
    assert hatched["id"] == made["id"]
    assert hatched["coins"] == made["coins"] > 0
    assert hatched["image_url"] is not None
    assert (await api.get(f"/eggs/{egg_id}"))["buddy_id"] == made["id"]


async def test_while_a_hatched_buddy_lives_no_other_egg_hatches(
    api: Api, database: Database
) -> None:
    first, second = await ready(api), await ready(api)
    await api.post(f"/eggs/{first}/hatch", status=202)
    refused = await api.post(f"/eggs/{second}/hatch", status=409)
    assert refused["error"]["details"]["egg_id"] == first
    await work_with(database)
    buddy = await api.buddy_of("ann")
    refused = await api.post(f"/eggs/{second}/hatch", status=409)
    assert refused["error"]["details"]["buddy_id"] == buddy["id"]
    await api.post(f"/buddies/{buddy['id']}/archive")
    await api.post(f"/eggs/{second}/hatch", status=202)
    await work_with(database)
    assert (await api.buddy_of("ann"))["id"] != buddy["id"]


async def test_of_two_eggs_that_began_together_one_becomes_the_buddy(
    api: Api, database: Database
) -> None:
    first, second = await ready(api), await ready(api)
    await api.post(f"/eggs/{first}/hatch", status=202)
    operation = "SELECT operation_id FROM operation"
    await rows.sql(
        database,
        "INSERT INTO operation (customer_id, operation_id, kind, status, input, attempts,"
        " created_at, updated_at, due_at) SELECT customer_id, egg_id, 'hatch', 'pending',"
        f' \'{{"egg_id": "{second}"}}\', 0, created_at, updated_at, updated_at + 0'
        f" FROM egg WHERE egg_id = '{second}'",
    )
    await rows.sql(
        database,
        f"UPDATE egg SET status = 'hatching', operation_id = egg_id WHERE egg_id = '{second}'",
    )
    assert len(await rows.fetch(database, operation)) == 2
    for _ in range(3):
        await work_with(database)
        database.clock.advance(minutes=1)  # type: ignore[attr-defined]
    statuses = [(await api.get(f"/eggs/{egg_id}"))["status"] for egg_id in (first, second)]
    assert sorted(statuses) == ["hatched", "ready"]
    ended = [row.status for row in await rows.fetch(database, "SELECT status FROM operation")]
    assert sorted(ended) == ["completed", "failed"]


async def test_when_the_art_fails_the_egg_is_ready_again(api: Api, database: Database) -> None:
    egg_id = await ready(api)
    first = await api.post(f"/eggs/{egg_id}/hatch", status=202)
    await work_with(database, UpstreamImageError("no paint"))
    operation = await api.get(f"/operations/{first['operation_id']}")
    assert operation["status"] == "failed"
    assert operation["error"].startswith("upstream_image_error")
    assert "result" not in operation
    assert (await api.get(f"/eggs/{egg_id}"))["status"] == "ready"
    assert (await rows.counts(database))["buddy"] == 0
    second = await api.post(f"/eggs/{egg_id}/hatch", status=202)
    assert second["operation_id"] != first["operation_id"]
    await work_with(database)
    assert (await api.get(f"/eggs/{egg_id}"))["status"] == "hatched"


async def test_a_hatch_that_is_given_up_leaves_the_egg_ready(
    api: Api, database: Database, clock: ManualClock
) -> None:
    egg_id = await ready(api)
    started = await api.post(f"/eggs/{egg_id}/hatch", status=202)
    tries = 0
    while (await api.get(f"/operations/{started['operation_id']}"))["status"] != "failed":
        tries += await work_with(database, ZeroDivisionError("a fault of ours"))
        clock.advance(hours=1)
        assert tries <= ATTEMPTS_MAX
    assert tries == ATTEMPTS_MAX
    assert (await api.get(f"/eggs/{egg_id}"))["status"] == "ready"
