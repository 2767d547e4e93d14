"""Refusals of an audience that is missing or unknown."""

from collections.abc import Iterable

from app.kit.errors import BadRequest


class MissingAudience(BadRequest):
    """There are several audiences, and none was named."""

    code = "missing_audience"

    def __init__(self, audiences: Iterable[str], where: str) -> None:
        super().__init__(
            f"This customer has several audiences; name one in `{where}`.",
            details={"audiences": list(audiences)},
        )


class UnknownAudience(BadRequest):
    """Neither the config nor any buddy has the audience that was named."""

    code = "unknown_audience"

    def __init__(self, audiences: Iterable[str], named: object) -> None:
        known = list(audiences)
        listed = ", ".join(known) or "none yet"
        super().__init__(
            f"There is no audience {named!r}; known: {listed}.", details={"audiences": known}
        )
