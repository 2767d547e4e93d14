"""Ready-made rules, carried with the program. Pure, but for reading its own files."""

from functools import cache
from pathlib import Path
from typing import Any

import orjson

from app.kit.errors import NotFound

FOLDER = Path(__file__).parent / "presets"


@cache
def presets() -> dict[str, dict[str, Any]]:
    """Every preset by key: `{key, title, notes, document, gates}`. Read-only."""
    found = (orjson.loads(file.read_bytes()) for file in sorted(FOLDER.glob("*.json")))
    return {preset["key"]: preset for preset in found}


def preset(key: str) -> dict[str, Any]:
    """One preset.

    Raises:
        NotFound: there is none with this key.
    """
    found = presets().get(key)
    if found is None:
        raise NotFound("preset", key)
    return found
