"""The atelier that the settings ask for, and how handlers come by it."""

from pathlib import Path
from typing import Annotated, cast

from fastapi import Depends, Request

from app.art.media import open_media
from app.art.provider import HttpArtist
from app.art.service import Atelier
from app.art.studio import Studio
from app.kit.arguments import provider
from app.kit.egress import Egress


def open_atelier(
    egress: Egress, *, url: str = "", secret: str = "", directory: Path | None = None
) -> Atelier:
    """The provider at `url` draws, or our own studio; see `open_media` for the directory."""
    artist = HttpArtist(egress, url, secret) if url else Studio()
    return Atelier(artist, open_media(directory))


@provider
def _atelier(request: Request) -> Atelier:
    return cast(Atelier, request.app.state.atelier)


InAtelier = Annotated[Atelier, Depends(_atelier)]
