"""The rules of the house, held by a machine. Every exception stands here with its reason."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import Table, UniqueConstraint

from app.kit.door import IDS_DECIDE, TxRoute, _reading, _writing
from app.kit.permission import ACCESS
from app.kit.principal import Credential
from app.main import ROUTERS
from app.tables import METADATA

PROJECT = Path(__file__).parents[1]
APP = PROJECT / "app"
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "data", "info"}
MUTATING = {"POST", "PUT", "PATCH", "DELETE"}

GENERATED = {"app/hathora/models"}  # written by a machine, a file a resource

# Its rows are found by the hash of a key, before the customer is known.
TABLES_WITHOUT_CUSTOMER_FIRST = {"api_key"}

# Public: no credential exists for a monitor, a picture or a form.
OPEN_ROUTES = {
    "/health",
    "/health/live",
    "/health/ready",
    "/api/v1/health",
    "/api/v1/health/live",
    "/api/v1/health/ready",
    "/media/{customer_id}/{sha256}.png",
    "/guide",
    "/guide/{name}",
    "/widget.js",
    "/embed",
    "/embed.js",
    "/widget/items/{category}.svg",
    "/console",
    "/console/",
    "/console/{name:path}",
}

# They hold no transaction at all, or open short ones themselves; the reason beside each.
READERS_WITHOUT_A_TRANSACTION = {
    "/api/v1/operations/{operation_id}": "waits for up to 25 s between short reads",
    "/api/v1/webhook-configs/events": "lists what is compiled in",
}

SOURCES = sorted(
    path
    for folder in ("app", "tests", "scripts", "alembic")
    for path in (PROJECT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)
ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
TABLES = sorted(METADATA.tables.values(), key=lambda table: table.name)


def _name(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def _written_by_hand() -> list[Path]:
    return [
        path
        for path in SOURCES
        if not any(_name(path).startswith(folder) for folder in GENERATED)
        and "versions" not in path.parts
    ]


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def _route_id(route: APIRoute) -> str:
    return f"{' '.join(sorted(route.methods))} {route.path}"


def _dependencies(route: APIRoute) -> set[Any]:
    return {dependency.call for dependency in route.dependant.dependencies}


def _extra(route: APIRoute) -> dict[str, Any]:
    return route.openapi_extra or {}


def test_there_is_something_to_hold_to_the_rules() -> None:
    assert len(_written_by_hand()) > 100
    assert len(ROUTES) > 40
    assert len(TABLES) > 15


def test_no_file_is_longer_than_a_person_reads() -> None:
    long = {_name(path): len(path.read_text().splitlines()) for path in _written_by_hand()}
    assert {name: lines for name, lines in long.items() if lines > FILE_LINES_MAX} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {}
    for path in _written_by_hand():
        for function in _functions(_parsed(path)):
            lines = (function.end_lineno or 0) - function.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                long[f"{_name(path)}:{function.name}"] = lines
    assert long == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = {_name(path) for path in APP.rglob("*") if path.stem in FORBIDDEN_NAMES}
    assert names == set()


def test_no_source_leaves_work_for_later() -> None:
    marks = re.compile(r"#\s*(TODO|FIXME|XXX|HACK)\b")
    assert [_name(path) for path in SOURCES if marks.search(path.read_text())] == []


def test_no_test_sleeps_and_hopes() -> None:
    """A story pauses only in a loop that looks again; its slow peers may be as slow as they are."""
    hoping = [
        f"{_name(path)}:{line}"
        for path in (PROJECT / "tests").rglob("*.py")
        for function in _functions(_parsed(path))
        if function.name.startswith("test_")
        for line in _pauses(function.body)
    ]
    assert hoping == []


def _pauses(body: list[ast.stmt]) -> Iterator[int]:
    """Lines that sleep in these statements, loops and inner functions left out."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Call) and re.match(
            r"(time|asyncio)\.sleep\((?!0\))", ast.unparse(node)
        ):
            yield node.lineno
        waiting.extend(ast.iter_child_nodes(node))


def test_no_source_names_a_developers_machine_or_a_package_host() -> None:
    private = re.compile(
        r"/(?:work|root|home|Users)/\w|(?:pypi|python(?:hosted)|npmjs|crates|anaconda)\.(?:org|io|com)"
    )
    named = [
        f"{_name(path)}: {found.group()}"
        for path in APP.rglob("*")
        if path.is_file() and path.suffix in {".py", ".json", ".md", ".mjs", ".svg", ".toml"}
        if (found := private.search(path.read_text()))
    ]
    assert named == []


def test_the_engine_is_pure() -> None:
    """No clock, no chance, no I/O: it imports nothing that could bring them."""
    allowed = {
        "__future__", "abc", "bisect", "collections", "dataclasses", "datetime", "decimal",
        "enum", "fractions", "functools", "hashlib", "hmac", "itertools", "json", "math",
        "operator", "orjson", "pydantic", "pydantic_core", "re", "types", "typing", "uuid", "app",
    }  # fmt: skip
    foreign = {
        f"{path.name}: {name}"
        for path in (APP / "engine").glob("*.py")
        for name in _imported(path)
        if name.split(".")[0] not in allowed
    }
    assert foreign == set()


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("name", ["datetime.now", "datetime.utcnow", "time.time"])
def test_time_enters_through_the_clock_alone(name: str) -> None:
    """The tower below the roots asks its transaction what time it is."""
    beside = ("hathora", "sdk", "commands")  # the control plane has its own clock; the SDK none
    asking = [
        f"{_name(path)}:{node.lineno}"
        for path in APP.rglob("*.py")
        if path.relative_to(APP).parts[0] not in beside and path != APP / "kit" / "clock.py"
        for node in ast.walk(_parsed(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node).endswith(name)
    ]
    assert asking == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_key_of_every_table_begins_with_the_customer(table: Table) -> None:
    if table.name in TABLES_WITHOUT_CUSTOMER_FIRST:
        assert "customer_id" in table.columns
        return
    keys = [[column.name for column in table.primary_key.columns]]
    keys += [
        [column.name for column in constraint.columns]
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    keys += [[column.name for column in index.columns] for index in table.indexes]
    for foreign in table.foreign_key_constraints:
        keys.append([element.parent.name for element in foreign.elements])
        keys.append([element.column.name for element in foreign.elements])
    assert [key for key in keys if key[0] != "customer_id"] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_table_counts_by_itself_and_every_constraint_has_a_name(table: Table) -> None:
    """No sequences and no server defaults: ids are made by the application."""
    assert [column.name for column in table.columns if column.server_default is not None] == []
    assert table.autoincrement_column is None
    assert [constraint for constraint in table.constraints if constraint.name is None] == []


@pytest.mark.parametrize("route", ROUTES, ids=_route_id)
def test_every_route_says_who_may_call_it(route: APIRoute) -> None:
    if route.path in OPEN_ROUTES:
        return
    assert isinstance(route, TxRoute), "only the door authenticates"
    kinds = _extra(route).get(ACCESS)
    assert kinds, "a route without credentials"
    assert [Credential(kind) for kind in kinds]
    assert route.path.startswith("/api/v1/")


@pytest.mark.parametrize(
    "route", [each for each in ROUTES if each.methods == {"GET"}], ids=_route_id
)
def test_a_get_can_only_read(route: APIRoute) -> None:
    assert _writing not in _dependencies(route)
    if route.path in OPEN_ROUTES or route.path in READERS_WITHOUT_A_TRANSACTION:
        return
    assert _reading in _dependencies(route)


@pytest.mark.parametrize(
    "route", [each for each in ROUTES if each.methods & MUTATING], ids=_route_id
)
def test_a_repeated_mutation_is_recognised_by_its_key_or_by_its_ids(route: APIRoute) -> None:
    """The door keeps keyed answers in the handler's transaction, so there must be one."""
    is_keyed = _writing in _dependencies(route)
    assert is_keyed or _extra(route).get(IDS_DECIDE), "a repeat of this would count twice"


@pytest.mark.parametrize("route", ROUTES, ids=_route_id)
def test_every_route_has_a_summary_and_a_description(route: APIRoute) -> None:
    assert route.summary or not route.include_in_schema
    assert route.description
