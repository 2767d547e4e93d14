"""Logs V1: what a process wrote to its output, as bytes.

Chosen where the API's documents are silent: `download` of a process that has not ended is 400.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

from app.hathora.controlplane.children import log_path
from app.hathora.controlplane.door import Call, Handler, Plane
from app.hathora.controlplane.refusals import BadRequest, Expired, NotFound

_CHUNK_BYTES = 64 * 1024
_TAIL_DEFAULT = 100
_TAIL_MAX = 5000
_FOLLOW_SECONDS = 0.1


async def get_logs_for_process(plane: Plane, call: Call) -> AsyncIterator[bytes]:
    path, _ = _log(plane, call)
    lines = _tail_lines(call.one("tailLines"))
    follow = call.one("follow")
    if follow not in (None, "true", "false"):
        raise BadRequest("follow: true or false")
    start = await asyncio.to_thread(_tail_offset, path, lines)
    if follow == "true":
        return _followed(plane, call.path["processId"], path, start)
    return _chunks(path, start)


async def download_log_for_process(plane: Plane, call: Call) -> AsyncIterator[bytes]:
    path, has_ended = _log(plane, call)
    if not has_ended:
        raise BadRequest("the process has not ended; read its log with follow or tailLines")
    return _chunks(path, 0)


def _log(plane: Plane, call: Call) -> tuple[Path, bool]:
    """The log file and whether the process has ended."""
    process_id = call.path["processId"]
    row = plane.store.reader.execute(
        "SELECT terminated_at FROM process WHERE process_id = ? AND app_id = ?",
        (process_id, call.app_id),
    ).fetchone()
    if row is None:
        raise NotFound("process not found")
    has_ended = row["terminated_at"] is not None
    keep_seconds = plane.settings.log_retention_hours * 3600
    if has_ended and call.now - row["terminated_at"] > keep_seconds:
        raise Expired(f"logs are kept for {plane.settings.log_retention_hours:g} hours")
    return log_path(plane.settings.process_dir(process_id)), has_ended


def _tail_lines(wanted: str | None) -> int:
    if wanted is None:
        return _TAIL_DEFAULT
    if not (wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:9]) <= _TAIL_MAX):
        raise BadRequest(f"tailLines: a whole number from 1 to {_TAIL_MAX}")
    return int(wanted)


def _tail_offset(path: Path, lines: int) -> int:
    """Where the last `lines` lines begin; a last line without its end counts."""
    try:
        log = path.open("rb")
    except FileNotFoundError:
        return 0
    with log:
        position = log.seek(0, os.SEEK_END)
        ends_wanted = lines + 1
        is_last = True
        while position > 0:
            size = min(_CHUNK_BYTES, position)
            position -= size
            log.seek(position)
            block = log.read(size)
            if is_last and not block.endswith(b"\n"):
                ends_wanted -= 1
            is_last = False
            at = size
            while (at := block.rfind(b"\n", 0, at)) >= 0:
                ends_wanted -= 1
                if ends_wanted == 0:
                    return position + at + 1
        return 0


async def _chunks(path: Path, start: int) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(_read, path, start):
        start += len(chunk)
        yield chunk


async def _followed(plane: Plane, process_id: str, path: Path, start: int) -> AsyncIterator[bytes]:
    """Everything from `start` until the process has ended or the control plane does."""
    while True:
        row = plane.store.reader.execute(
            "SELECT terminated_at FROM process WHERE process_id = ?", (process_id,)
        ).fetchone()
        async for chunk in _chunks(path, start):
            start += len(chunk)
            yield chunk
        if row is None or row["terminated_at"] is not None or plane.is_closing():
            return
        await asyncio.sleep(_FOLLOW_SECONDS)


def _read(path: Path, start: int) -> bytes:
    try:
        with path.open("rb") as log:
            log.seek(start)
            return log.read(_CHUNK_BYTES)
    except FileNotFoundError:
        return b""


HANDLERS: dict[str, Handler] = {
    "logsV1.getLogsForProcess": get_logs_for_process,
    "logsV1.downloadLogForProcess": download_log_for_process,
}
