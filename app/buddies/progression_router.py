"""Progression, skills and users over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.buddies import progression, skills
from app.buddies.progression_schemas import (
    Badges,
    ProgressionStanding,
    UpdateSkills,
    UserSummary,
)
from app.buddies.schemas import Buddy
from app.kit.door import InReadTx, InTx, TxRoute, access
from app.kit.principal import BUDDY_READERS, Credential
from app.kit.schemas import CallerId, UuidText
from app.users.schemas import ChangeUser, User

ADMIN = access(Credential.SECRET)
READERS = access(*BUDDY_READERS)
BuddyId = Annotated[UuidText, Path()]
UserId = Annotated[CallerId, Path()]
router = APIRouter(prefix="/api/v1/buddies", tags=["buddies"], route_class=TxRoute)
user_router = APIRouter(prefix="/api/v1/users", tags=["users"], route_class=TxRoute)


@router.patch("/{buddy_id}/skills", summary="Change skills", openapi_extra=ADMIN)
async def update_skills(buddy_id: BuddyId, given: UpdateSkills, tx: InTx) -> Buddy:
    """Raise, lower or set skills, all or none; the buddy after it."""
    return await skills.update(tx, buddy_id, given)


@router.get("/{buddy_id}/progression", summary="Read progression", openapi_extra=READERS)
async def get_progression(buddy_id: BuddyId, tx: InReadTx) -> ProgressionStanding:
    """Skills with levels, streaks, counters, badges and what is left of caps."""
    return await progression.read(tx, buddy_id)


@router.get("/{buddy_id}/badges", summary="Read badges", openapi_extra=READERS)
async def get_badges(buddy_id: BuddyId, tx: InReadTx) -> Badges:
    """Badges earned, ready to be awarded, and locked ones with what is missing."""
    return await progression.badges(tx, buddy_id)


@user_router.get("/{user_id}", summary="Read a user", openapi_extra=ADMIN)
async def get_user(user_id: UserId, tx: InReadTx) -> User:
    """Time zone and display name; null where not set."""
    return await progression.user(tx, user_id)


@user_router.patch("/{user_id}", summary="Change a user", openapi_extra=ADMIN)
async def change_user(user_id: UserId, given: ChangeUser, tx: InTx) -> User:
    """Change what is given. A new time zone counts from the next day on."""
    return await progression.change_user(tx, user_id, given)


@user_router.get("/{user_id}/summary", summary="Read a user's summary", openapi_extra=ADMIN)
async def get_user_summary(user_id: UserId, tx: InReadTx) -> UserSummary:
    """All buddies of the user with tokens, badges and streaks."""
    return await progression.summary(tx, user_id)
