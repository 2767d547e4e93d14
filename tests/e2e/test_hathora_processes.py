"""Real child processes: their environment, and each way in which they can end."""

import signal
from pathlib import Path

import pytest

from app.hathora.client.errors import ApiError
from tests.hathora_support import (
    GAME_SERVER,
    NEVER_BINDS,
    STUBBORN,
    control_plane,
    exists,
    order,
    until,
)


async def test_a_child_gets_the_hathora_variables_and_nothing_else_of_ours(
    tmp_path: Path,
) -> None:
    async with control_plane(tmp_path, env={"TOKEN": "t", "FROM_BUILD": "no"}) as plane:
        process_id = await plane.room("r1", room_config='{"k":"v"}')
        port = await plane.port_of(process_id)
        told = await order(port, "env")
        env = told["env"]
        directory = plane.data_dir / "processes" / process_id
        assert told["cwd"] == env["HOME"] == str(directory / "work")
        assert env["TMPDIR"] == str(directory / "tmp")
        assert {key: env[key] for key in env if key.startswith("HATHORA_")} == {
            "HATHORA_APP_ID": plane.app_id,
            "HATHORA_APP_SECRET": plane.prepared.app_secret,
            "HATHORA_PROCESS_ID": process_id,
            "HATHORA_DEPLOYMENT_ID": plane.prepared.deployment_id,
            "HATHORA_REGION": "London",
            "HATHORA_ROOMS_PER_PROCESS": "2",
            "HATHORA_HOSTNAME": "127.0.0.1",
            "HATHORA_DEFAULT_PORT": str(port),
            "HATHORA_ALLOCATED_CPU": "0.5",
            "HATHORA_ALLOCATED_MEMORY_MB": "1024",
            "HATHORA_INITIAL_ROOM_ID": "r1",
            "HATHORA_INITIAL_ROOM_CONFIG": '{"k":"v"}',
        }
        assert (env["PORT"], env["TOKEN"], env["FROM_BUILD"]) == (str(port), "t", "no")
        assert "CLUTCH_TEST_SECRET" not in env


@pytest.mark.parametrize(
    ("line", "status", "reason"),
    [
        ("exit 0", "stopped", "exited with code 0"),
        ("exit 3", "failed", "exited with code 3"),
        ("abort", "failed", "killed by SIGABRT"),
    ],
)
async def test_an_exit_or_a_crash_ends_the_process_and_its_rooms(
    tmp_path: Path, line: str, status: str, reason: str
) -> None:
    async with control_plane(tmp_path) as plane:
        process_id = await plane.room("r1")
        await plane.room("r2")
        await order(await plane.port_of(process_id), line)
        ended = await plane.reached(process_id, "stopped", "failed")
        assert (ended.status, ended.summary_exit_reason) == (status, reason)
        assert (ended.rooms_allocated, ended.exposed_port, ended.stopping_at) == (0, None, None)
        assert ended.scheduled_at is not None
        assert ended.booted_at is not None
        assert ended.started_at is not None
        assert ended.terminated_at is not None
        assert (
            ended.created_at
            <= ended.scheduled_at
            <= ended.booted_at
            <= ended.started_at
            <= ended.terminated_at
        )
        for room_id in ("r1", "r2"):
            room = await plane.client.get_room_info(plane.app_id, room_id)
            assert (room.status, room.current_allocation) == ("destroyed", None)
            assert room.allocations[0].unscheduled_at == ended.terminated_at


async def test_a_process_that_never_binds_its_port_fails(tmp_path: Path) -> None:
    async with control_plane(tmp_path, source=NEVER_BINDS, boot_timeout_seconds=1) as plane:
        process_id = await plane.room("r1")
        failed = await plane.reached(process_id, "failed")
        assert failed.summary_exit_reason == "the default port was not bound within 1 s"
        assert failed.started_at is None
        pid = int((plane.data_dir / "processes" / process_id / "pid").read_text())
        assert not exists(pid)
        assert await plane.client.get_log(plane.app_id, process_id) == b"not binding\n"


async def test_a_stop_takes_all_that_a_stubborn_server_forked(tmp_path: Path) -> None:
    async with control_plane(tmp_path, source=STUBBORN, stop_grace_seconds=1) as plane:
        process_id = await plane.room("r1")
        await plane.running(process_id)

        async def started() -> list[int]:
            log = await plane.client.tail_log(plane.app_id, process_id)
            return [int(word) for word in log.split()]

        pids = await until(started)
        assert len(pids) == 3
        assert all(exists(pid) for pid in pids)
        await plane.client.stop_process(plane.app_id, process_id)
        stopping = await plane.client.get_process(plane.app_id, process_id)
        assert (stopping.status, stopping.rooms_allocated) == ("stopping", 0)
        stopped = await plane.reached(process_id, "stopped")
        assert stopped.summary_exit_reason == "stopped on request"
        assert stopped.stopping_at is not None
        assert stopped.terminated_at is not None
        assert (stopped.terminated_at - stopped.stopping_at).total_seconds() >= 1
        assert not any(exists(pid) for pid in pids)
        await plane.client.stop_process(plane.app_id, process_id)
        assert await plane.client.get_process(plane.app_id, process_id) == stopped


async def test_a_process_without_rooms_is_reaped_and_one_with_rooms_is_not(
    tmp_path: Path,
) -> None:
    async with control_plane(tmp_path, rooms_per_process=1, idle_timeout_seconds=1) as plane:
        idle, kept = await plane.room("idle"), await plane.room("kept")
        await plane.running(idle)
        await plane.running(kept)
        await plane.client.destroy_room(plane.app_id, "idle")
        reaped = await plane.reached(idle, "stopped")
        assert reaped.summary_exit_reason == "idle for 1 s"
        assert (await plane.client.get_process(plane.app_id, kept)).status == "running"


async def test_a_command_that_cannot_be_run_fails_with_its_reason(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        build = plane.data_dir / "builds" / str(plane.prepared.build_id)
        (build / "clutch-server.json").write_text('{"command": ["no-such-program"]}')
        first = await plane.reached(await plane.room("r1"), "failed")
        assert first.summary_exit_reason == "exited with code 127"
        (build / "clutch-server.json").unlink()
        second = await plane.reached(await plane.room("r2"), "failed")
        assert second.summary_exit_reason is not None
        assert "clutch-server.json" in second.summary_exit_reason
        assert await plane.client.get_log(plane.app_id, second.process_id) == b""


async def test_processes_are_created_listed_counted_and_stopped_by_hand(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        base = f"/processes/v3/apps/{plane.app_id}/processes"
        made = await plane.http.post(f"{base}/regions/Sydney")
        assert made.status_code == 201
        assert (made.json()["status"], made.json()["region"]) == ("starting", "Sydney")
        warm = made.json()["processId"]
        env = (await order(await plane.port_of(warm), "env"))["env"]
        assert "HATHORA_INITIAL_ROOM_ID" not in env
        in_london = await plane.room("r1")
        latest = await plane.http.get(f"{base}/latest")
        assert [process["processId"] for process in latest.json()] == [in_london, warm]
        sydney = await plane.http.get(f"{base}/latest", params={"region": "Sydney"})
        assert [process["processId"] for process in sydney.json()] == [warm]
        before = await plane.http.get(f"{base}/latest", params={"before": "1000000000"})
        assert before.json() == []
        await plane.running(in_london)
        several = {"status": ["running", "starting"], "region": ["London", "Sydney"]}
        assert (await plane.http.get(f"{base}/count", params=several)).json() == {"count": 2}
        await plane.client.stop_process(plane.app_id, warm)
        await plane.reached(warm, "stopped")
        assert (await plane.http.get(f"{base}/count")).json() == {"count": 1}


async def test_ending_the_control_plane_ends_its_processes_unless_told_otherwise(
    tmp_path: Path,
) -> None:
    async with control_plane(tmp_path, source=GAME_SERVER) as plane:
        process_id = await plane.room("r1")
        pid = (await order(await plane.port_of(process_id), "env"))["pid"]
        plane.end(signal.SIGTERM)
        assert not exists(pid)
        await plane.start()
        ended = await plane.client.get_process(plane.app_id, process_id)
        assert ended.summary_exit_reason == "the control plane was stopped"
        plane.on_stop = "keep_processes"
        plane.end(signal.SIGTERM)
        await plane.start()
        kept = await plane.room("r2")
        pid = (await order(await plane.port_of(kept), "env"))["pid"]
        plane.end(signal.SIGTERM)
        assert exists(pid)
        await plane.start()
        assert (await plane.client.get_connection_info(plane.app_id, "r2")).status == "active"


async def test_an_unknown_process_is_404_everywhere(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        for call in (
            plane.client.get_process(plane.app_id, "nope"),
            plane.client.stop_process(plane.app_id, "nope"),
            plane.client.get_active_rooms_for_process(plane.app_id, "nope"),
            plane.client.get_log(plane.app_id, "nope"),
        ):
            with pytest.raises(ApiError, match="process not found") as refusal:
                await call
            assert refusal.value.status_code == 404
