"""A letter of one page as a PDF that screen readers can read, and whose text can be copied.

reportlab's open version writes no structure (tagged PDF, ISO 32000-1, 14.7 and 14.8), but leaves
room for one: operators between the others on a page, and objects beside its own.
"""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName, PDFObject, PDFPage
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reportlab.pdfbase.pdfdoc import PDFDocument

FONTS = (
    Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"),
    Path("/usr/share/fonts/truetype/fonts-japanese-gothic.ttf"),
)
"""Where Debian puts the Japanese font (fonts-ipaexfont-gothic)."""
REGISTER_FONT = Path("/usr/share/fonts/truetype/ipamj/ipamjm.ttf")
"""The font of the 文字情報基盤 (fonts-ipamj-mincho), for names that the usual font lacks."""
WIDTH, HEIGHT = 210.0, 297.0
"""Of the page (A4), in millimetres."""
INK, QUIET, ACCENT, SEAL = "0.11 0.14 0.19", "0.36 0.41 0.46", "0.04 0.42 0.45", "0.70 0.15 0.12"
"""Colours, as PDF writes them: red, green and blue from 0 to 1."""
_BLANK = "\u3000"
_NARROWED = 0.4
"""How much narrower than a character a wide blank is written, in sizes: programs that copy text
take a gap as wide as a character for that between two columns, and tear a name apart."""
_NEVER_FIRST = "、。，．）」』！？ー・々"
_BEYOND_16_BITS = re.compile(r"(?<= <)[0-9A-F]{5,6}(?=>)")


class _Font(TTFont):  # type: ignore[misc] # the library has no types
    """A font whose characters can be copied out of the PDF, those beyond 16 bits too."""

    def addObjects(self, doc: PDFDocument) -> None:  # noqa: N802 # the library's name
        super().addObjects(doc)
        for name, written in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                written.content = _BEYOND_16_BITS.sub(
                    lambda code: chr(int(code[0], 16)).encode("utf-16-be").hex().upper(),
                    written.content,
                )

    def has(self, text: str) -> bool:
        """Tell whether the font has all characters of a text."""
        glyphs: dict[int, int] = self.face.charToGlyph
        return glyphs.keys() >= set(map(ord, text))


@lru_cache(maxsize=4)
def _registered(path: Path) -> _Font | None:
    try:
        font = _Font(f"letter-{path.stem}", str(path))
    except (TTFError, OSError):
        return None
    pdfmetrics.registerFont(font)
    return font


class _Written(PDFObject):  # type: ignore[misc] # the library has no types
    """An object of the PDF that is written as it stands by then."""

    __RefOnly__ = 1

    def __init__(self) -> None:
        self.entries = ""
        self.kids: list[str] = []
        self.page = ""

    def format(self, document: PDFDocument) -> bytes:
        page = ""
        if self.page:
            page = f" /Pg {document.idToObjectNumberAndVersion[self.page][0]} 0 R"
        kids = f" /K [{' '.join(self.kids)}]" if self.kids else ""
        return f"<< {self.entries}{page}{kids} >>".encode("latin-1")


class TaggedLetter:
    """A letter that is written from top to bottom; places are in millimetres from the upper left.

    The same letter gives the same bytes.
    """

    def __init__(self, title: str) -> None:
        """Begin it.

        Raises:
            Problem: FONT_MISSING.
        """
        found = next(filter(None, map(_registered, FONTS)), None)
        if found is None:
            looked = ", ".join(map(str, FONTS))
            raise Problem(
                Catalogue.FONT_MISSING,
                f"No TrueType font was found at {looked}. Install fonts-ipaexfont-gothic.",
            )
        self._font: _Font = found
        self._bytes = io.BytesIO()
        self._canvas = Canvas(
            self._bytes, (WIDTH * mm, HEIGHT * mm), invariant=1, pageCompression=1,
            lang="ja-JP", pdfVersion=(1, 7),
        )  # fmt: skip
        self._canvas.setTitle(title)
        self._canvas.setAuthor("oqs-sim (SIMULATION)")
        self._document = self._canvas._doc  # noqa: SLF001 # where its objects are added
        self._numbers: dict[_Written, int] = {}
        self._root = self._new("/Type /StructElem /S /Document")
        self._open = [self._root]
        self._pieces: list[_Written] = []

    def finish(self) -> bytes:
        """Return the PDF."""
        self._canvas.showPage()
        page = self._document.Pages.pages[-1]
        page.__NoDefault__ = [*PDFPage.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents, page.Tabs = 0, PDFName("S")
        pieces = " ".join(f"{self._numbers[one]} 0 R" for one in self._pieces)
        parents = self._new(f"/Nums [0 [{pieces}]]")
        tree = self._new(
            f"/Type /StructTreeRoot /ParentTree {self._numbers[parents]} 0 R /ParentTreeNextKey 1"
        )
        tree.kids.append(f"{self._numbers[self._root]} 0 R")
        self._root.entries += f" /P {self._numbers[tree]} 0 R"
        catalog = self._document.Catalog
        catalog.StructTreeRoot = tree
        catalog.MarkInfo = PDFDictionary({"Marked": "true"})
        catalog.ViewerPreferences = PDFDictionary({"DisplayDocTitle": "true"})
        self._canvas.save()
        return self._bytes.getvalue()

    @contextmanager
    def element(self, tag: str, attributes: str = "") -> Iterator[None]:
        """Let what is written lie in an element of the structure: Table, TR, Sect."""
        parent = self._open[-1]
        one = self._new(
            f"/Type /StructElem /S /{tag} /P {self._numbers[parent]} 0 R {attributes}".rstrip()
        )
        parent.kids.append(f"{self._numbers[one]} 0 R")
        self._open.append(one)
        yield
        self._open.pop()

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        colour: str = INK,
        align: str = "left",
        tag: str = "P",
        attributes: str = "",
    ) -> None:
        """Write a line whose foot stands at ``y``; ``size`` is in points."""
        font = self._font_of(text)
        wide = pdfmetrics.stringWidth(text, font.fontName, size) / mm
        wide -= text.count(_BLANK) * _NARROWED * size / mm
        x -= {"left": 0.0, "right": 1.0, "centre": 0.5}[align] * wide
        with self.element(tag, attributes):
            self._show([(x, y, text)], font, size, colour, tag)

    def paragraph(self, x: float, y: float, text: str, size: float, width: float) -> float:
        """Write a text over as many lines as it takes; return where the next would begin."""
        font, leading = self._font_of(text), size * 1.65 / mm
        lines = _broken(text, font.fontName, size, width * mm)
        with self.element("P"):
            places = [(x, y + place * leading, line) for place, line in enumerate(lines)]
            self._show(places, font, size, INK, "P")
        below: float = y + len(lines) * leading
        return below

    def rule(self, y: float, left: float, right: float, colour: str = QUIET) -> None:
        """Draw a line, which readers leave out."""
        foot = (HEIGHT - y) * mm
        self._add(
            f"/Artifact BMC q {colour} RG 0.6 w {left * mm:.2f} {foot:.2f} m "
            f"{right * mm:.2f} {foot:.2f} l S Q EMC"
        )

    def _show(
        self,
        lines: list[tuple[float, float, str]],
        font: _Font,
        size: float,
        colour: str,
        tag: str,
    ) -> None:
        element = self._open[-1]
        element.kids.append(str(len(self._pieces)))
        element.page = self._document.thisPageName()
        self._add(f"/{tag} <</MCID {len(self._pieces)}>> BDC {colour} rg")
        self._pieces.append(element)
        for x, y, text in lines:
            shown = []
            for part in re.split(f"({_BLANK})", text):
                for subset, codes in font.splitString(part, self._document):
                    name = font.getSubsetInternalName(subset, self._document)
                    written = f"({self._canvas._escape(codes)})"  # noqa: SLF001 # as its texts do
                    narrowed = f"[{written} {_NARROWED * 1000:g}] TJ"
                    how = narrowed if part == _BLANK else f"{written} Tj"
                    shown.append(f"{name} {size:.2f} Tf {how}")
            self._add(f"BT 1 0 0 1 {x * mm:.2f} {(HEIGHT - y) * mm:.2f} Tm {' '.join(shown)} ET")
        self._add("EMC")

    def _font_of(self, text: str) -> _Font:
        if self._font.has(text):
            return self._font
        register = _registered(REGISTER_FONT)
        if register is not None and register.has(text):
            return register
        raise Problem(Catalogue.CHARACTER_NOT_PRINTABLE, f"「{text}」")

    def _new(self, entries: str) -> _Written:
        one = _Written()
        one.entries = entries
        self._document.Reference(one)
        self._numbers[one] = self._document.objectcounter
        return one

    def _add(self, operators: str) -> None:
        self._canvas._code.append(operators)  # noqa: SLF001 # as its own methods do


def _broken(text: str, font: str, size: float, room: float) -> list[str]:
    """Break a text into lines that are no wider than ``room`` points."""
    lines, line = [], ""
    for part in re.findall(r"[A-Za-z0-9'.\-]+|.", text, re.DOTALL):
        if line and pdfmetrics.stringWidth(line + part, font, size) > room:
            if part[0] in _NEVER_FIRST and len(line) > 1:
                lines.append(line[:-1])
                line = line[-1]
            else:
                lines.append(line)
                line = ""
        line += part
    return [*lines, line] if line else lines
