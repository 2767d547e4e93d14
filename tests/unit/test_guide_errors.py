"""The guide's page of errors has every code that can be answered, with its status, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import app.main  # noqa: F401 - brings in every refusal
from app.guide.contents import source
from app.kit.egress_errors import ErrorClass
from app.kit.errors import AppError

APP = Path(__file__).parents[2] / "app"
# They speak other protocols: the control plane's, and what the SDK makes of no answer at all.
ELSEWHERE = {"hathora", "sdk"}
CODE = re.compile(r"^[a-z]+(_[a-z]+)*$")
# Made of a status of Starlette's own, not of a class.
STATUSES = {"route_not_found": 404, "method_not_allowed": 405, "internal_error": 500}


def refusals(kind: type[AppError] = AppError) -> Iterator[type[AppError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from refusals(child)


def statuses() -> dict[str, set[int]]:
    """Code to statuses, of every class that is raised."""
    found: dict[str, set[int]] = {}
    for kind in refusals():
        if kind.__module__.split(".")[1] not in ELSEWHERE:
            found.setdefault(kind.code, set()).add(kind.status)
    return found


def written() -> set[str]:
    """Every code that the program's text gives to a refusal."""
    return {
        code
        for path in APP.rglob("*.py")
        if path.relative_to(APP).parts[0] not in ELSEWHERE
        for code in _codes(ast.parse(path.read_text()))
    }


def _codes(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        values: list[ast.expr] = []
        if isinstance(node, ast.Call):
            values += [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            if ast.unparse(node.func).endswith(("IdConflict", "Conflicting")) and node.args:
                values.append(node.args[0])
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code":
            values.append(node.value)
        for value in values:
            for part in ast.walk(value):
                if isinstance(part, ast.Constant) and CODE.match(str(part.value)):
                    yield str(part.value)


def described() -> dict[str, int]:
    """The codes of the page, with their statuses."""
    found = re.findall(r"^### `([a-z_]+)` · (\d{3})$", source("errors"), flags=re.M)
    assert len(found) == len(dict(found)), "a code is described twice"
    return {code: int(status) for code, status in found}


def test_every_code_has_its_cure_and_no_other_is_described() -> None:
    assert set(described()) == written() | set(statuses())


def test_each_code_has_the_status_that_it_is_answered_with() -> None:
    page, served = described(), statuses()
    wrong = {
        code: (status, served[code])
        for code, status in page.items()
        if code in served and code not in STATUSES and served[code] != {status}
    }
    assert wrong == {}
    assert {code: page[code] for code in STATUSES} == STATUSES


def test_every_reason_of_a_failed_delivery_is_described() -> None:
    rows = set(re.findall(r"^\| `([a-z_]+)` \|", source("errors"), flags=re.M))
    assert {kind.value for kind in ErrorClass} <= rows
