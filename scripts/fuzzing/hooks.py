"""What schemathesis is told about this API: ids that exist, and the one key it must not revoke."""

import json
import os
import re
from typing import Any

import schemathesis

KNOWN: dict[str, str] = json.loads(os.environ.get("CLUTCH_FUZZ_KNOWN", "{}"))
OWN_KEY = os.environ.get("CLUTCH_FUZZ_OWN_KEY", "")
WAIT_MS = 50  # an operation that nobody works on would be waited for
WAIT_MS_MAX = 25_000
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]
) -> None:
    """Name things that exist in most requests; the others try what does not."""
    waiting = (case.query or {}).get("wait_ms")
    if isinstance(waiting, int) and WAIT_MS < waiting <= WAIT_MS_MAX:
        case.query["wait_ms"] = WAIT_MS
    given = case.path_parameters
    if given.get("key_id") == OWN_KEY:
        given["key_id"] = KNOWN["key_id"]
    if case.meta is None or case.meta.phase.name.value == "stateful":
        return
    for name, value in given.items():
        is_wanted = name in KNOWN and isinstance(value, str)
        if is_wanted and UUID.fullmatch(value) and hash_of(value) % 4:
            given[name] = KNOWN[name]


def hash_of(text: str) -> int:
    """The same for the same text in every process."""
    return sum(text.encode())
