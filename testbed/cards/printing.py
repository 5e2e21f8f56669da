"""Printing a card's face: name, address, numbers and photo as the pictures that the chip holds."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from eligibility.days.birthdays import age_on
from eligibility.sentence import Sentence
from testbed.cards.portrait import Sitter, draw_portrait
from testbed.mistakes import Mistake
from virtual_card.image.face import Holder, Pictures

if TYPE_CHECKING:
    from datetime import date

FONT_PACKAGE = "fonts-ipaexfont-gothic"
FONT_PATHS = (
    Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"),
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
)
"""Where Debian's packages put a Japanese font; fontconfig is asked where neither is there."""
REGISTER_FONT_PACKAGE = "fonts-ipamj-mincho"
REGISTER_FONT_PATH = Path("/usr/share/fonts/truetype/ipamj/ipamjm.ttf")
"""Debian's font with the characters of the family registers, for what the usual one lacks."""
_PHOTO_RATE = 14
"""How many times smaller than its pixels the photo becomes: about 5 kB."""
_NUMBER_SIZE, _CODE_SIZE = (72, 12), (24, 12)
"""Pixels of the two pictures of digits on the real card that was measured."""
_DIGIT_WIDTH, _DIGIT_TEXT = 6, 10
_NAME_SIZE, _NAME_TEXT = (400, 40), 32
_ADDRESS_SIZE, _ADDRESS_TEXT, _ADDRESS_LINE = (480, 64), 24, 32
_FEMALE = "2"
_IN_NO_FONT = chr(0x10FFFF)
"""Not a character, and never one."""


class FontMissing(Mistake):
    """No font here has what is to be printed on a card's face; the message says what to install."""

    code = "font-missing"


@dataclass(frozen=True)
class FaceOrder:
    """What is to be printed."""

    holder: Holder
    security_code: str
    issued_on: date
    photo: bool
    """False for an infant's card, which has none (P-010)."""


def print_face(order: FaceOrder) -> Pictures:
    """Print a face.

    Raises:
        FontMissing: there is no Japanese font, or none with a character of the name or address.
    """
    holder = order.holder
    return Pictures(
        name=_png(_one_line(holder.name)),
        address=_png(_lines(holder.address)),
        individual_number=_png(_digits(holder.individual_number, _NUMBER_SIZE)),
        security_code=_png(_digits(order.security_code, _CODE_SIZE)),
        photo=_photo(order) if order.photo else b"",
    )


@lru_cache(maxsize=1)
def japanese_font() -> Path:
    """Find a font that has Japanese characters.

    Raises:
        FontMissing: there is none.
    """
    for path in FONT_PATHS:
        if path.is_file():
            return path
    if matcher := shutil.which("fc-list"):
        listed = subprocess.run(  # noqa: S603 - fontconfig's own program, by its full path
            [matcher, ":lang=ja", "file"], capture_output=True, text=True, check=False
        )
        for line in sorted(listed.stdout.splitlines()):
            path = Path(line.rstrip(": "))
            if path.suffix in {".ttf", ".ttc", ".otf"}:
                return path
    raise FontMissing(
        Sentence(
            "券面を印刷する日本語のフォントがありません。Debian のパッケージ "
            f"{FONT_PACKAGE} を入れてください(apt-get install {FONT_PACKAGE})。",
            "No Japanese font was found to print the card's face with. "
            f"Install the Debian package {FONT_PACKAGE} (apt-get install {FONT_PACKAGE}).",
        )
    )


def _one_line(text: str) -> Image.Image:
    """Write a name in one line; a long one becomes smaller."""
    image, pen = _blank(_NAME_SIZE)
    path = _font_with(text)
    size = _NAME_TEXT
    while size > 12 and ImageFont.truetype(path, size).getlength(text) > _NAME_SIZE[0] - 8:
        size -= 2
    font = ImageFont.truetype(path, size)
    pen.text((4, _NAME_SIZE[1] // 2), text, fill=0, font=font, anchor="lm")
    return image


def _lines(text: str) -> Image.Image:
    """Write an address in as many lines as it takes."""
    font = ImageFont.truetype(_font_with(text), _ADDRESS_TEXT)
    lines, line = [], ""
    for character in text:
        if font.getlength(line + character) > _ADDRESS_SIZE[0] - 8:
            lines.append(line)
            line = ""
        line += character
    lines.append(line)
    height = max(_ADDRESS_SIZE[1], len(lines) * _ADDRESS_LINE)
    image, pen = _blank((_ADDRESS_SIZE[0], height))
    for number, written in enumerate(lines):
        middle = number * _ADDRESS_LINE + _ADDRESS_LINE // 2
        pen.text((4, middle), written, fill=0, font=font, anchor="lm")
    return image


def _digits(text: str, size: tuple[int, int]) -> Image.Image:
    """Write digits six pixels apart."""
    image, pen = _blank(size)
    font = ImageFont.truetype(japanese_font(), _DIGIT_TEXT)
    for number, digit in enumerate(text):
        place = (number * _DIGIT_WIDTH + _DIGIT_WIDTH // 2, size[1] // 2)
        pen.text(place, digit, fill=0, font=font, anchor="mm")
    return image


def _blank(size: tuple[int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("1", size, 1)
    pen = ImageDraw.Draw(image)
    pen.fontmode = "1"
    return image, pen


def _font_with(text: str) -> Path:
    """Return the font that has all characters of a text: the usual one, or the registers'."""
    missing = ""
    for path in (japanese_font(), REGISTER_FONT_PATH):
        if path.is_file() and not (missing := _missing(text, path)):
            return path
    shown = ", ".join(f"U+{ord(character):04X}" for character in missing)
    install = f"apt-get install {REGISTER_FONT_PACKAGE}"
    raise FontMissing(
        Sentence(
            f"券面の {shown} を印刷できるフォントがありません。別の字で書くか、Debian のパッケージ "
            f"{REGISTER_FONT_PACKAGE} を入れてください({install})。",
            f"No font here can print {shown} on the card's face. Write it otherwise, or install "
            f"the Debian package {REGISTER_FONT_PACKAGE} ({install}).",
        )
    )


def _missing(text: str, path: Path) -> str:
    """Return the characters that a font draws as it draws what it has not."""
    font = ImageFont.truetype(path, _ADDRESS_TEXT)
    drawn_for_none = bytes(font.getmask(_IN_NO_FONT))
    return "".join(c for c in dict.fromkeys(text) if bytes(font.getmask(c)) == drawn_for_none)


def _png(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def _photo(order: FaceOrder) -> bytes:
    holder = order.holder
    age = age_on(holder.birthdate, order.issued_on)
    sitter = Sitter(holder.individual_number, age, holder.sex == _FEMALE)
    written = io.BytesIO()
    draw_portrait(sitter, japanese_font()).save(
        written, "JPEG2000", quality_mode="rates", quality_layers=[_PHOTO_RATE]
    )
    return written.getvalue()
