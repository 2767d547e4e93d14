"""Every route that is served, with a request that it would take: what bad input is made from."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from app.customers import tokens
from app.customers.tokens import Bearer
from app.kit.principal import Credential
from app.matches.apps import connect_app
from app.sessions.grant import SessionScope
from tests.factories import PREFIX, Api
from tests.good_bodies import GOOD

MUTATING = {"post", "put", "patch", "delete"}


@dataclass(frozen=True)
class Call:
    """A route of the served OpenAPI, below the base path."""

    method: str
    path: str
    access: tuple[str, ...]
    fields: dict[str, Any] | None
    required: tuple[str, ...]
    query: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def good(self) -> dict[str, Any]:
        """A body that has the right shape."""
        return GOOD[self.id]

    @property
    def body(self) -> dict[str, Any] | None:
        """The same, or None where none is taken."""
        return GOOD.get(self.id)

    @property
    def params(self) -> tuple[str, ...]:
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    def at(self, ids: dict[str, str]) -> str:
        """The path with its parameters filled in, below the host."""
        return PREFIX + self.path.format(**ids)


def calls(openapi: dict[str, Any]) -> list[Call]:
    """Every route that asks for a credential."""
    return sorted(_calls(openapi), key=lambda call: call.id)


def _calls(openapi: dict[str, Any]) -> Iterator[Call]:
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            if "x-clutch-access" not in operation:
                continue
            body = operation.get("requestBody")
            query = [
                each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"
            ]
            schema = None if body is None else _schema(openapi, body)
            yield Call(
                method,
                path.removeprefix(PREFIX),
                tuple(operation["x-clutch-access"]),
                None if schema is None else schema["properties"],
                () if schema is None else tuple(schema.get("required", ())),
                tuple(query),
            )


def _schema(openapi: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema: dict[str, Any] = openapi["components"]["schemas"][name]
    return schema


async def furnish(api: Api, customer_id: str) -> dict[str, str]:
    """One of everything that a path can name; ids by the name of the parameter."""
    async with api.app.state.database.begin(customer_id) as tx:
        await connect_app(tx, app_id="app-1", base_url="http://127.0.0.1:9", token="t" * 20)
    ordered = {"match_id": "m-1", "app_id": "app-1", "region": "London", "roster": ["eve"]}
    await api.post("/matches", ordered, status=202)
    await _publish_a_board(api)
    hook = {"url": "http://127.0.0.1:9999/", "events": ["*"]}
    endpoint = await api.post("/webhook-configs", hook, status=201)
    await api.send("e-1", "match_won", "eve")
    buddy = await api.buddy_of("eve")
    egg = await api.post("/eggs", {"user_id": "fay"}, status=201)
    ready = await api.post("/eggs", {"user_id": "gil"}, status=201)
    await api.call("PATCH", f"/eggs/{ready['egg_id']}/status", json={"status": "ready"})
    started = await api.post(f"/eggs/{ready['egg_id']}/hatch", status=202)
    draft = await api.post("/config-versions", {"document": {}}, status=201)
    key = await api.post("/api-keys", {"label": "spare"}, status=201)
    bound = {"buddy_id": buddy["id"], "user_id": "eve", "scopes": ["read"]}
    session = await api.post("/widget-sessions", bound, status=201)
    gate = {"gate_key": "g-1", "token_key": "coins", "cost": 1}
    await api.post("/gates", gate, status=201)
    deliveries = await api.get("/webhook-deliveries")
    ledger = await api.get(f"/buddies/{buddy['id']}/ledger")
    return {
        "buddy_id": buddy["id"],
        "ledger_id": ledger["data"][0]["ledger_id"],
        "egg_id": egg["egg_id"],
        "operation_id": started["operation_id"],
        "endpoint_id": endpoint["id"],
        "delivery_id": deliveries["data"][0]["id"],
        "version_id": draft["id"],
        "key_id": key["key_id"],
        "session_id": session["session_id"],
        "gate_key": "g-1",
        "key": "arena",
        "user_id": "eve",
        "path_key": "rookie-season",
        "step_key": "first-match",
        "sub_step_key": "get-an-item",
        "board_key": "wins",
        "event_id": "e-1",
        "match_id": "m-1",
    }


async def _publish_a_board(api: Api) -> None:
    """The arena's rules with a leaderboard, which they come without."""
    draft = await api.post("/config-versions", {}, status=201)
    board = {"key": "wins", "label": "Wins", "metric": {"type": "counter", "name": "match_won"}}
    changed = {"document": {**draft["document"], "leaderboards": [board]}}
    await api.call("PUT", f"/config-versions/{draft['id']}", json=changed)
    await api.post(f"/config-versions/{draft['id']}/publish")


class Caller:
    """Calls any route with a credential that it takes, and a body as raw as wanted."""

    def __init__(self, api: Api, customer: dict[str, Any], ids: dict[str, str]) -> None:
        self._client = api.client
        self.ids = ids
        database = api.app.state.database
        now = database.clock.now()
        minted = {"customer_id": customer["customer_id"], "issued_at": now}
        minted["expires_at"] = now.replace(year=now.year + 1)
        self.match_token = tokens.mint(
            database.key,
            Credential.MATCH_TOKEN,
            subject=ids["match_id"],
            token_id="t-1",
            **minted,
        )
        self._tokens = {
            "match_token": self.match_token,
            "widget_session": tokens.mint(
                database.key,
                Credential.WIDGET_SESSION,
                subject=ids["buddy_id"],
                token_id=ids["session_id"],
                bearer=Bearer("eve", tuple(SessionScope), (), is_test=False),
                **minted,
            ),
        }

    async def __call__(self, call: Call, body: Any = None, **more: Any) -> httpx.Response:
        """Call with a JSON body, or with `content` as it is."""
        headers = dict(more.pop("headers", {}))
        if call.access[0] in self._tokens:
            headers.setdefault("Authorization", f"Bearer {self._tokens[call.access[0]]}")
        if body is not None:
            more["content"] = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        path = call.at(self.ids | more.pop("ids", {}))
        return await self._client.request(call.method.upper(), path, headers=headers, **more)

    async def raw(self, call: Call, content: Any) -> httpx.Response:
        """Call with these bytes, said to be JSON."""
        return await self(call, content=content, headers={"Content-Type": "application/json"})


def faults(wrong: dict[str, str | None]) -> dict[str, str]:
    """What went wrong, by case; empty when nothing did."""
    return {id_: fault for id_, fault in wrong.items() if fault is not None}


def fault_of(answer: httpx.Response, status: int, code: str | None = None) -> str | None:
    """What is wrong with a refusal, or None: it must be the envelope with this status and code."""
    if answer.status_code != status:
        return f"{answer.status_code} {answer.text[:300]}"
    if answer.headers.get("content-type") != "application/json":
        return f"content type {answer.headers.get('content-type')}"
    error = answer.json().get("error", {})
    if (
        not {"code", "message", "requestId"}
        <= error.keys()
        <= {
            "code",
            "message",
            "requestId",
            "details",
        }
    ):
        return f"no envelope: {answer.text[:300]}"
    if error["requestId"] != answer.headers["X-Request-Id"]:
        return "another request id"
    if code is not None and error["code"] != code:
        return f"code {error['code']}: {error['message']}"
    return None


def fault_at(answer: httpx.Response, path: str) -> str | None:
    """As `fault_of` for a 422 that must name this path, or one below it."""
    wrong = fault_of(answer, 422, "validation_failed")
    if wrong is not None:
        return wrong
    named = [field["path"] for field in answer.json()["error"]["details"]["fields"]]
    is_there = any(each == path or each.startswith(f"{path}/") for each in named)
    return None if is_there else f"names {named}"


def cursor_of(text: str) -> str:
    """A cursor that holds a JSON text, as a forger would make it."""
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
