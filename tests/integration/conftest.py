"""Everything that is served, ready to be asked wrongly."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from app.kit.db import Database
from scripts.admin.frame import KEY_VARIABLE, World
from tests import rows, surface
from tests.factories import Api
from tests.recorded import Recordings
from tests.sdk_support import Bridged
from tests.surface import Call, Caller


@pytest.fixture
async def furnished(
    api: Api, database: Database, customer: dict[str, Any], recordings: Recordings
) -> dict[str, str]:
    """One of everything that a path can name; ids by the name of the parameter."""
    id_ = customer["customer_id"]
    furnish = partial(surface.furnish, api, id_)
    what = ("furnished", id_)
    made: dict[str, str] = await recordings.told(database, what, furnish, lambda _: id_)
    return made


@pytest.fixture
async def send(api: Api, customer: dict[str, Any], furnished: dict[str, str]) -> Caller:
    """Calls any route with a credential that it takes."""
    return Caller(api, customer, furnished)


@pytest.fixture
async def calls(api: Api) -> list[Call]:
    """Every route of the served OpenAPI that asks for a credential."""
    return surface.calls(await api.get("/openapi.json"))


@pytest.fixture
async def bodies(calls: list[Call]) -> list[Call]:
    """The routes that take a body."""
    return [call for call in calls if call.fields is not None]


@pytest.fixture
async def nothing_written(database: Database, furnished: dict[str, str]) -> AsyncIterator[None]:
    """The test may not change the number of rows of any table."""
    before = await rows.counts(database)
    yield
    assert await rows.counts(database) == before


@pytest.fixture
async def script(api: Api, customer: dict[str, Any]) -> Callable[..., Awaitable[tuple[int, str]]]:
    """Runs an administrator's script against the application; its exit code and what it said."""
    key = {KEY_VARIABLE: customer["secret_key"], "CLUTCH_URL": "http://test"}

    async def run(
        main: Callable[..., int],
        *argv: str,
        stdin: str = "",
        environment: dict[str, str] | None = None,
    ) -> tuple[int, str]:
        out = io.StringIO()
        given = key if environment is None else environment
        world = World(io.StringIO(stdin), out, given, Bridged(api.app))
        code = await asyncio.to_thread(main, argv, world)
        return code, out.getvalue()

    return run
