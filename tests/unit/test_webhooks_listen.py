"""`clutch webhooks listen` verifies, forwards with the signature intact, and forwards again."""

import time

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.commands.webhooks import Listening, receiver
from app.sdk.webhooks import WebhookVerifier
from app.webhooks.signature import PayloadFormat, signed_headers
from tests.unit.test_sdk_webhooks import BODY, NEW, STRANGER

VERIFIER = WebhookVerifier(NEW)


def headers_by(secret: str) -> dict[str, str]:
    return signed_headers(
        delivery_id="delivery-1",
        event_type="badge.awarded",
        body=BODY,
        timestamp=int(time.time()),
        secrets=[secret],
        payload_format=PayloadFormat.ENVELOPE,
        request_id=None,
    )


async def test_what_is_verified_is_forwarded_and_can_be_forwarded_again() -> None:
    arrived: list[str] = []

    async def hook(request: Request) -> Response:
        arrived.append(VERIFIER.verify(await request.body(), request.headers).id)
        return PlainTextResponse("mine", 202)

    mine = Starlette(routes=[Route("/hook", hook, methods=["POST"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(mine)) as forwarding:
        listening = Listening(VERIFIER, "http://mine.test/hook", forwarding)
        transport = httpx.ASGITransport(receiver(listening))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as sender:
            good = await sender.post("/any", content=BODY, headers=headers_by(NEW))
            assert (good.status_code, good.text) == (202, "mine")
            bad = await sender.post("/any", content=BODY, headers=headers_by(STRANGER))
            assert (bad.status_code, bad.text) == (400, "invalid_signature")
        await listening.replay()
    assert arrived == ["delivery-1", "delivery-1"]
