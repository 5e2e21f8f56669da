"""Cutting a stream of bytes into lines, each of which is decoded by itself.

A line break ends a line, wherever it stands: a quotation mark that is never closed spoils its own
line and no other. Nothing is kept but the line that has not ended yet.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from enum import StrEnum

from eligibility.sentence import Sentence

LONGEST_LINE = 16_384
"""Bytes of a line; what is longer is refused, and not kept in memory."""
_ENCODINGS = ("utf-8", "cp932")
"""UTF-8, and Shift_JIS as Windows writes it."""
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How .xlsx and .xls begin."""
_BOMS_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class LineFault(StrEnum):
    """Why a line cannot be read at all."""

    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    """Neither UTF-8 nor Shift_JIS, or not what the lines before it were."""
    NUL = "nul"
    """With a NUL, which no text has."""
    UTF_16 = "utf_16"
    """In UTF-16, as Excel writes 「Unicode テキスト」."""
    WORKBOOK = "workbook"
    """An Excel workbook, .xlsx or .xls, and no text at all."""

    @property
    def text(self) -> Sentence:
        """What the clerk reads, and the implementer."""
        return {
            LineFault.TOO_LONG: Sentence(
                f"1行が長すぎます（{LONGEST_LINE:,}バイトまで）。",
                f"The line has more than {LONGEST_LINE} bytes.",
            ),
            LineFault.NOT_TEXT: Sentence(
                "文字コードが読めません。UTF-8かShift_JISで保存してください。",
                "The line is neither UTF-8 nor Shift_JIS.",
            ),
            LineFault.NUL: Sentence(
                "NUL文字があります。ファイルが壊れていないか確かめてください。",
                "The line has a NUL character.",
            ),
            LineFault.WORKBOOK: Sentence(
                "Excelのブック（.xlsx、.xls）は読めません。Excelの「名前を付けて保存」で"
                "「CSV UTF-8（コンマ区切り）」を選び、そのファイルを送ってください。",
                "This is an Excel workbook; save it as CSV and send that file.",
            ),
            LineFault.UTF_16: Sentence(
                "文字コードがUTF-16（Unicodeテキスト）です。"
                "UTF-8（Excelでは「CSV UTF-8」）かShift_JISで保存し直してください。",
                "The file is in UTF-16; save it as UTF-8 or Shift_JIS.",
            ),
        }[self]


@dataclass
class LineCutter:
    """Cuts bytes into decoded lines, as they come."""

    encoding: str | None = None
    """Of the file, once a line has told it."""
    _rest: bytearray = field(default_factory=bytearray)
    _overlong: bool = False
    """Whether the line that has not ended yet is too long to be kept."""
    _after_cr: bool = False
    _begun: bool = False

    def feed(self, received: bytes) -> list[str | LineFault]:
        """Return the lines that ended within ``received``."""
        if received:
            if self._after_cr and received.startswith(b"\n"):
                received = received[1:]  # the second half of a line break
            self._after_cr = received.endswith(b"\r")
        if not self._begun:
            self._rest += received
            if len(self._rest) < len(codecs.BOM_UTF8):
                return []
            received = bytes(self._rest).removeprefix(codecs.BOM_UTF8)
            self._rest.clear()
            self._begun = True
        pieces = received.splitlines()
        ended = received.endswith((b"\n", b"\r"))
        if not pieces:
            return []
        found: list[str | LineFault] = []
        if self._rest or self._overlong:
            if len(pieces) == 1 and not ended:
                self._keep(pieces[0])
                return []
            found.append(self._joined(pieces.pop(0)))
        rest = b"" if ended or not pieces else pieces.pop()
        found += self._decoded(pieces)
        self._keep(rest)
        return found

    def finish(self) -> list[str | LineFault]:
        """Return the last line, where no line break ends it."""
        found = []
        if not self._begun:
            self._begun = True
            begun, self._rest = bytes(self._rest), bytearray()
            found = self.feed(begun)
        if self._rest or self._overlong:
            found.append(self._joined(b""))
        return found

    def _keep(self, piece: bytes) -> None:
        if self._overlong:
            return
        self._rest += piece
        if len(self._rest) > LONGEST_LINE:
            self._rest.clear()
            self._overlong = True

    def _joined(self, last: bytes) -> str | LineFault:
        if self._overlong or len(self._rest) + len(last) > LONGEST_LINE:
            self._rest.clear()
            self._overlong = False
            return LineFault.TOO_LONG
        line = bytes(self._rest) + last
        self._rest.clear()
        return self._line(line)

    def _decoded(self, pieces: list[bytes]) -> list[str | LineFault]:
        """Decode lines: all at once, or each by itself where that fails."""
        block = b"\n".join(pieces)
        if pieces and len(max(pieces, key=len)) <= LONGEST_LINE and b"\0" not in block:
            if block.isascii():
                return list(block.decode("ascii").split("\n"))
            for encoding in (self.encoding,) if self.encoding else _ENCODINGS[:1]:
                try:
                    text = block.decode(encoding)
                except UnicodeDecodeError:
                    continue
                self.encoding = encoding
                return list(text.split("\n"))
        return [self._line(piece) for piece in pieces]

    def _line(self, piece: bytes) -> str | LineFault:
        if piece.startswith(_WORKBOOKS):
            return LineFault.WORKBOOK
        if len(piece) > LONGEST_LINE:
            return LineFault.TOO_LONG
        if piece.startswith(_BOMS_UTF_16):
            return LineFault.UTF_16
        if b"\0" in piece:
            return LineFault.UTF_16 if _is_half_nul(piece) else LineFault.NUL
        if piece.isascii():
            return piece.decode("ascii")
        for encoding in (self.encoding,) if self.encoding else _ENCODINGS:
            try:
                text = piece.decode(encoding)
            except UnicodeDecodeError:
                continue
            self.encoding = encoding
            return text
        return LineFault.NOT_TEXT


def _is_half_nul(piece: bytes) -> bool:
    """Tell whether every second byte is a NUL, as of digits and Latin letters in UTF-16."""
    nuls = max(piece[::2].count(0), piece[1::2].count(0))
    return len(piece) > 8 and nuls * 4 > len(piece)
