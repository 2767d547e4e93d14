"""The artist that the settings ask for."""

from app.art.provider import HttpArtist
from app.art.service import Artist
from app.art.studio import Studio
from app.kit.egress import Egress


def open_artist(egress: Egress, *, url: str = "", secret: str = "") -> Artist:
    """Whoever draws: the provider at `url`, or our own studio where there is none."""
    return HttpArtist(egress, url, secret) if url else Studio()
