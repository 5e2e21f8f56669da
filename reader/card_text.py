"""Text from a card, made fit for a terminal and a page."""

import unicodedata

_REPLACEMENT = "\ufffd"
_UNFIT = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
"""Unicode's categories of what is not written but steers: control and format characters, which
turn a line around or send commands to a terminal, halves of characters, breaks of a line.

Private characters (Co) stay: they may be 外字 of a name. So do marks that choose a form of one."""


def is_day(text: str) -> bool:
    """Tell whether a text has the form YYYYMMDD; a day or month that nobody knows is 00."""
    return len(text) == 8 and text.isascii() and text.isdigit()


def shown(text: str) -> str:
    """Replace what would steer the terminal or the page that shows this text by U+FFFD."""
    if text.isprintable():
        return text
    return "".join(
        _REPLACEMENT if unicodedata.category(character) in _UNFIT else character
        for character in text
    )
