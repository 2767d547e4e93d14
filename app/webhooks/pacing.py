"""When a delivery to an endpoint with a rate may be sent: evenly, never two in one slot. Pure.

Slots are given out for the next two seconds at most, so what is claimed is sent well within its
lease.
"""

from collections import OrderedDict

HORIZON_SECONDS = 2.0
ENDPOINTS_KEPT = 10_000


class Pacer:
    """Gives out slots; seconds are those of a clock that only goes forward."""

    def __init__(self) -> None:
        self._next: OrderedDict[str, float] = OrderedDict()

    def free(self, endpoint_id: str, rate_per_second: int, seconds: float) -> int:
        """How many slots begin within the horizon."""
        first = max(seconds, self._next.get(endpoint_id, seconds))
        return max(0, int((seconds + HORIZON_SECONDS - first) * rate_per_second + 1e-6))

    def take(self, endpoint_id: str, rate_per_second: int, seconds: float) -> float:
        """Take the next slot; how many seconds there are until it begins."""
        slot = max(seconds, self._next.get(endpoint_id, seconds))
        self._next[endpoint_id] = slot + 1 / rate_per_second
        self._next.move_to_end(endpoint_id)
        if len(self._next) > ENDPOINTS_KEPT:
            self._next.popitem(last=False)
        return slot - seconds
