"""資格確認 in bulk (muquc): each unit is a check by number, and is logged as one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from oqs_sim.bulk.message import PartOutcome
from oqs_sim.qualification.answer import result_of
from oqs_sim.qualification.asking import Asking, line_of
from oqs_sim.qualification.challenge import ChallengePurpose
from oqs_sim.qualification.judging import judged_by_number
from oqs_sim.store.bulk.receptions import see_limits
from wire.catalogue import Problem
from wire.dates import write_day
from wire.vocabulary.bulk_inquiry import BulkConfirmUnit, BulkSearchInfo
from wire.vocabulary.codes import LimitChange, ProcessingResultStatus, ReferenceClassification
from wire.vocabulary.inquiry import RequestHeader

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from oqs_sim.qualification.answer import Judged
    from oqs_sim.store.bulk.receptions import ClaimedPart, LimitsSeen
    from oqs_sim.store.inquiries import Inquiries, KnownQualification
    from oqs_sim.store.journal import LoggedInquiry
    from oqs_sim.store.person import PersonKey
    from oqs_sim.welfare.assistance import Assistance, WelfarePolicy
    from wire.vocabulary.answer import ResultOfQualificationConfirmation


class Confirmations:
    """Does parts of 資格確認 一括照会; for one thread."""

    def __init__(self, inquiries: Inquiries, limits: LimitsSeen, welfare: WelfarePolicy) -> None:
        self._inquiries = inquiries
        self._welfare = welfare
        self._limits = limits

    def __call__(self, claimed: ClaimedPart) -> PartOutcome:
        """Check what a part asks, unit by unit."""
        reception = claimed.reception
        header = RequestHeader(
            medical_institution_code=reception.institution_code,
            qualification_confirmation_date=reception.confirmation_date,
        )
        on = reception.confirmation_date or write_day(reception.received_at.astimezone(TOKYO))
        units: list[BulkConfirmUnit] = []
        lines: list[LoggedInquiry] = []
        seen: dict[PersonKey, str] = {}
        errors = 0
        for written in json.loads(f"[{claimed.asked}]"):
            asked = BulkSearchInfo.model_validate(written)
            asking = Asking(
                reception.institution_code,
                ReferenceClassification.NUMBER,
                ChallengePurpose.CHECK,
                reception.received_at,
            )
            try:
                judged = judged_by_number(header, asked, asking, self._inquiries, self._welfare)
            except Problem as problem:
                errors += 1
                units.append(refused_unit(problem, asked))
                lines.append(line_of(asking, refusal=problem.entry.kind.code))
            else:
                units.append(self._unit(asked, judged, on, seen))
                lines.append(line_of(asking, validity=judged.validity))

        def write(connection: Connection) -> None:
            see_limits(connection, reception.institution_code, seen)

        return PartOutcome(units, lines, errors, write)

    def _unit(
        self, asked: BulkSearchInfo, judged: Judged, on: str, seen: dict[PersonKey, str]
    ) -> BulkConfirmUnit:
        assistance = judged.shown_assistance
        if assistance is not None:
            return assisted_unit(assistance, asked)
        results: tuple[ResultOfQualificationConfirmation, ...] = ()
        if judged.shown:
            # Its one public reader has room for one, and for no consent; so no 限度額 is told.
            row = judged.known[judged.shown[0]]
            result = result_of(
                row,
                on,
                None,
                arbitrary_identifier=asked.arbitrary_identifier,
                limit_application_certificate_related_cons_flg=None,
                limit_application_certificate_changed=self._changed(judged, row, seen),
                reference_number=None,
            )
            results = (result,)
        return BulkConfirmUnit(
            qualification_confirm_search_info=asked,
            qualification_validity=judged.validity,
            result_of_qualification_confirmation=results,
            reference_number=called(judged),
        )

    def _changed(
        self, judged: Judged, row: KnownQualification, seen: dict[PersonKey, str]
    ) -> LimitChange:
        """Compare 限度額 with what it was at the institution's last inquiry in bulk."""
        limit = "/".join(
            one or ""
            for one in (
                row.limit_classification_flag,
                row.limit_valid_start_date,
                row.limit_valid_end_date,
            )
        )
        before = seen.get(judged.person) or self._limits.find(
            judged.person, judged.header.medical_institution_code
        )
        seen[judged.person] = limit
        return LimitChange.NONE if before == limit else LimitChange.CHANGED_OR_UNKNOWN


def assisted_unit(assistance: Assistance, asked: BulkSearchInfo | None = None) -> BulkConfirmUnit:
    """Tell of 医療扶助; 照会番号 stands beside the result."""
    mark = asked.arbitrary_identifier if asked else None
    return BulkConfirmUnit(
        qualification_confirm_search_info=asked,
        processing_result_code=assistance.code,
        processing_result_message=assistance.message,
        qualification_validity=str(int(assistance.validity)),
        result_of_qualification_confirmation=(
            assistance.result.model_copy(
                update={"arbitrary_identifier": mark, "reference_number": None}
            ),
        ),
        reference_number=_given(assistance.result.reference_number),
    )


def called(judged: Judged) -> tuple[str, ...]:
    """Return what the institution calls the person, which stands beside the result."""
    return _given(next((one.reference_number for one in judged.known.values()), None))


def _given(number: str | None) -> tuple[str, ...]:
    return () if number is None else (number,)


def refused_unit(problem: Problem, asked: BulkSearchInfo | None = None) -> BulkConfirmUnit:
    """Tell what is wrong with one unit; the others are not concerned."""
    return BulkConfirmUnit(
        qualification_confirm_search_info=asked,
        processing_result_status=ProcessingResultStatus.ERROR,
        processing_result_code=problem.entry.kind.code,
        processing_result_message=problem.japanese,
    )
