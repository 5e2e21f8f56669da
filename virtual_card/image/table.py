"""A table of a card image's file, whose errors name the file and the key."""

from __future__ import annotations

import base64
import unicodedata
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of characters that are not written: controls, formats, line ends."""


class ImageError(Exception):
    """A card image cannot be used; the message names the file, the key and the reason."""


class Table:
    """A table of the file, which knows its place for the sake of error messages.

    All readers raise `ImageError`.
    """

    def __init__(self, path: Path, place: str, entries: dict[str, object]) -> None:
        """Take a table's entries; its place is the names of the tables around it."""
        self._path = path
        self._place = place
        self._entries = entries
        self._known: set[str] = set()

    def error(self, key: str, reason: str) -> ImageError:
        """Make the error that something is wrong with a key."""
        named = f"{self._place}{key}"
        # A key that somebody else wrote must not steer the terminal that shows this.
        return ImageError(
            f"{self._path}: {named if named.isprintable() else ascii(named)}: {reason}."
        )

    def text(self, key: str) -> str:
        """Read text that must be there."""
        value = self._take(key)
        if not isinstance(value, str):
            raise self.error(key, "must be text")
        return value

    def line(self, key: str) -> str:
        """Read text that is shown to people as a line, so without anything that steers."""
        value = self.text(key)
        if any(unicodedata.category(each) in _STEERING for each in value):
            raise self.error(key, "must be a line of text, without control characters")
        return value

    def optional_text(self, key: str) -> str | None:
        """Read text that may be absent."""
        return self.text(key) if self._has(key) else None

    def digits(self, key: str, length: int) -> str:
        """Read a text of so many digits."""
        value = self.text(key)
        if len(value) != length or not value.isascii() or not value.isdigit():
            raise self.error(key, f"must be text of {length} digits")
        return value

    def one_of(self, key: str, *allowed: str) -> str:
        """Read one of these words."""
        value = self.text(key)
        if value not in allowed:
            raise self.error(key, f"must be one of {', '.join(allowed)}")
        return value

    def hexadecimal(self, key: str) -> bytes:
        """Read bytes in hexadecimal digits."""
        try:
            return bytes.fromhex(self.text(key))
        except ValueError:
            raise self.error(key, "must be hexadecimal digits") from None

    def base64(self, key: str) -> bytes:
        """Read bytes in base64; line breaks do not matter. Absent is empty."""
        if not self._has(key):
            return b""
        try:
            return base64.b64decode("".join(self.text(key).split()), validate=True)
        except ValueError:  # binascii.Error is one, and letters beyond ASCII another
            raise self.error(key, "must be base64") from None

    def day(self, key: str) -> date | None:
        """Read a date, which may be absent."""
        if not self._has(key):
            return None
        value = self._take(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.error(key, "must be a date such as 2030-02-17")
        return value

    def yes_or_no(self, key: str, *, default: bool) -> bool:
        """Read a switch."""
        value = self._take(key) if self._has(key) else default
        if not isinstance(value, bool):
            raise self.error(key, "must be true or false")
        return value

    def count(self, key: str, *, default: int) -> int:
        """Read a number that is not negative."""
        value = self._take(key) if self._has(key) else default
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.error(key, "must be a number, 0 or more")
        return value

    def table(self, key: str) -> Table | None:
        """Read a table within, which may be absent."""
        if not self._has(key):
            return None
        value = self._take(key)
        if not isinstance(value, dict):
            raise self.error(key, "must be a table")
        return Table(self._path, f"{self._place}{key}.", value)

    def expect_nothing_else(self) -> None:
        """Refuse a key that nobody asked for, which is most likely misspelt."""
        for key in self._entries:
            if key not in self._known:
                known = ", ".join(sorted(self._known))
                raise self.error(key, f"is unknown here (known: {known})")

    def _has(self, key: str) -> bool:
        self._known.add(key)
        return key in self._entries

    def _take(self, key: str) -> object:
        if not self._has(key):
            raise self.error(key, "is missing")
        return self._entries[key]
