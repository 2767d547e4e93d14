"""Pictures from outside, made ours: decoded, measured, drawn again without anything else in them.

What may be relied on: whatever the bytes were, a `Drawing` holds two fresh PNGs of our own sizes
with pixels alone: no text, no profile, no trailing bytes. At most `PIXELS_MAX` pixels are decoded.
"""

import struct
import warnings
import zlib
from io import BytesIO

from PIL import Image

from app.art.drawing import PICTURE_SIDE, THUMB_SIDE, Drawing

PIXELS_MAX = 4_000_000
SIDE_MIN = 16
FORMATS = ("PNG",)


class NotAPicture(ValueError):
    """The bytes are no PNG, a broken one, or one that is too large or too small."""


def redrawn(png: bytes) -> Drawing:
    """Both sizes of a picture, fitted into a square with a transparent ground.

    Takes 20–80 ms, most of it outside the interpreter's lock: call it in a thread.

    Raises:
        NotAPicture: it cannot be used.
    """
    picture = _decoded(png)
    return Drawing(_square(picture, PICTURE_SIDE), _square(picture, THUMB_SIDE))


def _decoded(png: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(png), formats=FORMATS) as opened:
                wide, high = opened.size
                if wide * high > PIXELS_MAX:
                    raise NotAPicture(f"{wide} × {high} px are more than {PIXELS_MAX} pixels")
                if min(wide, high) < SIDE_MIN:
                    raise NotAPicture(f"{wide} × {high} px are too few")
                return opened.convert("RGBA")
    except NotAPicture:
        raise
    except _BROKEN as error:
        raise NotAPicture(f"not a whole PNG: {error}"[:200]) from error


_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""All that the decoder is known to raise over bytes that were made to break it."""


def _square(picture: Image.Image, side: int) -> bytes:
    scale = side / max(picture.size)
    wide, high = (max(1, round(edge * scale)) for edge in picture.size)
    fitted = picture.resize((wide, high), Image.Resampling.LANCZOS)
    canvas = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    canvas.paste(fitted, ((side - wide) // 2, (side - high) // 2))
    out = BytesIO()
    canvas.save(out, "PNG")
    return out.getvalue()
