"""Keeps rows and children in step: each round looks at every process that has not ended and does
the one next thing for it.

Nothing here is remembered that a restart could not find again: the rows say what shall be, the
children's directories what is. A round that meets a fault is repeated.
"""

import asyncio
import contextlib
import random
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from app.hathora.controlplane import allocation, builds, children, launching, lifecycle, sockets
from app.hathora.controlplane.lifecycle import Ending, Sight, Step
from app.hathora.controlplane.settings import Settings
from app.hathora.controlplane.store import Store
from app.hathora.models.enums import ProcessStatus

_LIVE = "SELECT * FROM process WHERE terminated_at IS NULL ORDER BY sequence"
_IDLE = """
SELECT process_id, port FROM process JOIN deployment USING (deployment_id)
WHERE status = 'running' AND terminated_at IS NULL AND json_extract(config, '$.idleTimeoutEnabled')
  AND max(started_at, ifnull((SELECT max(ifnull(unscheduled_at, 1e12)) FROM room_allocation AS stay
                              WHERE stay.process_id = process.process_id), 0)) <= ?
"""
_EXPIRED = "SELECT process_id FROM process WHERE terminated_at < ?"
_HOUSEKEEPING_SECONDS = 600.0
_IDLE_LOOK_SECONDS = 1.0
_RESTING_SECONDS = 1.0
_log = structlog.get_logger("hathora.watcher")


class Watcher:
    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Callable[[], float],
        chance: random.Random,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._chance = chance
        self._woken = asyncio.Event()
        self._launch_slots = asyncio.Semaphore(settings.launches_at_once)
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._own: dict[str, subprocess.Popen[bytes]] = {}
        self._terminated: set[str] = set()
        self._next_idle_look = 0.0
        self._next_housekeeping = 0.0

    def wake(self) -> None:
        """A row has changed: look now."""
        self._woken.set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            is_live = True
            try:
                is_live = await self.look()
            except Exception as fault:  # a full disk, say; no fault may end the watch
                _log.exception("round_failed", fault=type(fault).__name__)
            settings = self._settings
            pause = settings.watch_interval_seconds if is_live else _RESTING_SECONDS
            await self._rest(pause)

    async def look(self) -> bool:
        """One round. Returns whether any process has not ended."""
        rows = self._store.reader.execute(_LIVE).fetchall()
        if rows:
            sights = await asyncio.to_thread(self._observe, rows)
            for row, sight in zip(rows, sights, strict=True):
                await self._step(row, sight)
        now = self._clock()
        if rows and now >= self._next_idle_look:
            self._next_idle_look = now + _IDLE_LOOK_SECONDS
            await self._reap_idle(now)
        if now >= self._next_housekeeping:
            self._next_housekeeping = now + _HOUSEKEEPING_SECONDS
            await self._forget_old_logs(now)
        return bool(rows)

    async def stop_all(self, reason: str) -> None:
        """Stop every process and wait for their ends; `run` must not be running."""

        def order(tx: sqlite3.Connection) -> None:
            for row in tx.execute(_LIVE).fetchall():
                allocation.order_stop(tx, row["process_id"], reason, now=self._clock())

        await self._store.write(order)
        while await self.look():
            await self._rest(self._settings.watch_interval_seconds)

    async def close(self) -> None:
        """Wait for what is under way; children stay as they are."""
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # `wait_for` loses a cancellation in Python 3.11
                await self._woken.wait()
        self._woken.clear()

    def _observe(self, rows: list[sqlite3.Row]) -> list[Sight]:
        wanted = {
            (row["transport_type"], row["port"])
            for row in rows
            if row["status"] == ProcessStatus.STARTING and row["port"]
        }
        bound = sockets.bound_ports(wanted)
        sights = []
        for row in rows:
            directory = self._settings.process_dir(row["process_id"])
            pid = row["pid"] or children.recorded_pid(directory)
            sights.append(
                Sight(
                    status=row["status"],
                    is_launching=row["process_id"] in self._busy,
                    pid=pid,
                    is_alive=pid is not None and children.is_alive(pid, directory),
                    is_bound=(row["transport_type"], row["port"]) in bound,
                    booted_at=row["booted_at"] or row["scheduled_at"],
                    stopping_at=row["stopping_at"],
                )
            )
        return sights

    async def _step(self, row: sqlite3.Row, sight: Sight) -> None:
        process_id = row["process_id"]
        now = self._clock()
        step = lifecycle.next_step(
            sight,
            now=now,
            boot_timeout_seconds=self._settings.boot_timeout_seconds,
            stop_grace_seconds=self._settings.stop_grace_seconds,
        )
        if sight.pid and row["pid"] is None and not sight.is_launching:
            await self._record_start(process_id, sight.pid)
        if step is Step.LAUNCH:
            self._begin(process_id, self._launch(process_id))
        elif step is Step.JOIN:
            await self._join(process_id, now)
        elif step is Step.TERMINATE and process_id not in self._terminated:
            self._terminated.add(process_id)
            self._signal(process_id, sight.pid, signal.SIGTERM)
        elif step is Step.KILL:
            self._signal(process_id, sight.pid, signal.SIGKILL)
        elif step is Step.EXPIRE:
            seconds = self._settings.boot_timeout_seconds
            reason = f"the default port was not bound within {seconds:g} s"
            ending = Ending(ProcessStatus.FAILED, reason)
            self._begin(process_id, self._bury(process_id, sight.pid, ending))
        elif step is Step.BURY:
            self._begin(process_id, self._bury(process_id, sight.pid, None))

    def _begin(self, process_id: str, work: Coroutine[Any, Any, None]) -> None:
        """Do it beside the rounds; until it is done the process is left alone."""

        async def finish() -> None:
            try:
                await work
                self.wake()
            except Exception as fault:  # the next round does it again
                _log.exception("step_failed", process_id=process_id, fault=type(fault).__name__)
            finally:
                del self._busy[process_id]

        self._busy[process_id] = asyncio.create_task(finish())

    async def _launch(self, process_id: str) -> None:
        async with self._launch_slots:
            try:
                plan = await self._store.write(
                    lambda tx: launching.plan_launch(
                        tx, process_id, settings=self._settings, chance=self._chance
                    )
                )
                if plan is None:
                    return
                child = await asyncio.to_thread(children.launch, plan)
            except (OSError, shutil.Error, sockets.NoPortFree, builds.BuildUnusable) as fault:
                ending = Ending(ProcessStatus.FAILED, f"could not be started: {fault}"[:500])
                await self._bury(process_id, None, ending)
                return
        self._own[process_id] = child
        await self._record_start(process_id, child.pid)

    async def _record_start(self, process_id: str, pid: int) -> None:
        now = self._clock()
        await self._store.write(
            lambda tx: tx.execute(
                "UPDATE process SET pid = ?, booted_at = ? WHERE process_id = ? AND pid IS NULL",
                (pid, now, process_id),
            )
        )

    async def _join(self, process_id: str, now: float) -> None:
        await self._store.write(
            lambda tx: tx.execute(
                "UPDATE process SET status = ?, started_at = ? WHERE process_id = ? AND status = ?",
                (ProcessStatus.RUNNING, now, process_id, ProcessStatus.STARTING),
            )
        )

    def _signal(self, process_id: str, pid: int | None, number: signal.Signals) -> None:
        if pid is not None:
            children.signal_group(pid, self._settings.process_dir(process_id), number)

    async def _bury(self, process_id: str, pid: int | None, ending: Ending | None) -> None:
        """Kill what is left, then write the end; in this order, so that a restart repeats it."""
        directory = self._settings.process_dir(process_id)
        if pid is not None:
            await asyncio.to_thread(children.clear, pid, directory, process_id)
        child = self._own.pop(process_id, None)
        if child is not None:
            await asyncio.to_thread(child.wait)
        exit_code = children.exit_code(directory)
        now = self._clock()

        def write(tx: sqlite3.Connection) -> None:
            allocation.bury(tx, process_id, ending, exit_code, now=now)

        await self._store.write(write)
        self._terminated.discard(process_id)

    async def _reap_idle(self, now: float) -> None:
        timeout = self._settings.idle_timeout_seconds
        idle = self._store.reader.execute(_IDLE, (now - timeout,)).fetchall()
        if not idle:
            return
        connected = await asyncio.to_thread(sockets.connections)
        quiet = [row["process_id"] for row in idle if not connected[row["port"]]]

        def order(tx: sqlite3.Connection) -> None:
            still = {row["process_id"] for row in tx.execute(_IDLE, (now - timeout,))}
            for process_id in still.intersection(quiet):
                allocation.order_stop(tx, process_id, f"idle for {timeout:g} s", now=self._clock())

        await self._store.write(order)
        self.wake()

    async def _forget_old_logs(self, now: float) -> None:
        """Remove the directories of processes whose logs are no longer kept."""
        oldest = now - self._settings.log_retention_hours * 3600
        rows = self._store.reader.execute(_EXPIRED, (oldest,)).fetchall()
        expired = {row["process_id"] for row in rows}
        if expired:
            await asyncio.to_thread(children.forget, self._settings.processes_dir, expired)
