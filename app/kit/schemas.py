"""The forms that requests and answers are made of."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from app.kit import ids
from app.kit.clock import MILLISECOND, to_text
from app.kit.wire import DEPTH_MAX, INTEGER_MAX, is_deeper

JSON_BYTES_MAX = 16 * 1024
DOCUMENT_DEPTH_MAX = 64
RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class Input(BaseModel):
    """A request body: exactly these fields, exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Output(BaseModel):
    """An answer; a field without a value is null unless it is declared with `absent`."""

    model_config = ConfigDict(frozen=True)


class ErrorContent(Output):
    """Why something was refused. `code` is stable, `message` says what to do next."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True)

    code: str
    message: str
    request_id: str = Field(alias="requestId")
    details: dict[str, Any] = Field(default={}, description="What the code promises.")


class ErrorEnvelope(Output):
    """The answer to everything that is refused."""

    error: ErrorContent


def absent() -> Any:
    """A member that is left out of the JSON when it has no value."""
    return Field(default=None, exclude_if=lambda value: value is None)


def _instant(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        if RFC_3339.fullmatch(value) is None:
            raise ValueError
        utc = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("use RFC 3339 with an offset, like 2026-03-04T05:06:07.890Z") from None
    return utc - utc.microsecond % 1000 * (MILLISECOND / 1000)


def _bounded_json(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if is_deeper(value, DEPTH_MAX):
        raise ValueError(f"must be nested at most {DEPTH_MAX} deep")
    if len(orjson.dumps(value)) > JSON_BYTES_MAX:
        raise ValueError(f"must be at most {JSON_BYTES_MAX} bytes of JSON")
    return value


def _bounded_document(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if is_deeper(value, DOCUMENT_DEPTH_MAX):
        raise ValueError(f"must be nested at most {DOCUMENT_DEPTH_MAX} deep")
    return value


_DATE_TIME = WithJsonSchema({"type": "string", "format": "date-time"})
InstantIn = Annotated[datetime, BeforeValidator(_instant), _DATE_TIME]
InstantOut = Annotated[datetime, PlainSerializer(to_text, return_type=str), _DATE_TIME]
Amount = Annotated[int, Field(ge=1, le=INTEGER_MAX)]
Text256 = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Key = Annotated[str, StringConstraints(pattern=ids.KEY)]
Audience = Annotated[str, StringConstraints(pattern=ids.AUDIENCE)]
CallerId = Annotated[str, StringConstraints(pattern=ids.CALLER_ID)]
UuidText = Annotated[str, StringConstraints(pattern=ids.UUID_TEXT)]
JsonObject = Annotated[dict[str, Any], AfterValidator(_bounded_json)]
JsonDocument = Annotated[dict[str, Any], AfterValidator(_bounded_document)]
