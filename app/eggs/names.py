"""Names for newly hatched buddies. Pure."""

FIRST = (
    "Ba", "Bi", "Cla", "Da", "Do", "Ella", "Fi", "Flo", "Ga", "Hu", "Iggy", "Jo", "Ka", "Li", "Lu",
    "Ma", "Mi", "No", "Oda", "Pi", "Po", "Qui", "Ri", "Ro", "Sa", "Su", "Ta", "Ti", "Vi", "Zu",
)  # fmt: skip
SECOND = (
    "bble", "ddle", "ffin", "ggle", "llow", "mble", "mmy", "ndle", "pple", "rro", "sco", "ttle",
    "via", "wick", "xie", "zzle",
)  # fmt: skip


def name_of(variant: int) -> str:
    """A name for a variant, the same one each time."""
    return FIRST[variant % len(FIRST)] + SECOND[variant // len(FIRST) % len(SECOND)]
