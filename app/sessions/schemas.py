"""Widget sessions and embed tokens on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from app.customers.origins import Origins
from app.kit.schemas import CallerId, Input, InstantOut, Output, UuidText
from app.sessions.grant import EMBED_SECONDS_MAX, SESSION_SECONDS_MAX, ScopeName


class CreateSession(Input):
    """A session for one user's buddy, for at most an hour.

    Without `allowed_origins` it may be used on any page, or where the key may be used.
    """

    buddy_id: UuidText
    user_id: CallerId
    scopes: Annotated[list[ScopeName], Field(min_length=1, max_length=16)]
    ttl_seconds: Annotated[int, Field(ge=1, le=SESSION_SECONDS_MAX)] = SESSION_SECONDS_MAX
    allowed_origins: Origins | None = None


class CreateEmbedToken(Input):
    """A read-only token for one user's buddy, for at most a day; it takes no scopes."""

    buddy_id: UuidText
    user_id: CallerId
    ttl_seconds: Annotated[int, Field(ge=1, le=EMBED_SECONDS_MAX)] = EMBED_SECONDS_MAX
    allowed_origins: Origins | None = None


class SessionToken(Output):
    """A session with its token."""

    token: str
    session_id: str
    expires_at: InstantOut
    scopes: list[str]


class EmbedToken(Output):
    """A token that can show one buddy."""

    token: str
    expires_at: InstantOut
    mode: Literal["read-only"]
