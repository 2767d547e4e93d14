"""The demonstration's directory: made anew for each run, and never another one's."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trouble import Trouble

MARKER = ".clutch-demo"
MARKER_TEXT = "This directory belongs to scripts/demo, which deletes it at its next run.\n"
PARTS = ("logs", "pictures", "receiver")


@contextmanager
def fresh_home(folder: Path) -> Iterator[Path]:
    """The directory, empty but for `PARTS`; it is ours alone until the block ends.

    Raises:
        Trouble: it holds something and was not made by a demonstration, or another one uses it.
    """
    marker = folder / MARKER
    if folder.exists() and not folder.is_dir():
        raise Trouble(f"{folder} is no directory; name another one with --data-dir")
    if folder.is_dir() and any(folder.iterdir()) and not marker.is_file():
        raise Trouble(f"{folder} was not made by scripts/demo and is not empty; it stays as it is")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with marker.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(f"another demonstration uses {folder}; try --data-dir") from None
        marker.write_text(MARKER_TEXT)
        for each in folder.iterdir():
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each)
            elif each != marker:
                each.unlink()
        for name in PARTS:
            (folder / name).mkdir()
        yield folder
