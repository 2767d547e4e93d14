"""Keys as the API and the command line take and show them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.customers.delegation import PUBLISHABLE_SCOPES
from app.customers.origins import Origins
from app.kit.errors import ValidationFailed
from app.kit.principal import Credential
from app.kit.schemas import Input, InstantIn, InstantOut, Name, Output, Text256

Scopes = Annotated[list[Text256], Field(min_length=1, max_length=64)]


class CreateKey(Input):
    """A new key.

    Without `scopes` a secret key may do everything, a publishable key `read:operations` and
    `write:embed-tokens`. Without `allowed_origins` a publishable key is for pages of any origin.
    """

    kind: Literal["secret", "publishable", "game_server"] = "secret"
    label: Name
    scopes: Scopes | None = None
    allowed_origins: Origins | None = None
    expires_at: InstantIn | None = None

    def refuse_nonsense(self, now: datetime, served: frozenset[str]) -> None:
        """Say what the form alone can't; `served` are the scopes that some route demands.

        Raises:
            ValidationFailed: scopes or origins that this kind has not, or an end in the past.
        """
        by_kind = {"secret": served, "publishable": PUBLISHABLE_SCOPES}
        possible = by_kind.get(self.kind, frozenset())
        wrong: list[dict[str, str]] = []
        for index, scope in enumerate(self.scopes or ()):
            if scope not in possible:
                listed = ", ".join(sorted(possible)) or "none"
                message = f"a {self.kind} key has no such scope; possible: {listed}"
                wrong.append({"path": f"/scopes/{index}", "message": message})
        if self.allowed_origins is not None and self.kind != "publishable":
            message = "only publishable keys are used by web pages"
            wrong.append({"path": "/allowed_origins", "message": message})
        if self.expires_at is not None and self.expires_at <= now:
            wrong.append({"path": "/expires_at", "message": "must be in the future"})
        if wrong:
            raise ValidationFailed(wrong)


class NewKey(Output):
    """A key at the one moment when its secret is shown."""

    key_id: str
    kind: Credential
    secret: str
    label: str
    scopes: list[str]
    allowed_origins: list[str]
    expires_at: InstantOut | None


class Key(Output):
    """A key as it is listed. Without scopes a secret key may do everything."""

    key_id: str
    kind: Credential
    label: str
    last_four: str
    scopes: list[str]
    allowed_origins: list[str]
    created_at: InstantOut
    expires_at: InstantOut | None
    revoked_at: InstantOut | None


class Keys(Output):
    """All keys, newest first."""

    data: list[Key]
