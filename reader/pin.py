"""A PIN on its way from the keypad to the card, and nowhere else."""

import unicodedata
from dataclasses import dataclass
from typing import NoReturn, Self

from reader.description.layout import AUTHENTICATION_PIN, SIGNATURE_PASSWORD, PinReference
from reader.errors import PinNotSent


class Pin:
    """A secret that shows itself to nobody: it prints as `***` and cannot be stored or copied.

    Only `reader.apdu` calls `reveal`. The text is checked for its form when the object is
    made, so that a slip of the finger never costs a try; full-width characters are taken as
    the plain ones that they are, and the signature password in upper case, as the card
    compares bytes. Raises `PinNotSent` for a text of another form, without the text in its
    traceback.

    In a `with` block it is wiped at the end. Python keeps copies of what was typed and sent
    until it needs their memory; of these this object can wipe only its own.
    """

    __slots__ = ("_secret", "reference")

    def __init__(self, text: str, reference: PinReference) -> None:
        self.reference = reference
        plain = unicodedata.normalize("NFKC", text).strip()
        if reference is SIGNATURE_PASSWORD:
            plain = plain.upper()
        if not reference.accepts(plain):
            del text, plain  # a crash report may show the variables of this frame
            raise PinNotSent.malformed(reference)
        self._secret = bytearray(plain, "ascii")

    @classmethod
    def authentication(cls, text: str) -> Self:
        """Take the four digits of the user-authentication certificate (利用者証明用)."""
        try:
            return cls(text, AUTHENTICATION_PIN)
        finally:
            del text

    @classmethod
    def signature(cls, text: str) -> Self:
        """Take the signature password (署名用)."""
        try:
            return cls(text, SIGNATURE_PASSWORD)
        finally:
            del text

    def also_for(self, reference: PinReference) -> "Pin":
        """Take the same secret where the card keeps it a second time (照合番号B, 住基 and 共通)."""
        return Pin(self._secret.decode("ascii"), reference)

    def reveal(self) -> bytes:
        """Return the bytes that VERIFY carries."""
        if not self._secret:
            message = "This PIN was used and wiped. Ask for it again."
            raise ValueError(message)
        return bytes(self._secret)

    def wipe(self) -> None:
        """Forget the secret; may be called twice."""
        self._secret[:] = bytes(len(self._secret))
        self._secret.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"

    def __format__(self, format_spec: str, /) -> str:
        return "***"

    def __reduce_ex__(self, protocol: object, /) -> NoReturn:
        message = "A PIN cannot be pickled or copied: it lives only until the card has seen it."
        raise TypeError(message)


@dataclass(frozen=True)
class PadEntry:
    """A PIN that its holder types at the reader's own pad; no program ever sees it."""

    reference: PinReference


Secret = Pin | PadEntry
"""Where a PIN comes from."""
