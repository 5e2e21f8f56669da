"""How messages are written, where no public source settles it (oqs-interface §2.3, §9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from wire.messages.field_reason import Unfit
from wire.vocabulary.codes import CharacterCodeIdentifier


class Encoding(Enum):
    """The encoding of a document; the terminal's setting decides it."""

    UTF_8 = "utf-8"
    UTF_8_BOM = "utf-8-sig"
    """With a byte order mark: one reader takes UTF-8 without it for Shift_JIS."""
    SHIFT_JIS = "shift_jis"
    """JIS X 0208 of 1990; what it cannot carry becomes ● (§4.2)."""

    @property
    def declared(self) -> str:
        """Its name in the declaration of a document."""
        return "Shift_JIS" if self is Encoding.SHIFT_JIS else "UTF-8"

    @property
    def identifier(self) -> CharacterCodeIdentifier:
        """文字コード識別 in the header."""
        shift_jis = self is Encoding.SHIFT_JIS
        return CharacterCodeIdentifier.SHIFT_JIS if shift_jis else CharacterCodeIdentifier.UTF_8


class Declaration(Enum):
    """The declaration with which a document begins."""

    STANDALONE = "standalone"
    """As in the public samples."""
    SHORT = "short"
    """Without ``standalone``."""
    SINGLE_QUOTES = "single-quotes"
    """As some libraries write it."""
    ABSENT = "absent"

    def of(self, encoding: Encoding) -> str:
        """Return it, for an encoding."""
        return _DECLARATIONS[self].format(encoding.declared)


_DECLARATIONS = {
    Declaration.STANDALONE: '<?xml version="1.0" encoding="{}" standalone="no"?>',
    Declaration.SHORT: '<?xml version="1.0" encoding="{}"?>',
    Declaration.SINGLE_QUOTES: "<?xml version='1.0' encoding='{}' ?>",
    Declaration.ABSENT: "",
}


class ElementOrder(Enum):
    """In which order the elements of a header, a body or a result stand."""

    LAYOUT = "layout"
    SHUFFLED = "shuffled"
    """As a map without an order gives them; a known ``face`` file has such an order (§6.1)."""


class Nesting(Enum):
    """Where the results of one person stand in a result in bulk."""

    DIRECT = "direct"
    """In the unit itself."""
    RESULT_LIST = "result-list"


class Absence(Enum):
    """What stands for a text that is not there."""

    OMITTED = "omitted"
    EMPTY = "empty"
    """An empty element, in results only; one known program writes ``<Address/>`` so."""


@dataclass(frozen=True)
class Profile:
    """A choice of all of these; the defaults are those of the recommendations in §9."""

    encoding: Encoding = Encoding.UTF_8
    declaration: Declaration = Declaration.STANDALONE
    order: ElementOrder = ElementOrder.LAYOUT
    seed: int = 0
    """Which of the shuffled orders; the same seed always gives the same one."""
    nesting: Nesting = Nesting.DIRECT
    absence: Absence = Absence.OMITTED
    six_consents_from: date = date(2025, 4, 1)
    """From which day of processing on the six consents of 2025 are told. [unverified]: one document
    names them, and no public one says from when."""

    def __post_init__(self) -> None:
        """Refuse a document that nobody could tell to be Shift_JIS (`Unfit`)."""
        if self.declaration is Declaration.ABSENT and self.encoding is Encoding.SHIFT_JIS:
            raise Unfit(
                "Shift_JISの電文にはXML宣言が要ります。宣言のないXMLはUTF-8です。",
                "A document in Shift_JIS has to declare it: without a declaration XML is UTF-8.",
            )


STANDARD = Profile()
"""UTF-8 without a mark, the layout's order, nothing where there is nothing, results direct."""
