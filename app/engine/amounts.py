"""How much: exact scaling, luck and caps. Pure.

Scaling is done in whole numbers (a decimal factor is a fraction), so it has no binary error and
cannot overflow; results are clamped to 2^53−1.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from typing import Any

from app.engine.conditions import MAX_INTEGER
from app.engine.state import CapRecord


class Rounding(StrEnum):
    FLOOR = "floor"
    HALF_EVEN = "half_even"
    CEIL = "ceil"


@dataclass(frozen=True, slots=True)
class Ratio:
    """A positive factor as a fraction."""

    numerator: int
    denominator: int

    @classmethod
    def of(cls, factor: Decimal) -> "Ratio":
        """The fraction that equals a decimal."""
        return cls(*factor.as_integer_ratio())


@dataclass(frozen=True, slots=True)
class Scaled:
    """An amount taken from a property; `path` leads to it, a name a level."""

    path: tuple[str, ...]
    factor: Ratio
    rounding: Rounding
    at_least: int | None
    at_most: int | None


@dataclass(frozen=True, slots=True)
class Limits:
    """A rule's caps; None where there is none."""

    daily: int | None
    weekly: int | None
    total: int | None


UNUSED: CapRecord = [0, 0, 0, 0, 0]


def number_of(value: Any) -> int | float | None:
    """The value if it is a finite number, else None. A boolean is not a number."""
    if type(value) is int:
        return value
    if type(value) is float and isfinite(value):
        return value
    return None


def find(properties: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The property at a path, or None where a name is missing or leads into no object."""
    found: Any = properties
    for name in path:
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found


def scale(value: int | float, factor: Ratio, rounding: Rounding) -> int:
    """`value × factor` as a whole number, at most 2^53−1; a float is taken as it is written."""
    numerator, denominator = factor.numerator, factor.denominator
    if type(value) is int:
        numerator *= value
    else:
        over, under = Decimal(repr(value)).as_integer_ratio()
        numerator, denominator = numerator * over, denominator * under
    quotient, rest = divmod(numerator, denominator)
    up = rounding is Rounding.CEIL and rest > 0
    if rounding is Rounding.HALF_EVEN:
        up = 2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1)
    return min(quotient + up, MAX_INTEGER)


def amount_from(properties: Mapping[str, Any], scaled: Scaled) -> int | None:
    """The scaled property, clamped; None where there is no number. It may be zero or less."""
    value = number_of(find(properties, scaled.path))
    if value is None:
        return None
    amount = scale(value, scaled.factor, scaled.rounding)
    if scaled.at_least is not None and amount < scaled.at_least:
        amount = scaled.at_least
    if scaled.at_most is not None and amount > scaled.at_most:
        amount = scaled.at_most
    return amount


def threshold_of(chance: Decimal) -> int:
    """The number of 64-bit draws that win at this chance."""
    return int(chance * 2**64)


def is_lucky(draw_secret: bytes, event_id: str, rule: str, threshold: int) -> bool:
    """Whether this event wins this rule's draw.

    The draw is the first 64 bits of HMAC-SHA256(secret, event id ‖ NUL ‖ rule): a replay draws
    the same, and nobody without the secret can look for lucky ids.
    """
    message = f"{event_id}\0{rule}".encode("utf-8", "surrogatepass")
    digest = hmac.digest(draw_secret, message, "sha256")
    return int.from_bytes(digest[:8], "big") < threshold


def rolled(used: CapRecord, day: int, week: int) -> CapRecord:
    """The record in the window of `day` and `week`. Time that runs backwards changes nothing."""
    used_day, in_day, used_week, in_week, ever = used
    if day > used_day:
        used_day, in_day = day, 0
    if week > used_week:
        used_week, in_week = week, 0
    return [used_day, in_day, used_week, in_week, ever]


def room(limits: Limits, used: CapRecord) -> tuple[int, str]:
    """What may still be given, and which cap says so (`daily`, `weekly` or `total`)."""
    least, which = MAX_INTEGER, "total"
    if limits.daily is not None and limits.daily - used[1] < least:
        least, which = limits.daily - used[1], "daily"
    if limits.weekly is not None and limits.weekly - used[3] < least:
        least, which = limits.weekly - used[3], "weekly"
    if limits.total is not None and limits.total - used[4] < least:
        least, which = limits.total - used[4], "total"
    return max(least, 0), which


def used_more(used: CapRecord, amount: int) -> CapRecord:
    """The record after another `amount` was given."""
    return [used[0], used[1] + amount, used[2], used[3] + amount, used[4] + amount]


def used_less(used: CapRecord, day: int, week: int, amount: int) -> CapRecord:
    """The record after `amount`, given in that day and week, was taken back."""
    used_day, in_day, used_week, in_week, ever = used
    return [
        used_day,
        max(0, in_day - amount) if used_day == day else in_day,
        used_week,
        max(0, in_week - amount) if used_week == week else in_week,
        max(0, ever - amount),
    ]
