"""Found and erased users, as the API shows them."""

from app.kit.schemas import Output
from app.users.schemas import User


class UserList(Output):
    """Users in the order of their ids; go on with `next_after` until it is null."""

    data: list[User]
    next_after: str | None


class ErasedUser(Output):
    """Who the user is from now on, and how many rows were changed, by kind."""

    pseudonym: str
    buddies: int
    eggs: int
    events: int
    matches: int
    deliveries: int
    sessions: int
