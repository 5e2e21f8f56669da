"""Messages as XML documents: no namespace, no attributes, the root ``XmlMsg`` (§2.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wire.messages.profile import STANDARD, Encoding
from wire.messages.shift_jis import BLACK_CIRCLE, carried
from wire.messages.tree import tree_of

if TYPE_CHECKING:
    from wire.messages.profile import Profile
    from wire.messages.tree import Node
    from wire.vocabulary.element import Element

_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_SPECIAL = re.compile("[&<>\r]")
_NOT_OF_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no document of XML 1.0 may hold."""


def write_xml(message: Element, profile: Profile = STANDARD) -> bytes:
    """Return a message as a document."""
    written: list[str] = [profile.declaration.of(profile.encoding)]
    _write(tree_of(message, profile), written, shift_jis=profile.encoding is Encoding.SHIFT_JIS)
    return "".join(written).encode(profile.encoding.value)


def _write(node: Node, written: list[str], *, shift_jis: bool) -> None:
    if node.text is None and node.children:
        written.append(f"<{node.name}>")
        for child in node.children:
            _write(child, written, shift_jis=shift_jis)
        written.append(f"</{node.name}>")
    elif node.text:
        text = _NOT_OF_XML.sub(BLACK_CIRCLE, node.text)
        if shift_jis:
            text = carried(text)
        text = _SPECIAL.sub(lambda found: _ESCAPED[found[0]], text)
        written.append(f"<{node.name}>{text}</{node.name}>")
    else:
        written.append(f"<{node.name}/>")
