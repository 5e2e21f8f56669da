"""What reading a message has in common, whatever the document: bounds, and words of refusal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError

from wire.catalogue import Catalogue, Problem
from wire.messages.field_reason import why_unfit
from wire.messages.shape import ROOT
from wire.vocabulary.bulk_inquiry import MOST_UNITS
from wire.vocabulary.element import Element

_Message = TypeVar("_Message", bound=Element)
_HEADER = "MessageHeader"
_UNITS_DEPTH = 2
"""Units stand in the body of a message, and other lists deeper."""

_SHOWN = 60
"""How much of a name is repeated that nobody knows."""


@dataclass(frozen=True)
class ReadingBounds:
    """What is read at most; the official bounds are not public."""

    document_bytes: int = 4 << 20
    """As the most careful known reader has it (oqs-interface §5)."""
    elements: int = 12 * MOST_UNITS
    units: int = MOST_UNITS
    """How many elements of one name may stand side by side: persons of a file."""
    text_length: int = 4_096
    """Characters of one text."""
    token_bytes: int = 65_536
    """Of a tag with all that is in it, or of a comment."""

    def check_size(self, document: bytes) -> None:
        """Refuse a document that is too long (MESSAGE_TOO_LARGE)."""
        if len(document) > self.document_bytes:
            raise Problem(
                Catalogue.MESSAGE_TOO_LARGE,
                f"It has {len(document)} bytes; at most {self.document_bytes} are read.",
            )


ORDINARY = ReadingBounds()
"""The bounds of what comes from outside."""


def refuse_element(place: str, why: str, japanese: str) -> NoReturn:
    """Refuse a message for one element, by its name or path (MESSAGE_ELEMENT)."""
    shown = place if len(place) <= 4 * _SHOWN else f"…{place[-4 * _SHOWN :]}"
    raise Problem(
        Catalogue.MESSAGE_ELEMENT,
        f"{shown}: {why}.",
        japanese=f"{shown.rpartition('/')[2]}：{japanese}",
        element=shown,
    )


def shown_name(name: str) -> str:
    """Shorten a name that nobody knows."""
    return name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"


class WrongValue(Problem):
    """A message whose elements are right, and of which one has a value that is none."""

    def __init__(self, problem: Problem, header: object, *, in_header: bool) -> None:
        super().__init__(problem.entry, problem.detail, japanese=problem.japanese)
        self.members = problem.members
        self.header = header
        """The members of its header as they were written."""
        self.in_header = in_header


def too_many_units(most: int, found: int | None = None) -> Problem:
    """Return why an inquiry of too many units is refused (TOO_MANY_UNITS).

    ``found`` is how many it has, where they were counted to the end.
    """
    has = f"more than {most}" if found is None else f"{found}"
    counted = f"{most}件を超えています" if found is None else f"{found}件あります"
    return Problem(
        Catalogue.TOO_MANY_UNITS,
        f"The inquiry has {has} units; {most} are taken at once.",
        japanese=f"{counted}。1回に{most}件まで送れます。分けて送ってください。",
    )


def units_wrong(error: ValidationError, bounds: ReadingBounds) -> Problem | None:
    """Return TOO_MANY_UNITS where that is what a model says of a message."""
    for one in error.errors(include_url=False, include_input=False):
        if one["type"] == "too_long" and len(one["loc"]) == _UNITS_DEPTH:
            return too_many_units(bounds.units)
    return None


def modelled(
    members: Any,  # as a document has them
    model: type[_Message],
    bounds: ReadingBounds = ORDINARY,
) -> _Message:
    """Make a message of what was read.

    Raises:
        Problem: MESSAGE_ELEMENT.
        WrongValue: likewise, where it is a value that is wrong; or TOO_MANY_UNITS.
    """
    try:
        return model.model_validate(members)
    except ValidationError as error:
        if (too_many := units_wrong(error, bounds)) is not None:
            raise WrongValue(too_many, members.get(_HEADER), in_header=False) from None
        first = error.errors(include_url=False, include_input=False)[0]
    place = "/".join([ROOT, *(shown_name(part) for part in first["loc"] if isinstance(part, str))])
    match first["type"]:
        case "extra_forbidden":
            refuse_element(place, "this message has no such element", "この項目はありません。")
        case "missing":
            refuse_element(place, "it is missing", "この項目が必要です。")
    reason = why_unfit(first)
    try:
        refuse_element(place, reason.en, reason.ja)
    except Problem as problem:
        if not isinstance(members, dict) or first["type"].endswith("_type"):
            raise
        in_header = first["loc"][:1] == (_HEADER,)
        raise WrongValue(problem, members.get(_HEADER), in_header=in_header) from None
