"""What happened: the one input of the engine. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple


class Event(NamedTuple):
    """One event of one buddy.

    `occurred_at` and `received_at` are aware UTC instants; where the caller gave no `occurred_at`,
    it equals `received_at`. `properties` is any JSON object.
    """

    event_id: str
    type: str
    occurred_at: datetime
    received_at: datetime
    properties: Mapping[str, Any]
