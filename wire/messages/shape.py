"""The shape of a message: which elements stand in which, as the models declare it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from wire.vocabulary.element import Element, InList, Item, Own

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

ROOT = "XmlMsg"
"""The element around a message."""


class Holding(Enum):
    """What an element holds."""

    TEXT = "a text"
    ELEMENTS = "elements"
    ITEMS = "a list, whose items are elements of one name"


@dataclass(frozen=True)
class Member:
    """One kind of elements that another holds."""

    field: str
    """The field of the model."""
    name: str
    """The name of the element."""
    holding: Holding
    model: type[Element] | None
    """What it holds, where that is not a text; of a list, what stands in it."""
    repeated: bool
    needed: bool
    own: bool
    """Whether only the simulator has it."""
    nested_in: str | None
    """The list in which some nest it."""
    is_truth: bool
    """Whether its text is ``true`` or ``false``, which JSON writes without quotes."""

    @property
    def may_be_empty(self) -> bool:
        """Whether it says something with nothing in it, as ``Consents`` that nothing is agreed."""
        if self.needed:
            return True
        if self.holding is not Holding.ELEMENTS or self.repeated or self.model is None:
            return False
        return not any(member.needed for member in members_of(self.model))


@lru_cache(maxsize=256)
def members_of(model: type[Element]) -> tuple[Member, ...]:
    """Return what stands in an element, in the order of the layout."""
    return tuple(_member(name, field) for name, field in model.model_fields.items())


@lru_cache(maxsize=256)
def by_name(model: type[Element]) -> dict[str, Member]:
    """Return what may stand in an element of the interface, by the names of the elements."""
    return {member.name: member for member in members_of(model) if not member.own}


def _member(name: str, field: FieldInfo) -> Member:
    kind, repeated = _kind(field.annotation)
    is_model = isinstance(kind, type) and issubclass(kind, Element)
    is_list = repeated and is_model and issubclass(kind, Item)
    marks = field.metadata
    return Member(
        name,
        field.alias or name,
        Holding.ITEMS if is_list else Holding.ELEMENTS if is_model else Holding.TEXT,
        kind if is_model else None,
        repeated and not is_list,
        field.is_required(),
        any(isinstance(mark, Own) for mark in marks),
        next((mark.name for mark in marks if isinstance(mark, InList)), None),
        kind is bool,
    )


def _kind(annotation: Any) -> tuple[Any, bool]:
    """Return what a field holds, and whether it may hold several."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        (kind,) = (one for one in get_args(annotation) if one is not NoneType)
        return _kind(kind)
    if origin is tuple:
        return _kind(get_args(annotation)[0])[0], True
    return annotation, False
