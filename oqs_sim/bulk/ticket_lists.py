"""委託先（医療扶助）資格情報一括取得 (mutic): the recipients entrusted to an institution, by month.

Before the tickets of the month are registered, who was entrusted to the institution in the month
before is told as 有効（未登録）; a later inquiry clears it (P-032). That these are told at all is
[unverified].
"""

from __future__ import annotations

import calendar
import json
from datetime import timedelta
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from oqs_sim.bulk.confirmations import assisted_unit
from oqs_sim.bulk.message import PartOutcome
from oqs_sim.qualification.asking import Asking, line_of
from oqs_sim.qualification.challenge import ChallengePurpose
from oqs_sim.qualification.judging import read_assistance
from wire.dates import read_day, write_day
from wire.vocabulary.bulk_inquiry import AssistanceSearchInfo
from wire.vocabulary.codes import DesignationMatch, ReferenceClassification

if TYPE_CHECKING:
    from datetime import date

    from oqs_sim.store.bulk.receptions import ClaimedPart
    from oqs_sim.store.inquiries import Inquiries
    from oqs_sim.welfare.assistance import Assistance, WelfarePolicy


class TicketLists:
    """Does inquiries for entrusted recipients; for one thread."""

    def __init__(self, inquiries: Inquiries, welfare: WelfarePolicy) -> None:
        self._inquiries = inquiries
        self._welfare = welfare

    def __call__(self, claimed: ClaimedPart) -> PartOutcome:
        """Return a unit of each recipient, in the order of the persons."""
        reception = claimed.reception
        (written,) = json.loads(f"[{claimed.asked}]")
        month = AssistanceSearchInfo.model_validate(written).medical_treatment_month
        on = _day_in(month, reception.received_at.astimezone(TOKYO).date())
        code = reception.institution_code
        entrusted = self._inquiries.recipients.entrusted
        now_or_before = {*entrusted(code, month), *entrusted(code, _month_before(month))}
        units, lines = [], []
        for person in sorted(now_or_before):
            asking = Asking(
                code,
                ReferenceClassification.NUMBER,
                ChallengePurpose.MEDICAL_TICKETS,
                reception.received_at,
                person,
            )
            found = read_assistance(self._inquiries, person, asking, on, self._welfare)
            if found is None or not found.in_force or _is_entrusted_elsewhere(found):
                continue
            units.append(assisted_unit(found))
            lines.append(line_of(asking, validity=str(int(found.validity))))
        return PartOutcome(units, lines)


def _is_entrusted_elsewhere(found: Assistance) -> bool:
    """Tell whether all tickets of the month are for other institutions than the one that asks."""
    tickets = found.result.public_expense_result_list or ()
    return bool(tickets) and all(
        one.medical_ticket_info.designated_medical_institution_flag is DesignationMatch.DIFFERENT
        for one in tickets
    )


def _day_in(month: str, today: date) -> date:
    """Return the day of the month that is looked at: today, or the nearest to it."""
    first = read_day(f"{month}01")
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return min(max(today, first), last)


def _month_before(month: str) -> str:
    return write_day(read_day(f"{month}01") - timedelta(days=1))[:6]
