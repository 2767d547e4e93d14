"""Real databases for every test that asks for one: SQLite and PostgreSQL, a fresh one each time."""

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from app.art.drawing import Drawing
from app.art.looks import Look
from app.art.media import open_media
from app.art.service import Atelier
from app.art.studio import Studio
from app.commands.customers import create_with_keys
from app.kit.clock import SystemClock
from app.kit.db import Database
from app.kit.logs import configure_logs
from app.kit.migrations import migrate
from app.main import create_app, opened
from app.settings import Settings
from tests.factories import Api, ManualClock
from tests.postgres import FOR_TESTS, EmptyDatabases, of_name, run_sql, running_postgres
from tests.recorded import Recordings

MASTER_KEY = "0123456789abcdef" * 4
TEMPLATE = "clutch_template"
SHARED_FOLDER = "CLUTCH_TEST_FOLDER"
# Where SQLite's commits wait for no disk; what a test leaves there is removed at its end.
MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 2 * 1024**3

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
        if _has_room(MEMORY):
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
        folder = tempfile.mkdtemp(prefix="clutch-tests-")
        os.chmod(folder, 0o755)  # as root, PostgreSQL runs as another user
        os.environ[SHARED_FOLDER] = folder


def _has_room(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= MEMORY_NEEDED


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
    with running_postgres(shared_folder, FOR_TESTS) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with the current schema, to copy."""
    path = tmp_path_factory.mktemp("template") / "clutch.db"
    asyncio.run(_migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_databases(postgres_url: str) -> Iterator[EmptyDatabases]:
    """Empty databases with the current schema, one after the other."""
    template = f"{TEMPLATE}_{uuid.uuid4().hex[:12]}"
    asyncio.run(run_sql(postgres_url, f"CREATE DATABASE {template}"))
    asyncio.run(_migrated(of_name(postgres_url, template)))
    databases = EmptyDatabases(postgres_url, template)
    yield databases
    databases.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database with the current schema; each test runs on both kinds."""
    if request.param == "postgres":
        databases: EmptyDatabases = request.getfixturevalue("postgres_databases")
        return databases.take()
    path = tmp_path / "clutch.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


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
        hints=False,
    )


@pytest.fixture
async def database(settings: Settings, clock: ManualClock) -> AsyncIterator[Database]:
    """The database behind the other fixtures."""
    opened = Database(settings.url, clock, settings.key, tariff=settings.tariff)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def recordings() -> Recordings:
    """What tests begin with, once it was made for the first of them."""
    return Recordings()


@pytest.fixture
async def customer(database: Database, recordings: Recordings) -> dict[str, Any]:
    """A customer with the arena rules: `{customer_id, secret_key, game_server_key, …}`."""
    return await _customer(database, recordings, "Tests")


@pytest.fixture
async def other_customer(database: Database, recordings: Recordings) -> dict[str, Any]:
    """Another customer, to whom nothing of the first may be visible."""
    return await _customer(database, recordings, "Strangers")


async def _customer(database: Database, recordings: Recordings, name: str) -> dict[str, Any]:
    async def make() -> dict[str, Any]:
        return await create_with_keys(database, name, "arena", is_test=False)

    made: dict[str, Any] = await recordings.told(
        database, ("customer", name), make, itemgetter("customer_id")
    )
    return made


class SharedStudio:
    """Outlives the applications that it draws for: a drawing process takes a second to start."""

    is_resting = False

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    async def draw(self, look: Look) -> Drawing:
        """As the studio draws."""
        return await self._studio.draw(look)

    def close(self) -> None:
        """The next application goes on with it."""


@pytest.fixture(scope="session")
def studio() -> Iterator[SharedStudio]:
    """The drawing process of all tests whose settings ask for none from outside."""
    shared = Studio()
    yield SharedStudio(shared)
    shared.close()


@pytest.fixture(scope="session")
def routes() -> FastAPI:
    """The application without its state: its routes are built once, when they are first used."""
    return create_app(Settings(master_key=MASTER_KEY), with_worker=False)


@pytest.fixture
async def app(
    routes: FastAPI, settings: Settings, clock: ManualClock, studio: SharedStudio
) -> AsyncIterator[FastAPI]:
    """The real application; its worker runs when a test calls `app.state.worker.run_due()`."""
    atelier = None if settings.art_url else Atelier(studio, open_media(settings.media_dir))
    is_observed = settings.metrics_port or settings.metrics_key or settings.log_requests
    is_plain = not is_observed and not settings.proxies
    app = routes if is_plain else create_app(settings, clock=clock, with_worker=False)
    async with opened(app, settings, clock=clock, with_worker=False, atelier=atelier):
        yield app
        app.state.worker.close()


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
