"""Medical information as XML: the elements of the models, without attributes or namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from wire.messages.profile import Encoding
from wire.messages.shape import ROOT
from wire.messages.shift_jis import carried

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wire.vocabulary.element import Element

_DECLARATION = '<?xml version="1.0" encoding="{}" standalone="no"?>\n'


def xml_of(document: Element, encoding: Encoding = Encoding.UTF_8) -> bytes:
    """Return a document as XML; absent elements are omitted.

    A list in the plural (``DrugInfs``) is an element with one of the singular for each; another one
    is its element again and again.
    """
    root = ET.Element(ROOT)
    _fill(root, document.model_dump(mode="json", by_alias=True, exclude_none=True))
    text = ET.tostring(root, encoding="unicode")
    if encoding is Encoding.SHIFT_JIS:
        text = carried(text)
    return (_DECLARATION.format(encoding.declared) + text).encode(encoding.value)


def _fill(parent: ET.Element, members: Mapping[str, Any]) -> None:
    for name, value in members.items():
        if not isinstance(value, list):
            _add(parent, name, value)
            continue
        within, each = parent, name
        if name.endswith(("Infs", "Infos")):
            within, each = ET.SubElement(parent, name), name.removesuffix("s")
        for one in value:
            _add(within, each, one)


def _add(parent: ET.Element, name: str, value: Any) -> None:  # as JSON has it
    element = ET.SubElement(parent, name)
    if isinstance(value, dict):
        _fill(element, value)
    else:
        element.text = str(value)
