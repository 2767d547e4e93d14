"""webhooks listen: a receiver for development."""

import asyncio
import sys
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import httpx
import typer
import uvicorn
from rich.console import Console
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.sdk.webhooks import WebhookRejected, WebhookVerifier

KEPT = 100
FORWARD_SECONDS = 10.0
REFUSED = 400
UNREACHABLE = 502
HOP_BY_HOP = {"host", "content-length", "connection", "transfer-encoding", "accept-encoding"}
console = Console(highlight=False)
app = typer.Typer(no_args_is_help=True, help="Receive webhooks while developing.")


@dataclass(frozen=True, slots=True)
class Received:
    """A verified delivery as it came."""

    delivery_id: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Listening:
    """What came lately, and what is done with it."""

    verifier: WebhookVerifier
    forward_to: str | None
    client: httpx.AsyncClient
    kept: deque[Received] = field(default_factory=lambda: deque(maxlen=KEPT))

    async def receive(self, request: Request) -> Response:
        """Verify, print and forward; the sender hears what the forwarded request was answered."""
        body = await request.body()
        try:
            event = self.verifier.verify(body, request.headers)
        except WebhookRejected as rejected:
            console.print(f"rejected: {rejected.reason} ({rejected})", markup=False)
            return PlainTextResponse(rejected.reason.value, REFUSED)
        console.print(f"{event.type or 'raw'} {event.id}", markup=False)
        console.print_json(body.decode())
        received = Received(event.id, dict(request.headers), body)
        self.kept.append(received)
        return await self.forward(received)

    async def forward(self, received: Received) -> Response:
        """Send a delivery on with its own headers, so that its signature still holds."""
        if self.forward_to is None:
            return Response(status_code=204)
        headers = {
            name: value for name, value in received.headers.items() if name not in HOP_BY_HOP
        }
        try:
            answer = await self.client.post(self.forward_to, content=received.body, headers=headers)
        except httpx.HTTPError as error:
            console.print(f"  not forwarded: {error!r}", markup=False)
            return Response(status_code=UNREACHABLE)
        console.print(f"  forwarded: {answer.status_code}", markup=False)
        return Response(answer.content, answer.status_code)

    async def replay(self) -> None:
        """Forward the last delivery once more."""
        if self.kept:
            console.print(f"again: {self.kept[-1].delivery_id}", markup=False)
            await self.forward(self.kept[-1])


@app.command()
def listen(
    secret: Annotated[
        list[str], typer.Option(help="The endpoint's whsec_… or whpk_…; several in a rotation.")
    ],
    forward_to: Annotated[
        str | None, typer.Option("--forward-to", help="Where verified deliveries are sent on.")
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8088,
    raw: Annotated[bool, typer.Option("--raw", help="The endpoint has raw payloads.")] = False,
) -> None:
    """Print and verify what an endpoint is sent, and forward it; Enter forwards the last again.

    Make an endpoint for http://127.0.0.1:8088/ with CLUTCH_EGRESS_ALLOW=127.0.0.0/8 on the server.
    What cannot be verified is answered 400 and not forwarded.
    """
    try:
        verifier = WebhookVerifier(secret, raw_payloads=raw)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--secret") from None
    console.print(f"Listening on http://{host}:{port}/; Ctrl-C ends it.", markup=False)
    asyncio.run(_serve(verifier, forward_to, host, port))


def receiver(listening: Listening) -> Starlette:
    """The application that receives on every path."""
    return Starlette(routes=[Route("/{path:path}", listening.receive, methods=["POST"])])


async def _serve(verifier: WebhookVerifier, forward_to: str | None, host: str, port: int) -> None:
    async with httpx.AsyncClient(timeout=FORWARD_SECONDS) as client:
        listening = Listening(verifier, forward_to, client)
        loop = asyncio.get_running_loop()
        replays: set[asyncio.Task[None]] = set()

        def typed() -> None:
            if not sys.stdin.readline():
                loop.remove_reader(sys.stdin)
                return
            task = asyncio.create_task(listening.replay())
            replays.add(task)
            task.add_done_callback(replays.discard)

        if sys.stdin.isatty():
            loop.add_reader(sys.stdin, typed)
        config = uvicorn.Config(receiver(listening), host=host, port=port, log_level="warning")
        await uvicorn.Server(config).serve()
