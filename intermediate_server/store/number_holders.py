"""Who has a 記号・番号・枝番: looked up within the transaction that would give it to somebody.

Two who want the same one wait for each other: who gives one locks the bucket of the number, as that
of the person.
"""

from __future__ import annotations

import json
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ARRAY, String, Text, any_, bindparam, func, or_, select, text

from eligibility.qualification import Qualification
from intermediate_server.procedures import memberships
from intermediate_server.procedures.history import Periods
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.refusal import InsuredNumberTaken
from intermediate_server.store.schema import change
from intermediate_server.store.squeezed import squeezed
from storage import bucket_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.history import Number

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_MEMBERSHIP = (
    change.c.person_reference,
    change.c.version,
    change.c.kind,
    change.c.refers_to,
    change.c.insurer_number,
    change.c.insured_card_symbol,
    change.c.insured_identification_number,
    change.c.insured_branch_number,
    change.c.qualification_date,
    change.c.disqualification_date,
    change.c.visible_from,
)
_NUMBER = squeezed(change.c.insured_identification_number)
_OF_SOME = (
    change.c.insurer_number.in_(bindparam("insurers", type_=String(), expanding=True)),
    or_(
        squeezed(change.c.insured_card_symbol).in_(
            bindparam("symbols", type_=String(), expanding=True)
        ),
        change.c.insurer_number.startswith(memberships.LATE_ELDERLY),
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
_ENTRIES_ON_POSTGRESQL = select(*_MEMBERSHIP).where(
    any_(bindparam("numbers", type_=ARRAY(Text))) == _NUMBER, *_OF_SOME
)
"""The same; they are given as an array."""
_BETWEEN = (
    select(*_MEMBERSHIP)
    .where(_NUMBER.between(bindparam("low", type_=Text()), bindparam("high", type_=Text())))
    .limit(bindparam("at_most"))
)
"""Entries from one 番号 to another, of all insurers."""
MOST_BETWEEN = 4_000
"""How many of these are read. The lines of a file mostly follow each other, and little lies between
the first and the last of them: a ledger in partitions then need not be asked for each by itself."""
_BY_INDEX = text("SET LOCAL enable_seqscan = off")
"""Has PostgreSQL look into the index, of which it does not know how few of its entries are asked
for: it would read the whole ledger."""

_Holders = dict[tuple[str, "Number"], list["_Had"]]
"""Memberships by person and number as it stands."""


class _Had(NamedTuple):
    """A membership under a number."""

    qualification: Qualification
    seen_until: datetime | None = None
    """The instant from which it is seen under another number, where it goes on under that."""


class _Held(NamedTuple):
    """What of an entry tells when somebody has a number."""

    version: int
    kind: ProcedureKind
    refers_to: int | None
    number: Number
    qualification: Qualification
    visible_from: datetime


def number_bucket(number: Number) -> int:
    """Return the bucket that is locked by who gives a 記号・番号・枝番."""
    return bucket_of("\x1f".join(memberships.compared(number)))


class NumberHolders:
    """Who has certain 記号・番号・枝番, each one person's, on which days."""

    def __init__(self, connection: Connection, numbers: Iterable[Number]) -> None:
        """Look up who has them."""
        wanted = list(numbers)
        self._held: dict[Number, _Holders] = {memberships.compared(number): {} for number in wanted}
        found: dict[str, list[_Held]] = {}
        for row in _entries(connection, {*self._held, *wanted}) if wanted else ():
            person, version, kind, refers_to, *number_of, began, lost, seen_from = row
            insurer, symbol, digits, branch = number = tuple(number_of)
            one = Qualification(insurer, symbol, digits, branch, began, lost)
            found.setdefault(person, []).append(
                _Held(version, ProcedureKind(kind), refers_to, number, one, seen_from)
            )
        for person, entries in found.items():
            entries.sort(key=_version)
            known = Periods(entries)
            for number in {entry.number for entry in entries}:
                self._note(person, number, known.under(number).values(), _left(number, entries))

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
        if not history and len(entries) == 1 and not withdrawn:
            held = self._of(entries[0].number)
            if not held:  # most who join are new, and so is their number
                if held is not None:
                    key = entries[0].person.reference, entries[0].number
                    held[key] = [_Had(entries[0].qualification)]
                return
        stated = {
            (one.person.reference, one.number): [_Had(one.qualification)] for one in withdrawn
        }
        after: dict[Number, Iterable[Change]] = {}
        for number, last in {entry.number: entry for entry in entries}.items():
            held = self._of(number)
            if held:
                before = memberships.periods(history)
                own = Periods(entries, before).under(number)
                after[number] = own.values()
                since = min(one.visible_from for one in entries if one.number == number)
                self._check(own, before.under(number), since, held, stated)
            else:
                after[number] = [last]  # which says when it is the person's
        for number, own_entries in after.items():
            person, known = entries[0].person.reference, self._of(number) or {}
            left = [one for one in known.get((person, number), ()) if one.seen_until is not None]
            under = memberships.newest(history).get(number) if known else None
            self._note(person, number, own_entries, [*left, *_left(number, entries, under)])
        for (person, number), ended in stated.items():
            if (held := self._of(number)) is not None:
                held[person, number] = ended

    @property
    def is_free(self) -> bool:
        """Whether nobody has ever had any of the numbers."""
        return not any(self._held.values())

    def _of(self, number: Number) -> _Holders | None:
        """Return who has a number; None of one that was not asked for."""
        held = self._held.get(number)  # most are as they are compared
        return self._held.get(memberships.compared(number)) if held is None else held

    def _note(
        self,
        person: str,
        number: Number,
        newest: Iterable[_Held | Change],
        left: Iterable[_Had],
    ) -> None:
        held = self._of(number)
        if held is not None:
            held[person, number] = [*(_Had(entry.qualification) for entry in newest), *left]

    @staticmethod
    def _check(
        own: dict[int, Change],
        before: dict[int, Change],
        since: datetime,
        held: _Holders,
        stated: _Holders,
    ) -> None:
        """See that what is new of a person's memberships under a number is nobody else's.

        It is seen from ``since`` on.
        """
        for first, entry in own.items():
            one = entry.qualification
            if not memberships.extends(one, before.get(first)):
                continue
            for holder, known in held.items():
                for other, seen_until in stated.get(holder, known):
                    if (
                        holder[0] != entry.person.reference
                        and (seen_until is None or since < seen_until)
                        and memberships.overlap(one, other) is not None
                    ):
                        raise InsuredNumberTaken(other, holder[0], until=seen_until)


def _left(
    number: Number, entries: Sequence[_Held | Change], before: _Held | Change | None = None
) -> Iterable[_Had]:
    """Return as what a number is seen that is left for another one, until that is seen.

    ``before`` is the last entry under it that comes before the others.
    """
    found: dict[datetime, _Had] = {}
    for entry in entries:
        if entry.number == number:
            if entry.kind is ProcedureKind.RENUMBER and before is not None:
                found[entry.visible_from] = _Had(before.qualification, entry.visible_from)
            before = entry
    return found.values()


_version = attrgetter("version")


def _entries(connection: Connection, numbers: Iterable[Number]) -> Iterable[Any]:
    """Return the entries under numbers, as they stand or half or full width throughout."""
    insurers, symbols, digits, _ = map(set, zip(*numbers, strict=True))
    digits = {"".join(one.split()) for one in digits}
    symbols = {"".join(one.split()) for one in symbols}
    symbols |= {one.translate(_WIDE) for one in symbols}
    on_sqlite = connection.dialect.name == "sqlite"
    if not on_sqlite:
        connection.execute(_BY_INDEX)
    found: dict[tuple[str, int], Any] = {}
    for written in (digits, {one.translate(_WIDE) for one in digits}):
        bounds = {"low": min(written), "high": max(written), "at_most": MOST_BETWEEN + 1}
        between = connection.execute(_BETWEEN, bounds).all()
        if len(between) > MOST_BETWEEN:
            given = sorted(written)
            between = connection.execute(
                _ENTRIES_ON_SQLITE if on_sqlite else _ENTRIES_ON_POSTGRESQL,
                {
                    "numbers": json.dumps(given) if on_sqlite else given,
                    "insurers": sorted(insurers),
                    "symbols": sorted(symbols),
                },
            ).all()
        found.update(((row.person_reference, row.version), row) for row in between)
    return found.values()
