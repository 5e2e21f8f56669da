"""A person's history, with what deciding asks of it kept from one procedure to the next.

Ten thousand lines of a file may be about one person. To read all entries anew for each of them
takes time that grows with the square of the lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from intermediate_server.procedures.kinds import ProcedureKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from intermediate_server.procedures.change import Change

LAST_FOUR_KINDS = frozenset({ProcedureKind.LAST_FOUR_SENT, ProcedureKind.LAST_FOUR})
"""Asking a member to compare the last four digits, and the answer (R-190)."""
Number = tuple[str, str, str, str]
"""保険者番号・記号・番号・枝番."""


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
        self.newest: dict[Number, Change] = {}
        self.last_four: dict[Number, Change] = {}
        """Of each membership the last notice of the last four digits, or the last answer to it."""

    def extend(self, entries: Iterable[Change]) -> None:
        """Add entries, which come after all that are there."""
        for entry in entries:
            self._entries.append(entry)
            before = self._uncovered.get(entry.number, ())
            still = [one for one in before if one.visible_from < entry.visible_from]
            self._uncovered[entry.number] = [*still, entry]
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
