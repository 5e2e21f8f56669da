"""JSON that comes in, in which every member stands once, and what is empty is as absent.

Which of two members of one name is meant nobody can tell: a reader that takes the last one answers
another question than a person sees who reads the first.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wire.messages.shape import members_of

if TYPE_CHECKING:
    from wire.messages.shape import Member
    from wire.vocabulary.element import Element

_NO_MEMBERS = re.compile(rb"\{\s*\}")
_NO_ITEMS = re.compile(rb"\[\s*\]")


class RepeatedMember(ValueError):
    """A member of an object stands there twice."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: it stands there twice")
        self.name = name


def loads_once(document: bytes | str) -> Any:  # as JSON has it
    """Read JSON.

    Raises:
        RepeatedMember: a member stands there twice.
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    return json.loads(document, object_pairs_hook=_once)


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) == len(members):
        return found
    seen: set[str] = set()
    for name, _ in members:
        if name in seen:
            raise RepeatedMember(name)
        seen.add(name)
    raise AssertionError("a member that is lost stands there twice")


def may_hold_empty(document: bytes) -> bool:
    """Tell whether a document may hold what is empty; one that has no such text does not."""
    return (
        b'""' in document
        or _NO_MEMBERS.search(document) is not None
        or (b"[" in document and _NO_ITEMS.search(document) is not None)
    )


def without_empty(members: Any, model: type[Element]) -> Any:  # as JSON has it
    """Return the members of an element without the empty ones that it need not have.

    An empty element is as an absent one, as it is in XML, unless it says something so. What is
    wrong otherwise stays as it is.
    """
    if not isinstance(members, dict):
        return members
    known = _by_written_name(model)
    kept = {}
    for name, value in members.items():
        member = known.get(name)
        if member is not None:
            value = _without_empty(value, member)  # noqa: PLW2901 # the same member
            if _is_empty(value) and not member.may_be_empty:
                continue
        kept[name] = value
    return kept


def _without_empty(value: Any, member: Member) -> Any:
    if isinstance(value, list):
        items = [_within(one, member) for one in value]
        return items if member.needed else [one for one in items if not _is_empty(one)]
    return _within(value, member)


def _within(value: Any, member: Member) -> Any:
    return value if member.model is None else without_empty(value, member.model)


def _is_empty(value: Any) -> bool:
    return isinstance(value, str | dict | list) and not value


@lru_cache(maxsize=256)
def _by_written_name(model: type[Element]) -> dict[str, Member]:
    """Return what may stand in an element, by its names in JSON, which takes both of each."""
    return {name: one for one in members_of(model) for name in (one.field, one.name)}
