"""The command line. `clutch --help` teaches; every command says what it does."""

import typer

from app.commands import audit, configs, customers, hathora, keys, serving

main = typer.Typer(
    name="clutch",
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
main.add_typer(serving.app)
main.add_typer(audit.app)
main.add_typer(customers.app, name="customers")
main.add_typer(keys.app, name="keys")
main.add_typer(configs.app, name="config")
main.add_typer(hathora.app, name="hathora")

if __name__ == "__main__":
    main()
