"""A caller who goes away in the middle of a request is no fault of ours."""

from typing import Any

import structlog
from starlette.types import Message

from tests.factories import Api


async def test_a_request_that_breaks_off_is_not_done_and_not_logged_as_a_fault(
    api: Api, app: Any, customer: dict[str, Any]
) -> None:
    chunks: list[Message] = [
        {"type": "http.request", "body": b'{"event_id":"e-1",', "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return chunks.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/v1/events",
        "raw_path": b"/api/v1/events",
        "query_string": b"",
        "headers": [
            (b"authorization", f"Bearer {customer['secret_key']}".encode()),
            (b"content-type", b"application/json"),
            (b"content-length", b"100"),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
    }
    with structlog.testing.capture_logs() as said:
        await app(scope, receive, send)
    assert [line for line in said if line["log_level"] in ("warning", "error")] == []
    assert sent[0]["status"] == 400
    assert (await api.get("/events"))["data"] == []
