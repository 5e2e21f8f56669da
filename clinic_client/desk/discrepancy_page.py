"""What differs at a visit, as the receptionist tells it, and as it stands afterwards (R-098)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clinic_client.visits.ticket import can_be_told, prefilled, shown_of
from clinic_client.web.dates import long_day
from eligibility.reception.discrepancy import DiscrepancyKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clinic_client.settings import YearStyle
    from clinic_client.visits.ticket import Prefilled, VisitTicket
    from clinic_client.visits.visit import Visit
    from clinic_client.web.texts import Phrasebook


@dataclass(frozen=True)
class DifferingRow:
    """An element that may differ."""

    kind: str
    label: str
    shown: str
    charge: str


@dataclass(frozen=True)
class DiscrepancyView:
    """The form."""

    visit_id: str
    called: str
    possible: bool
    insurer: str
    rows: tuple[DifferingRow, ...]
    known: Prefilled


@dataclass(frozen=True)
class TicketRow:
    """A ticket that was told."""

    what: str
    state: str
    answered: bool
    charge: str | None
    """What holds until the insurer has answered; None afterwards."""
    say: str | None


def discrepancy_view(t: Phrasebook, visit: Visit, *, offered: bool) -> DiscrepancyView:
    """Prepare the form."""
    return DiscrepancyView(
        visit_id=visit.visit_id,
        called=visit.called or t("side.nameless"),
        possible=offered and can_be_told(visit) and visit.withdrawal is None,
        insurer=visit.coverage.insurer_name if visit.coverage else "",
        rows=tuple(
            DifferingRow(
                kind.value, t.of(kind.word), shown_of(visit, kind), t.of(kind.meanwhile.charge)
            )
            for kind in DiscrepancyKind
        ),
        known=prefilled(visit),
    )


def ticket_rows(
    t: Phrasebook, tickets: Sequence[VisitTicket], years: YearStyle
) -> tuple[TicketRow, ...]:
    """Prepare the tickets of a visit; what holds meanwhile is said once for all alike."""
    rows, said = [], set()
    for one in tickets:
        meanwhile = one.kind.meanwhile
        fresh = one.finding is None and meanwhile not in said
        if one.finding is None:
            said.add(meanwhile)
        rows.append(
            TicketRow(
                t("discrepancy.what", kind=t.of(one.kind.word), on=one.on_check, be=one.should_be),
                _state(t, one, years),
                one.finding is not None,
                t.of(meanwhile.charge) if fresh else None,
                t.of(meanwhile.say) if fresh else None,
            )
        )
    return tuple(rows)


def _state(t: Phrasebook, one: VisitTicket, years: YearStyle) -> str:
    if one.finding is None or one.answered_on is None:
        return t("discrepancy.waiting", day=long_day(one.received_on, t.language, years))
    day = long_day(one.answered_on, t.language, years)
    finding = t(f"discrepancy.finding_{one.finding}")
    return t("discrepancy.answered", day=day, finding=finding, text=one.answer or "").rstrip()
