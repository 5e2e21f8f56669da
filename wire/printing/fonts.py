"""The fonts of the papers: which one has the characters of a text.

A name is written as the person writes it. What the usual Japanese font of Debian lacks (𠮷, say) is
taken from that of the 文字情報基盤, which has the characters of the family registers.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reportlab.pdfbase.pdfdoc import PDFDocument

USUAL_FONTS = (
    Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"),
    Path("/usr/share/fonts/truetype/fonts-japanese-gothic.ttf"),
)
"""Where Debian puts the Japanese font (fonts-ipaexfont-gothic)."""
REGISTER_FONT = Path("/usr/share/fonts/truetype/ipamj/ipamjm.ttf")
"""Where Debian puts the font of the 文字情報基盤 (fonts-ipamj-mincho)."""

WIDE_BLANK = "\u3000"
GETA = "〓"
"""What printers set in the place of a type that they do not have (ゲタ)."""
NARROWED = 0.4
"""How much narrower than a character a wide blank is printed, in sizes.

Programs that copy text take a gap as wide as a character for that between two columns, and tear a
name apart.
"""

_BEYOND_16_BITS = re.compile(r"(?<= <)[0-9A-F]{5,6}(?=>)")


class PrintedFont(TTFont):  # type: ignore[misc] # the library has no types
    """A font whose characters can be copied out of the PDF, those beyond 16 bits too."""

    def addObjects(self, doc: PDFDocument) -> None:  # noqa: N802 # the library's name
        """Write the font, with its map to Unicode in UTF-16, which the library writes otherwise."""
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

    def width(self, text: str) -> float:
        """Return how wide a text is, in sizes of it."""
        widths, usual = self.face.charWidths, self.face.defaultWidth
        wide: float = sum(widths.get(ord(character), usual) for character in text) / 1000
        return wide - text.count(WIDE_BLANK) * NARROWED


class Fonts:
    """The fonts that a paper may use, in their order."""

    def __init__(self, font: Path | None = None) -> None:
        """Take the usual font: the one that is given, or Debian's.

        Raises:
            Problem: FONT_MISSING.
        """
        self._usual = _usual(font)
        self._chosen: dict[str, PrintedFont] = {}

    def of(self, text: str) -> PrintedFont:
        """Return the first font that has all characters of a text.

        Raises:
            Problem: CHARACTER_NOT_PRINTABLE, with the text and the characters that none has.
        """
        if (chosen := self._chosen.get(text)) is None:
            chosen = self._chosen[text] = self._choose(text)
        return chosen

    def check(self, text: str) -> None:
        """Refuse a text with a character that no font has.

        Raises:
            Problem: CHARACTER_NOT_PRINTABLE.
        """
        if not self._usual.has(text):
            self._choose(text)

    def printable(self, text: str) -> str:
        """Return a text in which 〓 stands for each character that no font has."""
        try:
            self.check(text)
        except Problem:
            register = _registered(REGISTER_FONT) or self._usual
            return "".join(one if register.has(one) else GETA for one in text)
        return text

    def _choose(self, text: str) -> PrintedFont:
        if self._usual.has(text):
            return self._usual
        register = _registered(REGISTER_FONT)
        if register is not None and register.has(text):
            return register
        missing = ", ".join(self._missing(text, register))
        raise Problem(Catalogue.CHARACTER_NOT_PRINTABLE, f"「{text}」: {missing}")

    def _missing(self, text: str, register: PrintedFont | None) -> Iterator[str]:
        last = register or self._usual
        for character in dict.fromkeys(text):
            if not last.has(character):
                stands_alone = unicodedata.category(character)[0] in "LNPS"
                shown = f"{character} " if stands_alone else ""
                yield f"{shown}U+{ord(character):04X}"


def _usual(font: Path | None) -> PrintedFont:
    candidates = USUAL_FONTS if font is None else (font,)
    for path in candidates:
        if (found := _registered(path)) is not None:
            return found
    looked = ", ".join(map(str, candidates))
    raise Problem(
        Catalogue.FONT_MISSING,
        f"No TrueType font was found at {looked}. Install fonts-ipaexfont-gothic, or name another "
        "one in the settings.",
    )


@lru_cache(maxsize=8)
def _registered(path: Path) -> PrintedFont | None:
    try:
        font = PrintedFont(f"jp-{path.stem}", str(path))
    except (TTFError, OSError):
        return None
    pdfmetrics.registerFont(font)
    return font
