"""Messages and profiles of every kind, made up by Hypothesis from the models themselves."""

from __future__ import annotations

from datetime import date
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from wire.dates import FIRST_YEAR, LAST_YEAR, write_day
from wire.messages.profile import (
    Absence,
    Declaration,
    ElementOrder,
    Encoding,
    Nesting,
    Profile,
)
from wire.messages.tree import INSURER_NUMBER_LENGTH
from wire.vocabulary.codes import (
    CharacterCodeIdentifier,
    Count,
    Day,
    Flag,
    Institution,
    Moment,
    Month,
    TypedDay,
)
from wire.vocabulary.element import Element, Own

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

LETTERS = "佐藤花子ｻﾄｳﾊﾅｺ　 ＡＢ１２-,.\"'&<>=/;]!?ー・々〇①髙﨑𠮷🏥凜熙"
CARRIED_LETTERS = "佐藤花子ｻﾄｳﾊﾅｺ　 ＡＢ１２-,.\"'&<>=/;]!?ー・々〇凜熙●"
_DAYS = st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)).map(write_day)
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_TIMES = st.times().map(lambda time: f"{time:%H%M%S}")
_BY_HINT: dict[Any, SearchStrategy[str]] = {
    Day: _DAYS,
    TypedDay: _DAYS | _DAYS.map(lambda day: day.translate(_WIDE)),
    Moment: st.builds(
        "".join,
        st.tuples(st.dates().map(lambda day: f"2026{day.month:02}{min(day.day, 28):02}"), _TIMES),
    ),
    Month: st.sampled_from(["202601", "202612"]),
    Flag: st.sampled_from("01"),
    Count: st.integers(0, 10_000).map(str),
    Institution: st.integers(0, 9_999_999).map(lambda number: f"991{number:07}"),
}


@lru_cache(maxsize=64)  # making a strategy takes longer than drawing from it
def messages(
    model: type[Element], encoding: Encoding = Encoding.UTF_8, letters: str = LETTERS
) -> SearchStrategy[Any]:
    """Return messages as they come back from a document in an encoding."""
    fields: dict[str, SearchStrategy[Any]] = {}
    for name, hint in get_type_hints(model, include_extras=True).items():
        if name not in model.model_fields or any(isinstance(m, Own) for m in get_args(hint)):
            continue
        made = _values(name, hint, encoding, letters)
        if made is not None:
            needed = model.model_fields[name].is_required()
            default = model.model_fields[name].default
            fields[name] = (
                made if needed or default is not None else st.none() | made.map(_unless_empty)
            )
    return st.fixed_dictionaries(fields).map(lambda values: model(**_in_order(values)))


def _unless_empty(value: Any) -> Any:
    """Return None for an element with nothing in it: a document cannot tell it from none."""
    empty = isinstance(value, Element) and not value.model_dump(exclude_none=True)
    return None if empty else value


def _values(name: str, hint: Any, encoding: Encoding, letters: str) -> SearchStrategy[Any] | None:
    if hint in _BY_HINT:
        return _BY_HINT[hint]
    origin = get_origin(hint)
    if origin is Annotated:
        return _values(name, get_args(hint)[0], encoding, letters)
    if origin in {Union, UnionType}:
        (kind,) = (one for one in get_args(hint) if one is not NoneType)
        return _values(name, kind, encoding, letters)
    if origin is tuple:
        made = _values(name, get_args(hint)[0], encoding, letters)
        assert made is not None
        return st.lists(made, min_size=1, max_size=2).map(tuple)
    if hint is CharacterCodeIdentifier:
        return st.just(encoding.identifier)
    if issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    if issubclass(hint, Element):
        return messages(hint, encoding, letters)
    assert hint is str
    if name == "insurer_number":
        return st.sampled_from(["990010", "39990011"]).map(
            lambda number: number.rjust(INSURER_NUMBER_LENGTH)
        )
    if name == "qualification_validity":
        return st.sampled_from("123456")
    return st.text(letters, min_size=1, max_size=12)


def profiles(encodings: list[Encoding] | None = None) -> SearchStrategy[Profile]:
    """Return all profiles that there may be."""
    return (
        st.tuples(
            st.sampled_from(encodings or list(Encoding)),
            st.sampled_from(Declaration),
            st.sampled_from(ElementOrder),
            st.integers(0, 5),
            st.sampled_from(Nesting),
            st.sampled_from(Absence),
        )
        .filter(lambda one: one[:2] != (Encoding.SHIFT_JIS, Declaration.ABSENT))
        .map(lambda one: Profile(*one))
    )


def _in_order(values: dict[str, Any]) -> dict[str, Any]:
    """Return values in which no period ends before it begins."""
    ordered = dict(values)
    for name, begins in values.items():
        until = f"{name.removesuffix('_from')}_to"
        if name.endswith("_from") and begins and values.get(until):
            ordered[name], ordered[until] = sorted((begins, values[until]))
    return ordered
