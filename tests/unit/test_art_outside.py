"""Pictures from outside are redrawn; the breaker counts."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from app.art.breaker import Breaker
from app.art.drawing import draw
from app.art.outside import PIXELS_MAX, NotAPicture, redrawn
from tests.unit.test_art_pictures import size_of

OURS = draw(7, 2).thumb


def png_of(width: int, height: int, **options: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), (200, 40, 90)).save(out, "PNG", **options)
    return out.getvalue()


def test_a_picture_from_outside_gets_our_sizes_and_a_transparent_margin() -> None:
    drawing = redrawn(png_of(300, 100))
    assert size_of(drawing.png) == (512, 512)
    assert size_of(drawing.thumb) == (128, 128)
    with Image.open(BytesIO(drawing.png)) as picture:
        assert picture.mode == "RGBA"
        assert picture.getpixel((256, 10)) == (0, 0, 0, 0)
        assert picture.getpixel((256, 256)) == (200, 40, 90, 255)


def test_nothing_but_pixels_comes_through() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "secret-note-in-a-chunk")
    notes.add_itxt("XML:com.adobe.xmp", "secret-packet")
    profile = b"secret-profile" * 20
    png = png_of(64, 64, pnginfo=notes, icc_profile=profile, exif=b"Exif\x00\x00secret-exif")
    drawing = redrawn(png + b"secret-trailer")
    for clean in (drawing.png, drawing.thumb):
        assert b"secret" not in clean
        assert not any(kind in clean for kind in (b"tEXt", b"iTXt", b"zTXt", b"iCCP", b"eXIf"))
        with Image.open(BytesIO(clean)) as picture:
            assert not set(picture.info) - {"srgb", "gamma"}


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"", "not a whole PNG"),
        (b"<html>no</html>", "not a whole PNG"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, "not a whole PNG"),
        (OURS[: len(OURS) // 2], "not a whole PNG"),
        (png_of(2001, 2000), "more than"),
        (png_of(100_000, 100), "more than"),
        (png_of(8, 64), "too few"),
        (b"GIF89a" + OURS, "not a whole PNG"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(bad: bytes, why: str) -> None:
    with pytest.raises(NotAPicture, match=why):
        redrawn(bad)


def test_the_largest_picture_allowed_is_taken() -> None:
    assert PIXELS_MAX == 2000 * 2000
    assert size_of(redrawn(png_of(2000, 2000)).png) == (512, 512)


@given(st.integers(8, len(OURS) - 1), st.binary(min_size=1, max_size=40))
def test_a_damaged_picture_is_a_refusal_or_a_picture_but_never_a_fault(
    at: int, junk: bytes
) -> None:
    damaged = OURS[:at] + junk + OURS[at + len(junk) :]
    try:
        drawing = redrawn(damaged)
    except NotAPicture:
        return
    assert size_of(drawing.png) == (512, 512)


def test_a_breaker_opens_after_failures_in_a_row_and_lets_one_probe_through() -> None:
    seconds = 0.0
    breaker = Breaker(lambda: seconds, failures_max=3, rest_seconds=10)
    for _ in range(2):
        breaker.failed()
    breaker.succeeded()
    for _ in range(3):
        assert breaker.admits()
        breaker.failed()
    assert not breaker.admits()
    seconds = 9.9
    assert not breaker.admits()
    seconds = 10.0
    assert [breaker.admits() for _ in range(3)] == [True, False, False]
    breaker.failed()
    seconds = 19.9
    assert not breaker.admits()
    seconds = 20.0
    assert breaker.admits()
    breaker.succeeded()
    assert [breaker.admits() for _ in range(3)] == [True, True, True]
