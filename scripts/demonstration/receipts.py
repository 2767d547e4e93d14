"""Whether every delivery that the API lists arrived and was verified. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Comparison:
    """Ids by what is wrong with them; `listed` and `verified` count different deliveries."""

    listed: int
    verified: int
    missing: tuple[str, ...]
    unverified: tuple[str, ...]
    unknown: tuple[str, ...]
    not_succeeded: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Each delivery succeeded, and the receiver believed it by both rules."""
        wrong = (self.missing, self.unverified, self.unknown, self.not_succeeded)
        return self.listed > 0 and not any(wrong)


def compare(deliveries: Sequence[dict[str, Any]], lines: Sequence[dict[str, Any]]) -> Comparison:
    """The API's list of deliveries beside the lines of the receiver's log.

    A delivery may arrive more than once; each arrival must be verified by both rules.
    """
    listed = {each["id"] for each in deliveries}
    received = {str(line["delivery_id"]) for line in lines}
    unverified = {
        str(line["delivery_id"])
        for line in lines
        if not (line["verified_standard"] and line["verified_hatched"])
    }
    return Comparison(
        listed=len(listed),
        verified=len((received & listed) - unverified),
        missing=tuple(sorted(listed - received)),
        unverified=tuple(sorted(unverified)),
        unknown=tuple(sorted(received - listed)),
        not_succeeded=tuple(
            sorted(each["id"] for each in deliveries if each["status"] != "succeeded")
        ),
    )
