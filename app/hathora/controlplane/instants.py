"""Unix seconds as the aware datetimes that the wire models carry."""

from datetime import UTC, datetime
from typing import overload


@overload
def instant(seconds: float) -> datetime: ...
@overload
def instant(seconds: None) -> None: ...
def instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
