"""Which version a buddy is pinned to, and whether its changer knows that."""

from collections.abc import Iterable

from app.kit.errors import Conflict
from app.kit.tx import Tx


class ConfigVersionMismatch(Conflict):
    """The caller expected the buddy to follow other rules; nothing was changed."""

    code = "config_version_mismatch"

    def __init__(self, expected: str, actual: str) -> None:
        super().__init__(
            "The buddy is pinned to another config version than X-Expected-Config-Version says. "
            "Read the buddy, or migrate it, and try again.",
            details={"expected": expected, "actual": actual},
        )


def require_expected(tx: Tx, pinned: Iterable[str]) -> None:
    """Refuse to change buddies of these versions if the request expects another one.

    Raises:
        ConfigVersionMismatch: it does.
    """
    expected = tx.expected_config_version
    if expected is None:
        return
    for config_version_id in pinned:
        if config_version_id != expected:
            raise ConfigVersionMismatch(expected, config_version_id)
