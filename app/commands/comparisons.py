"""Differences and dry runs of configs, as people read them on a screen."""

from collections.abc import Sequence
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from app.commands.context import console
from app.engine.differences import Change, ChangeKind
from app.events.dry_run_schemas import Compared, DryRun

WIDTH_MAX = 60
SIGNS = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "-", ChangeKind.CHANGED: "~"}


def show_changes(changes: Sequence[Change]) -> None:
    """A line a difference, with its JSON pointer."""
    for change in changes:
        typer.echo(_line(change))
    console.print(f"{len(changes)} differences.", highlight=False)


def show_dry_run(found: DryRun) -> None:
    """A table: what each token, rule, badge … was, would be, and how much that differs."""
    screen = Console(highlight=False)
    screen.print(f"{found.events} events of {found.buddies} buddies.")
    if found.refused.was or found.refused.would_be:
        screen.print(f"Refused: {found.refused.was} → {found.refused.would_be}.")
    table = Table("", "What", "Was", "Would be", "Difference", box=None)
    for section, lines in (
        ("token", found.tokens),
        ("rule", found.rules),
        ("skill", found.skills),
        ("badge", found.badges),
        ("milestone", found.streak_milestones),
    ):
        for line in lines:
            table.add_row(section, _named(line), *_numbers(line))
    for buddy in found.top_buddies:
        for line in buddy.tokens:
            table.add_row("buddy", f"{buddy.user_id}: {line.token}", *_numbers(line))
    screen.print(table)


def _named(line: Compared) -> str:
    """The keys of a line, without its numbers."""
    fields = line.model_dump(exclude={"was", "would_be", "difference", "paid"})
    return " ".join(map(str, fields.values()))


def _numbers(line: Compared) -> tuple[str, str, str]:
    return str(line.was), str(line.would_be), f"{line.difference:+}" if line.difference else "="


def _line(change: Change) -> str:
    values = {
        ChangeKind.ADDED: _short(change.after),
        ChangeKind.REMOVED: _short(change.before),
        ChangeKind.CHANGED: f"{_short(change.before)} → {_short(change.after)}",
    }
    return f"{SIGNS[change.kind]} {change.pointer or '/'}: {values[change.kind]}"


def _short(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= WIDTH_MAX else text[: WIDTH_MAX - 1] + "…"
