"""A backup made under load is whole, and is worth something only with the master key."""

import asyncio
import shutil
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from click.testing import Result
from sqlalchemy import func, make_url, select
from typer.testing import CliRunner

from app.cli import main
from app.commands.audit import audit_all
from app.commands.backup import BackupFailed, _program, back_up, fill
from app.events.models import event
from app.kit.clock import SystemClock
from app.kit.crypto import MasterKey, random_bytes
from app.kit.db import Database
from app.webhooks import service as webhooks
from tests.conftest import MASTER_KEY
from tests.factories import Api
from tests.integration.webhook_receivers import endpoint_at

EMPTY = "clutch_restored"


@pytest.fixture
async def empty_url(database_url: str, tmp_path: Path) -> AsyncIterator[str]:
    """An empty place of the same kind of database."""
    if database_url.startswith("sqlite"):
        (tmp_path / "elsewhere").mkdir()
        yield f"sqlite:///{tmp_path}/elsewhere/clutch.db"
        return
    name = f"{EMPTY}_{random_bytes(6).hex()}"
    connection = await asyncpg.connect(database_url)
    await connection.execute(f"CREATE DATABASE {name}")
    yield make_url(database_url).set(database=name).render_as_string(hide_password=False)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@asynccontextmanager
async def opened(url: str, key: MasterKey) -> AsyncIterator[Database]:
    database = Database(url, SystemClock(), key)
    yield database
    await database.close()


async def events_in(database: Database, customer_id: str) -> int:
    async with database.read(customer_id) as tx:
        counted: int = await tx.value(select(func.count()).select_from(event))
    return counted


async def test_a_backup_under_load_is_restored_whole_and_opens_only_with_its_key(
    api: Api, database: Database, customer: dict[str, Any], empty_url: str, tmp_path: Path
) -> None:
    customer_id = customer["customer_id"]
    endpoint = await endpoint_at(database, customer_id, "http://127.0.0.1:9999/hook")
    is_over, is_busy = asyncio.Event(), asyncio.Event()
    sent = 0

    async def play(player: int) -> None:
        nonlocal sent
        while not is_over.is_set():
            await api.send(f"e-{player}-{sent}", "match_won", f"u-{player}")
            sent += 1
            if sent == 20:
                is_busy.set()

    playing = [asyncio.create_task(play(player)) for player in range(4)]
    await is_busy.wait()
    before = await events_in(database, customer_id)
    file = tmp_path / "clutch.backup"
    size = await back_up(database, file)
    after = await events_in(database, customer_id)
    is_over.set()
    await asyncio.gather(*playing)
    assert size == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    async with opened(empty_url, MasterKey(random_bytes(32))) as stranger:
        with pytest.raises(BackupFailed, match="not the one"):
            await fill(stranger, file)
    async with opened(empty_url, database.key) as restored:
        await fill(restored, file)
        assert before <= await events_in(restored, customer_id) <= after
        [report] = await audit_all(restored, None)
        assert (report.differences, report.events > 0) == ([], True)
        async with restored.read(customer_id) as tx:
            assert (await webhooks.read(tx, endpoint.id)).secrets == endpoint.secrets
        with pytest.raises(BackupFailed, match="already"):
            await fill(restored, file)


class Terminal:
    """The commands, with what stands in the environment."""

    def __init__(self, **environment: str) -> None:
        self._runner = CliRunner(env={"CLUTCH_MASTER_KEY": "", "COLUMNS": "300"} | environment)

    def run(self, *words: str) -> Result:
        return self._runner.invoke(main, list(words))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data directory with a database, a customer and a key of its own."""
    folder = tmp_path / "home"
    assert Terminal().run("migrate", "--data-dir", str(folder)).exit_code == 0
    made = Terminal().run("customers", "create", "x", "--data-dir", str(folder), "--json")
    assert made.exit_code == 0
    return folder


def test_the_commands_say_where_the_key_is_and_refuse_without_one(
    home: Path, tmp_path: Path
) -> None:
    file, elsewhere = tmp_path / "b", tmp_path / "elsewhere"
    made = Terminal().run("backup", str(file), "--data-dir", str(home))
    assert made.exit_code == 0
    assert str(home / "master.key") in made.output
    again = Terminal().run("backup", str(file), "--data-dir", str(home))
    assert (again.exit_code, "exists already" in again.output) == (1, True)

    refused = Terminal().run("restore", str(file), "--data-dir", str(elsewhere))
    assert (refused.exit_code, "master.key" in refused.output) == (1, True)
    assert not elsewhere.exists()
    elsewhere.mkdir()
    shutil.copy(home / "master.key", elsewhere)
    done = Terminal().run("restore", str(file), "--data-dir", str(elsewhere))
    assert done.exit_code == 0, done.output
    assert Terminal().run("audit", "--data-dir", str(elsewhere)).exit_code == 0


def test_what_is_no_backup_is_refused(home: Path, tmp_path: Path) -> None:
    for content, reason in ((b"", "not a backup"), (b"PGDMP....", "made on PostgreSQL")):
        file = tmp_path / "b"
        file.write_bytes(content)
        where = ("--data-dir", str(tmp_path / "new"))
        refused = Terminal(CLUTCH_MASTER_KEY=MASTER_KEY).run("restore", str(file), *where)
        assert (refused.exit_code, reason in refused.output) == (1, True)
    assert not (tmp_path / "new" / "clutch.db").exists()


def test_a_torn_backup_is_refused(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "b"
    Terminal().run("backup", str(file), "--data-dir", str(home))
    file.write_bytes(file.read_bytes()[:20_000])
    where = ("--data-dir", str(tmp_path / "new"))
    refused = Terminal(CLUTCH_MASTER_KEY=MASTER_KEY).run("restore", str(file), *where)
    assert refused.exit_code == 1
    assert list((tmp_path / "new").iterdir()) == []


def test_missing_programs_of_postgresql_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("app.commands.backup.find_spec", lambda _name: None)
    with pytest.raises(BackupFailed, match="postgresql-client"):
        _program("pg_dump")
