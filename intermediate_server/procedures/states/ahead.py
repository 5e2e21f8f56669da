"""What was filed for a day to come, when another change is filed before that day.

Each alters what it is about: a name from April stays the name from April, whatever is filed in
February. Only where the later filing would change nothing on its own day is it about what lies
ahead, which it takes back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from intermediate_server.procedures.change import TAKEN_OVER
from intermediate_server.procedures.kinds import KINDS, Effect, ProcedureKind, Timing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.filed import Filed
    from intermediate_server.procedures.procedure import Procedure
    from intermediate_server.procedures.timing import Shown

_Item = tuple[str, ...]
"""In which part of an entry something is, empty for the entry itself, and what belongs together."""
_NAME, _ADDRESS = ("person", "name", "name_kana"), ("person", "address", "post_number")
_RATIO, _EXPENSE = ("", "ratio", "ratio_from"), ("marks", "special_medical_expense")
_SHARE: _Item = ("", "ratio")
"""What a share comes to, from whichever day it holds."""
_ITEMS: tuple[_Item, ...] = (
    _NAME,
    _ADDRESS,
    ("person", "sex"),
    ("person", "birthdate"),
    _EXPENSE,
    _RATIO,
    *(("", name) for name in TAKEN_OVER if name not in _RATIO),
)
_ABOUT: dict[ProcedureKind, _Item] = {
    ProcedureKind.NAME: _NAME,
    ProcedureKind.ADDRESS: _ADDRESS,
    ProcedureKind.ARREARS: _EXPENSE,
    **{kind: _RATIO for kind, one in KINDS.items() if one.effect is Effect.CHANGE_RATIO},
}
"""What a kind is about, also where that stays as it was."""
_ALTERING = frozenset(
    {Effect.CHANGE, Effect.CHANGE_PERSON, Effect.CHANGE_RATIO, Effect.MARK, Effect.CORRECT}
)


def _of(entry: Change, item: _Item) -> tuple[Any, ...]:
    part, *names = item
    holder = getattr(entry, part) if part else entry
    return tuple(getattr(holder, name) for name in names)


def _with(entry: Change, item: _Item, of: Change) -> Change:
    """Return an entry with an item of another one."""
    part, *names = item
    given = dict(zip(names, _of(of, item), strict=True))
    if not part:
        return replace(entry, **given)
    return replace(entry, **{part: replace(getattr(entry, part), **given)})


@dataclass(frozen=True)
class Ahead:
    """The states that lie ahead of a procedure, and which items each was filed for."""

    filed: Filed
    base: Change
    """What is seen when the procedure shows."""
    own_items: dict[int, tuple[_Item, ...]]
    """What each state was filed for, by version."""
    corrected: int | None
    """The version of the state that the procedure corrects, where that lies ahead."""
    takes_back: bool
    """Whether the procedure may be about what lies ahead, as it names no day of its own."""

    @classmethod
    def of(
        cls,
        filed: Filed,
        shown: Shown,
        base: Change,
        later: Sequence[Change],
        history: Sequence[Change],
    ) -> Ahead:
        """Look at the states that are seen after a procedure is."""
        items = {
            entry.version: _own_items(entry, before)
            for before, entry in pairwise([base, *later])
            if entry.filing.timing is KINDS[entry.kind].timing is Timing.DATED
        }
        corrects = filed.procedure.corrects if items else None
        corrected = None
        for entry in history if corrects is not None else ():
            if entry.version == corrects or (corrected and entry.refers_to == corrected):
                corrected = entry.version
        return cls(
            filed,
            base,
            items,
            corrected if corrected in items else None,
            shown.filing.timing is not Timing.DATED,
        )

    def own(self, edited: Change) -> Change:
        """Return the procedure's own state, without what it corrects of a day to come."""
        for item in self.own_items.get(self.corrected or 0, ()):
            edited = _with(edited, item, self.base)
        return edited

    def again(self, edited: Change, entry: Change, own: Change) -> Change:
        """Return a state as it is after the procedure, whose own one is given."""
        alters = KINDS[self.filed.procedure.kind].effect in _ALTERING
        if _of(edited, _RATIO) != _of(entry, _RATIO):
            edited = _with(edited, _RATIO, own)
        for item in self._kept(entry, own) if alters else ():
            edited = _with(edited, item, entry)
        return edited

    def keeps(self, entry: Change, own: Change) -> bool:
        """Tell whether a state remains what it was filed for, even if it is so before its day."""
        return not own.qualification.never_was and bool(self._kept(entry, own))

    def _kept(self, entry: Change, own: Change) -> list[_Item]:
        if entry.version == self.corrected:
            return []
        return [
            item
            for item in self.own_items.get(entry.version, ())
            if not (
                self.takes_back
                and _names(self.filed.procedure, item)
                and _of(own, said := _SHARE if item == _RATIO else item) == _of(self.base, said)
            )
        ]


def _own_items(entry: Change, before: Change) -> tuple[_Item, ...]:
    about = _ABOUT.get(entry.kind)
    return tuple(item for item in _ITEMS if item == about or _of(entry, item) != _of(before, item))


def _names(procedure: Procedure, item: _Item) -> bool:
    """Tell whether a procedure names an item, and takes it from no register."""
    if item in {_RATIO, _EXPENSE} and _ABOUT.get(procedure.kind) == item:
        return True
    return any(getattr(procedure, name, None) is not None for name in item[1:])
