"""Make the fonts of printed sheets (TrueType) from those of the screen (WOFF2, in two subsets).

reportlab reads TrueType only. Run it in an environment of its own, then look at a printed sheet:

    python -m venv /tmp/fonts && /tmp/fonts/bin/pip install fonttools brotli
    /tmp/fonts/bin/python tools/print_fonts.py

The font is Be Vietnam Pro under the SIL Open Font License, which stays beside it.
"""

import tempfile
from pathlib import Path

from fontTools.merge import Merger
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent / "src" / "loa"
SCREEN = ROOT / "web" / "static" / "loa" / "fonts"
PRINT = ROOT / "channels" / "print" / "fonts"


def make(weight: int) -> Path:
    """One TrueType file with the Latin and the Vietnamese letters of a weight."""
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for subset in ("latin", "vietnamese"):
            font = TTFont(SCREEN / f"be-vietnam-pro-{subset}-{weight}-normal.woff2")
            font.flavor = None
            # Substitutions and kerning are not used by reportlab and cannot be merged blindly.
            for table in ("GSUB", "GPOS", "GDEF", "STAT", "DSIG"):
                if table in font:
                    del font[table]
            part = Path(folder) / f"{subset}.ttf"
            font.save(part)
            parts.append(str(part))
        out = PRINT / f"be-vietnam-pro-{weight}.ttf"
        Merger().merge(parts).save(out)
    return out


if __name__ == "__main__":
    PRINT.mkdir(exist_ok=True)
    for chosen in (400, 600):
        print(make(chosen))
