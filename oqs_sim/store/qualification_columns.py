"""How the fields of a change are stored: one column each, by the annotation of the field.

A new field of `QualificationChange` needs no line here, unless its column is narrower than its
annotation says. What is stored of it in each table is in ``store/schema``.
"""

from __future__ import annotations

from enum import StrEnum
from operator import attrgetter
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from sqlalchemy import Column, Integer, String, Text

from storage import UtcDateTime
from wire.vocabulary.changes import QualificationChange
from wire.vocabulary.codes import Day, Flag

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

NUMBER = (
    "insurer_number",
    "insured_card_symbol",
    "insured_identification_number",
    "insured_branch_number",
)
"""保険者番号・記号・番号・枝番: by what a qualification is known."""
number_of = attrgetter(*NUMBER)
"""Returns the number of what has its parts by these names."""

_SPECIAL: dict[str, TypeEngine[Any]] = {
    "person_reference": String(20),
    "insurer_number": String(8),
    "insured_card_symbol": String(20),
    "insured_identification_number": String(20),
    "insured_branch_number": String(2),
    "post_number": String(8),
    "insured_partial_contribution_ratio": String(3),
    "visible_from": UtcDateTime(),
    "limit_classification_flag": String(3),
    "registration_order": String(8),
}
"""Columns of another type than the annotation of the field says."""

_TYPES: dict[Any, TypeEngine[Any]] = {int: Integer(), str: Text(), Day: String(8), Flag: String(1)}

_ANNOTATIONS = get_type_hints(QualificationChange, include_extras=True)


def _kind(name: str) -> Any:  # a type, or an annotated one
    """Return the annotation of a field without what says that it may be absent."""
    annotation = _ANNOTATIONS[name]
    kinds = [one for one in get_args(annotation) if one is not NoneType]
    return kinds[0] if NoneType in get_args(annotation) else annotation


def _type(name: str) -> TypeEngine[Any]:
    if name in _SPECIAL:
        return _SPECIAL[name]
    kind = _kind(name)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return String(max(map(len, kind)))
    return _TYPES[kind] if kind in _TYPES else _TYPES[get_args(kind)[0]]  # of an annotated one


def key_column(name: str) -> Column[Any]:
    """Return a column of the primary key for a field."""
    return Column(name, _type(name), primary_key=True)


def state_columns() -> list[Column[Any]]:
    """Return columns for all fields that are in no key, in the order of the model.

    A field that may be absent may be NULL. A flag that a row of before has not is not set.
    """
    return [
        Column(
            name,
            _type(name),
            nullable=not field.is_required() and field.default is None,
            server_default=field.default if _kind(name) == Flag else None,
        )
        for name, field in QualificationChange.model_fields.items()
        if name != "person_reference" and name not in NUMBER
    ]
