"""A message as a tree of elements: what the XML and the JSON of a profile have in common."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from wire.dates import read_day
from wire.messages.profile import STANDARD, Absence, ElementOrder, Nesting
from wire.messages.shape import ROOT, Holding, members_of
from wire.vocabulary.answer import LATER_CONSENTS, ResultOfQualificationConfirmation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wire.messages.profile import Profile
    from wire.messages.shape import Member
    from wire.vocabulary.element import Element

INSURER_NUMBER_LENGTH = 8
"""To which an insurer number of six digits is filled with spaces on its left (§2.3)."""


@dataclass(frozen=True, slots=True)
class Node:
    """An element: its name, and its text or what stands in it."""

    name: str
    text: str | None = None
    children: tuple[Node, ...] = ()
    repeated: bool = False
    """Whether there may be several of its name beside it."""
    is_list: bool = False
    """Whether it is a list, whose items JSON writes as objects of one member."""


def tree_of(message: Element, profile: Profile = STANDARD) -> Node:
    """Return the elements of a message, as a profile wants them."""
    return Node(ROOT, children=tuple(_Planting(profile, message).elements_in(message, ROOT)))


class _Planting:
    def __init__(self, profile: Profile, message: Element) -> None:
        self._profile = profile
        header = getattr(message, "message_header", None)
        moment = getattr(header, "process_execution_time", None)
        told = moment is None or read_day(moment[:8]) >= profile.six_consents_from
        self._untold: frozenset[str] = frozenset() if told else frozenset(LATER_CONSENTS)

    def elements_in(self, element: Element, place: str) -> list[Node]:
        """Return what stands in an element; ``place`` is its path."""
        found = [
            node
            for member in members_of(type(element))
            if not member.own and member.field not in self._untold
            for node in self._nodes(member, element, f"{place}/{member.name}")
        ]
        if self._profile.order is ElementOrder.SHUFFLED and place != ROOT:
            # By the name, so that those of one name stay together, and in their order.
            found.sort(key=lambda node: _rank(self._profile.seed, place, node.name))
        return found

    def _nodes(self, member: Member, element: Element, place: str) -> Iterator[Node]:
        value = getattr(element, member.field)
        if value is None or value == ():
            if (
                self._profile.absence is Absence.EMPTY
                and member.holding is Holding.TEXT
                and isinstance(element, ResultOfQualificationConfirmation)
            ):
                yield Node(member.name, "")
            return
        if member.nested_in and self._profile.nesting is Nesting.RESULT_LIST:
            items = tuple(self._node(member, one, place) for one in value)
            yield Node(member.nested_in, children=items, is_list=True)
        elif member.repeated:
            for one in value:
                yield self._node(member, one, place)
        elif member.holding is Holding.ITEMS:
            children = tuple(node for item in value for node in self.elements_in(item, place))
            yield Node(member.name, children=children, is_list=True)
        else:
            node = self._node(member, value, place)
            if node.text is not None or node.children or member.needed:
                yield node

    def _node(self, member: Member, value: Element | str, place: str) -> Node:
        if isinstance(value, str):
            text = str(value)
            if text and member.field == "insurer_number":
                text = text.rjust(INSURER_NUMBER_LENGTH)
            elif member.field == "character_code_identifier":
                text = str(self._profile.encoding.identifier)
            return Node(member.name, text, repeated=member.repeated)
        children = tuple(self.elements_in(value, place))
        return Node(member.name, children=children, repeated=member.repeated)


@lru_cache(maxsize=4096)
def _rank(seed: int, place: str, name: str) -> bytes:
    return hashlib.sha256(f"{seed}:{place}/{name}".encode()).digest()
