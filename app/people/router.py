"""Users found and erased over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.kit.door import InReadTx, InTx, TxRoute, access
from app.kit.pages import Limit
from app.kit.principal import Credential
from app.kit.schemas import CallerId
from app.people import erasing, finding
from app.people.finding import Wanted
from app.people.schemas import ErasedUser, UserList

ADMIN = access(Credential.SECRET)
Part = Annotated[str | None, Query(pattern=r"^[^\x00-\x1f]{1,128}$")]
router = APIRouter(prefix="/api/v1/users", tags=["users"], route_class=TxRoute)


@router.get("", summary="Find users", openapi_extra=ADMIN)
async def find_users(
    tx: InReadTx,
    prefix: Annotated[CallerId | None, Query()] = None,
    query: Part = None,
    after: Annotated[CallerId | None, Query()] = None,
    limit: Limit = 50,
) -> UserList:
    """All users, or those whose id begins with `prefix` or contains `query`, as a name may."""
    return await finding.find(tx, Wanted(prefix, query, after), limit)


@router.post("/{user_id}/erase", summary="Erase a user", openapi_extra=ADMIN)
async def erase_user(user_id: Annotated[CallerId, Path()], tx: InTx) -> ErasedUser:
    """Put a pseudonym in the user's place everywhere; it cannot be undone. The ledger stays.

    Active buddies are archived. 409 while the user is in a match that has not ended.
    """
    return await erasing.erase(tx, user_id)
