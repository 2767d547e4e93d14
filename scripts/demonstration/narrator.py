"""Tells the story as it happens: lines that stay, and below them what every process is doing."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

from processes import Process
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from trouble import Trouble

WIDTH = 110


@dataclass
class Narrator:
    """`board` says for each match under way what it is waiting for."""

    console: Console
    serving: Sequence[Process] = ()
    board: dict[str, str] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)

    def live(self) -> Live:
        """What happens below the story; nothing where there is no terminal."""
        return Live(
            get_renderable=self._now,
            console=self.console,
            refresh_per_second=6,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def chapter(self, title: str) -> None:
        """A new part of the story."""
        self.console.print()
        self.console.rule(f"[bold]{title}", align="left", style="cyan")

    def say(self, text: str) -> None:
        """One thing that happened, in console markup; what others wrote must be escaped."""
        seconds = f"{time.monotonic() - self._began:5.1f} s"
        if not self.console.is_terminal:
            self.console.print(f"{seconds}  {text}", soft_wrap=True)
            return
        grid = Table.grid(padding=(0, 2))
        grid.add_row(Text(seconds, style="dim"), Text.from_markup(text))
        self.console.print(grid)

    def show(self, something: Any) -> None:
        """A table or other thing that rich can draw."""
        self.console.print(something)

    def note(self, text: str) -> None:
        """A line to copy from: plain and never broken."""
        self.console.print(Text(f"  {text}"), soft_wrap=True)

    def _now(self) -> Any:
        if not self.serving:
            return Text("")
        table = Table(box=None, padding=(0, 2), header_style="dim")
        for name in ("process", "pid", "doing"):
            table.add_column(name)
        for process in self.serving:
            table.add_row(process.name, str(process.child.pid), escape(process.doing))
        for match, doing in self.board.items():
            table.add_row(f"match {match}", "", escape(doing))
        return Group(Text(""), table)


class _Voice(Console):
    """A console whose story ends in order when nobody listens any more."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())
        raise Trouble("nobody listens any more")


def narrator_for(file: TextIO) -> Narrator:
    """A narrator that speaks to a terminal, or into a file at a fixed width."""
    width = None if file.isatty() else WIDTH
    return Narrator(_Voice(file=file, highlight=False, width=width))
