"""SIGKILL of the control plane: children live on, are found again, and no room is lost."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.hathora.client.errors import ApiError, HTTPClientError
from tests.hathora_support import REPOSITORY, ControlPlane, control_plane, exists, order, until


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    async with control_plane(tmp_path) as running:
        yield running


def change(plane: ControlPlane, statement: str, *values: object) -> None:
    """Bring the state to where a kill at a certain line would have left it."""
    connection = sqlite3.connect(plane.data_dir / "controlplane.sqlite3")
    with connection:
        assert connection.execute(statement, values).rowcount == 1
    connection.close()


async def test_children_survive_a_kill_and_are_found_again(plane: ControlPlane) -> None:
    process_id = await plane.room("r1", room_config="kept")
    before = await plane.running(process_id)
    pid = (await order(await plane.port_of(process_id), "env"))["pid"]
    plane.end(signal.SIGKILL)
    assert exists(pid)
    await plane.start()
    assert await plane.client.get_process(plane.app_id, process_id) == before
    room = await plane.client.get_room_info(plane.app_id, "r1")
    assert (room.status, room.room_config) == ("active", "kept")
    assert await plane.room("r2") == process_id
    await order(await plane.port_of(process_id), "exit 4")
    ended = await plane.reached(process_id, "failed")
    assert ended.summary_exit_reason == "exited with code 4"


async def test_a_found_child_can_be_stopped(plane: ControlPlane) -> None:
    process_id = await plane.room("r1")
    pid = (await order(await plane.port_of(process_id), "env"))["pid"]
    plane.end(signal.SIGKILL)
    await plane.start()
    await plane.client.stop_process(plane.app_id, process_id)
    stopped = await plane.reached(process_id, "stopped")
    assert stopped.summary_exit_reason == "stopped on request"
    assert not exists(pid)


async def test_what_ended_while_nobody_looked_is_told_truly(plane: ControlPlane) -> None:
    well, badly = await plane.room("a"), await plane.room("b", region="Tokyo")
    ports = {name: await plane.port_of(name) for name in (well, badly)}
    pid = (await order(ports[badly], "env"))["pid"]
    plane.end(signal.SIGKILL)
    await order(ports[well], "exit 0")
    os.killpg(os.getpgid(pid), signal.SIGKILL)
    await plane.start()
    first = await plane.reached(well, "stopped", "failed")
    assert (first.status, first.summary_exit_reason) == ("stopped", "exited with code 0")
    second = await plane.reached(badly, "stopped", "failed")
    assert second.summary_exit_reason == "killed from outside, exit code unknown"
    for room_id in ("a", "b"):
        assert (await plane.client.get_room_info(plane.app_id, room_id)).status == "destroyed"


async def test_a_row_without_a_child_is_started_at_the_restart(plane: ControlPlane) -> None:
    process_id = await plane.room("r1")
    await plane.running(process_id)
    plane.end(signal.SIGKILL)
    directory = plane.data_dir / "processes" / process_id
    os.killpg(int((directory / "pid").read_text()), signal.SIGKILL)
    (directory / "pid").unlink()
    change(
        plane,
        "UPDATE process SET pid = NULL, port = NULL, booted_at = NULL, started_at = NULL,"
        " status = 'starting' WHERE process_id = ?",
        process_id,
    )
    await plane.start()
    await plane.running(process_id)
    assert (await plane.client.get_connection_info(plane.app_id, "r1")).status == "active"


async def test_a_child_whose_pid_was_not_written_down_is_not_started_twice(
    plane: ControlPlane,
) -> None:
    process_id = await plane.room("r1")
    port = await plane.port_of(process_id)
    pid = (await order(port, "env"))["pid"]
    plane.end(signal.SIGKILL)
    change(
        plane,
        "UPDATE process SET pid = NULL, booted_at = NULL, started_at = NULL, status = 'starting'"
        " WHERE process_id = ?",
        process_id,
    )
    await plane.start()
    assert await plane.port_of(process_id) == port
    assert (await order(port, "env"))["pid"] == pid


async def test_another_process_that_got_the_pid_is_left_alone(plane: ControlPlane) -> None:
    process_id = await plane.room("r1")
    await plane.running(process_id)
    plane.end(signal.SIGKILL)
    pid_file = plane.data_dir / "processes" / process_id / "pid"
    os.killpg(int(pid_file.read_text()), signal.SIGKILL)
    stranger = await asyncio.create_subprocess_exec("sleep", "600", start_new_session=True)
    try:
        change(plane, "UPDATE process SET pid = ? WHERE process_id = ?", stranger.pid, process_id)
        await plane.start()
        await plane.reached(process_id, "failed")
        assert exists(stranger.pid)
    finally:
        stranger.kill()
        await stranger.wait()


async def test_every_room_that_was_answered_survives_kills_at_any_moment(
    plane: ControlPlane,
) -> None:
    answered: list[str] = []
    for round_number in range(4):

        async def create(number: int) -> None:
            room_id = f"room-{number}"
            try:
                await plane.room(room_id)
            except (HTTPClientError, httpx.HTTPError):
                return
            answered.append(room_id)

        calls = [asyncio.create_task(create(round_number * 100 + n)) for n in range(6)]
        await until(lambda wanted=round_number + 1: _reached(answered, wanted))
        plane.end(signal.SIGKILL)
        await asyncio.gather(*calls)
        await plane.start()
    assert len(answered) >= 4
    for room_id in answered:
        room = await plane.client.get_room_info(plane.app_id, room_id)
        assert room.current_allocation is not None
        await plane.running(room.current_allocation.process_id)
        assert (await plane.client.get_room_info(plane.app_id, room_id)).status == "active"
        with pytest.raises(ApiError, match="not unique"):
            await plane.room(room_id)
    directories = list((plane.data_dir / "processes").iterdir())
    alive = [path for path in directories if exists(int((path / "pid").read_text()))]
    counted = await plane.http.get(f"/processes/v3/apps/{plane.app_id}/processes/count")
    assert counted.json() == {"count": len(alive)}


async def _reached(answered: list[str], wanted: int) -> bool:
    return len(answered) >= wanted


async def test_two_control_planes_do_not_share_a_directory(plane: ControlPlane) -> None:
    second = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path;"
            "from app.hathora.controlplane.serve import serve;"
            "serve('127.0.0.1', 0, Path(sys.argv[1]))",
            str(plane.data_dir),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
    )
    assert second.returncode == 1
    assert b"another control plane runs on" in second.stderr
    await plane.room("undisturbed")
