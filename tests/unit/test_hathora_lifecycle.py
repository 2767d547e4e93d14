"""What is done next with a process, and how its end is called."""

import signal

import pytest

from app.hathora.controlplane.lifecycle import Sight, Step, ending, next_step

NOW = 1000.0


def sight(
    status: str = "starting",
    *,
    launching: bool = False,
    pid: int | None = 7,
    alive: bool = True,
    bound: bool = False,
    booted_at: float | None = NOW,
    stopping_at: float | None = None,
) -> Sight:
    return Sight(status, launching, pid, alive, bound, booted_at, stopping_at)


@pytest.mark.parametrize(
    ("seen", "step"),
    [
        (sight(pid=None), Step.LAUNCH),
        (sight(pid=None, launching=True), Step.WAIT),
        (sight("stopping", pid=None), Step.BURY),
        (sight("stopping", launching=True), Step.WAIT),
        (sight(), Step.WAIT),
        (sight(bound=True), Step.JOIN),
        (sight(bound=True, alive=False), Step.BURY),
        (sight(booted_at=NOW - 99), Step.WAIT),
        (sight(booted_at=NOW - 100), Step.EXPIRE),
        (sight(booted_at=NOW - 100, bound=True), Step.JOIN),
        (sight("running", bound=True), Step.WAIT),
        (sight("running", booted_at=NOW - 9999), Step.WAIT),
        (sight("running", alive=False), Step.BURY),
        (sight("stopping", stopping_at=NOW), Step.TERMINATE),
        (sight("stopping", stopping_at=NOW - 9), Step.TERMINATE),
        (sight("stopping", stopping_at=NOW - 10), Step.KILL),
        (sight("stopping", stopping_at=NOW - 10, alive=False), Step.BURY),
    ],
)
def test_each_situation_has_one_next_step(seen: Sight, step: Step) -> None:
    found = next_step(seen, now=NOW, boot_timeout_seconds=100, stop_grace_seconds=10)
    assert found is step


@pytest.mark.parametrize(
    ("stop_reason", "exit_code", "status", "reason"),
    [
        (None, 0, "stopped", "exited with code 0"),
        (None, 3, "failed", "exited with code 3"),
        (None, 128 + signal.SIGSEGV, "failed", "killed by SIGSEGV"),
        (None, 255, "failed", "exited with code 255"),
        (None, None, "failed", "killed from outside, exit code unknown"),
        ("stopped on request", 0, "stopped", "stopped on request"),
        ("stopped on request", 128 + signal.SIGTERM, "stopped", "stopped on request"),
        ("idle for 300 s", None, "stopped", "idle for 300 s"),
    ],
)
def test_an_end_has_a_status_and_a_reason(
    stop_reason: str | None, exit_code: int | None, status: str, reason: str
) -> None:
    end = ending(stop_reason, exit_code)
    assert (end.status, end.reason) == (status, reason)
