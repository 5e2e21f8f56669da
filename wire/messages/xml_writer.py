"""Messages as XML documents: no namespace, no attributes, the root ``XmlMsg`` (§2.3)."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from wire.messages.profile import STANDARD, Encoding
from wire.messages.shift_jis import BLACK_CIRCLE, carried, carried_by_windows
from wire.messages.tree import tree_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from wire.messages.profile import Profile
    from wire.messages.tree import Node
    from wire.vocabulary.element import Element

_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_SPECIAL = re.compile("[&<>\r]")
_NOT_OF_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no document of XML 1.0 may hold."""
_OF_THE_ASKER = {
    "ArbitraryFileIdentifier",
    "ArbitraryIdentifier",
    "QualificationConfirmSearchInfo",
    "ReferenceNumber",
    "ReferenceNumberRegistrationInfo",
}
"""Elements in which comes back what the asker has written."""
_AS_WINDOWS = "shift_jis-as-windows"


def _as_windows(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return error.object[error.start : error.end].encode("cp932"), error.end


codecs.register_error(_AS_WINDOWS, _as_windows)


def write_xml(message: Element, profile: Profile = STANDARD) -> bytes:
    """Return a message as a document."""
    shift_jis = profile.encoding is Encoding.SHIFT_JIS
    written: list[str] = [profile.declaration.of(profile.encoding)]
    _write(tree_of(message, profile), written, carried if shift_jis else None)
    return "".join(written).encode(profile.encoding.value, _AS_WINDOWS if shift_jis else "strict")


def _write(node: Node, written: list[str], carry: Callable[[str], str] | None) -> None:
    if carry is not None and node.name in _OF_THE_ASKER:
        carry = carried_by_windows
    if node.text is None and node.children:
        written.append(f"<{node.name}>")
        for child in node.children:
            _write(child, written, carry)
        written.append(f"</{node.name}>")
    elif node.text:
        text = _NOT_OF_XML.sub(BLACK_CIRCLE, node.text)
        if carry is not None:
            text = carry(text)
        text = _SPECIAL.sub(lambda found: _ESCAPED[found[0]], text)
        written.append(f"<{node.name}>{text}</{node.name}>")
    else:
        written.append(f"<{node.name}/>")
