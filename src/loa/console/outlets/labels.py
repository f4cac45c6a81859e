"""The printed sheet of a station's QR labels: one for each pole, to be stuck on its box.

A label gives no right: it opens the pole's page, which asks who is there.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import segno
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from loa.channels.print.sheet import FONTS

PLAIN, BOLD = "Loa-400", "Loa-600"
COLUMNS, ROWS = 2, 5
MARGIN = 10 * mm
LABELS_MAX = 500


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on one label. `url` is what its QR code opens."""

    url: str
    code: str
    name: str
    place: str


@cache
def _fonts() -> None:
    for name, weight in ((PLAIN, 400), (BOLD, 600)):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"be-vietnam-pro-{weight}.ttf"))


def sheet(labels: Sequence[Label], title: str) -> bytes:
    """An A4 PDF with ten labels a page and lines to cut along."""
    _fonts()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    canvas.setTitle(title)
    canvas.setAuthor("Loa")
    width = (A4[0] - 2 * MARGIN) / COLUMNS
    height = (A4[1] - 2 * MARGIN) / ROWS
    for number, label in enumerate(labels[:LABELS_MAX]):
        place = number % (COLUMNS * ROWS)
        if number and place == 0:
            canvas.showPage()
        left = MARGIN + (place % COLUMNS) * width
        bottom = A4[1] - MARGIN - (place // COLUMNS + 1) * height
        _draw(canvas, label, left, bottom, width, height)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw(
    canvas: Canvas, label: Label, left: float, bottom: float, width: float, height: float
) -> None:
    canvas.setStrokeGray(0.75)
    canvas.setDash(1, 2)
    canvas.rect(left, bottom, width, height)
    canvas.setDash()
    side = height - 12 * mm
    _qr(canvas, label.url, left + 5 * mm, bottom + 6 * mm, side)
    text = left + 5 * mm + side + 4 * mm
    room = width - side - 12 * mm
    canvas.setFillGray(0)
    line = bottom + height - 12 * mm
    canvas.setFont(BOLD, 17)
    canvas.drawString(text, line, _fitted(label.code, BOLD, 17, room))
    line -= 7 * mm
    canvas.setFont(BOLD, 10)
    for words in _wrapped(label.name, BOLD, 10, room)[:3]:
        canvas.drawString(text, line, words)
        line -= 4.6 * mm
    canvas.setFont(PLAIN, 8.5)
    for words in _wrapped(label.place, PLAIN, 8.5, room)[:2]:
        canvas.drawString(text, line, words)
        line -= 4 * mm
    canvas.setFont(PLAIN, 7)
    line = bottom + 10 * mm
    for words in _wrapped(_("Quét để ghép thiết bị, xem tình trạng."), PLAIN, 7, room)[:2]:
        canvas.drawString(text, line, words)
        line -= 3.2 * mm


def _qr(canvas: Canvas, url: str, left: float, bottom: float, side: float) -> None:
    """The code as squares, error correction Q: a label in the sun loses its corners."""
    matrix = tuple(tuple(row) for row in segno.make(url, error="q", micro=False).matrix)
    cell = side / len(matrix)
    canvas.setFillGray(0)
    for row, line in enumerate(matrix):
        for column, dark in enumerate(line):
            if dark:
                y = bottom + side - (row + 1) * cell
                canvas.rect(left + column * cell, y, cell * 1.01, cell * 1.01, stroke=0, fill=1)


def _wrapped(text: str, font: str, size: float, room: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if stringWidth(longer, font, size) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return [_fitted(line, font, size, room) for line in lines]


def _fitted(text: str, font: str, size: float, room: float) -> str:
    """The text, cut with an ellipsis where it is wider than its room."""
    if stringWidth(text, font, size) <= room:
        return text
    while text and stringWidth(text + "…", font, size) > room:
        text = text[:-1]
    return text + "…"
