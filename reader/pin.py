"""A PIN on its way from the keypad to the card, and nowhere else."""

import unicodedata
from typing import NoReturn

from reader.errors import PinNotSent
from reader.layout import AUTHENTICATION_PIN, SIGNATURE_PASSWORD, PinReference


class Pin:
    """A secret that shows itself to nobody: it prints as `***` and cannot be stored or copied.

    Only `reader.apdu.verify` calls `reveal`. The text is checked for its form when the object
    is made, so that a slip of the finger never costs a try; full-width digits are taken as
    the digits that they are. Raises `PinNotSent` for a text of another form.
    """

    __slots__ = ("_secret", "reference")

    def __init__(self, text: str, reference: PinReference) -> None:
        plain = unicodedata.normalize("NFKC", text).strip()
        if not reference.accepts(plain):
            raise PinNotSent.malformed(reference.name, reference.format)
        self._secret = plain.encode("ascii")
        self.reference = reference

    @classmethod
    def authentication(cls, text: str) -> "Pin":
        """Take the four digits of the user-authentication certificate (利用者証明用)."""
        return cls(text, AUTHENTICATION_PIN)

    @classmethod
    def signature(cls, text: str) -> "Pin":
        """Take the signature password (署名用), in upper case as the card compares bytes."""
        return cls(text.upper(), SIGNATURE_PASSWORD)

    def reveal(self) -> bytes:
        """Return the bytes that VERIFY carries."""
        return self._secret

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"

    def __format__(self, format_spec: str, /) -> str:
        return "***"

    def __reduce_ex__(self, protocol: object, /) -> NoReturn:
        message = "A PIN cannot be pickled or copied: it lives only until the card has seen it."
        raise TypeError(message)
