"""Console sessions on the wire."""

from app.kit.schemas import InstantOut, Output


class ConsoleSession(Output):
    """Who is signed in, and what may be seen.

    Without scopes the key may do everything of its customer. `expires_at` is when the session
    ends; null where the key itself was sent.
    """

    customer_id: str
    customer_name: str
    is_test: bool
    key_id: str
    scopes: list[str]
    expires_at: InstantOut | None
