"""A person's history, with what deciding asks of it kept from one procedure to the next.

Ten thousand lines of a file may be about one person. To read all entries anew for each of them
takes time that grows with the square of the lines.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, overload

from intermediate_server.procedures.kinds import KINDS, Effect, ProcedureKind
from wire.vocabulary.changes import RegistrationOrder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from eligibility.qualification import Qualification
    from intermediate_server.procedures.change import Change

LAST_FOUR_KINDS = frozenset({ProcedureKind.LAST_FOUR_SENT, ProcedureKind.LAST_FOUR})
"""Asking a member to compare the last four digits, and the answer (R-190)."""
Number = tuple[str, str, str, str]
"""保険者番号・記号・番号・枝番."""


_BEGINNING = frozenset(
    kind
    for kind, definition in KINDS.items()
    if definition.effect in {Effect.JOIN, Effect.GIVE_NUMBER, Effect.RENUMBER}
)
"""Kinds by which a membership begins under a number, where they do not say that it never was."""


class Entry(Protocol):
    """What of an entry tells to which membership it belongs."""

    @property
    def version(self) -> int:
        """Counts the entries of its person."""

    @property
    def kind(self) -> ProcedureKind:
        """What was filed."""

    @property
    def refers_to(self) -> int | None:
        """The version that it corrects, or states again."""

    @property
    def number(self) -> Number:
        """保険者番号・記号・番号・枝番."""

    @property
    def qualification(self) -> Qualification:
        """The membership as it states it."""


_E = TypeVar("_E", bound=Entry)


class Periods(Generic[_E]):
    """The memberships of a person: under one 記号・番号・枝番 there may be several in turn.

    Each is told by its newest entry. One that was joined again and cancelled is no more.
    """

    def __init__(self, entries: Iterable[_E] = (), before: Periods[_E] | None = None) -> None:
        """Sort entries, which are in order of version, and come after those ``before``."""
        self._first: ChainMap[int, int] = ChainMap({})
        self._newest: ChainMap[Number, dict[int, _E]] = ChainMap({})
        if before is not None:
            self._first, self._newest = before._layered()  # noqa: SLF001 # of its own kind
        self.count = 0
        self.extend(entries)

    def _layered(self) -> tuple[ChainMap[int, int], ChainMap[Number, dict[int, _E]]]:
        return self._first.new_child(), self._newest.new_child()

    def extend(self, entries: Iterable[_E]) -> None:
        """Add entries, which come after all that are there."""
        for entry in entries:
            self.count += 1
            own = dict(self._newest.get(entry.number, {}))
            first = self._period(entry, own)
            own[first] = entry
            self._first[entry.version] = first
            self._newest[entry.number] = own

    def _period(self, entry: _E, own: dict[int, _E]) -> int:
        """Return the first version of the membership to which an entry belongs."""
        never_was = entry.qualification.never_was
        if entry.refers_to is not None:
            first = self._first.get(entry.refers_to)
            if first in own:
                return first
        elif not never_was and (
            entry.kind is ProcedureKind.CANCEL or self._leaves_number(entry, own)
        ):
            own.popitem()  # the state before it is given back
            while len(own) > 1 and next(reversed(own.values())).qualification.never_was:
                own.popitem()
        elif not never_was and self._begins(entry):
            return entry.version
        return next(reversed(own), entry.version)

    @staticmethod
    def _leaves_number(entry: _E, own: dict[int, _E]) -> bool:
        """Tell whether a membership went over to another number, and one before it is left."""
        if entry.kind is not ProcedureKind.RENUMBER or not own:
            return False
        last = next(reversed(own.values())).qualification
        return entry.qualification.qualified_on < last.qualified_on

    @staticmethod
    def _begins(entry: _E) -> bool:
        at_75 = KINDS[entry.kind].effect is Effect.TURN_75
        return entry.kind in _BEGINNING or (at_75 and entry.qualification.disqualified_on is None)

    def __iter__(self) -> Iterator[_E]:
        """Give the newest entry of each membership, of all numbers."""
        for own in self._newest.values():
            yield from own.values()

    def under(self, number: Number) -> dict[int, _E]:
        """Return the newest entry of each membership under a number, by its first version."""
        return self._newest.get(number, {})

    def of_version(self, number: Number, version: int) -> _E | None:
        """Return the newest entry of the membership of a version; None where that is no more."""
        first = self._first.get(version)
        return None if first is None else self.under(number).get(first)

    def may_be_cancelled(self, entry: _E) -> bool:
        """Tell whether an entry is of a membership that no other follows under its number."""
        own = self.under(entry.number)
        meant = self.of_version(entry.number, entry.version)
        return meant is not None and meant is next(reversed(own.values()))

    def before(self, number: Number) -> _E | None:
        """Return the newest entry of the membership before the present one under a number."""
        *earlier, _ = self.under(number).values()
        return next((one for one in reversed(earlier) if not one.qualification.never_was), None)


def still_seen(before: Iterable[Change], entry: Change) -> list[Change]:
    """Return which entries of a membership a later version does not cover.

    It covers what is seen no sooner. A release leaves what is seen from the same instant on, as
    that stays when the release is withdrawn.
    """
    at = entry.visible_from
    releases = entry.order is RegistrationOrder.RELEASE
    return [
        one
        for one in before
        if one.visible_from < at or (releases and one.order is None and one.visible_from == at)
    ]


class History(Sequence["Change"]):
    """Entries in order of version, to which later ones are added."""

    def __init__(self) -> None:
        """Begin without an entry."""
        self._entries: list[Change] = []
        self._uncovered: dict[Number, list[Change]] = {}
        self._by_content: dict[bytes, Change] = {}
        self._by_reference: dict[bytes, list[Change]] = {}
        self._in_force: dict[str, set[Number]] = {}
        self._lost_by: dict[str, date] = {}
        self._view_stopped: set[Number] = set()
        self._periods: Periods[Change] | None = None
        self.newest: dict[Number, Change] = {}
        self.last_four: dict[Number, Change] = {}
        """Of each membership the last notice of the last four digits, or the last answer to it."""

    def extend(self, entries: Iterable[Change]) -> None:
        """Add entries, which come after all that are there."""
        for entry in entries:
            self._entries.append(entry)
            before = self._uncovered.get(entry.number, ())
            self._uncovered[entry.number] = [*still_seen(before, entry), entry]
            self.newest[entry.number] = entry
            if entry.kind in LAST_FOUR_KINDS and entry.refers_to is None:
                self.last_four[entry.number] = entry
            self._by_content.setdefault(entry.content_key, entry)
            self._note(entry)
            if entry.reference_key:
                self._by_reference.setdefault(entry.reference_key, []).append(entry)

    def _note(self, entry: Change) -> None:
        insurer, number = entry.number[0], entry.number
        lost_on = entry.qualification.disqualified_on
        in_force = self._in_force.setdefault(insurer, set())
        if lost_on is None:
            in_force.add(number)
        else:
            in_force.discard(number)
            self._lost_by[insurer] = max(lost_on, self._lost_by.get(insurer, lost_on))
        if entry.marks.view_stopped:
            self._view_stopped.add(number)
        else:
            self._view_stopped.discard(number)

    def was_lost_by(self, insurer: str, day: date) -> bool:
        """Tell whether all memberships of an insurer ended by a day, and always did."""
        return not self._in_force.get(insurer) and self._lost_by.get(insurer, day) <= day

    @property
    def is_plain(self) -> bool:
        """Whether one insurer alone is in it, no view is stopped and nothing was asked."""
        return len(self._in_force) < 2 and not self._view_stopped and not self.last_four

    @property
    def periods(self) -> Periods[Change]:
        """The person's memberships, of which some may be under one number."""
        if self._periods is None:
            self._periods = Periods()
        self._periods.extend(self._entries[self._periods.count :])
        return self._periods

    def uncovered(self, number: Number) -> list[Change]:
        """Return a membership's entries that no later version covers, in order of visibility."""
        return list(self._uncovered.get(number, ()))

    def with_content(self, key: bytes) -> Change | None:
        """Return the first entry that a procedure of this content led to."""
        return self._by_content.get(key)

    def with_reference(self, key: bytes) -> Sequence[Change]:
        """Return the entries that were filed under a 整理番号."""
        return self._by_reference.get(key, ())

    def __len__(self) -> int:
        """Count the entries."""
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> Change: ...
    @overload
    def __getitem__(self, index: slice) -> list[Change]: ...
    def __getitem__(self, index: int | slice) -> Change | list[Change]:
        """Return an entry, or some."""
        return self._entries[index]
