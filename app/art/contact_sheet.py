"""Many pictures on one sheet, a row a variant. Pure."""

from collections.abc import Sequence
from typing import Literal

import resvg_py

from app.art.creature import creature_svg
from app.art.eggs import STATUSES, egg_svg
from app.art.growth import STAGES
from app.art.strokes import SIDE

GROUND_COLOUR, CARD_COLOUR = "#ece5d8", "#faf7f0"


def contact_sheet(
    variants: Sequence[int], *, kind: Literal["creature", "egg"], line: str, cell: int
) -> bytes:
    """A PNG with a row for each variant and a column for each stage, or for each egg's status.

    `cell` is the side of one picture in px.

    Raises:
        ValueError: a variant is out of range (0–999), or `cell` is not 16–512.
    """
    if not 16 <= cell <= SIDE:
        raise ValueError(f"a cell is 16–{SIDE} px, not {cell}")
    gap = max(2, cell // 18)
    cells = []
    rows = [_row(variant, kind, line) for variant in variants]
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            cells.append(
                _card(picture, gap + column * (cell + gap), gap + row * (cell + gap), cell)
            )
    width = gap + max(map(len, rows), default=1) * (cell + gap)
    height = gap + max(1, len(rows)) * (cell + gap)
    ground = f'<rect width="{width}" height="{height}" fill="{GROUND_COLOUR}"/>'
    sheet = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f"{ground}{''.join(cells)}</svg>"
    )
    png: bytes = resvg_py.svg_to_bytes(svg_string=sheet, skip_system_fonts=True)
    return png


def _row(variant: int, kind: Literal["creature", "egg"], line: str) -> list[str]:
    if kind == "egg":
        return [egg_svg(variant=variant, status=status, line=line) for status in STATUSES]
    return [creature_svg(variant=variant, stage=stage, line=line) for stage in STAGES]


def _card(picture: str, x: int, y: int, cell: int) -> str:
    placed = picture.replace(
        f'width="{SIDE}" height="{SIDE}"', f'x="{x}" y="{y}" width="{cell}" height="{cell}"', 1
    )
    return (
        f'<rect x="{x}" y="{y}" width="{cell}" height="{cell}" rx="{cell // 10}"'
        f' fill="{CARD_COLOUR}"/>{placed}'
    )
