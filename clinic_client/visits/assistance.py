"""医療扶助 of a visit's patient: whether they have it, and what the ticket says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.cost.assistance import PublicAssistance, is_office_number
from wire.vocabulary.codes import DesignationMatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from clinic_client.visits.coverage import Coverage
    from wire.vocabulary.answer import ResponseBody


def is_assistance(coverage: Coverage) -> bool:
    """Tell whether a qualification is 医療扶助, by its 公費負担者番号."""
    return is_office_number(coverage.insurer_number)


def assistance_of(
    coverages: Sequence[Coverage], on: date, answer: ResponseBody | None = None
) -> PublicAssistance | None:
    """Return the assistance that is in force on the day; None of who has none (P-032).

    ``answer`` is what OQS answered on the day, with the tickets of the month.
    """
    active = [one for one in coverages if one.disqualified_on is None or on < one.disqualified_on]
    assisted = [one for one in active if is_assistance(one)]
    if not assisted:
        return None
    amounts = set(_amounts(answer)) if answer else set()
    agreed = amounts.pop() if len(amounts) == 1 else None
    return PublicAssistance(agreed, beside_insurance=len(assisted) < len(active))


def _amounts(answer: ResponseBody) -> Iterator[int | None]:
    """Yield 本人支払額 of each ticket that is made out to this institution."""
    for result in answer.results:
        for one in result.public_expense_result_list or ():
            ticket = one.medical_ticket_info
            if ticket.designated_medical_institution_flag is DesignationMatch.SAME:
                yield int(ticket.self_pay_amount) if ticket.self_pay_amount else None
