"""The pictures of buddies and eggs."""

import struct
import zlib

import pytest

from app.art.contact_sheet import contact_sheet
from app.art.creature import creature_svg
from app.art.dna import Dna, traits_of
from app.art.drawing import PICTURE_SIDE, THUMB_SIDE, draw, render_png
from app.art.eggs import STATUSES, egg_svg
from app.art.growth import STAGES
from app.art.lines import Plan
from app.art.palettes import oklch, palette_of

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(PNG_MAGIC)
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def alphas_of(png: bytes) -> list[bytes]:
    """The alpha channel, a row each, of an 8-bit RGBA PNG."""
    assert png[24:26] == b"\x08\x06"
    width, height = size_of(png)
    packed, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            packed += png[at + 8 : at + 8 + length]
        at += 12 + length
    raw, stride = zlib.decompress(packed), width * 4
    rows, above = [], bytearray(stride)
    for y in range(height):
        start = y * (stride + 1)
        above = _unfiltered(raw[start], raw[start + 1 : start + 1 + stride], above)
        rows.append(bytes(above[3::4]))
    return rows


def _unfiltered(kind: int, packed: bytes, above: bytearray) -> bytearray:
    row = bytearray(packed)
    for x in range(len(row)):
        left, up = row[x - 4] if x >= 4 else 0, above[x]
        corner = above[x - 4] if x >= 4 else 0
        guess = left + up - corner
        nearest = min((left, up, corner), key=lambda one: abs(guess - one))
        row[x] = (row[x] + (0, left, up, (left + up) // 2, nearest)[kind]) & 255
    return row


def test_the_same_creature_is_drawn_as_the_same_bytes() -> None:
    assert draw(412, 3) == draw(412, 3)


def test_a_drawing_has_a_picture_and_a_thumbnail() -> None:
    drawing = draw(7, 2)
    assert size_of(drawing.png) == (PICTURE_SIDE, PICTURE_SIDE) == (512, 512)
    assert size_of(drawing.thumb) == (THUMB_SIDE, THUMB_SIDE) == (128, 128)
    assert len(drawing.thumb) < len(drawing.png) < 256 * 1024


@pytest.mark.parametrize("variant", [*range(0, 1000, 77), 999])
def test_every_stage_fills_the_middle_and_keeps_clear_of_the_edge(variant: int) -> None:
    for stage in STAGES:
        rows = alphas_of(render_png(creature_svg(variant=variant, stage=stage), size=64))
        covered = sum(alpha > 200 for row in rows for alpha in row) / 64**2
        assert 0.15 < covered < 0.9, (stage, covered)
        edge = [*rows[0], *rows[-1], *(row[0] for row in rows), *(row[-1] for row in rows)]
        assert max(edge) < 160, (stage, "something is cut off")


@pytest.mark.parametrize("variant", [0, 500, 999])
def test_every_stage_looks_different(variant: int) -> None:
    thumbs = {render_png(creature_svg(variant=variant, stage=stage), size=48) for stage in STAGES}
    assert len(thumbs) == len(STAGES)


def test_hardly_any_two_variants_look_alike() -> None:
    adults = {
        creature_svg(variant=variant, stage=4).replace(f"c{variant}-4", "id")
        for variant in range(200)
    }
    assert len(adults) == 200


def test_every_plan_of_body_occurs_about_as_often() -> None:
    plans = [traits_of(Dna("arena", variant)).plan for variant in range(1000)]
    assert all(plans.count(plan) > 100 for plan in Plan)


def test_another_line_gives_other_creatures() -> None:
    assert creature_svg(variant=3, stage=3) != creature_svg(variant=3, stage=3, line="winter")


def test_a_creature_keeps_its_colours_as_it_grows() -> None:
    coat = palette_of(Dna("arena", 81)).coat
    assert all(coat in creature_svg(variant=81, stage=stage) for stage in STAGES)


@pytest.mark.parametrize(("variant", "stage"), [(-1, 1), (1000, 1), (0, 0), (0, 6)])
def test_a_variant_or_stage_out_of_range_is_refused(variant: int, stage: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        creature_svg(variant=variant, stage=stage)


def test_pictures_hold_no_text_and_refer_to_nothing_outside() -> None:
    for variant in range(0, 1000, 50):
        for stage in STAGES:
            svg = creature_svg(variant=variant, stage=stage)
            assert "<text" not in svg
            assert "href" not in svg
            assert svg.count("http") == 1  # the namespace


@pytest.mark.parametrize("status", STATUSES)
def test_an_egg_has_a_picture_for_each_status(status: str) -> None:
    svg = egg_svg(variant=5, status=status)
    assert svg == egg_svg(variant=5, status=status)
    rows = alphas_of(render_png(svg, size=64))
    assert sum(alpha > 200 for row in rows for alpha in row) / 64**2 > 0.1
    assert len({egg_svg(variant=5, status=other) for other in STATUSES}) == len(STATUSES)


@pytest.mark.parametrize(("variant", "status"), [(1000, "ready"), (1, "cancelled")])
def test_an_egg_without_a_picture_is_refused(variant: int, status: str) -> None:
    with pytest.raises(ValueError, match=r"must be|no picture"):
        egg_svg(variant=variant, status=status)


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((1.0, 0.0, 0.0), "#ffffff"),
        ((0.0, 0.0, 0.0), "#000000"),
        ((0.628, 0.2577, 29.23), "#ff0000"),
    ],
)
def test_oklch_agrees_with_known_colours(colour: tuple[float, float, float], expected: str) -> None:
    assert oklch(*colour) == expected


def test_what_is_not_an_svg_is_refused() -> None:
    with pytest.raises(ValueError, match=r"."):
        render_png("not a picture", size=64)


def test_a_contact_sheet_has_a_row_a_variant_and_a_column_a_stage() -> None:
    width, height = size_of(contact_sheet([1, 2], kind="creature", line="arena", cell=36))
    assert (width, height) == (2 + 5 * 38, 2 + 2 * 38)
