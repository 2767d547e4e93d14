"""Migration of buddies over HTTP."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field, model_validator

from app.buddies import migrating
from app.kit.door import InTx, TxRoute, access
from app.kit.principal import Credential
from app.kit.schemas import Audience, Input, UuidText
from app.operations.schemas import OperationStarted

ADMIN = access(Credential.SECRET)
router = APIRouter(prefix="/api/v1/buddies", tags=["buddies"], route_class=TxRoute)


class Migrate(Input):
    """Which buddies are to follow which rules: exactly one of the last three fields is given."""

    config_version_id: UuidText = Field(description="A published or archived version.")
    buddy_id: UuidText | None = None
    audience: Audience | None = None
    all: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_is_given(self) -> "Migrate":
        if sum(given is not None for given in (self.buddy_id, self.audience, self.all)) != 1:
            raise ValueError("give exactly one of buddy_id, audience and all")
        return self


@router.post("/migrate", status_code=202, summary="Migrate buddies", openapi_extra=ADMIN)
async def migrate_buddies(given: Migrate, tx: InTx) -> OperationStarted:
    """Let one buddy, an audience or all follow another version; what they have stays as it is.

    Ask `GET /operations/{operation_id}` for `{moved, skipped}`.
    Archived buddies, and those that follow the version already, are counted as skipped.
    """
    work = await migrating.start(
        tx, given.config_version_id, buddy_id=given.buddy_id, audience=given.audience
    )
    return OperationStarted(operation_id=work.id, status=work.status)
