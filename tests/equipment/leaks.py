"""Looking for a secret in what came out of a program."""

import base64
import logging
import re

COUNTED = ("created", "lineno", "msecs", "process", "relativeCreated", "thread")
"""What logging itself notes in numbers; one of them may begin like a PIN."""


def forms_of(secret: str) -> list[str]:
    """Return how a secret might stand in a log, a dump or an answer."""
    plain = secret.encode()
    forms = [secret, secret.lower(), plain.hex()]
    forms += [plain.hex(separator) for separator in (" ", ":", "-")]
    forms += [separator.join(str(byte) for byte in plain) for separator in (", ", " ", ",")]
    # In base64 a text looks in three ways, by where it begins among the bytes around it.
    for before in range(3):
        coded = base64.b64encode(bytes(before) + plain + bytes(3)).decode()
        whole = coded[-(-before * 8 // 6) : (before + len(plain)) * 8 // 6]
        forms.append(whole)
    return forms


def leaks(secret: str, said: str) -> list[str]:
    """Return the forms in which a secret stands in a text.

    A short form counts only at the start of a word: four digits stand in any long number.
    """
    flat = said.casefold()
    return [form for form in forms_of(secret) if _pattern(form.casefold()).search(flat)]


def _pattern(form: str) -> re.Pattern[str]:
    return re.compile(("" if len(form) > 5 else r"(?<!\w)") + re.escape(form))


def told_by(record: logging.LogRecord) -> str:
    """Return all that a record holds of what was logged."""
    held = {name: value for name, value in vars(record).items() if name not in COUNTED}
    return f"{record.getMessage()}\n{held!r}\n"
