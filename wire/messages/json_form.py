"""Messages as JSON, for the web API: the same names, and lists as arrays (oqs-interface §1)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from wire.catalogue import Catalogue, Problem
from wire.messages.json_document import RepeatedMember, loads_once, without_empty
from wire.messages.message_reading import (
    ORDINARY,
    ReadingBounds,
    modelled,
    refuse_element,
    shown_name,
)
from wire.messages.profile import STANDARD, Encoding
from wire.messages.shape import ROOT
from wire.messages.tree import tree_of
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from wire.messages.profile import Profile
    from wire.messages.tree import Node

_Message = TypeVar("_Message", bound=Element)
_WITHIN_ROOT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"' + ROOT.encode() + rb'"\s*:')


def write_json(message: Element, profile: Profile = STANDARD) -> bytes:
    """Return a message as ``{"XmlMsg": {…}}``; JSON is always UTF-8, whatever a profile says."""
    root = tree_of(message, replace(profile, encoding=Encoding.UTF_8))
    document = {root.name: _members(root.children)}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def read_json(
    document: bytes,
    model: type[_Message],
    bounds: ReadingBounds = ORDINARY,
    *,
    also_bare: bool = False,
) -> _Message:
    """Read a message within its root; where ``also_bare`` says so, also one without it.

    Raises:
        Problem: MESSAGE_UNREADABLE, MESSAGE_TOO_LARGE, or MESSAGE_ELEMENT, which names an element
            that is not of the message, stands there twice, or is not as it should be.
        WrongValue: a value is wrong in a message that is a message otherwise, or it has too many
            units (TOO_MANY_UNITS).
    """
    bounds.check_size(document)
    try:
        read = loads_once(document.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Problem(
            Catalogue.MESSAGE_UNREADABLE,
            "The document is not UTF-8.",
            japanese="JSONの文字コードがUTF-8ではありません。UTF-8で送ってください。",
        ) from None
    except RepeatedMember as repeated:
        refuse_element(
            shown_name(repeated.name), "it stands there twice", "同じ項目が二つあります。"
        )
    except RecursionError:
        raise Problem(Catalogue.MESSAGE_TOO_LARGE, "The document is nested too deeply.") from None
    except ValueError as error:
        raise Problem(Catalogue.MESSAGE_UNREADABLE, f"It is not JSON: {error}.") from None
    if also_bare and isinstance(read, dict) and ROOT not in read:
        return modelled(without_empty(read, model), model, bounds)
    if not isinstance(read, dict) or read.keys() != {ROOT}:
        raise Problem(
            Catalogue.MESSAGE_UNREADABLE,
            f"The document should be an object with the one member {ROOT}.",
            japanese=f'全体を {{"{ROOT}": …}} の形にして送ってください。',
        )
    return modelled(without_empty(read[ROOT], model), model, bounds)


def is_within_root(document: bytes) -> bool:
    """Tell whether a JSON message begins as one within its root does."""
    return _WITHIN_ROOT.match(document) is not None


def _members(nodes: tuple[Node, ...]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for node in nodes:
        value = _value(node)
        if node.repeated:
            members.setdefault(node.name, []).append(value)
        else:
            members[node.name] = value
    return members


def _value(node: Node) -> Any:  # as JSON has it
    if node.is_list:
        return [{child.name: _value(child)} for child in node.children]
    return node.text if node.text is not None else _members(node.children)
