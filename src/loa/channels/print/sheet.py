"""The sheet itself: an A4 or A5 PDF with the fonts in it and a QR code to the item's page. Pure."""

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import segno
from reportlab.lib.pagesizes import A4, A5
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

from loa.channels.contract import Rendition
from loa.lib import clock

FONTS = Path(__file__).parent / "fonts"
PLAIN, BOLD = "LoaSheet-400", "LoaSheet-600"
SIZES = {"A4": (A4, 18 * mm, 1.0), "A5": (A5, 12 * mm, 0.72)}
"""Paper, margin, and how large the letters are beside those of A4."""
QR_SIDE = 28 * mm


@cache
def _fonts() -> None:
    for name, weight in ((PLAIN, 400), (BOLD, 600)):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"be-vietnam-pro-{weight}.ttf"))


def pdf(rendition: Rendition, size: str, url: str) -> bytes:
    """The sheet as PDF bytes; the same rendition always gives the same bytes."""
    _fonts()
    paper, margin, scale = SIZES[size]
    out = io.BytesIO()
    foot = QR_SIDE * scale + 8 * mm
    document = SimpleDocTemplate(
        out,
        pagesize=paper,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin,
        bottomMargin=margin + foot,
        title=rendition.title,
        author=rendition.issuer or rendition.place,
        invariant=1,
    )
    draw = _foot(rendition, url, margin, scale)
    document.build(_story(rendition, scale), onFirstPage=draw, onLaterPages=draw)
    return out.getvalue()


def _style(name: str, font: str, points: float, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(name, fontName=font, fontSize=points, leading=points * 1.45, **more)


def _story(rendition: Rendition, scale: float) -> list[Any]:
    head = _style("head", PLAIN, 12 * scale)
    title = _style("title", BOLD, 24 * scale, spaceAfter=6 * mm * scale)
    text = _style("text", PLAIN, 15 * scale, spaceAfter=4 * mm * scale)
    source = ", ".join(part for part in (rendition.issuer, rendition.place) if part)
    story: list[Any] = [Paragraph(escape(source), head), Spacer(1, 4 * mm * scale)]
    if rendition.correction:
        story.append(Paragraph("ĐÍNH CHÍNH", _style("mark", BOLD, 14 * scale)))
    story.append(Paragraph(escape(rendition.title), title))
    parts = [part.strip() for part in rendition.text.splitlines()]
    return [*story, *(Paragraph(escape(part), text) for part in parts if part)]


def _foot(
    rendition: Rendition, url: str, margin: float, scale: float
) -> Callable[[Canvas, Any], None]:
    """The QR code at the right, beside it until when the sheet hangs and what the code opens."""
    lines = []
    if rendition.valid_until is not None:
        lines.append(f"Niêm yết đến hết ngày {clock.local(rendition.valid_until):%d/%m/%Y}")
    if url:
        lines.append("Quét mã để đọc bản mới nhất của tin này.")

    def draw(canvas: Canvas, document: Any) -> None:
        side = QR_SIDE * scale
        width = float(document.pagesize[0])
        canvas.saveState()
        canvas.setFont(PLAIN, 10 * scale)
        for number, line in enumerate(lines):
            canvas.drawString(margin, margin + side - (number + 1) * 14 * scale, line)
        canvas.drawString(margin, margin, f"Trang {document.page}")
        if url:
            _qr(canvas, url, width - margin - side, margin, side)
        canvas.restoreState()

    return draw


def _qr(canvas: Canvas, url: str, left: float, bottom: float, side: float) -> None:
    code = segno.make(url, error="m", micro=False)
    rows = list(code.matrix)
    step = side / len(rows)
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                x, y = left + across * step, bottom + side - (down + 1) * step
                canvas.rect(x, y, step, step, stroke=0, fill=1)
