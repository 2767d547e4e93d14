"""Three frameworks hand over verified events, and refuse everything else with the reason."""

import json
import time
from collections.abc import Callable
from typing import Annotated, Any

import django
import httpx
import pytest
from django.conf import settings as django_settings
from django.http import HttpResponse, JsonResponse
from django.test import Client
from django.urls import path
from fastapi import Depends, FastAPI
from flask import Flask, jsonify
from starlette.testclient import TestClient

from app.sdk.webhook_receivers import django_hook, flask_event, starlette_event
from app.sdk.webhooks import WebhookEvent, WebhookVerifier
from app.webhooks.signature import PayloadFormat, signed_headers
from tests.unit.test_sdk_webhooks import BODY, NEW, STRANGER

VERIFIER = WebhookVerifier(NEW)
Post = Callable[[bytes, dict[str, str]], tuple[int, str]]


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


def fastapi_post() -> Post:
    app = FastAPI()

    @app.post("/hooks")
    async def hooks(
        event: Annotated[WebhookEvent, Depends(starlette_event(VERIFIER))],
    ) -> dict[str, Any]:
        return {"id": event.id, "type": event.type}

    client = TestClient(app)

    def post(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        answer: httpx.Response = client.post("/hooks", content=body, headers=headers)
        return answer.status_code, answer.text

    return post


def flask_post() -> Post:
    app = Flask("receiver")

    @app.post("/hooks")
    def hooks() -> Any:
        event = flask_event(VERIFIER)
        return jsonify(id=event.id, type=event.type)

    client = app.test_client()

    def post(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        answer = client.post("/hooks", data=body, headers=headers)
        return answer.status_code, answer.text

    return post


@django_hook(VERIFIER)
def django_view(_request: Any, event: WebhookEvent) -> HttpResponse:
    return JsonResponse({"id": event.id, "type": event.type})


urlpatterns = [path("hooks", django_view)]


def django_post() -> Post:
    if not django_settings.configured:
        django_settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x")
        django.setup()
    client = Client(enforce_csrf_checks=True)

    def post(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        answer = client.post("/hooks", body, "application/json", headers=headers)
        return answer.status_code, answer.content.decode()

    return post


@pytest.mark.parametrize("made", [fastapi_post, flask_post, django_post])
def test_a_framework_gets_verified_events_alone(made: Callable[[], Post]) -> None:
    post = made()
    status, answer = post(BODY, headers_by(NEW))
    assert (status, json.loads(answer)) == (200, {"id": "delivery-1", "type": "badge.awarded"})
    status, answer = post(BODY, headers_by(STRANGER))
    assert status == 400
    assert "invalid_signature" in answer
    status, answer = post(BODY + b" ", headers_by(NEW))
    assert status == 400
    status, answer = post(BODY, {"Content-Type": "application/json"})
    assert status == 400
    assert "missing_header" in answer
