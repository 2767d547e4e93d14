"""Real databases for every test that asks for one: SQLite and PostgreSQL, a fresh one each time."""

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import structlog
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import make_url

from app.commands.customers import create_with_keys
from app.kit.clock import SystemClock
from app.kit.db import Database
from app.kit.logs import configure_logs
from app.kit.migrations import migrate
from app.main import create_app
from app.settings import Settings
from tests.factories import Api, ManualClock
from tests.postgres import running_postgres

MASTER_KEY = "0123456789abcdef" * 4
TEMPLATE = "clutch_template"
SHARED_FOLDER = "CLUTCH_TEST_FOLDER"

hypothesis_settings.register_profile(
    "clutch", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("clutch")

# The default renders tracebacks with all their locals, which takes seconds a fault.
structlog.configure(
    processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--database` runs what belongs to one database; tests without one run with SQLite's."""
    parser.addoption("--database", choices=["sqlite", "postgres", "both"], default="both")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the chosen database does not need."""
    chosen = config.getoption("--database")
    if chosen == "both":
        return
    kept = [item for item in items if _database_of(item) == chosen]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _database_of(item: pytest.Item) -> str:
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    return str(parameters.get("database_url", "sqlite"))


def pytest_configure(config: pytest.Config) -> None:
    """One folder for the database server of a whole run; its processes inherit the name."""
    configure_logs()
    if not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="clutch-tests-")
        os.chmod(folder, 0o755)  # as root, PostgreSQL runs as another user
        os.environ[SHARED_FOLDER] = folder


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ[SHARED_FOLDER], ignore_errors=True)


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """A folder that all test processes of this run share."""
    return Path(os.environ[SHARED_FOLDER])


@pytest.fixture(scope="session")
def postgres_url(shared_folder: Path) -> Iterator[str]:
    """A PostgreSQL server: the one of `CLUTCH_TEST_POSTGRES_URL`, else one of our own."""
    with running_postgres(shared_folder) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with the current schema, to copy."""
    path = tmp_path_factory.mktemp("template") / "clutch.db"
    asyncio.run(_migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """An empty database with the current schema, to copy; its name."""
    name = f"{TEMPLATE}_{uuid.uuid4().hex[:12]}"
    asyncio.run(_run_sql(postgres_url, f"CREATE DATABASE {name}"))
    asyncio.run(_migrated(_of_name(postgres_url, name)))
    return name


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database with the current schema; each test runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "clutch.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres_url")
    template = request.getfixturevalue("postgres_template")
    name = f"clutch_{uuid.uuid4().hex[:16]}"
    asyncio.run(_run_sql(server, f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield _of_name(server, name)
    asyncio.run(_run_sql(server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still until it is moved."""
    return ManualClock(SystemClock().now())


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a test installation: loopback is open, nothing is hidden in the environment."""
    return Settings(
        data_dir=tmp_path,
        database_url=database_url,
        master_key=MASTER_KEY,
        egress_allow="127.0.0.0/8",
        failed_authentications_per_minute=100_000,
    )


@pytest.fixture
async def database(settings: Settings, clock: ManualClock) -> AsyncIterator[Database]:
    """The database behind the other fixtures."""
    opened = Database(settings.url, clock, settings.key, tariff=settings.tariff)
    yield opened
    await opened.close()


@pytest.fixture
async def customer(database: Database) -> dict[str, Any]:
    """A customer with the arena rules: `{customer_id, secret_key, game_server_key, …}`."""
    return await create_with_keys(database, "Tests", "arena", is_test=False)


@pytest.fixture
async def other_customer(database: Database) -> dict[str, Any]:
    """Another customer, to whom nothing of the first may be visible."""
    return await create_with_keys(database, "Strangers", "arena", is_test=False)


@asynccontextmanager
async def _served(settings: Settings, clock: ManualClock) -> AsyncIterator[Any]:
    app = create_app(settings, clock=clock, with_worker=False)
    async with app.router.lifespan_context(app):
        yield app
        app.state.worker.close()


@pytest.fixture
async def app(settings: Settings, clock: ManualClock) -> AsyncIterator[Any]:
    """The real application; its worker runs when a test calls `app.state.worker.run_due()`."""
    async with _served(settings, clock) as served:
        yield served


@pytest.fixture
async def api(app: Any, customer: dict[str, Any]) -> AsyncIterator[Api]:
    """A client of the application with the customer's secret key."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {customer['secret_key']}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers=headers
    ) as client:
        yield Api(client, app)


async def _migrated(url: str) -> None:
    settings = Settings(database_url=url, master_key=MASTER_KEY)
    database = Database(url, SystemClock(), settings.key)
    await migrate(database)
    await database.close()


async def _run_sql(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _of_name(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
