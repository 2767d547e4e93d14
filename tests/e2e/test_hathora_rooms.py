"""Rooms on real game servers: placed, found, changed, destroyed, lost and resumed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.hathora.client.errors import ApiError
from tests.hathora_support import ControlPlane, control_plane, order


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    async with control_plane(tmp_path) as running:
        yield running


async def test_a_room_is_starting_until_its_server_has_bound_the_port(
    plane: ControlPlane,
) -> None:
    made = await plane.client.create_room(
        plane.app_id, region="London", room_id="first", room_config='{"a":1}'
    )
    assert (made.room_id, made.status, made.exposed_port) == ("first", "starting", None)
    process = await plane.running(made.process_id)
    connection = await plane.client.get_connection_info(plane.app_id, "first")
    assert connection.status == "active"
    assert connection.exposed_port == process.exposed_port
    assert connection.exposed_port is not None
    assert (connection.exposed_port.name, connection.exposed_port.host) == ("default", "127.0.0.1")
    answer = await order(connection.exposed_port.port, "env")
    assert answer["env"]["HATHORA_INITIAL_ROOM_ID"] == "first"


async def test_rooms_fill_a_process_before_another_one_starts(plane: ControlPlane) -> None:
    first = await plane.room("a")
    await plane.running(first)
    second = await plane.client.create_room(plane.app_id, region="London", room_id="b")
    assert (second.process_id, second.status) == (first, "active")
    assert second.exposed_port is not None
    assert await plane.room("c") != first
    elsewhere = await plane.client.create_room(plane.app_id, region="Tokyo", room_id="d")
    assert elsewhere.process_id != first
    await plane.client.destroy_room(plane.app_id, "a")
    assert await plane.room("e") == first
    active = await plane.client.get_active_rooms_for_process(plane.app_id, first)
    assert [room.room_id for room in active] == ["b", "e"]
    assert (await plane.client.get_process(plane.app_id, first)).rooms_allocated == 2


async def test_rooms_created_at_once_never_overfill_a_process(plane: ControlPlane) -> None:
    processes = await asyncio.gather(*(plane.room(f"room-{n}") for n in range(7)))
    counts = sorted(processes.count(process) for process in set(processes))
    assert counts == [1, 2, 2, 2]


async def test_an_id_is_used_once_even_after_its_room_is_destroyed(plane: ControlPlane) -> None:
    await plane.room("mine")
    with pytest.raises(ApiError, match="not unique") as refusal:
        await plane.room("mine")
    assert refusal.value.status_code == 422
    await plane.client.destroy_room(plane.app_id, "mine")
    with pytest.raises(ApiError, match="not unique"):
        await plane.room("mine")
    racing = await asyncio.gather(*(plane.room("raced") for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(made, str) for made in racing) == 1


async def test_a_destroyed_room_keeps_its_history_and_loses_its_config(
    plane: ControlPlane,
) -> None:
    process_id = await plane.room("gone", room_config="secret")
    await plane.client.destroy_room(plane.app_id, "gone")
    room = await plane.client.get_room_info(plane.app_id, "gone")
    assert (room.status, room.current_allocation, room.room_config) == ("destroyed", None, None)
    assert [stay.process_id for stay in room.allocations] == [process_id]
    assert room.allocations[0].unscheduled_at is not None
    for call in (
        plane.client.get_connection_info(plane.app_id, "gone"),
        plane.client.destroy_room(plane.app_id, "gone"),
        plane.client.update_room_config(plane.app_id, "gone", "x"),
    ):
        with pytest.raises(ApiError) as refusal:
            await call
        assert refusal.value.status_code == 404
    assert await plane.client.get_active_rooms_for_process(plane.app_id, process_id) == []
    (listed,) = await plane.client.get_inactive_rooms_for_process(plane.app_id, process_id)
    assert (listed.room_id, listed.status) == ("gone", "destroyed")


async def test_the_config_of_a_room_is_replaced_whole(plane: ControlPlane) -> None:
    process_id = await plane.room("r", room_config="one")
    await plane.client.update_room_config(plane.app_id, "r", "two \N{SNOWMAN}" + "x" * 9000)
    room = await plane.client.get_room_info(plane.app_id, "r")
    assert room.room_config == "two \N{SNOWMAN}" + "x" * 9000
    env = (await order(await plane.port_of(process_id), "env"))["env"]
    assert env["HATHORA_INITIAL_ROOM_CONFIG"] in ("one", room.room_config)


async def test_a_room_whose_process_ended_can_be_resumed_on_another(plane: ControlPlane) -> None:
    first = await plane.room("lasting", room_config="kept")
    await order(await plane.port_of(first), "exit 1")
    await plane.reached(first, "failed")
    assert (await plane.client.get_room_info(plane.app_id, "lasting")).status == "destroyed"
    second = (await plane.client.resume_room(plane.app_id, "lasting")).process_id
    assert second is not None
    assert second != first
    env = (await order(await plane.port_of(second), "env"))["env"]
    assert env["HATHORA_INITIAL_ROOM_CONFIG"] == "kept"
    room = await plane.client.get_room_info(plane.app_id, "lasting")
    assert [stay.process_id for stay in room.allocations] == [first, second]
    assert (await plane.client.resume_room(plane.app_id, "lasting")).process_id == second
    (left,) = await plane.client.get_inactive_rooms_for_process(plane.app_id, first)
    assert left.current_allocation == room.current_allocation


async def test_a_region_or_a_deployment_may_be_pinned(plane: ControlPlane) -> None:
    pinned = plane.prepared.deployment_id
    process_id = await plane.room("pinned", deployment_id=pinned)
    assert (await plane.client.get_process(plane.app_id, process_id)).deployment_id == pinned
    with pytest.raises(ApiError, match="dep-none not found") as refusal:
        await plane.room("nowhere", deployment_id="dep-none")
    assert refusal.value.status_code == 404
    with pytest.raises(ApiError, match="room not found"):
        await plane.client.get_room_info(plane.app_id, "nowhere")


async def test_past_the_limit_of_processes_nothing_is_scheduled(tmp_path: Path) -> None:
    async with control_plane(tmp_path, process_limit=1, rooms_per_process=1) as plane:
        await plane.room("fits")
        with pytest.raises(ApiError, match="at most 1") as refusal:
            await plane.room("does-not")
        assert refusal.value.status_code == 402
