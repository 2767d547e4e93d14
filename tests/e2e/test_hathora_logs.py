"""Logs: the tail, the whole, and what comes while one watches."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.hathora.client.errors import ApiError
from app.hathora.controlplane.logs import _tail_offset
from tests.hathora_support import ControlPlane, control_plane, order


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    async with control_plane(tmp_path) as running:
        yield running


@pytest.mark.parametrize("width", [1, 50, 70_000])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_tail_is_the_last_lines_of_any_length(tmp_path: Path, width: int, end: bytes) -> None:
    log = tmp_path / "output.log"
    lines = [str(n).encode().rjust(width, b".") for n in range(8)]
    log.write_bytes(b"\n".join(lines) + end)
    for wanted in (1, 2, 7, 8, 9):
        tail = log.read_bytes()[_tail_offset(log, wanted) :]
        assert tail == b"\n".join(lines[-wanted:]) + end
    log.write_bytes(b"")
    assert _tail_offset(log, 3) == 0
    assert _tail_offset(tmp_path / "none", 3) == 0


async def test_a_log_is_followed_until_its_process_ends(plane: ControlPlane) -> None:
    process_id = await plane.room("r1")
    port = await plane.port_of(process_id)
    await order(port, "say before")
    seen = b""
    async with plane.client.follow_log(plane.app_id, process_id, lines=1) as chunks:
        async for chunk in chunks:
            seen += chunk
            if seen == b"before\n":
                await order(port, "say after \N{SNOWMAN}")
            elif seen.endswith("\N{SNOWMAN}\n".encode()):
                await order(port, "exit 0")
    assert seen == "before\nafter \N{SNOWMAN}\n".encode()


async def test_the_tail_and_the_whole_log_are_octet_streams(plane: ControlPlane) -> None:
    process_id = await plane.room("r1")
    port = await plane.port_of(process_id)
    for number in range(5):
        await order(port, f"say line {number}")
    assert await plane.client.tail_log(plane.app_id, process_id, lines=2) == b"line 3\nline 4\n"
    with pytest.raises(ApiError, match="has not ended") as refusal:
        await plane.client.get_log(plane.app_id, process_id)
    assert refusal.value.status_code == 400
    await order(port, "exit 0")
    await plane.reached(process_id, "stopped")
    whole = f"ready on {port}\n" + "".join(f"line {number}\n" for number in range(5))
    assert await plane.client.get_log(plane.app_id, process_id) == whole.encode()
    answer = await plane.http.get(f"/logs/v1/{plane.app_id}/process/{process_id}/download")
    assert answer.headers["content-type"] == "application/octet-stream"
    for query in ("tailLines=0", "tailLines=5001", "tailLines=x", "follow=maybe"):
        answer = await plane.http.get(f"/logs/v1/{plane.app_id}/process/{process_id}?{query}")
        assert answer.status_code == 400
        assert set(answer.json()) == {"message"}


async def test_a_log_goes_on_after_the_control_plane_was_killed(plane: ControlPlane) -> None:
    process_id = await plane.room("r1")
    port = await plane.port_of(process_id)
    plane.end(signal.SIGKILL)
    await order(port, "say nobody watches")
    await plane.start()
    await order(port, "say watched again")
    tail = await plane.client.tail_log(plane.app_id, process_id, lines=2)
    assert tail == b"nobody watches\nwatched again\n"


async def test_a_follower_does_not_keep_the_control_plane_from_ending(
    plane: ControlPlane,
) -> None:
    process_id = await plane.room("r1")
    await plane.running(process_id)
    async with plane.client.follow_log(plane.app_id, process_id) as chunks:
        async for _ in chunks:
            plane.child.terminate() if plane.child else None
    assert plane.end(signal.SIGTERM) == -signal.SIGTERM


async def test_a_log_expires(tmp_path: Path) -> None:
    async with control_plane(tmp_path, log_retention_hours=1e-9) as plane:
        process_id = await plane.room("r1")
        await plane.client.stop_process(plane.app_id, process_id)
        await plane.reached(process_id, "stopped")
        with pytest.raises(ApiError, match="are kept for") as refusal:
            await plane.client.get_log(plane.app_id, process_id)
        assert refusal.value.status_code == 410
