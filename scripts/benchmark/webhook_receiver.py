"""A receiver in a process of its own: answers 200 at once, or never below /hang.

`GET /port` is printed first. `GET /seen` answers what came since the last time, as
`{delivery id: Unix seconds}`, without those below /hang.
"""

import asyncio
import time

import uvloop
from aiohttp import web

SEEN: dict[str, float] = {}


async def receive(request: web.Request) -> web.Response:
    """Note the first arrival of a delivery."""
    await request.read()
    SEEN.setdefault(request.headers.get("webhook-id", ""), time.time())
    return web.Response()


async def hang(request: web.Request) -> web.Response:
    """Never answer."""
    await request.read()
    await asyncio.Event().wait()
    return web.Response()


async def seen(_request: web.Request) -> web.Response:
    """Tell and forget."""
    answer = web.json_response(dict(SEEN))
    SEEN.clear()
    return answer


async def count(_request: web.Request) -> web.Response:
    """How many came since the last `GET /seen`."""
    return web.json_response(len(SEEN))


async def main() -> None:
    """Serve until killed."""
    app = web.Application()
    app.router.add_post("/hook/{rest:.*}", receive)
    app.router.add_post("/hang/{rest:.*}", hang)
    app.router.add_get("/seen", seen)
    app.router.add_get("/count", count)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=2048)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
