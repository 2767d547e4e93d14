"""The served OpenAPI is frozen in `tests/openapi.json`, so that a change to it is seen in review.

After a change that is meant: `python -m tests.test_openapi` writes the file anew.
"""

import json
from pathlib import Path
from typing import Any

from app.customers.delegation import PUBLISHABLE_SCOPES
from app.main import create_app
from app.settings import Settings

SNAPSHOT = Path(__file__).parent / "openapi.json"
CURE = "If the change is meant, run: python -m tests.test_openapi, and read the difference."


def served() -> dict[str, Any]:
    """What `GET /api/v1/openapi.json` answers."""
    app = create_app(Settings(master_key="0123456789abcdef" * 4), with_worker=False)
    return app.openapi()


def test_the_api_is_the_one_that_was_reviewed() -> None:
    frozen, now = json.loads(SNAPSHOT.read_text()), served()
    assert now["paths"].keys() == frozen["paths"].keys(), CURE
    changed = [path for path, routes in now["paths"].items() if routes != frozen["paths"][path]]
    assert changed == [], CURE
    schemas, before = now["components"]["schemas"], frozen["components"]["schemas"]
    assert schemas.keys() == before.keys(), CURE
    assert [name for name, schema in schemas.items() if schema != before[name]] == [], CURE
    assert now == frozen, CURE


def test_every_refusal_is_described_as_the_envelope() -> None:
    """Nothing promises the framework's own form of a refusal, which is never sent."""
    document = served()
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, routes in document["paths"].items():
        for method, operation in routes.items():
            assert "422" not in operation["responses"], f"{method} {path}"
            described = operation["responses"]["4XX"]["content"]["application/json"]["schema"]
            assert described["$ref"].endswith("/ErrorEnvelope")


def test_every_input_refuses_what_it_does_not_know() -> None:
    document = served()
    bodies = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].split("/")[-1]
        for routes in document["paths"].values()
        for operation in routes.values()
        if "requestBody" in operation
    }
    assert len(bodies) > 10
    schemas = document["components"]["schemas"]
    assert [name for name in bodies if schemas[name].get("additionalProperties") is not False] == []


def test_a_publishable_key_can_have_the_scope_of_every_route_that_states_it() -> None:
    needed = {
        operation["x-clutch-scopes"]["publishable"]
        for routes in served()["paths"].values()
        for operation in routes.values()
        if "publishable" in operation.get("x-clutch-access", ())
    }
    assert needed == PUBLISHABLE_SCOPES


def test_every_operation_has_an_id_of_its_own() -> None:
    ids = [
        operation["operationId"]
        for routes in served()["paths"].values()
        for operation in routes.values()
    ]
    assert len(set(ids)) == len(ids)


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(served(), indent=1, sort_keys=True, ensure_ascii=False) + "\n")
