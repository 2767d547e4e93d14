"""Who is asking: the principal behind a request and what its credential may do. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
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


KEYS = frozenset({Credential.SECRET, Credential.PUBLISHABLE})
BUDDY_BOUND = frozenset({Credential.WIDGET_SESSION, Credential.EMBED_TOKEN})
BROWSER = BUDDY_BOUND | {Credential.PUBLISHABLE}
BUDDY_READERS = (
    Credential.SECRET,
    Credential.PUBLISHABLE,
    Credential.WIDGET_SESSION,
    Credential.EMBED_TOKEN,
)


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller. `id` is the key or token; `subject` what it is bound to.

    For sessions and embed tokens `subject` is a buddy's id and `user_id` its user. An empty
    `allowed_origins` means any, `expires_at` None never. `session_id` is the console session by
    which the holder of a secret key calls, None where the key itself was sent.
    """

    kind: Credential
    customer_id: str
    id: str
    is_test: bool = False
    scopes: frozenset[str] = field(default_factory=frozenset)
    subject: str | None = None
    user_id: str | None = None
    allowed_origins: frozenset[str] = field(default_factory=frozenset)
    expires_at: datetime | None = None
    session_id: str | None = None

    @property
    def is_unlimited(self) -> bool:
        """Whether it may do everything of its customer: a secret key without scopes."""
        return self.kind == Credential.SECRET and not self.scopes

    def has(self, scope: str) -> bool:
        """Whether its scopes hold this one; kinds that know no scopes have what they need."""
        if self.kind in KEYS or self.kind in BUDDY_BOUND:
            return self.is_unlimited or scope in self.scopes
        return True
