"""Whether a text says a PIN: four digits by themselves, not those that happen to stand in a number.

Hashes, references and times are made anew in each run, and one of a few thousand holds any four
digits somewhere.
"""

from __future__ import annotations

import re


def says(text: str, pin: str) -> bool:
    """Return whether a text holds these digits with no letter, digit or point beside them."""
    return re.search(rf"(?<![0-9A-Za-z.]){re.escape(pin)}(?![0-9A-Za-z])", text) is not None
