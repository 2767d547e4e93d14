"""Game-server processes as the operating system sees them.

Each child is a small shell in a session of its own that runs the server and writes down how it
ended; both files lie in the process's directory, so a control plane that was killed and started
again learns the same as one that never died:

    pid     the shell's, written before the server starts, at most once
    exit    the server's exit code (128 + n for signal n)

The shell's command line carries the directory, whose name is the process id. That, not the
number, says whether a pid is still ours.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = (
    'set -C; echo $$ > "$0/pid" || exit 125; set +C; trap : TERM INT HUP; '
    '"$@"; code=$?; echo $code > "$0/exit"; exit $code'
)
_PROC = Path("/proc")


@dataclass(frozen=True)
class Launch:
    """`directory` becomes the child's; `source` is copied to its `work/`, where it starts."""

    directory: Path
    source: Path
    command: Sequence[str]
    env: Mapping[str, str]

    @property
    def work_dir(self) -> Path:
        return self.directory / "work"

    @property
    def temporary_dir(self) -> Path:
        return self.directory / "tmp"


def log_path(directory: Path) -> Path:
    return directory / "output.log"


def launch(plan: Launch) -> subprocess.Popen[bytes]:
    """Start the child; its output goes to the log file, so it lives on without us.

    Raises:
        OSError: the directory could not be made or the child not started.
        shutil.Error: the build could not be copied.
    """
    plan.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.rmtree(plan.work_dir, ignore_errors=True)
    shutil.copytree(plan.source, plan.work_dir, symlinks=True)
    plan.temporary_dir.mkdir(exist_ok=True)
    with log_path(plan.directory).open("ab") as log:
        return subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, str(plan.directory), *plan.command],
            cwd=plan.work_dir,
            env=dict(plan.env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def recorded_pid(directory: Path) -> int | None:
    """The pid the shell wrote, None if none was ever started."""
    return _number(directory / "pid")


def exit_code(directory: Path) -> int | None:
    return _number(directory / "exit")


def is_alive(pid: int, directory: Path) -> bool:
    """Whether `pid` is still this process's shell; a zombie is not.

    For a moment a child has its program, but no command line yet.
    """
    command_line = _command_line(pid)
    return str(directory).encode() in command_line if command_line else _has_program(pid)


def signal_group(pid: int, directory: Path, number: signal.Signals) -> None:
    """Send a signal to the shell, the server and what they started, if they are still ours."""
    if _is_ours(pid, directory):
        _signal(pid, number)


def clear(pid: int, directory: Path, process_id: str) -> None:
    """Kill whatever an ended process left behind, in its group or escaped from it."""
    is_reused = bool(_command_line(pid)) and not _is_ours(pid, directory)
    if not is_reused:
        _signal(pid, signal.SIGKILL)
    mark = f"HATHORA_PROCESS_ID={process_id}".encode()
    for entry in _PROC.glob("[0-9]*/environ"):
        try:
            if mark in entry.read_bytes().split(b"\0"):
                os.kill(int(entry.parent.name), signal.SIGKILL)
        except OSError:  # it has gone, or it is somebody else's
            continue


def forget(processes_dir: Path, process_ids: Collection[str]) -> None:
    """Remove the directories, logs included, of those processes that still have one."""
    for directory in processes_dir.iterdir() if processes_dir.exists() else ():
        if directory.name in process_ids:
            shutil.rmtree(directory, ignore_errors=True)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):  # the group has gone, or is another user's now
        return


def _is_ours(pid: int, directory: Path) -> bool:
    return str(directory).encode() in _command_line(pid)


def _has_program(pid: int) -> bool:
    """Neither a zombie has one nor a thread of the kernel."""
    try:
        _PROC.joinpath(str(pid), "exe").readlink()
    except OSError:
        return False
    return True


def _command_line(pid: int) -> bytes:
    if _PROC.joinpath("self").exists():
        try:
            return _PROC.joinpath(str(pid), "cmdline").read_bytes()
        except OSError:
            return b""
    asked = subprocess.run(
        ["ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, check=False
    )
    return b"" if asked.stdout.lstrip().startswith(b"Z") else asked.stdout


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
