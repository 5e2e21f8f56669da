"""Persons found by name, kana, 記号 and 番号, also by those that they had before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, String, Text, bindparam, func, or_, select

from intermediate_server.store.row_keys import UNDER_NUMBER, is_person, person_key
from intermediate_server.store.rows import change_of
from intermediate_server.store.schema import change
from intermediate_server.store.squeezed import beginning, begins, squeezed
from storage import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Engine, Select

    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.history import Number


def _persons(column: ColumnElement[str]) -> Select[Any]:
    """Return the persons of entries in which a column begins with a text, in order of the column.

    The index has nothing but the text, as each further byte of it would slow down the filing: so
    entries are read one after the other, and no more than are asked for.
    """
    return (
        select(change.c.person_reference)
        .where(begins(column))
        .order_by(squeezed(column))
        .limit(bindparam("at_most"))
    )


_BORN = change.c.birthdate == bindparam("born", type_=Date())
_BY_KANA = _persons(change.c.name_kana)
"""Persons by the beginning of カナ氏名."""
_BY_NAME = _persons(change.c.name)
"""Persons by the beginning of 氏名."""
_BY_KANA_AND_BIRTHDATE = _BY_KANA.where(_BORN)
"""The same of those who were born on a day."""
_BY_NAME_AND_BIRTHDATE = _BY_NAME.where(_BORN)
"""The same of those who were born on a day."""
_BY_NUMBER = _persons(change.c.insured_identification_number)
"""Persons by the beginning of 番号."""
_BY_SYMBOL_AND_NUMBER = _BY_NUMBER.where(
    squeezed(change.c.insured_card_symbol).in_(bindparam("symbols", type_=String(), expanding=True))
)
"""The same of those who have one of these 記号."""
_NAME = select(change.c.name).where(is_person(change)).order_by(change.c.version.desc()).limit(1)
"""What a person is called by the newest entry."""
_last = (
    select(func.max(change.c.version).label("version"))
    .where(is_person(change))
    .group_by(
        change.c.insurer_number,
        change.c.insured_card_symbol,
        change.c.insured_identification_number,
        change.c.insured_branch_number,
    )
    .subquery()
)
_NEWEST = (
    select(change)
    .join(_last, change.c.version == _last.c.version)
    .where(is_person(change))
    .order_by(change.c.version.desc())
)
"""The newest entry of each membership of a person, the newest of all first."""


_SHARING = (
    select(change)
    .where(
        UNDER_NUMBER,
        change.c.insured_branch_number == bindparam("of_branch"),
        change.c.person_reference != bindparam("of_person"),
    )
    .order_by(change.c.version)
)
"""Entries of other persons under one 記号・番号・枝番, found by the index of 番号."""


_FAMILY = (
    select(change)
    .where(
        UNDER_NUMBER,
    )
    .order_by(change.c.version)
)
"""Entries of all persons under one 記号 and 番号, found by the index of 番号."""


_ESCAPE = "/"
LOOKED_BACK = 50_000
"""In how many of the entries that were recorded last a given name is looked for."""
_recent = (
    select(change.c.person_reference, change.c.name, change.c.name_kana, change.c.birthdate)
    .order_by(change.c.recorded_at.desc())
    .limit(LOOKED_BACK)
    .subquery()
)


def _given(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Return the condition that what stands behind a blank begins with a text."""
    spaced = func.replace(column, "\u3000", " ")
    return spaced.contains(bindparam(name, type_=Text()), escape=_ESCAPE)


_BY_GIVEN_NAME = (
    select(_recent.c.person_reference)
    .where(
        or_(
            _given(_recent.c.name, "name"),
            _given(_recent.c.name_kana, "kana"),
            _given(_recent.c.name_kana, "half_kana"),
        )
    )
    .limit(bindparam("at_most"))
)
"""Persons of the last entries, by the beginning of the given name: no index has it."""
_BY_GIVEN_NAME_AND_BIRTHDATE = _BY_GIVEN_NAME.where(
    _recent.c.birthdate == bindparam("born", type_=Date())
)
"""The same of those who were born on a day."""


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """What to look for; a person who fits one way of reading what was typed is found."""

    kana: tuple[str, ...] = ()
    """Beginnings of カナ氏名, in each width."""
    names: tuple[str, ...] = ()
    """Beginnings of 氏名."""
    numbers: tuple[str, ...] = ()
    """Beginnings of 番号."""
    symbols: tuple[str, ...] = ()
    """What 記号 has to be, where it was typed before the 番号; empty for any."""
    birthdate: date | None = None


@dataclass(frozen=True)
class FoundPersons:
    """Who fits what was typed."""

    persons: tuple[tuple[Change, ...], ...]
    """Of each person the newest entry of each membership, the newest of all first."""
    more: bool
    """Whether there are others, who are not among them."""
    by_given_name: bool = False
    """Whether nobody's name begins so, and these have a given name that does."""


@dataclass(frozen=True)
class PersonSearch:
    """Finds persons in the ledger."""

    engine: Engine

    def find(self, terms: SearchTerms, limit: int) -> FoundPersons:
        """Return who fits, in order of what was searched; at most ``limit`` persons."""
        found: dict[str, None] = {}
        by_given_name = False
        with reading(self.engine) as connection:
            for reference in self._references(connection, terms, limit + 1):
                found[reference] = None
                if len(found) > limit:
                    break
            if not found and terms.names:
                found = dict.fromkeys(self._by_given_name(connection, terms, limit + 1))
                by_given_name = bool(found)
            persons = tuple(_newest(connection, one) for one in list(found)[:limit])
        return FoundPersons(persons, len(found) > limit, by_given_name)

    def newest(self, person_reference: str) -> tuple[Change, ...]:
        """Return the newest entry of each membership of a person, the newest of all first."""
        with reading(self.engine) as connection:
            return _newest(connection, person_reference)

    def names(self, person_references: Iterable[str]) -> dict[str, str]:
        """Return the names that were recorded last of those of whom anything is recorded."""
        found = {}
        with reading(self.engine) as connection:
            for one in person_references:
                name = connection.execute(_NAME, person_key(one)).scalar()
                if name is not None:
                    found[one] = name
        return found

    def sharing(self, entries: Iterable[Change]) -> tuple[Change, ...]:
        """Return what others have in force under 記号・番号・枝番 that are in force in entries.

        Members of a family may share 記号 and 番号 where there is no 枝番.
        """
        found: dict[tuple[str, Number], Change] = {}
        with reading(self.engine) as connection:
            for entry in entries:
                insurer, symbol, number, branch = entry.number
                if entry.qualification.disqualified_on is not None or (symbol and not branch):
                    continue
                asked = {
                    "searched": "".join(number.split()), "of_insurer": insurer,
                    "of_symbol": symbol, "of_number": number, "of_branch": branch,
                    "of_person": entry.person.reference,
                }  # fmt: skip
                for one in map(change_of, connection.execute(_SHARING, asked)):
                    found[one.person.reference, one.number] = one
        return tuple(one for one in found.values() if one.qualification.disqualified_on is None)

    def family(
        self, insurer_number: str, symbol: str, number: str, today: date | None
    ) -> tuple[Change, ...]:
        """Return the memberships under one 記号 and 番号 that are not lost today, by 枝番.

        Members of one family, or of one household, share them.
        """
        asked = {
            "searched": "".join(number.split()), "of_insurer": insurer_number,
            "of_symbol": symbol, "of_number": number,
        }  # fmt: skip
        with reading(self.engine) as connection:
            rows = connection.execute(_FAMILY, asked)
            newest = {(one.person.reference, one.number): one for one in map(change_of, rows)}
        return tuple(
            sorted(
                (one for one in newest.values() if _goes_on(one, today)),
                key=lambda one: (one.qualification.branch, one.person.birthdate),
            )
        )

    @staticmethod
    def _by_given_name(connection: Connection, terms: SearchTerms, limit: int) -> Sequence[str]:
        """Return some of whom the name goes on like that behind a blank, in no order."""
        names = terms.names[-1], (terms.kana or terms.names)[0], (terms.kana or terms.names)[-1]
        asked: dict[str, object] = {
            name: " " + re.sub(r"([/%_])", rf"{_ESCAPE}\1", text)
            for name, text in zip(("name", "kana", "half_kana"), names, strict=True)
        }
        query = _BY_GIVEN_NAME
        if terms.birthdate:
            query = _BY_GIVEN_NAME_AND_BIRTHDATE
            asked["born"] = terms.birthdate
        # A person may have many entries.
        asked["at_most"] = 4 * limit
        return list(dict.fromkeys(connection.execute(query, asked).scalars()))[:limit]

    @staticmethod
    def _references(connection: Connection, terms: SearchTerms, limit: int) -> Iterator[str]:
        born = {"born": terms.birthdate} if terms.birthdate else {}
        by_kana = _BY_KANA_AND_BIRTHDATE if born else _BY_KANA
        by_name = _BY_NAME_AND_BIRTHDATE if born else _BY_NAME
        symbols = {"symbols": terms.symbols} if terms.symbols else {}
        by_number = _BY_SYMBOL_AND_NUMBER if symbols else _BY_NUMBER
        for query, texts, further in (
            (by_number, terms.numbers, symbols),
            (by_kana, terms.kana, born),
            (by_name, terms.names, born),
        ):
            for text in texts:
                # Each of a person's entries takes a place: where too few persons are among the
                # first ones, more are read.
                at_most = 4 * limit
                while True:
                    asked = {**beginning(text), **further, "at_most": at_most}
                    references = connection.execute(query, asked).scalars().all()
                    yield from references
                    if len(references) < at_most:
                        break
                    at_most *= 4


def _newest(connection: Connection, person_reference: str) -> tuple[Change, ...]:
    return tuple(map(change_of, connection.execute(_NEWEST, person_key(person_reference))))


def _goes_on(entry: Change, today: date | None) -> bool:
    lost = entry.qualification.disqualified_on
    if lost is None:
        return True
    return not entry.qualification.never_was and today is not None and lost > today
