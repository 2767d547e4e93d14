"""Who is asking: the principal behind a request and what its credential may do. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum


class Credential(StrEnum):
    """The kinds of credential; routes name them in `x-clutch-access`."""

    SECRET = "secret"
    PUBLISHABLE = "publishable"
    WIDGET_SESSION = "widget_session"
    EMBED_TOKEN = "embed_token"
    GAME_SERVER = "game_server"
    MATCH_TOKEN = "match_token"
    CLAIM_CODE = "claim_code"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller. `id` is the key or token; `subject` what it is bound to."""

    kind: Credential
    customer_id: str
    id: str
    is_test: bool = False
    scopes: frozenset[str] = field(default_factory=frozenset)
    subject: str | None = None
