"""The SDK has every method that it promises, and each speaks of a route that is served."""

import inspect
import json
import re
import types
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from app import sdk
from app.sdk import reports, results, standings
from app.sdk.calls import Endpoint, Method
from tests import sdk_support

TESTS = Path(__file__).parents[1]
REFERENCE = json.loads((TESTS / "sdk_reference.json").read_text())
OPENAPI = json.loads((TESTS / "openapi.json").read_text())
RESOURCES = {
    "HatchedClient": "",
    "EggsResource": "eggs",
    "BuddiesResource": "buddies",
    "EventsResource": "events",
    "OperationsResource": "operations",
    "WidgetSessionsResource": "widget_sessions",
    "EmbedTokensResource": "embed_tokens",
    "WebhooksResource": "webhooks",
    "GatesResource": "gates",
}
PROMISED = [
    (resource, method) for resource, named in REFERENCE["methods"].items() for method in named
]
# What the method calls by another name: it takes what the call before it answered, too.
RENAMED = {"operations.wait": {"operation_id": "operation"}}
RENAMED["operations.wait_for_completion"] = RENAMED["operations.wait"]
OPEN = {"additionalProperties": True, "type": "object"}
ENDPOINTS = sorted(sdk_support.endpoints().items())


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()


def function_of(resource: str, method: str) -> Any:
    found = getattr(sdk_support.resources()[RESOURCES[resource]], snake(method), None)
    return found.function if isinstance(found, Method) else found


@pytest.mark.parametrize(("resource", "method"), PROMISED)
def test_every_promised_method_is_there_with_its_parameters(resource: str, method: str) -> None:
    function = function_of(resource, method)
    assert function is not None, "missing"
    place = f"{RESOURCES[resource]}.{snake(method)}"
    renamed = RENAMED.get(place, {})
    wanted = [snake(name) for name in REFERENCE["methods"][resource][method]]
    taken = inspect.signature(function).parameters
    assert {renamed.get(name, name) for name in wanted} <= taken.keys()


@pytest.mark.parametrize("place", REFERENCE["defaults"])
def test_promised_defaults_hold(place: str) -> None:
    taken = inspect.signature(function_of(*place.split("."))).parameters
    defaults = {name: taken[snake(name)].default for name in REFERENCE["defaults"][place]}
    assert defaults == REFERENCE["defaults"][place]


@pytest.mark.parametrize("name", REFERENCE["errors"])
def test_every_promised_error_is_exported(name: str) -> None:
    assert issubclass(getattr(sdk, name), sdk.HatchedError)


@pytest.mark.parametrize("name", REFERENCE["results"])
def test_every_promised_result_has_its_members(name: str) -> None:
    shape = (vars(results) | vars(standings) | vars(reports))[name]
    assert {snake(each) for each in REFERENCE["results"][name]} <= names(shape)


def route(endpoint: Endpoint[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = OPENAPI["paths"][f"/api/v1{endpoint.path}"][endpoint.verb.lower()]
    return found


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = OPENAPI["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


@pytest.mark.parametrize(("name", "endpoint"), ENDPOINTS)
def test_every_call_sends_what_its_route_takes(name: str, endpoint: Endpoint[Any, Any]) -> None:
    served = route(endpoint)
    taken = {p["name"] for p in served.get("parameters", ()) if p["in"] == "query"}
    required: set[str] = set()
    if "requestBody" in served:
        body = resolved(served["requestBody"]["content"]["application/json"]["schema"])
        taken, required = set(body["properties"]), set(body.get("required", ()))
    assert set(endpoint.fields) <= taken
    assert required <= set(endpoint.fields)
    for field in required:
        assert endpoint.signature.parameters[field].default is inspect.Parameter.empty


@pytest.mark.parametrize(("name", "endpoint"), ENDPOINTS)
def test_the_guard_of_publishable_keys_is_the_servers(
    name: str, endpoint: Endpoint[Any, Any]
) -> None:
    access = route(endpoint).get("x-clutch-access", ["publishable"])
    assert endpoint.is_publishable == ("publishable" in access)


@pytest.mark.parametrize(("name", "endpoint"), ENDPOINTS)
def test_every_result_has_the_fields_that_are_served(
    name: str, endpoint: Endpoint[Any, Any]
) -> None:
    answers = route(endpoint)["responses"]
    status = min(answers)
    if status == "204":
        assert endpoint.result is type(None)
        return
    compare(endpoint.result, answers[status]["content"]["application/json"]["schema"], name)


def compare(hint: Any, schema: dict[str, Any], place: str) -> None:
    """The type and the schema have the same members, all the way down."""
    schema = resolved(schema)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        wanted = [each for each in get_args(hint) if each is not type(None)]
        offered = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
        by_fields = {frozenset(names(each)): each for each in map(resolved, offered)}
        for each in wanted:
            target = by_fields[frozenset(names(each))] if len(wanted) > 1 else offered[0]
            compare(each, target, place)
    elif origin is list:
        assert schema["type"] == "array", place
        compare(get_args(hint)[0], schema["items"], f"{place}[]")
    elif is_dataclass(hint) and isinstance(hint, type) and schema != OPEN:
        assert names(hint) == names(schema), f"{place}: the SDK's {hint.__name__} is not as served"
        hints = get_type_hints(hint)
        for each in fields(hint):
            if each.name not in schema.get("required", ()):
                assert each.default is None, f"{place}.{each.name} may be absent"
            compare(hints[each.name], schema["properties"][each.name], f"{place}.{each.name}")
    elif origin is Literal:
        known = schema.get("enum", [schema.get("const")])
        assert set(get_args(hint)) == set(known), place


def names(shape: Any) -> set[str]:
    if isinstance(shape, dict):
        return set(shape.get("properties", ()))
    return {each.name for each in fields(shape)} if is_dataclass(shape) else set()
