"""A refusal as the answer that the interface has for it (oqs-interface §3.2, outcome skeletons)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from wire.catalogue import Catalogue
from wire.dates import write_day, write_moment
from wire.vocabulary.answer import QualificationAnswer, ResponseBody, ResponseHeader
from wire.vocabulary.codes import ProcessingResultStatus, SegmentOfResult

if TYPE_CHECKING:
    from datetime import datetime

    from wire.catalogue import Problem
    from wire.vocabulary.codes import ReferenceClassification
    from wire.vocabulary.inquiry import RequestHeader

_OF_THE_HEADER = {Catalogue.WRONG_CALLER}
"""What is wrong with who asks; all else is wrong with what is asked."""


def refused(
    header: RequestHeader,
    classification: ReferenceClassification,
    problem: Problem,
    now: datetime,
) -> QualificationAnswer:
    """Return the answer that tells a problem of an inquiry.

    What is wrong with the header gives 異常終了 (9) and an ErrorCode, what is wrong with the
    inquiry 処理結果状況 2 and a ProcessingResultCode. The codes are the catalogue's, which begin
    with ``SIM-``: the real table is not public.
    """
    tokyo = now.astimezone(TOKYO)
    of_header = problem.entry in _OF_THE_HEADER
    code, message = problem.entry.kind.code, problem.japanese
    return QualificationAnswer(
        message_header=ResponseHeader(
            process_execution_time=write_moment(tokyo),
            qualification_confirmation_date=header.qualification_confirmation_date
            or write_day(tokyo),
            medical_institution_code=header.medical_institution_code,
            arbitrary_file_identifier=header.arbitrary_file_identifier,
            reference_classification=classification,
            segment_of_result=SegmentOfResult.ABNORMAL if of_header else SegmentOfResult.NORMAL,
            error_code=code if of_header else None,
            error_message=message if of_header else None,
        ),
        message_body=ResponseBody(
            processing_result_status=None if of_header else ProcessingResultStatus.ERROR,
            processing_result_code=None if of_header else code,
            processing_result_message=None if of_header else message,
        ),
    )
