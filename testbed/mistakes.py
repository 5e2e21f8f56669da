"""Errors that are sentences for a person: a command ends with one of them, and with exit code 1.

Every error of the testbed that its caller can mend is one of these::

    Mistake                  its message says what happened and what to do next
    ├── FontMissing          there is no Japanese font to print a card's face with
    ├── PcscStackError       the private PC/SC service cannot be used
    ├── PostgresServerError  the private server or its databases cannot be used
    ├── ProcessFailed        a service ended, or did not get ready
    ├── RemoteRefusal        a running testbed does not answer, or refuses
    ├── StoryBroken          a step of the story does not hold
    └── UnknownCertificate   no certificate of the line is the one that is named

Other rooms know nothing of the testbed, so their errors become a plain `Mistake` where they come
in, by `as_mistake`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Mistake(Exception):
    """What the caller can mend; the message says how."""


@contextmanager
def as_mistake(*kinds: type[Exception]) -> Iterator[None]:
    """Hand on errors of these kinds, whose message is a sentence already."""
    try:
        yield
    except kinds as error:
        raise Mistake(str(error)) from error
