"""Which pid is a game server's, told from what the kernel shows of it."""

import subprocess
from pathlib import Path

import pytest

from app.hathora.controlplane import children

DIRECTORY = Path("/data/processes/p-1")
SHELL = b"/bin/sh\0-c\0script\0/data/processes/p-1\0"


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A process list of our own."""
    (tmp_path / "self").mkdir()
    monkeypatch.setattr(children, "_PROC", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("command_line", "has_program", "is_alive"),
    [
        (SHELL, True, True),
        (b"", True, True),  # its command line comes a moment after its program
        (b"", False, False),  # a zombie
        (b"vim\0/data/processes/p-2\0", True, False),  # the number is somebody else's now
        (None, False, False),
    ],
)
def test_who_lives(
    proc: Path, command_line: bytes | None, has_program: bool, is_alive: bool
) -> None:
    folder = proc / "77"
    if command_line is not None:
        folder.mkdir()
        (folder / "cmdline").write_bytes(command_line)
    if has_program:
        (folder / "exe").symlink_to("/bin/sh")
    assert children.is_alive(77, DIRECTORY) is is_alive


def test_a_child_lives_from_its_first_moment(tmp_path: Path) -> None:
    """Looked at as soon as it was started, again and again."""
    for _ in range(50):
        child = subprocess.Popen(["/bin/sh", "-c", "read end; :", str(tmp_path)], stdin=-1)
        assert children.is_alive(child.pid, tmp_path)
        child.communicate()
        assert not children.is_alive(child.pid, tmp_path)
