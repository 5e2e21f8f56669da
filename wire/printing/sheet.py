"""The paper: text in a Japanese font, lines, codes, all in millimetres from the upper left.

All that is drawn is either text with its place in the structure, or an artifact, which readers
leave out: lines, tints, the watermark.
"""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians, sin
from typing import TYPE_CHECKING, NamedTuple

import segno
from reportlab import rl_config
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from wire.printing.fonts import NARROWED, WIDE_BLANK, Fonts
from wire.printing.structure import Structure, text_string

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wire.printing.fonts import PrintedFont

rl_config.useA85 = 0  # streams of bytes, not of letters: smaller, and written faster

INK = "0.11 0.14 0.19"
QUIET = "0.36 0.41 0.46"
LINE = "0.67 0.71 0.75"
ACCENT = "0.04 0.42 0.45"
TINT = "0.90 0.95 0.95"
SEAL = "0.70 0.15 0.12"
WATERMARK = "0.98 0.92 0.91"
"""Colours, as PDF writes them: red, green and blue from 0 to 1."""
LEGIBLE = 4.5
"""Points; what has to be smaller to fit is printed again where there is room."""
_LEADING = 1.22
"""The height of a line, in sizes of its text, where lines of one field stand together."""
_ASCENT = 0.80
"""How far characters reach above the foot of a line, in sizes."""
_NEVER_FIRST = "、。，．）」』！？ー・々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
_ALONE = 2
_BLANKS = re.compile(f"({WIDE_BLANK})")
_WORDS = re.compile(r"[A-Za-z0-9'.\-]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a page or a box, in millimetres."""

    width: float
    height: float


class Fitted(NamedTuple):
    """A text that was made to fit: its size in points, and its lines."""

    size: float
    lines: Sequence[str]

    @property
    def legible(self) -> bool:
        """Whether it is large enough to be read without help."""
        return self.size >= LEGIBLE


@dataclass(frozen=True, slots=True)
class _Ink:
    """How a text is written; ``spacing`` in points between two characters."""

    font: PrintedFont
    size: float
    colour: str
    bold: bool = False
    spacing: float = 0.0


class Sheet:
    """A PDF whose pages are drawn one after the other; the same papers give the same bytes."""

    def __init__(self, title: str, font: Path | None = None, *, language: str = "ja-JP") -> None:
        """Begin a PDF in a language, with the font that is given or Debian's.

        Raises:
            Problem: FONT_MISSING.
        """
        self._fonts = Fonts(font)
        self._written = io.BytesIO()
        self._canvas = Canvas(
            self._written, invariant=1, pageCompression=1, lang=language, pdfVersion=(1, 7)
        )
        self._canvas.setTitle(title)
        self._canvas.setAuthor("oqs-sim (SIMULATION)")
        self._document = self._canvas._doc  # noqa: SLF001 # where its objects are added
        self._structure = Structure(self._document)
        self._height = 0.0
        self._left = self._top = 0.0
        self._forms: set[str] = set()
        self._broken: dict[tuple[str, float, float], list[str]] = {}
        self._within = False

    def finish(self) -> bytes:
        """Return the PDF."""
        self._structure.finish()
        self._canvas.save()
        return self._written.getvalue()

    @contextmanager
    def page(self, size: Size) -> Iterator[None]:
        """Draw a page of this size."""
        self._height = size.height
        self._canvas.setPageSize((size.width * mm, size.height * mm))
        yield
        self._canvas.showPage()
        self._structure.finish_page()

    @contextmanager
    def at(self, x: float, y: float) -> Iterator[None]:
        """Draw with the origin moved to a place of the page."""
        self._left, self._top = self._left + x, self._top + y
        yield
        self._left, self._top = self._left - x, self._top - y

    @contextmanager
    def element(self, tag: str, title: str = "") -> Iterator[None]:
        """Let what is drawn lie in an element of the structure: Sect, Table, TR, L or LI."""
        self._structure.begin(tag, f"/T {text_string(title)}" if title else "")
        yield
        self._structure.end()

    @contextmanager
    def marked(self, tag: str, attributes: str = "") -> Iterator[None]:
        """Let the text that is drawn be one piece: P, H1, TH, TD, Lbl, LBody."""
        if self._within:
            yield
            return
        self._structure.begin(tag, attributes)
        self._add(f"/{tag} <</MCID {self._structure.piece()}>> BDC")
        self._within = True
        yield
        self._within = False
        self._add("EMC")
        self._structure.end()

    # --- text ---

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        colour: str = INK,
        width: float | None = None,
        align: str = "left",
        bold: bool = False,
        spacing: float = 0.0,
        tag: str = "P",
    ) -> None:
        """Write a line of text whose foot stands at ``y``; one too wide is written smaller.

        ``size`` is in points, ``spacing`` the additional space between characters in points.
        """
        if not text:
            return
        if width is not None:
            size = min(size, size * width / max(self.width(text, size) + 1e-6, width))
        shift = {"left": 0.0, "right": 1.0, "centre": 0.5}[align] * self.width(text, size)
        ink = _Ink(self._fonts.of(text), size, colour, bold=bold, spacing=spacing)
        with self.marked(tag):
            self._show(x - shift, y, text, ink)

    def paragraph(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        width: float,
        *,
        leading: float = 1.6,
        colour: str = INK,
        bold: bool = False,
        tag: str = "P",
    ) -> float:
        """Write a text over as many lines as it takes; return where the next one would begin."""
        lines = self.lines(text, size, width)
        if len(lines) > 1 and len(lines[-1]) <= _ALONE:
            # A little smaller, so that no character stands in a line of its own.
            smaller = self.lines(text, size * 0.97, width)
            if len(smaller) < len(lines):
                size, lines = size * 0.97, smaller
        step = size * leading / mm
        ink = _Ink(self._fonts.of(text), size, colour, bold=bold)
        with self.marked(tag):
            for line in lines:
                self._show(x, y, line, ink)
                y += step
        return y

    def block(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        room: Size,
        *,
        colour: str = INK,
        bold: bool = False,
        align: str = "left",
        tag: str = "P",
    ) -> Fitted:
        """Write a text into a box whose upper left corner is at (x, y), in its middle.

        It is written in one line where that is possible without becoming too small to read, else
        in as many as fit, and never leaves the box.
        """
        fitted = self.fit(text, size, room)
        step = fitted.size * _LEADING / mm
        height = fitted.size * _ASCENT / mm + step * (len(fitted.lines) - 1)
        foot = y + (room.height - height) / 2 + fitted.size * _ASCENT / mm * 0.96
        if not text:
            return fitted
        font = self._fonts.of(text)
        ink = _Ink(font, fitted.size, colour, bold=bold)
        with self.marked(tag):
            for line in fitted.lines:
                free = room.width - font.width(line) * fitted.size / mm
                self._show(x + (free if align == "right" else 0.0), foot, line, ink)
                foot += step
        return fitted

    def fit(self, text: str, size: float, room: Size) -> Fitted:
        """Return in which size and lines a text fits into a box, at most in the given size."""
        wide = self.width(text, size)
        if wide <= room.width:
            return Fitted(size, (text,))
        alone = size * room.width / wide * 0.999
        if alone >= max(LEGIBLE, size * 0.72):
            return Fitted(alone, (text,))
        while True:
            lines = self.lines(text, size, room.width)
            if size * (_ASCENT + _LEADING * (len(lines) - 1)) / mm <= room.height:
                return Fitted(size, lines)
            size *= 0.96

    def printable(self, text: str) -> str:
        """Return a text in which 〓 stands for each character that no font has."""
        return self._fonts.printable(text)

    def lines(self, text: str, size: float, width: float) -> Sequence[str]:
        """Break a text into lines that are no wider than ``width``.

        No word in Latin letters is broken that fits a line, and no line begins with a full stop or
        the like: then the character before it goes along.
        """
        key = (text, size, width)
        if (found := self._broken.get(key)) is None:
            room = width * mm / size
            found = self._broken[key] = _broken(text, self._fonts.of(text), room)
        return found

    def width(self, text: str, size: float) -> float:
        """Return how wide a text is."""
        return self._fonts.of(text).width(text) * size / float(mm)

    # --- what is not read ---

    def rule(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        *,
        colour: str = LINE,
        thick: float = 0.3,
        dashed: bool = False,
    ) -> None:
        """Draw a straight line; ``thick`` is in points."""
        (x, y), (to_x, to_y) = self._place(*start), self._place(*end)
        dash = "[3 2] 0 d " if dashed else ""
        self._artifact(f"{colour} RG {thick} w {dash}{x:.2f} {y:.2f} m {to_x:.2f} {to_y:.2f} l S")

    def box(
        self,
        x: float,
        y: float,
        size: Size,
        *,
        fill: str | None = None,
        stroke: str | None = None,
        dashed: bool = False,
        thick: float = 0.4,
    ) -> None:
        """Draw a rectangle whose upper left corner is at (x, y)."""
        left, top = self._place(x, y)
        drawn = f"{left:.2f} {top:.2f} {size.width * mm:.2f} {-size.height * mm:.2f} re"
        paint = {(True, True): "B", (True, False): "f", (False, True): "S"}
        colours = (f"{fill} rg " if fill else "") + (f"{stroke} RG " if stroke else "")
        dash = "[3 2] 0 d " if dashed else ""
        how = paint[fill is not None, stroke is not None]
        self._artifact(f"{colours}{thick} w {dash}{drawn} {how}")

    def watermark(self, x: float, y: float, text: str, size: float, angle: float) -> None:
        """Write across the page, pale, around a centre; it is neither read nor copied."""
        name = f"watermark{size:g}"
        if name not in self._forms:
            self._begin_form(name)
            font = self._fonts.of(text)
            self._add(f"{WATERMARK} rg")
            ink = _Ink(font, size, WATERMARK)
            self._add(self._operators(text, -font.width(text) * size / 2, -size * 0.35, ink))
            self._canvas.endForm()
        with_origin = self._turned(x, y, angle)
        # ActualText: for readers that look for text without looking at the structure.
        self._add("/Artifact <</Type /Pagination /Subtype /Watermark>> BDC")
        self._add("/Span <</ActualText ()>> BDC q")
        self._add(with_origin)
        self._canvas.doForm(name)
        self._add("Q EMC EMC")

    def qr(self, x: float, y: float, side: float, address: str, *, meaning: str) -> None:
        """Draw a QR code of this side, its quiet zone included; ``meaning`` is read instead."""
        name = f"qr{side:g}-{address.encode().hex()}"
        if name not in self._forms:
            self._begin_form(name)
            self._add(_qr_operators(address, side))
            self._canvas.endForm()
        left, top = self._place(x, y + side)
        where = f"{left:.2f} {top:.2f} {left + side * mm:.2f} {top + side * mm:.2f}"
        attributes = f"/Alt {text_string(meaning)} /A <</O /Layout /BBox [{where}]>>"
        with self.marked("Figure", attributes):
            self._add(f"q 1 0 0 1 {left:.2f} {top:.2f} cm")
            self._canvas.doForm(name)
            self._add("Q")

    # --- operators ---

    def _add(self, operators: str) -> None:
        self._canvas._code.append(operators)  # noqa: SLF001 # as its own methods do

    def _artifact(self, operators: str) -> None:
        self._add(f"/Artifact BMC q {operators} Q EMC")

    def _begin_form(self, name: str) -> None:
        self._forms.add(name)
        reach = 400 * mm
        self._canvas.beginForm(name, -reach, -reach, reach, reach)

    def _turned(self, x: float, y: float, angle: float) -> str:
        left, top = self._place(x, y)
        turn = radians(angle)
        return (
            f"{cos(turn):.4f} {sin(turn):.4f} {-sin(turn):.4f} {cos(turn):.4f}"
            f" {left:.2f} {top:.2f} cm"
        )

    def _show(self, x: float, y: float, text: str, ink: _Ink) -> None:
        left, foot = self._place(x, y)
        # The font has one weight; a thin outline makes a second.
        weight = f"2 Tr {ink.size * 0.028:.3f} w {ink.colour} RG" if ink.bold else "0 Tr"
        self._add(f"{ink.colour} rg {weight} {ink.spacing:g} Tc")
        self._add(self._operators(text, left, foot, ink))

    def _operators(self, text: str, left: float, foot: float, ink: _Ink) -> str:
        shown = []
        for part in _BLANKS.split(text) if WIDE_BLANK in text else (text,):
            for subset, codes in ink.font.splitString(part, self._document):
                font = ink.font.getSubsetInternalName(subset, self._document)
                written = f"({self._canvas._escape(codes)})"  # noqa: SLF001 # as its texts do
                how = (
                    f"[{written} {NARROWED * 1000:g}] TJ" if part == WIDE_BLANK else f"{written} Tj"
                )
                shown.append(f"{font} {ink.size:.2f} Tf {how}")
        return f"BT 1 0 0 1 {left:.2f} {foot:.2f} Tm {' '.join(shown)} ET"

    def _place(self, x: float, y: float) -> tuple[float, float]:
        return (self._left + x) * mm, (self._height - self._top - y) * mm


def _broken(text: str, font: PrintedFont, room: float) -> list[str]:
    """Break a text into lines that are no wider than ``room``, in sizes of it."""
    found: list[str] = []
    line, wide = "", 0.0
    words = [(word, font.width(word)) for word in _WORDS.findall(text)]
    for word, word_width in words:
        fits = len(word) == 1 or word_width <= room
        for part in (word,) if fits else word:
            part_width = word_width if fits else font.width(part)
            if line and wide + part_width > room:
                kept, along = line, ""
                if part[0] in _NEVER_FIRST and len(line) > 1:
                    kept, along = line[:-1], line[-1]
                found.append(kept)
                line, wide = along, font.width(along)
            line += part
            wide += part_width
    return [*found, line] if line else found


@lru_cache(maxsize=8)
def _qr_operators(address: str, side: float) -> str:
    """Return the code of an address, its lower left corner at the origin."""
    matrix = tuple(segno.make(address, error="m", micro=False).matrix_iter(border=4))
    module = side * mm / len(matrix)
    drawn = [f"1 1 1 rg 0 0 {side * mm:.2f} {side * mm:.2f} re f 0 0 0 rg"]
    for row, cells in enumerate(matrix):
        y = side * mm - (row + 1) * module
        begin: int | None = None
        for column, dark in enumerate((*cells, 0)):
            if dark and begin is None:
                begin = column
            elif not dark and begin is not None:
                # A little higher, so that no hairline shows between two rows.
                drawn.append(
                    f"{begin * module:.3f} {y:.3f} {(column - begin) * module:.3f} "
                    f"{module * 1.02:.3f} re"
                )
                begin = None
    return " ".join([*drawn, "f"])
