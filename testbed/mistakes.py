"""Errors that are sentences for a person: a command ends with one of them, and with exit code 1.

Every error of the testbed that its caller can mend is one of these::

    Mistake                  its message says what happened and what to do next
    ├── AnswerLocked         an answer came in a form that cannot be looked into
    ├── ExchangeBroken       who answers in the folder exchange does not do what makers expect
    │   └── NothingCame      no answer came into the folder in time
    ├── ExchangeImpossible   a clinic that has no folder exchange is to serve one
    ├── FontMissing          no font here has what is to be printed on a card's face
    ├── LineDamaged          a file of the closed line is damaged, or lost and not to be made again
    ├── NotChosen            nobody, or several, of whom a command is about one
    ├── NoExchange           a folder is not the root of a folder exchange
    ├── NoSystem             no system of this user runs, or not the one that was named
    ├── PcscStackError       the private PC/SC service cannot be used
    ├── PostgresServerError  the private server or its databases cannot be used
    ├── ProcessFailed        a service ended, or did not get ready
    ├── RemoteRefusal        a running service refuses
    │   └── NoAnswer         nothing of ours answers at an address
    ├── ScratchUnavailable   no private directory can be made
    ├── SettingWrong         a setting of OQS is none, or its value cannot be
    ├── SeveralSystems       several systems run, and none was chosen
    ├── StoryBroken          a step of the story does not hold
    ├── TimeOver             the time for all checks together is over
    ├── TownNotBuilt         the practice town cannot be built, or laid into a system
    └── UnknownCertificate   no certificate of the line is the one that is named

Other rooms know nothing of the testbed, so their errors become a plain `Mistake` where they come
in, by `as_mistake`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from eligibility.sentence import Sentence
from wire.system_error import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class Mistake(Exception):
    """What the caller can mend; the message says how."""

    code: ClassVar[str] = "failed"
    """What a program knows the kind by; it stays as it is."""

    def __init__(self, sentence: Sentence) -> None:
        """Take the message."""
        self.sentence = sentence
        super().__init__(sentence.en)

    @property
    def ja(self) -> str:
        """The message in Japanese."""
        return self.sentence.ja

    @property
    def en(self) -> str:
        """The message in English."""
        return self.sentence.en


@contextmanager
def as_mistake(*kinds: type[Exception]) -> Iterator[None]:
    """Hand on errors of these kinds, whose message is a sentence already.

    One that has `ja` and `en` speaks both languages, others that of implementers alone.
    """
    try:
        yield
    except kinds as error:
        raise Mistake(_said(error)) from error


def _said(error: Exception) -> Sentence:
    ja, en = getattr(error, "ja", None), getattr(error, "en", None)
    if ja and en:
        return Sentence(ja, en)
    if isinstance(error, OSError) and error.strerror:
        # One of the system's, which is no sentence yet.
        where, reason = error.filename or "The system", reason_of(error)
        return Sentence(
            f"{error.filename or 'システム'} を使えません({reason.ja})。場所と権限を"
            "確かめてください。",
            f"{where} cannot be used ({reason.en}). Check where it is and whose.",
        )
    return Sentence(str(error), str(error))
