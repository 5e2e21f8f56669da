"""Reading messages in XML: every form known from programs in use, and nothing that does harm.

The document is read with expat, element by element as the model says, so that what the message does
not have is refused where it stands, before a tree is made. There is no DTD and so no entity but the
five of XML, nothing is fetched, and size, number of elements and length of a tag are bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from xml.parsers import expat

from wire.catalogue import Catalogue, Problem
from wire.messages.message_reading import (
    ORDINARY,
    ReadingBounds,
    WrongValue,
    modelled,
    refuse_element,
    shown_name,
    too_many_units,
)
from wire.messages.profile import Encoding
from wire.messages.shape import ROOT, Holding, by_name
from wire.messages.shift_jis import decoded
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from wire.messages.shape import Member

_Message = TypeVar("_Message", bound=Element)
_CHUNK = 16_384
_DECLARATION = re.compile(r"\s*<\?xml\s([^<>]*?)\?\s*>")
"""Single or double quotes, blanks before the end, and before the beginning: all are in use."""
_ENCODING = re.compile(r"""encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_UTF_8 = {"utf-8", "utf8"}
_SHIFT_JIS = {
    "shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji", "windows-31j", "cp932", "ms932",
}  # fmt: skip
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TRUTH = {"true": True, "false": False}
_OF_WIDE_CHARACTERS = (b"\xff\xfe", b"\xfe\xff")


def read_xml(document: bytes, model: type[_Message], bounds: ReadingBounds = ORDINARY) -> _Message:
    """Read a message.

    Raises:
        Problem: MESSAGE_UNREADABLE, MESSAGE_TOO_LARGE, or MESSAGE_ELEMENT, which names an element
            that is not of the message, stands there twice, or is not as it should be.
        WrongValue: a value is wrong in a message that is a message otherwise, or it has too many
            units (TOO_MANY_UNITS).
    """
    bounds.check_size(document)
    text, _ = _decoded(document)
    building = _Building(model, bounds)
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = building.start
    parser.EndElementHandler = building.end
    parser.CharacterDataHandler = building.text
    parser.StartDoctypeDeclHandler = _refuse_document_type
    encoded = text.encode()
    try:
        for place in range(0, len(encoded), _CHUNK):
            chunk = encoded[place : place + _CHUNK]
            parser.Parse(chunk, False)  # noqa: FBT003 # as expat has it
            # What is not whole yet is looked at anew with each chunk.
            if place + len(chunk) - parser.CurrentByteIndex > bounds.token_bytes:
                raise Problem(
                    Catalogue.MESSAGE_TOO_LARGE,
                    f"A tag or comment has more than {bounds.token_bytes} bytes.",
                )
        parser.Parse(b"", True)  # noqa: FBT003 # likewise
    except expat.ExpatError as error:
        raise Problem(
            Catalogue.MESSAGE_UNREADABLE,
            f"It is not well-formed: {expat.ErrorString(error.code)}, "
            f"line {error.lineno}, column {error.offset + 1}.",
            japanese=f"XMLとして正しくありません（{error.lineno}行目の{error.offset + 1}文字目）。"
            "タグの対応を確かめてください。",
        ) from None
    return modelled(building.members, model, bounds)


def encoding_of(document: bytes) -> Encoding:
    """Return the encoding in which a document is, of the two that there are without a mark.

    Raises:
        Problem: MESSAGE_UNREADABLE.
    """
    return _decoded(document)[1]


def _decoded(document: bytes) -> tuple[str, Encoding]:
    """Return the text of a document without its declaration, and how it was read."""
    if document.startswith(_OF_WIDE_CHARACTERS):
        _refuse_encoding("UTF-16 is not read; send UTF-8 or Shift_JIS.")
    marked = document.startswith(_BYTE_ORDER_MARK)
    body = document.removeprefix(_BYTE_ORDER_MARK)
    # The declaration is of ASCII, in whatever of the encodings the document is.
    declaration = _DECLARATION.match(body[:1024].decode("ascii", "replace"))
    named = _ENCODING.search(declaration[1]) if declaration else None
    encoding = named[1].lower() if named else None
    if encoding is not None and encoding not in _UTF_8 | _SHIFT_JIS:
        _refuse_encoding(f"{encoding} is not read; send UTF-8 or Shift_JIS.")
    body = body[declaration.end() :] if declaration else body
    try:
        if encoding in _SHIFT_JIS and not marked:
            return decoded(body), Encoding.SHIFT_JIS
        return body.decode(), Encoding.UTF_8
    except UnicodeDecodeError as error:
        if encoding is None and not marked:
            try:
                return decoded(body), Encoding.SHIFT_JIS
            except UnicodeDecodeError:
                pass
        said = encoding or "UTF-8"
        place = error.start + len(document) - len(body)
        _refuse_encoding(f"It says that it is {said}, and byte {place + 1} is not.")
    raise AssertionError("a document is read or refused")


def _refuse_encoding(why: str) -> None:
    raise Problem(
        Catalogue.MESSAGE_UNREADABLE,
        why,
        japanese="文字コードが読み取れません。宣言と中身を、UTF-8かShift_JISにそろえてください。",
    )


def _refuse_number(bounds: ReadingBounds) -> None:
    raise Problem(
        Catalogue.MESSAGE_TOO_LARGE, f"It has more than {bounds.elements} elements; send less."
    )


def _refuse_document_type(*_: object) -> None:
    raise Problem(
        Catalogue.MESSAGE_UNREADABLE,
        "It has a document type declaration (DTD), which no message has.",
        japanese="DTD（DOCTYPE宣言）のある電文は受け付けません。取り除いて送ってください。",
    )


@dataclass(slots=True)
class _Open:
    """An element that is being read."""

    name: str
    member: Member | None
    """None of the root, and of a list in which some nest what others do not."""
    within: dict[str, Member] | None
    """What may stand in it; None where it holds a text."""
    members: dict[str, Any] = field(default_factory=dict)
    items: list[Any] | None = None
    """Of a list, what stands in it."""
    seen: set[str] = field(default_factory=set)
    text: list[str] = field(default_factory=list)
    length: int = 0


class _Building:
    """Makes the members of a model from what expat reports."""

    def __init__(self, model: type[Element], bounds: ReadingBounds) -> None:
        self._model, self._bounds = model, bounds
        self._open: list[_Open] = []
        self._count = 0
        self.members: dict[str, Any] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > self._bounds.elements:
            _refuse_number(self._bounds)
        if not self._open:
            self._begin(name, attributes)
            return
        if attributes:
            refuse_element(
                self._path(name), "elements have no attributes", "属性は付けられません。"
            )
        parent = self._open[-1]
        if parent.within is None:
            refuse_element(
                self._path(), "it holds a text, and no elements", "値だけを入れてください。"
            )
        member = parent.within.get(name)
        if member is None:
            self._begin_nested(parent, name)
            return
        if name in parent.seen and not (member.repeated or parent.items is not None):
            refuse_element(self._path(name), "it stands there twice", "同じ項目が二つあります。")
        parent.seen.add(name)
        if member.repeated and len(parent.members.get(name, ())) >= self._bounds.units:
            header = self._open[0].members.get("MessageHeader")
            raise WrongValue(too_many_units(self._bounds.units), header, in_header=False)
        if member.holding is Holding.TEXT:
            self._open.append(_Open(name, member, None))
            return
        assert member.model is not None
        items: list[Any] | None = [] if member.holding is Holding.ITEMS else None
        self._open.append(_Open(name, member, by_name(member.model), items=items))

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if name != ROOT:
            refuse_element(
                shown_name(name), f"the root has to be {ROOT}", f"{ROOT}で始めてください。"
            )
        # Some libraries declare namespaces there, and use none.
        if not all(attribute.startswith("xmlns") for attribute in attributes):
            refuse_element(ROOT, "elements have no attributes", "属性は付けられません。")
        self._open.append(_Open(name, None, by_name(self._model)))

    def _begin_nested(self, parent: _Open, name: str) -> None:
        """Begin a list in which some nest what stands directly elsewhere."""
        assert parent.within is not None
        for member in parent.within.values():
            if member.nested_in == name:
                if name in parent.seen:
                    refuse_element(
                        self._path(name), "it stands there twice", "同じ項目が二つあります。"
                    )
                parent.seen.add(name)
                within = {member.name: member}
                self._open.append(_Open(name, None, within, members=parent.members))
                return
        refuse_element(
            self._path(shown_name(name)),
            "this message has no such element",
            "この項目はありません。",
        )

    def text(self, text: str) -> None:
        if not self._open:
            return
        one = self._open[-1]
        if one.within is not None:
            if not text.isspace():
                refuse_element(
                    self._path(), "there is a text between its elements", "余分な文字があります。"
                )
            return
        one.length += len(text)
        if one.length > self._bounds.text_length:
            refuse_element(
                self._path(),
                f"its text has more than {self._bounds.text_length} characters",
                "値が長すぎます。",
            )
        one.text.append(text)

    def end(self, _: str) -> None:
        one = self._open.pop()
        if not self._open:
            self.members = one.members
            return
        if one.member is None:  # what stood in it has gone to its parent already
            return
        parent = self._open[-1]
        value: Any
        if one.within is None:
            value = "".join(one.text)
        else:
            value = one.members if one.items is None else one.items
        if not value and not one.member.may_be_empty:
            return  # empty is as absent
        if one.member.is_truth:
            value = _TRUTH.get(value, value)
        if parent.items is not None:
            parent.items.append({one.name: value})
        elif one.member.repeated:
            parent.members.setdefault(one.name, []).append(value)
        else:
            parent.members[one.name] = value

    def _path(self, *last: str) -> str:
        return "/".join([*(one.name for one in self._open), *last])
