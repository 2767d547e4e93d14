"""Matches in tests: the project's own control plane with real game-server processes, behind a
wire that can be cut, and the bridge's loop, run by hand under a clock that stands still."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson

from app.hathora.client.client import HathoraClient
from app.hathora.controlplane.application import Application
from app.hathora.controlplane.bootstrap import Bootstrapped, bootstrap
from app.hathora.controlplane.settings import Settings as PlaneSettings
from app.hathora.models.rooms import Room
from app.kit.clock import to_text
from app.kit.db import Database
from app.matches import apps
from app.matches.hathora import HathoraHosts
from app.matches.loop import MatchLoop
from tests.factories import Api, ManualClock
from tests.hathora_support import GAME_SERVER, order, until, write_build

POLL_SECONDS = 5.0
PLANE_URL = "http://plane"
NONCE = "nonce-of-the-first-server"
Fault = Callable[[httpx.Request], httpx.Response | None]


class Wire(httpx.AsyncBaseTransport):
    """The way to the control plane. `before` may answer or raise instead of it; `after` is asked
    when the call has been carried out, and may lose its answer."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.before: Fault | None = None
        self.after: Fault | None = None
        self.calls: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One call."""
        self.calls.append(f"{request.method} {request.url.path}")
        if self.before is not None:
            answer = self.before(request)
            if answer is not None:
                return answer
        response = await self._inner.handle_async_request(request)
        if self.after is not None:
            self.after(request)
        return response

    def mend(self) -> None:
        """Everything gets through again."""
        self.before = self.after = None


def unreachable(request: httpx.Request) -> None:
    """A fault: nobody listens there."""
    raise httpx.ConnectError("connection refused", request=request)


def answers(status: int, content: bytes, kind: str = "application/json") -> Fault:
    """A fault: this answer to everything."""

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"content-type": kind}
        return httpx.Response(status, content=content, headers=headers, request=request)

    return answer


def loses_answer_to(path_part: str) -> Fault:
    """A fault: the call is carried out, and its answer never arrives."""

    def lose(request: httpx.Request) -> None:
        if path_part in request.url.path:
            raise httpx.ReadTimeout("timed out", request=request)

    return lose


@dataclass(frozen=True)
class Server:
    """A game server that runs, as its environment tells it."""

    match_id: str
    room_id: str
    process_id: str
    code: str
    config: dict[str, Any]
    port: int


@dataclass
class Pitch:
    """Where matches are played."""

    api: Api
    clock: ManualClock
    plane: Bootstrapped
    client: HathoraClient
    wire: Wire
    loop: MatchLoop
    hosts: HathoraHosts

    async def order(self, match_id: str = "m1", status: int = 202, **more: Any) -> Any:
        """Order a match of ann and bob."""
        body = {"match_id": match_id, "app_id": self.plane.app_id, "region": "London", **more}
        if "open" not in body:
            body.setdefault("roster", ["ann", "bob"])
        return await self.api.post("/matches", body, status)

    async def server(self, match_id: str = "m1", **more: Any) -> Server:
        """Order a match and wait until its game server runs."""
        ordered = await self.order(match_id, **more)
        await self.loop.run_due()
        return await self.found(match_id, ordered["room_id"])

    async def found(self, match_id: str, room_id: str) -> Server:
        """The game server of a room, once it listens."""
        app_id = self.plane.app_id

        async def port() -> int | None:
            room = await self.client.get_room_info(app_id, room_id)
            assert room.current_allocation is not None, await self._why_ended(room)
            info = await self.client.get_connection_info(app_id, room_id)
            return None if info.exposed_port is None else info.exposed_port.port

        bound = await until(port)
        env = (await order(bound, "env"))["env"]
        config = orjson.loads(env["HATHORA_INITIAL_ROOM_CONFIG"])
        return Server(
            match_id,
            env["HATHORA_INITIAL_ROOM_ID"],
            env["HATHORA_PROCESS_ID"],
            config["clutch"]["code"],
            config,
            bound,
        )

    async def _why_ended(self, room: Room) -> str:
        process_id = room.allocations[-1].process_id
        process = await self.client.get_process(self.plane.app_id, process_id)
        return f"the game server has ended: {process.summary_exit_reason}"

    async def claim(self, server: Server, nonce: str = NONCE, **more: Any) -> httpx.Response:
        """Claim a match as its game server does; `more` overrides what it says."""
        body = {
            "code": server.code,
            "room_id": server.room_id,
            "process_id": server.process_id,
            "claim_nonce": nonce,
            **more,
        }
        path = f"/matches/{server.match_id}/claim"
        return await self.api.call("POST", path, json=body, headers={"Authorization": ""})

    async def token(self, server: Server) -> str:
        """Claim a match; its token."""
        answer = await self.claim(server)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["token"])

    async def report(self, token: str, match_id: str = "m1", **more: Any) -> httpx.Response:
        """Report that ann beat bob, unless `more` says otherwise."""
        headers = {"Authorization": f"Bearer {token}"}
        body = self.result(**more)
        return await self.api.call(
            "POST", f"/matches/{match_id}/result", json=body, headers=headers
        )

    def result(self, **more: Any) -> dict[str, Any]:
        """A result that ended now."""
        now = self.clock.now()
        return {
            "started_at": to_text(now - timedelta(seconds=90)),
            "ended_at": to_text(now),
            "outcome": "completed",
            "players": [
                {"user_id": "ann", "team": "red", "placement": 1, "score": 20, "result": "win"},
                {"user_id": "bob", "team": "blue", "placement": 2, "score": 5, "result": "loss"},
            ],
            **more,
        }

    async def match(self, match_id: str = "m1") -> Any:
        """A match as the API shows it."""
        return await self.api.get(f"/matches/{match_id}")

    async def statuses(self, match_id: str = "m1") -> list[str]:
        """What a match went through."""
        return [entry["status"] for entry in (await self.match(match_id))["history"]]

    async def later(self, seconds: float = POLL_SECONDS) -> None:
        """Let time pass and the loop work."""
        self.clock.advance(seconds=seconds)
        await self.loop.run_due()

    async def room_ended(self, room_id: str) -> None:
        """Wait until the control plane says that a room has ended."""

        async def ended() -> bool:
            room = await self.client.get_room_info(self.plane.app_id, room_id)
            return room.current_allocation is None

        await until(ended)

    async def crash(self, server: Server) -> None:
        """End a game server in the worst way, and wait until that is known."""
        await order(server.port, "exit 1")
        await self.room_ended(server.room_id)


@asynccontextmanager
async def control_plane(folder: Path, build: Path) -> AsyncIterator[tuple[Bootstrapped, Wire]]:
    """Running in this process, with game servers of their own; one room a process."""
    prepared = bootstrap(folder / "plane", app_name="arena", build_source=build)
    settings = PlaneSettings(
        data_dir=folder / "plane", watch_interval_seconds=0.02, stop_grace_seconds=0.5
    )
    plane = Application(settings)
    async with _lifespan(plane):
        yield prepared, Wire(httpx.ASGITransport(plane))


@asynccontextmanager
async def pitch(
    api: Api,
    database: Database,
    clock: ManualClock,
    customer_id: str,
    folder: Path,
    *,
    build: Path | None = None,
    public_url: str = "http://clutch.test",
) -> AsyncIterator[Pitch]:
    """An application, its loop and a control plane that knows one app.

    `build` is what its game servers run; without one they obey orders.
    """
    build = build or write_build(folder / "build", GAME_SERVER)
    async with control_plane(folder, build) as (prepared, wire):
        api.app.state.hosts = hosts = HathoraHosts(transport=wire)
        async with database.begin(customer_id) as tx:
            await apps.connect_app(
                tx, app_id=prepared.app_id, base_url=PLANE_URL, token=prepared.dev_token
            )
        loop = MatchLoop(
            api.app.state.database,
            hosts,
            api.app.state.lanes,
            public_url=public_url,
            lease_seconds=20,
            poll_seconds=POLL_SECONDS,
            chance=random.Random(7),
        )
        client = HathoraClient(PLANE_URL, prepared.dev_token, transport=wire._inner)
        yield Pitch(api, clock, prepared, client, wire, loop, hosts)
        await client.aclose()
        await hosts.aclose()


@asynccontextmanager
async def _lifespan(app: Application) -> AsyncIterator[None]:
    """What a server does around an ASGI application."""
    to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    running = asyncio.create_task(app(scope, to_app.get, from_app.put))  # type: ignore[arg-type]
    await to_app.put({"type": "lifespan.startup"})
    assert (await from_app.get())["type"] == "lifespan.startup.complete"
    try:
        yield
    finally:
        await to_app.put({"type": "lifespan.shutdown"})
        assert (await from_app.get())["type"] == "lifespan.shutdown.complete"
        await running
