"""What a key may hand on: a key makes, renews and revokes only keys that may do no more. Pure."""

from dataclasses import dataclass
from datetime import datetime

from app.kit.clock import to_text
from app.kit.errors import Forbidden
from app.kit.principal import Credential, Principal

PUBLISHABLE_SCOPES = frozenset({"read:buddies", "read:operations", "write:embed-tokens"})
PUBLISHABLE_DEFAULT = frozenset({"read:operations", "write:embed-tokens"})
REPORTING = "write:matches"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a key may do and until when; a secret key without scopes may do everything."""

    kind: Credential
    scopes: frozenset[str]
    allowed_origins: frozenset[str]
    expires_at: datetime | None

    @property
    def is_unlimited(self) -> bool:
        """Whether it may do everything of its customer."""
        return self.kind == Credential.SECRET and not self.scopes

    @property
    def powers(self) -> frozenset[str]:
        """The scopes that somebody needs to hand it on."""
        return frozenset({REPORTING}) if self.kind == Credential.GAME_SERVER else self.scopes


def refuse_more(holder: Principal, grant: Grant) -> None:
    """Refuse to hand on what the holder has not.

    Raises:
        Forbidden: a scope that it lacks, everything where it has scopes, or a longer life.
    """
    if not holder.is_unlimited and grant.is_unlimited:
        raise Forbidden(
            "A key with scopes cannot manage a key without. Name the scopes of the new key.",
            details={"required_scope": "*"},
        )
    missing = frozenset() if holder.is_unlimited else grant.powers - holder.scopes
    if missing:
        named = ", ".join(sorted(missing))
        raise Forbidden(
            f"This key lacks {named}, so it cannot hand it on.", details={"required_scope": named}
        )
    ends = holder.expires_at
    if ends is not None and (grant.expires_at is None or grant.expires_at > ends):
        raise Forbidden(
            f"This key ends at {to_text(ends)}; a key that it manages must end by then.",
            details={"expires_at": to_text(ends)},
        )
