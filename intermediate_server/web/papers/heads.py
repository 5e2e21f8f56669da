"""Whose papers name a head of the household (世帯主) who has died, or has another name by now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.qualification import ReasonOfLoss
from intermediate_server.procedures.memberships import newest
from intermediate_server.procedures.register_comparison import plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from intermediate_server.procedures.change import Change
    from intermediate_server.store.finding.person_search import PersonSearch


def wrongly_headed(
    search: PersonSearch, history: Sequence[Change], today: date | None
) -> tuple[Change, ...]:
    """Return the memberships under a person's 記号・番号 that name the person so (R-056)."""
    known = newest(history)
    names = {plain(one.person.name) for one in history}
    if not any(one.qualification.reason_of_loss is ReasonOfLoss.DEATH for one in known.values()):
        names.discard(plain(history[-1].person.name))
    if not names:
        return ()
    person = history[-1].person.reference
    return tuple(
        one
        for number in {number[:3]: None for number in known}
        for one in search.family(*number, today)
        if one.person.reference != person and plain(one.householder) in names
    )
