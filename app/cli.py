"""The command line. `clutch --help` teaches; every command says what it does.

A command's module is imported when that command runs: a server's imports take a second.
"""

from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

# In the order of `--help`: the module in `commands/` whose `app` has it.
MODULES = {
    "serve": "serving",
    "worker": "serving",
    "migrate": "migrating",
    "audit": "audit",
    "backup": "backup",
    "restore": "backup",
    "customers": "customers",
    "keys": "keys",
    "config": "configs",
    "webhooks": "webhooks",
    "hathora": "hathora",
}


class OnDemand(TyperGroup):
    """The commands of `MODULES`."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Every name."""
        return list(MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """The command of that name, imported now; None where there is none."""
        if cmd_name not in MODULES:
            return None
        module = import_module(f"app.commands.{MODULES[cmd_name]}")
        found = cast(TyperCommand | TyperGroup, typer.main.get_command(module.app))
        if isinstance(found, TyperGroup) and cmd_name in found.commands:
            return cast(TyperCommand, found.commands[cmd_name])
        found.name = cmd_name
        return found


main = typer.Typer(
    name="clutch",
    cls=OnDemand,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="""
    Clutch, the gamification backend that you run yourself.

    First steps: `clutch migrate`, then `clutch customers create "My game" --preset arena`, then
    `clutch serve`. Everything is kept in --data-dir (SQLite) unless --database-url names a
    PostgreSQL database; both can come from the environment as CLUTCH_DATA_DIR and
    CLUTCH_DATABASE_URL.
    """,
)


@main.callback()
def _main() -> None: ...


if __name__ == "__main__":
    main()
