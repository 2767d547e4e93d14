"""The guide's page about the command line is made from the commands themselves.

Renew it: python -m tests.test_cli_reference
"""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from app.cli import main
from app.guide.contents import FOLDER

PAGE: Path = FOLDER / "cli.md"
INTRODUCTION = """# The command line

`clutch` runs and looks after an installation. It works on the database itself, so it belongs on
the machine of the server; everything that a game needs goes over the API.

Commands that touch data take `--data-dir` (SQLite; `.data` unless told otherwise) and
`--database-url` (PostgreSQL), or read `CLUTCH_DATA_DIR` and `CLUTCH_DATABASE_URL`. `--json` prints
for programs. Messages go to standard error, results to standard output. Exit codes: 0 is success,
1 a failure that was explained, 2 a command typed wrongly.
"""
SHARED = {"--data-dir", "--database-url", "--help"}


def rendered() -> str:
    """The page as the commands say it now."""
    root = typer.main.get_command(main)
    lines = [INTRODUCTION]
    for path, command in _commands(root, ("clutch",)):
        lines += _section(" ".join(path), command)
    return "\n".join(lines).rstrip() + "\n"


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name in command.list_commands(None):
        yield from _commands(command.get_command(None, name), (*path, name))


def _section(name: str, command: Any) -> list[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = " ".join([name, *(_usage(each) for each in arguments), *_required(options)])
    lines = [f"## {name}", "", f"```text\n{usage}\n```", "", _prose(command.help or ""), ""]
    rows = [_row(each.name.upper(), each) for each in arguments]
    rows += [
        _row(", ".join(f"`{name}`" for name in (*each.opts, *each.secondary_opts)), each)
        for each in options
        if not SHARED & set(each.opts) and not each.hidden
    ]
    if rows:
        lines += ["| | |", "|---|---|", *rows, ""]
    return lines


def _usage(argument: Any) -> str:
    name = argument.name.upper() + ("…" if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _required(options: list[Any]) -> list[str]:
    return [f"{each.opts[0]} {each.name}".upper().replace(each.opts[0].upper(), each.opts[0])
            for each in options if each.required]  # fmt: skip


def _row(name: str, parameter: Any) -> str:
    text = getattr(parameter, "help", None) or ""
    default = parameter.default
    is_told = default not in (None, False, "", ()) and not callable(default)
    if is_told and "default" not in text.lower():
        shown = getattr(default, "value", default)
        text += f" Default: `{shown}`."
    return f"| {name} | {text.replace('|', chr(92) + '|')} |"


def _prose(text: str) -> str:
    """Paragraphs on one line each, as Markdown likes them."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(each.split()) for each in paragraphs)


def test_the_page_says_what_the_commands_say() -> None:
    assert PAGE.read_text() == rendered(), "renew it: python -m tests.test_cli_reference"


if __name__ == "__main__":
    PAGE.write_text(rendered())
