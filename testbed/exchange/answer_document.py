"""Reading what came into ``res``, of whatever program: its encoding, and the texts of elements."""

from __future__ import annotations

from dataclasses import dataclass
from xml.parsers import expat

from eligibility.sentence import Sentence
from testbed.exchange.broken import ExchangeBroken
from wire.catalogue import Problem
from wire.messages.message_reading import ORDINARY
from wire.messages.profile import Encoding
from wire.messages.shift_jis import decoded
from wire.messages.xml_reader import encoding_of

ROOT = "XmlMsg"
_MARKS = {Encoding.UTF_8: "0", Encoding.SHIFT_JIS: "1"}
"""文字コード識別 (OQSCD005)."""


@dataclass(frozen=True)
class AnswerDocument:
    """A document of the interface."""

    encoding: Encoding
    elements: dict[str, list[str]]
    """The texts of the elements without children, by name."""

    def text(self, name: str) -> str | None:
        """Return the text of the first element of a name."""
        return next(iter(self.elements.get(name, ())), None)

    @property
    def is_marked_rightly(self) -> bool:
        """Whether its CharacterCodeIdentifier is that of its encoding."""
        return self.text("CharacterCodeIdentifier") == _MARKS[self.encoding]


def read_document(content: bytes) -> AnswerDocument:
    """Read a document; nothing in it is fetched or resolved.

    Raises:
        ExchangeBroken: it is none, or not the whole of one.
    """
    try:
        ORDINARY.check_size(content)
        encoding = encoding_of(content)
    except Problem as problem:
        raise _unreadable(problem.detail or problem.entry.kind.title) from None
    text = decoded(content) if encoding is Encoding.SHIFT_JIS else content.decode("utf-8-sig")
    elements: dict[str, list[str]] = {}
    path: list[str] = []
    told = ""

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal told
        path.append(name)
        told = ""

    def end(name: str) -> None:
        nonlocal told
        path.pop()
        if told.strip():
            elements.setdefault(name, []).append(told)
        told = ""

    def add(part: str) -> None:
        nonlocal told
        told += part

    def refuse(*_: object) -> None:
        raise _unreadable("it has a DTD")

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = add, refuse
    try:
        parser.Parse(text.partition("?>")[2] if text.startswith("<?xml") else text, True)  # noqa: FBT003 # expat's way
    except expat.ExpatError as error:
        raise _unreadable(f"it is no whole XML, {error}") from None
    if f"<{ROOT}" not in text:
        raise _unreadable(f"its root is not {ROOT}")
    return AnswerDocument(encoding, elements)


def _unreadable(why: str) -> ExchangeBroken:
    return ExchangeBroken(
        Sentence(f"返事を電文として読めません({why})。", f"The answer is no message: {why}.")
    )
