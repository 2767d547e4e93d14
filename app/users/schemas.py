"""Users as the API shows and takes them."""

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from app.kit.schemas import Input, Name, Output


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _known_zone(name: str) -> str:
    if name not in _known_zones():
        raise ValueError("use the name of an IANA time zone, like Europe/Berlin")
    return name


TimeZone = Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]


class ChangeUser(Input):
    """What is left out stays; null forgets it. Without a time zone a user's days are UTC's."""

    time_zone: TimeZone | None = Field(None, description="Takes effect with the next day.")
    display_name: Name | None = None


class User(Output):
    """What is known about a user."""

    user_id: str
    time_zone: str | None
    display_name: str | None
