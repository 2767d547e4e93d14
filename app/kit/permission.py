"""What a route demands of its callers, and whether one meets it. Pure.

A key needs `read:<collection>` for a GET and `write:<collection>` for anything else, where the
collection is the first part of the path below the base path. A session or an embed token needs
one of the session scopes, and has its own buddy alone.
"""

from dataclasses import dataclass
from typing import Any

from app.kit.errors import Forbidden
from app.kit.principal import BROWSER, BUDDY_BOUND, KEYS, Credential, Principal

ACCESS = "x-clutch-access"
SCOPES = "x-clutch-scopes"
READ = "read"


@dataclass(frozen=True, slots=True)
class Requirement:
    """The kinds of credential that a route takes, and the scope that each of them needs."""

    scopes: dict[Credential, str]
    scope: str

    @property
    def credentials(self) -> frozenset[Credential]:
        """The kinds of credential that may call at all."""
        return frozenset(self.scopes)

    @classmethod
    def of(cls, path: str, methods: set[str], extra: dict[str, Any]) -> "Requirement":
        """What a route demands, from its path, its methods and its `openapi_extra`."""
        is_reading = methods == {"GET"}
        verb = "read" if is_reading else "write"
        scope = f"{verb}:{path.split('/')[3]}"
        credentials = [Credential(name) for name in extra.get(ACCESS, ("secret",))]
        given = extra.get(SCOPES, {})
        session_scope = given.get(Credential.WIDGET_SESSION, READ)
        is_tame = is_reading or session_scope != READ or not BUDDY_BOUND & {*credentials}
        assert is_tame, f"{path} changes something: name the session scope that it needs"
        is_shown = is_reading or Credential.EMBED_TOKEN not in credentials
        assert is_shown, f"{path} changes something: embed tokens can only read"
        needed = {kind: scope if kind in KEYS else session_scope for kind in credentials}
        return cls(needed, scope)

    def stated(self) -> dict[str, str]:
        """The scopes as OpenAPI states them: `x-clutch-scopes`, by credential."""
        takes = KEYS | BUDDY_BOUND
        return {kind.value: scope for kind, scope in self.scopes.items() if kind in takes}


def permit(principal: Principal, required: Requirement, origin: str | None) -> None:
    """Let a caller pass, or refuse it.

    Raises:
        Forbidden: its kind may not call this, it lacks the scope, or a browser sends it from an
            origin that it is not for. `details.required_scope` is what it would need.
    """
    needed = required.scopes.get(principal.kind)
    if needed is None:
        raise _refusal(
            principal,
            required.scope,
            f"A {principal.kind} credential may not do this; "
            f"it takes one of: {', '.join(sorted(required.credentials))}.",
        )
    if not principal.has(needed):
        raise _refusal(
            principal, needed, f"This {principal.kind} credential lacks the scope {needed}."
        )
    if origin is not None and principal.kind in BROWSER and not may_read(principal, origin):
        raise Forbidden(
            f"This credential is not for pages of {origin}. Add it to its allowed_origins.",
            details={"origin": origin},
        )


def may_read(principal: Principal, origin: str) -> bool:
    """Whether a page of an origin may read what this caller is answered.

    A browser's credential without a list of origins is for every page; other kinds are for none.
    """
    if principal.kind not in BROWSER:
        return False
    return not principal.allowed_origins or origin in principal.allowed_origins


def _refusal(principal: Principal, scope: str, message: str) -> Forbidden:
    is_publishable = principal.kind == Credential.PUBLISHABLE
    return Forbidden(
        message,
        details={"required_scope": scope},
        code="publishable_key_scope" if is_publishable else "forbidden",
    )
