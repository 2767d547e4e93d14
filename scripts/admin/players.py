"""How scripts find the buddy that a row is about, and what was booked for a row before."""

from app.sdk import HatchedClient
from app.sdk.results import Buddy, LedgerEntry
from scripts.admin.frame import CannotBeDone
from scripts.admin.rows import Column, Row

ENTRIES_LOOKED_AT = 200
WHO = (
    Column("user_id", "whose active buddy; this or buddy_id"),
    Column("buddy_id", "the buddy itself"),
    Column("audience", "which buddy of the user, where there are several"),
)


def buddy_of(client: HatchedClient, row: Row) -> Buddy:
    """The buddy of a row.

    Raises:
        CannotBeDone: there is none, or several.
        NotFoundError: there is no buddy of that id.
    """
    if row.get("buddy_id"):
        return client.buddies.get(row["buddy_id"])
    if not row.get("user_id"):
        raise CannotBeDone("neither user_id nor buddy_id is given")
    found = client.buddies.list(user_id=row["user_id"], status="active").data
    if row.get("audience"):
        found = [each for each in found if each.audience == row["audience"]]
    if len(found) == 1:
        return found[0]
    audiences = ", ".join(each.audience for each in found)
    raise CannotBeDone(
        f"{row['user_id']} has several buddies; name an audience of {audiences}"
        if found
        else f"{row['user_id']} has no active buddy"
    )


def booked(client: HatchedClient, buddy_id: str, reference_id: str) -> LedgerEntry | None:
    """An entry of this reference among the buddy's newest ones."""
    newest = client.buddies.ledger(buddy_id, limit=ENTRIES_LOOKED_AT).data
    return next((each for each in newest if each.reference_id == reference_id), None)
