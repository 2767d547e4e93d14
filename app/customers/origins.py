"""Origins of web pages, as browsers write them in the header `Origin` (RFC 6454 §6.2)."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

ORIGINS_MAX = 20
_HOST = r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])"
_ORIGIN = re.compile(rf"(https?)://{_HOST}(?::([1-9]\d{{0,4}}))?", re.ASCII)
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def _as_browsers_write(origins: list[str]) -> list[str]:
    for origin in origins:
        found = _ORIGIN.fullmatch(origin)
        if found is None or _DEFAULT_PORTS[found[1]] == found[2]:
            raise ValueError(
                f"{origin!r} is not an origin as browsers write it, like https://app.example.com: "
                "scheme and host in small letters, a port only where it is not the usual one, "
                "no path and no `*`; leave the list out for any origin"
            )
    return sorted(set(origins))


Origins = Annotated[
    list[str], Field(min_length=1, max_length=ORIGINS_MAX), AfterValidator(_as_browsers_write)
]
