"""What every wire model shares: key names, and which absent values are written down.

Answers follow one rule: a field *without* a default is a required key and is written even when it
is null; a field *with* a default is an optional key and is left out when it has no value. The
official SDK refuses an answer that mixes the two up.
"""

from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic.alias_generators import to_camel


class Answer(BaseModel):
    """A body that the control plane sends and the client reads; unknown keys are dropped."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )

    @model_serializer(mode="wrap")
    def _leave_out_absent(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        for name, field in type(self).model_fields.items():
            if getattr(self, name) is None and not field.is_required():
                written.pop(name, None)
                written.pop(field.serialization_alias or field.alias or name, None)
        return written


class Request(BaseModel):
    """A body that a caller sends: no unknown keys, no conversion between JSON types."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        strict=True,
        frozen=True,
    )


class Failure(Answer):
    """The body of every documented error."""

    message: str


class Nothing(Answer):
    """A success without a body (204)."""


ABSENT: Literal[None] = None
"""Default of an optional key: it is not on the wire."""
