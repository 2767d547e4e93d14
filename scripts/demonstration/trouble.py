"""What stops a demonstration, and where to read on."""

from pathlib import Path


class Trouble(Exception):
    """A step failed; `log` is the file that tells more, where there is one."""

    def __init__(self, text: str, log: Path | None = None) -> None:
        super().__init__(text)
        self.log = log
