"""migrate"""

import typer

from app.commands.context import DatabaseUrl, DataDir, console, run, settings_of
from app.kit.migrations import migrate as migrate_database

app = typer.Typer(add_completion=False)


@app.command()
def migrate(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Bring the database's schema up to date. Safe to repeat."""
    settings = settings_of(data_dir, database_url)
    run(settings, migrate_database, is_migrating=True)
    console.print("The schema is current.")
