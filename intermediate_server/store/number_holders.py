"""Who has a 記号・番号・枝番: looked up within the transaction that would give it to somebody.

Two who want the same one wait for each other: who gives one locks the bucket of the number, as that
of the person.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, String, Text, bindparam, func, literal_column, select, true

from eligibility.qualification import Qualification
from intermediate_server.procedures import memberships
from intermediate_server.procedures.refusal import InsuredNumberTaken
from intermediate_server.store.schema import change
from intermediate_server.store.squeezed import squeezed
from storage import bucket_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.history import Number

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_FIRST_WIDE = "\uff01"
_MEMBERSHIP = (
    change.c.person_reference,
    change.c.version,
    change.c.insurer_number,
    change.c.insured_card_symbol,
    change.c.insured_identification_number,
    change.c.insured_branch_number,
    change.c.qualification_date,
    change.c.disqualification_date,
)
_NUMBER = squeezed(change.c.insured_identification_number)
_OF_SOME = (
    change.c.insurer_number.in_(bindparam("insurers", type_=String(), expanding=True)),
    squeezed(change.c.insured_card_symbol).in_(
        bindparam("symbols", type_=String(), expanding=True)
    ),
)
_given = func.json_each(bindparam("numbers", type_=String())).table_valued("value", name="given")
_ENTRIES_ON_SQLITE = (
    select(*_MEMBERSHIP)
    .select_from(_given)
    .join(change, _given.c.value == _NUMBER)
    .where(*_OF_SOME)
)
"""Entries under some 番号, which are given as one JSON array, of some insurers and 記号."""
_each = select(func.unnest(bindparam("numbers", type_=ARRAY(Text))).label("number")).cte("wanted")
_under_one = (
    select(*_MEMBERSHIP)
    .where(_each.c.number == _NUMBER, *_OF_SOME)
    .offset(literal_column("0"))
    .lateral("under_one")
)
_ENTRIES_ON_POSTGRESQL = select(_under_one).select_from(_each).join(_under_one, true())
"""The same, given as an array; number by number, as an OFFSET is not turned into a join: for that
PostgreSQL would go through the whole ledger."""
_WIDE_NUMBER = select(_NUMBER).where(bindparam("first", type_=Text()) <= _NUMBER).limit(1)
"""Whether there is any 番号 that begins in full width."""

_Holders = dict[tuple[str, "Number"], Qualification]
"""Memberships by person and number as it stands."""


def number_bucket(number: Number) -> int:
    """Return the bucket that is locked by who gives a 記号・番号・枝番."""
    return bucket_of("\x1f".join(memberships.compared(number)))


class NumberHolders:
    """Who has certain 記号・番号・枝番, each one person's, on which days."""

    def __init__(self, connection: Connection, numbers: Iterable[Number]) -> None:
        """Look up who has them, by one look over the index of 番号."""
        wanted = list(numbers)
        self._held: dict[Number, _Holders] = {memberships.compared(number): {} for number in wanted}
        newest: dict[tuple[str, Number], tuple[int, Qualification]] = {}
        for row in _entries(connection, {*self._held, *wanted}) if wanted else ():
            person, version, insurer, symbol, digits, branch, began, lost = row
            key = person, (insurer, symbol, digits, branch)
            if key not in newest or newest[key][0] < version:
                one = Qualification(insurer, symbol, digits, branch, began, lost)
                newest[key] = version, one
        for (person, number), (_, one) in newest.items():
            self._note(person, number, one)

    def take(
        self,
        entries: Sequence[Change],
        history: Sequence[Change],
        withdrawn: Sequence[Change] = (),
    ) -> None:
        """Let a person have what entries give them that follow the person's history.

        ``withdrawn`` are entries of the same person's record from before its 個人番号.

        Raises:
            InsuredNumberTaken: another person has one of the numbers on some of the same days;
                nothing is noted then.
        """
        if not self._held:
            return
        # The last entry under a number says on which days it is the person's.
        last = {entry.number: entry for entry in entries}
        stated = {(one.person.reference, one.number): one.qualification for one in withdrawn}
        for number, entry in last.items():
            held = self._of(number)
            if held:
                self._check(entry, held, history, stated)
        for number, entry in last.items():
            self._note(entry.person.reference, number, entry.qualification)
        for (person, number), one in stated.items():
            self._note(person, number, one)

    @property
    def is_free(self) -> bool:
        """Whether nobody has ever had any of the numbers."""
        return not any(self._held.values())

    def _of(self, number: Number) -> _Holders | None:
        """Return who has a number; None of one that was not asked for."""
        held = self._held.get(number)  # most are as they are compared
        return self._held.get(memberships.compared(number)) if held is None else held

    def _note(self, person: str, number: Number, one: Qualification) -> None:
        held = self._of(number)
        if held is not None:
            held[person, number] = one

    @staticmethod
    def _check(entry: Change, held: _Holders, history: Sequence[Change], stated: _Holders) -> None:
        one, person = entry.qualification, entry.person.reference
        if not memberships.extends(one, memberships.newest(history).get(entry.number)):
            return
        for holder, known in held.items():
            other = stated.get(holder, known)
            if holder[0] != person and memberships.overlap(one, other) is not None:
                raise InsuredNumberTaken(other, holder[0])


def _entries(connection: Connection, numbers: Iterable[Number]) -> Iterable[Any]:
    """Return the entries under numbers, as they stand or half or full width throughout."""
    insurers, symbols, digits, _ = map(set, zip(*numbers, strict=True))
    digits = {"".join(one.split()) for one in digits}
    if connection.scalar(_WIDE_NUMBER, {"first": _FIRST_WIDE}) is not None:
        digits |= {one.translate(_WIDE) for one in digits}
    symbols = {"".join(one.split()) for one in symbols}
    symbols |= {one.translate(_WIDE) for one in symbols}
    given = sorted(digits)
    on_sqlite = connection.dialect.name == "sqlite"
    return connection.execute(
        _ENTRIES_ON_SQLITE if on_sqlite else _ENTRIES_ON_POSTGRESQL,
        {
            "numbers": json.dumps(given) if on_sqlite else given,
            "insurers": sorted(insurers),
            "symbols": sorted(symbols),
        },
    )
