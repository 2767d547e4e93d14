"""What to do next with a process, and how its end is called. Pure.

starting ──bound──▶ running ──stop, idle──▶ stopping ──▶ stopped
    └──not bound in time──▶ failed   └──exit 0──▶ stopped, any other end──▶ failed
"""

import signal
from dataclasses import dataclass
from enum import StrEnum

from app.hathora.models.enums import ProcessStatus


class Step(StrEnum):
    WAIT = "wait"
    LAUNCH = "launch"
    JOIN = "join"  # its default port is bound
    EXPIRE = "expire"  # it never bound its port
    TERMINATE = "terminate"
    KILL = "kill"
    BURY = "bury"  # it has ended, or was never started and is not wanted any more


@dataclass(frozen=True)
class Sight:
    """One process as its row and the machine show it; times are Unix seconds.

    `pid` is None as long as no child was ever started for it.
    """

    status: str
    is_launching: bool
    pid: int | None
    is_alive: bool
    is_bound: bool
    booted_at: float | None
    stopping_at: float | None


@dataclass(frozen=True)
class Ending:
    status: ProcessStatus
    reason: str


def next_step(
    sight: Sight, *, now: float, boot_timeout_seconds: float, stop_grace_seconds: float
) -> Step:
    """The one thing to do now; asking again after it was done gives the next one."""
    if sight.is_launching:
        return Step.WAIT
    is_stopping = sight.status == ProcessStatus.STOPPING
    if sight.pid is None:
        return Step.BURY if is_stopping else Step.LAUNCH
    if not sight.is_alive:
        return Step.BURY
    if is_stopping:
        waited = now - (sight.stopping_at or now)
        return Step.KILL if waited >= stop_grace_seconds else Step.TERMINATE
    if sight.status == ProcessStatus.STARTING:
        if sight.is_bound:
            return Step.JOIN
        if now - (sight.booted_at or now) >= boot_timeout_seconds:
            return Step.EXPIRE
    return Step.WAIT


def ending(stop_reason: str | None, exit_code: int | None) -> Ending:
    """The last status and `summaryExitReason`.

    `exit_code` is the shell's: 128 + n for signal n; None when nobody could write it down, which
    is so when the whole process group was killed.
    """
    if stop_reason is not None:
        return Ending(ProcessStatus.STOPPED, stop_reason)
    if exit_code == 0:
        return Ending(ProcessStatus.STOPPED, "exited with code 0")
    if exit_code is None:
        return Ending(ProcessStatus.FAILED, "killed from outside, exit code unknown")
    if exit_code > 128 and exit_code - 128 in set(signal.Signals):
        return Ending(ProcessStatus.FAILED, f"killed by {signal.Signals(exit_code - 128).name}")
    return Ending(ProcessStatus.FAILED, f"exited with code {exit_code}")
