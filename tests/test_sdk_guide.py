"""The guide's list of methods is made from the code: `python -m tests.test_sdk_guide` renews it."""

import inspect
import types
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from app.sdk.calls import Endpoint, Method
from app.sdk.exchange import Exchange
from app.sdk.webhooks import verify_signature
from tests.sdk_support import methods, resources

PAGE = Path(__file__).parents[1] / "app" / "guide" / "sdk.md"
HEADING = "## Every method\n"


def reference() -> str:
    """A table a resource: how each method is called, what it answers, and the route it asks."""
    parts = [_options()]
    for name, resource in resources().items():
        mine = [each for each in methods() if each[0].rpartition(".")[0] == name]
        doc = "The client itself." if not name else inspect.getdoc(resource)
        rows = "".join(_row(path, method) for path, method in mine) + _others(name)
        title = f"`client.{name}`" if name else "`client`"
        parts.append(f"### {title}\n\n{doc}\n\n| call | answer | route |\n|---|---|---|\n{rows}")
    return "\n".join(parts)


def _options() -> str:
    taken = inspect.signature(Exchange).parameters.values()
    listed = ", ".join(f"`{each.name}={_shown(each.default)}`" for each in taken)
    return f"Options of both clients: {listed}, and `transport`, `sleep`.\n"


def _shown(default: Any) -> str:
    return default.__qualname__ if callable(default) else repr(default)


def _row(path: str, method: Method[Any, Any]) -> str:
    doc = " ".join((method.__doc__ or "").split()).split(". ")[0].rstrip(".")
    if isinstance(method, Endpoint):
        answer, route = _name(method.result), f"`{method.verb} {method.path}`"
    else:
        answer, route = "Operation", "`GET /operations/{operation_id}` until it ends"
    call = f"`{path.rpartition('.')[2]}({_taken(method.function)})`"
    return f"| {call} – {doc} | `{answer}` | {route} |\n"


def _taken(function: Any) -> str:
    """Parameters as a caller writes them; after `*` by name, with `=` optional."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    words, is_named = [], False
    for each in parameters:
        if each.kind is each.KEYWORD_ONLY and not is_named:
            words.append("*")
            is_named = True
        default = "" if each.default is each.empty else f"={each.default!r}"
        words.append(f"{each.name}{default.replace('=None', '=…')}")
    return ", ".join(words)


def _name(hint: Any) -> str:
    if get_origin(hint) in (list, types.UnionType):
        return f"list[{', '.join(_name(each) for each in get_args(hint))}]"
    return "None" if hint is type(None) else str(hint.__name__)


def _others(name: str) -> str:
    if name == "webhooks":
        taken = ", ".join(inspect.signature(verify_signature).parameters)
        return f"| `verify_signature({taken})` – Whether a signature is good | `bool` | |\n"
    if name:
        return ""
    resource = resources()[""]
    shown = ("get_rate_limit_info", "get_last_request_id")
    return "".join(
        f"| `{each}()` – {(getattr(resource, each).__doc__ or '').split(';')[0].rstrip('.')} "
        f"| `{_hint(getattr(resource, each))}` | |\n"
        for each in shown
    )


def _hint(function: Any) -> str:
    [hint, *_] = get_args(get_type_hints(function)["return"])
    return f"{hint.__name__}, None"


def renewed(page: str) -> str:
    """The page with the reference, its last section, as the code has it now."""
    return f"{page.partition(HEADING)[0]}{HEADING}\n{reference()}"


def test_the_guide_lists_the_methods_as_they_are() -> None:
    page = PAGE.read_text()
    assert page == renewed(page), "renew it: python -m tests.test_sdk_guide"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text()))
