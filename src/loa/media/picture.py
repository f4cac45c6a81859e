"""A program of its own that makes one picture anew: upright, small, without what cameras add.

Run as `python -m loa.media.picture IN OUT` inside limits, because it decodes what strangers made.
It imports no Django. Its answer is `{"kind": "PNG" or "JPEG"}` with OUT written, or
`{"refused": "too_many_pixels" or "broken"}`.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

SIDE_PX = 2000
PIXELS_MAX = 25_000_000
JPEG_PIXELS_MAX = 50_000_000
"""A JPEG is decoded at a half, a quarter or an eighth of its size, so it costs less."""


class Unreadable(Exception):
    """The code of a refusal: too_many_pixels, broken."""


def main(argv: list[str]) -> int:
    """Make the picture; 0 also for a refusal, which is an answer."""
    source, out = argv
    try:
        answer = {"kind": make(Path(source), Path(out))}
    except Unreadable as refusal:
        answer = {"refused": str(refusal)}
    sys.stdout.write(json.dumps(answer))
    return 0


def make(source: Path, out: Path) -> str:
    """Write `source` anew to `out`: JPEG stays JPEG, PNG stays PNG, WebP becomes JPEG; at most
    SIDE_PX on a side. Returns which it is. Raises Unreadable."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(source, formats=["JPEG", "PNG", "WEBP"]) as opened:
                return _made(opened, out)
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise Unreadable("broken") from error


def _made(opened: Image.Image, out: Path) -> str:
    is_jpeg = opened.format == "JPEG"
    if opened.width * opened.height > (JPEG_PIXELS_MAX if is_jpeg else PIXELS_MAX):
        raise Unreadable("too_many_pixels")
    if is_jpeg:
        opened.draft("RGB", (SIDE_PX, SIDE_PX))
    picture = ImageOps.exif_transpose(opened) or opened
    picture.thumbnail((SIDE_PX, SIDE_PX))
    if opened.format == "PNG":
        # A colour profile, texts and the like are written again from here otherwise.
        picture.info = {k: v for k, v in picture.info.items() if k == "transparency"}
        picture.save(out, "PNG", optimize=True)
        return "PNG"
    plain = picture.convert("RGB")
    plain.info.clear()
    plain.save(out, "JPEG", quality=85)
    return "JPEG"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
