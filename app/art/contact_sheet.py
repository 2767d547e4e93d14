"""Many pictures on one sheet: creatures by stage, eggs by status, outfits, lines, single items."""

import re
from collections.abc import Callable, Sequence

import resvg_py

from app.art.creature import creature_svg
from app.art.eggs import STATUSES, egg_svg
from app.art.growth import STAGES
from app.art.item_pictures import item_svg
from app.art.items import Category, Outfit, WornItem
from app.art.lines import LINES
from app.art.strokes import SIDE
from app.art.wardrobe.designs import DESIGNS

GROUND_COLOUR, CARD_COLOUR = "#ece5d8", "#faf7f0"

OUTFITS: tuple[tuple[str, ...], ...] = (
    ("background meadow", "head sun straw hat", "neck red bandana", "hand pink flower"),
    ("background midnight", "head purple wizard hat", "body purple robe", "hand staff blue"),
    ("background arena", "head knight helmet", "body armor", "hand sword"),
    ("background snow", "head teal beanie", "neck red scarf", "feet brown boots"),
    ("face black sunglasses", "neck gold medal", "feet red sneakers", "accessory stars"),
    ("head gold crown", "body crimson cape", "accessory ghost", "accessory butterfly"),
)
"""Outfits for show; a category, then the words of a look."""


def contact_sheet(variants: Sequence[int], *, kind: str, line: str, cell: int) -> bytes:
    """A PNG of one of `KINDS`, with a row a variant; lines and items have rows of their own.

    `cell` is the side of one picture in px.

    Raises:
        ValueError: a variant is out of range (0–999), `cell` is not 16–512, or there is no kind.
    """
    if kind not in KINDS:
        raise ValueError(f"no sheet of {kind!r}; one of {', '.join(KINDS)}")
    return sheet(KINDS[kind](variants, line), cell=cell)


def sheet(rows: Sequence[Sequence[str]], *, cell: int) -> bytes:
    """A PNG of rows of SVG documents, each on a card `cell` px wide.

    Raises:
        ValueError: `cell` is not 16–512.
    """
    if not 16 <= cell <= SIDE:
        raise ValueError(f"a cell is 16–{SIDE} px, not {cell}")
    gap = max(2, cell // 18)
    cells = [
        _card(picture, gap + column * (cell + gap), gap + row * (cell + gap), cell)
        for row, pictures in enumerate(rows)
        for column, picture in enumerate(pictures)
    ]
    width = gap + max(map(len, rows), default=1) * (cell + gap)
    height = gap + max(1, len(rows)) * (cell + gap)
    ground = f'<rect width="{width}" height="{height}" fill="{GROUND_COLOUR}"/>'
    document = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f"{ground}{''.join(cells)}</svg>"
    )
    png: bytes = resvg_py.svg_to_bytes(svg_string=document, skip_system_fonts=True)
    return png


def outfit_of(words: Sequence[str]) -> Outfit:
    """Items from texts like "head red wizard hat": a category, then the words of the look."""
    items = []
    for number, text in enumerate(words):
        category, _, look = text.partition(" ")
        items.append(WornItem(f"show-{number}", Category(category), look=look))
    return tuple(items)


def _by_stage(variants: Sequence[int], line: str) -> list[list[str]]:
    return [
        [creature_svg(variant=variant, stage=stage, line=line) for stage in STAGES]
        for variant in variants
    ]


def _by_status(variants: Sequence[int], line: str) -> list[list[str]]:
    return [
        [egg_svg(variant=variant, status=status, line=line) for status in STATUSES]
        for variant in variants
    ]


def _by_outfit(variants: Sequence[int], line: str) -> list[list[str]]:
    """A row a variant, a column an outfit; the rows go through the stages."""
    return [
        [
            creature_svg(
                variant=variant,
                stage=STAGES[(row * 2 + column) % len(STAGES)],
                line=line,
                wearing=outfit_of(words),
            )
            for column, words in enumerate(OUTFITS)
        ]
        for row, variant in enumerate(variants)
    ]


def _by_line(variants: Sequence[int], _: str) -> list[list[str]]:
    """A row a line, its members grown and young in turn."""
    return [
        [
            creature_svg(variant=variant, stage=3 + column % 3, line=line)
            for column, variant in enumerate(variants)
        ]
        for line in LINES
    ]


def _by_item(_: Sequence[int], __: str) -> list[list[str]]:
    """A row a category, a column a design."""
    return [
        [item_svg(WornItem(f"show-{kind}", category, look=kind)) for kind in designs]
        for category, designs in DESIGNS.items()
    ]


KINDS: dict[str, Callable[[Sequence[int], str], list[list[str]]]] = {
    "creature": _by_stage,
    "egg": _by_status,
    "outfit": _by_outfit,
    "line": _by_line,
    "item": _by_item,
}


def _card(picture: str, x: int, y: int, cell: int) -> str:
    placed = picture.replace(
        f'width="{SIDE}" height="{SIDE}"', f'x="{x}" y="{y}" width="{cell}" height="{cell}"', 1
    )
    own = re.sub(r'(id="|url\(#)', rf"\1at{x}-{y}-", placed)
    round_corners = f"at{x}-{y}-card"
    card = f'x="{x}" y="{y}" width="{cell}" height="{cell}" rx="{cell // 10}"'
    return (
        f'<clipPath id="{round_corners}"><rect {card}/></clipPath>'
        f'<rect {card} fill="{CARD_COLOUR}"/><g clip-path="url(#{round_corners})">{own}</g>'
    )
