"""The paper: text in a Japanese font, lines, codes, all in millimetres from the upper left."""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import segno
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from intermediate_server.documents.printing.fonts import Fonts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INK = HexColor("#1c2430")
QUIET = HexColor("#5d6876")
LINE = HexColor("#aab4bf")
ACCENT = HexColor("#0b6b74")
TINT = HexColor("#e6f2f3")
SEAL = HexColor("#b3261e")
WATERMARK = Color(0.70, 0.15, 0.12, alpha=0.10)
SMALLEST = 4.5
"""Points; a text that does not fit at this size goes on in a second line."""


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a page, in millimetres."""

    width: float
    height: float


class Sheet:
    """A PDF whose pages are drawn one after the other; the same documents give the same bytes."""

    def __init__(self, font: Path | None = None) -> None:
        """Begin a PDF, with the font that is given or Debian's.

        Raises:
            Problem: FONT_MISSING.
        """
        self._fonts = Fonts(font)
        self._written = io.BytesIO()
        self._canvas = Canvas(self._written, invariant=1, pageCompression=1, lang="ja-JP")
        self._canvas.setTitle("資格確認書・資格情報のお知らせ（模擬 / SIMULATION）")
        self._canvas.setAuthor("oqs-sim (SIMULATION)")
        self._height = 0.0

    def finish(self) -> bytes:
        """Return the PDF."""
        self._canvas.save()
        return self._written.getvalue()

    @contextmanager
    def page(self, size: Size) -> Iterator[None]:
        """Draw a page of this size."""
        self._height = size.height
        self._canvas.setPageSize((size.width * mm, size.height * mm))
        yield
        self._canvas.showPage()

    @contextmanager
    def at(self, x: float, y: float) -> Iterator[None]:
        """Draw with the origin moved to a place of the page."""
        self._canvas.saveState()
        self._canvas.translate(x * mm, -y * mm)
        yield
        self._canvas.restoreState()

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        colour: Color = INK,
        width: float | None = None,
        align: str = "left",
        bold: bool = False,
        spacing: float = 0.0,
    ) -> None:
        """Write a line of text whose foot stands at ``y``; one too wide is written smaller.

        ``size`` is in points, ``spacing`` the additional space between characters in points.
        """
        if width is not None:
            size = min(size, size * width / max(self.width(text, size) + 1e-6, width))
        shift = {"left": 0.0, "right": 1.0, "centre": 0.5}[align] * self.width(text, size)
        canvas = self._canvas
        canvas.setFillColor(colour)
        written = canvas.beginText((x - shift) * mm, (self._height - y) * mm)
        written.setFont(self._fonts.of(text), size)
        written.setCharSpace(spacing)
        if bold:
            # The font has one weight; a thin outline makes a second.
            canvas.setStrokeColor(colour)
            canvas.setLineWidth(size * 0.028)
            written.setTextRenderMode(2)
        written.textOut(text)
        written.setTextRenderMode(0)
        canvas.drawText(written)

    def paragraph(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        width: float,
        *,
        leading: float = 1.6,
        colour: Color = INK,
        bold: bool = False,
    ) -> float:
        """Write a text over as many lines as it takes; return where the next one would begin."""
        step = size * leading / mm
        for line in self.lines(text, size, width):
            self.text(x, y, line, size, colour=colour, bold=bold)
            y += step
        return y

    def fitted(self, x: float, y: float, text: str, size: float, width: float) -> None:
        """Write a text in one line, or in two small ones where it is long; ``y`` is the foot."""
        needed = size * width / max(self.width(text, size) + 1e-6, width)
        if needed >= SMALLEST:
            self.text(x, y, text, min(size, needed))
            return
        lines = self.lines(text, SMALLEST, width)
        first, rest = lines[0], "".join(lines[1:])
        self.text(x, y - SMALLEST * 0.55 / mm, first, SMALLEST, width=width)
        self.text(x, y + SMALLEST * 0.55 / mm, rest, SMALLEST, width=width)

    def lines(self, text: str, size: float, width: float) -> list[str]:
        """Break a text into lines; no line begins with a full stop or a closing bracket."""
        found: list[str] = []
        line = ""
        for character in text:
            if line and self.width(line + character, size) > width:
                if character in "、。，．）」』！？ー":
                    line += character
                    continue
                found.append(line)
                line = ""
            line += character
        return [*found, line] if line else found

    def width(self, text: str, size: float) -> float:
        """Return how wide a text is."""
        points: float = pdfmetrics.stringWidth(text, self._fonts.of(text), size)
        return points / float(mm)

    def rule(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        *,
        colour: Color = LINE,
        thick: float = 0.3,
        dashed: bool = False,
    ) -> None:
        """Draw a straight line; ``thick`` is in points."""
        canvas = self._canvas
        canvas.saveState()
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(thick)
        if dashed:
            canvas.setDash(3, 2)
        canvas.line(
            start[0] * mm, (self._height - start[1]) * mm, end[0] * mm, (self._height - end[1]) * mm
        )
        canvas.restoreState()

    def box(
        self,
        x: float,
        y: float,
        size: Size,
        *,
        fill: Color | None = None,
        stroke: Color | None = None,
        round_by: float = 0.0,
        dashed: bool = False,
        thick: float = 0.4,
    ) -> None:
        """Draw a rectangle whose upper left corner is at (x, y)."""
        canvas = self._canvas
        canvas.saveState()
        if fill is not None:
            canvas.setFillColor(fill)
        if stroke is not None:
            canvas.setStrokeColor(stroke)
            canvas.setLineWidth(thick)
        if dashed:
            canvas.setDash(3, 2)
        canvas.roundRect(
            x * mm, (self._height - y - size.height) * mm, size.width * mm, size.height * mm,
            round_by * mm, stroke=int(stroke is not None), fill=int(fill is not None),
        )  # fmt: skip
        canvas.restoreState()

    def qr(self, x: float, y: float, side: float, address: str) -> None:
        """Draw a QR code of this side, its quiet zone included."""
        canvas = self._canvas
        matrix = tuple(segno.make(address, error="m", micro=False).matrix_iter(border=4))
        module = side / len(matrix)
        canvas.saveState()
        canvas.setFillColor(HexColor("#ffffff"))
        canvas.rect(x * mm, (self._height - y - side) * mm, side * mm, side * mm, stroke=0, fill=1)
        canvas.setFillColor(HexColor("#000000"))
        for row, cells in enumerate(matrix):
            begin: int | None = None
            for column, dark in enumerate((*cells, 0)):
                if dark and begin is None:
                    begin = column
                elif not dark and begin is not None:
                    canvas.rect(
                        (x + begin * module) * mm,
                        (self._height - y - (row + 1) * module) * mm,
                        (column - begin) * module * mm,
                        module * mm * 1.02,  # so that no hairline shows between two rows
                        stroke=0,
                        fill=1,
                    )
                    begin = None
        canvas.restoreState()

    def watermark(self, x: float, y: float, text: str, size: float, angle: float) -> None:
        """Write across the page, pale, around a centre."""
        canvas = self._canvas
        canvas.saveState()
        canvas.translate(x * mm, (self._height - y) * mm)
        canvas.rotate(angle)
        canvas.setFillColor(WATERMARK)
        canvas.setFont(self._fonts.of(text), size)
        canvas.drawCentredString(0, -size * 0.35, text)
        canvas.restoreState()
