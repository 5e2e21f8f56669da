"""What is asked and answered for many at once (一括照会, specification: oqs-interface §3.4).

A file is taken in (``01req``) and gets a 受付番号 (``01res``); asked by that (``02req``), the
result comes (``02res``), or the word that it is not done yet. The letters are those of the API-IDs:
``muquc`` 資格確認, ``mutic`` 委託先（医療扶助）, ``muhvq`` 訪問診療等, ``muonq`` オンライン診療等.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from wire.vocabulary.answer import ResultOfQualificationConfirmation
from wire.vocabulary.codes import (
    CharacterCodeIdentifier,
    Count,
    Day,
    Institution,
    Moment,
    Month,
    ProcessingResultStatus,
    SegmentOfResult,
)
from wire.vocabulary.element import OWN, Element, InList, in_order
from wire.vocabulary.inquiry import QualificationConfirmSearchInfo, RequestHeader
from wire.vocabulary.terminal_codes import MedicalTreatment
from wire.vocabulary.texts import Line, ShortLine

MOST_UNITS = 10_000
"""How many persons a file may hold. Assumed: the real bound is not public."""


class BulkRequestHeader(Element):
    """The header of a file that is taken in, and of the question for its result."""

    medical_institution_code: Institution
    arbitrary_file_identifier: Line | None = None


class BulkSearchInfo(QualificationConfirmSearchInfo):
    """資格確認照会用情報 of one person; what is wrong with it is told of this person alone."""

    birthdate: ShortLine
    limit_application_certificate_related_cons_flg: ShortLine = "0"


class BulkInquiryBody(Element):
    """The body of a file of numbers to look up."""

    qualification_confirm_search_info: Annotated[
        tuple[BulkSearchInfo, ...], Field(min_length=1, max_length=MOST_UNITS)
    ]


class BulkInquiry(Element):
    """資格確認 一括照会 (``OQSmuquc01req``)."""

    message_header: RequestHeader
    message_body: BulkInquiryBody


class AssistanceSearchInfo(Element):
    """Which tickets of public assistance are wanted."""

    medical_treatment_month: Month
    """診療年月."""


class AssistanceInquiryBody(Element):
    """The body of ``OQSmutic01req``."""

    qualification_confirm_search_info: AssistanceSearchInfo


class AssistanceInquiry(Element):
    """委託先（医療扶助）資格情報 一括取得 (``OQSmutic01req``)."""

    message_header: BulkRequestHeader
    message_body: AssistanceInquiryBody


class VisitingSearchInfo(Element):
    """Between which days a consent was given to visits at home, or to treatment online."""

    consent_date_from: Day | None = None
    consent_date_to: Day | None = None
    examination_date_from: Day | None = None
    """Of ``OQSmuonq`` only, in place of the days of consent."""
    examination_date_to: Day | None = None
    medical_treatment_flag: MedicalTreatment

    _consents_in_order = model_validator(mode="after")(
        in_order("consent_date_from", "consent_date_to")
    )

    _examinations_in_order = model_validator(mode="after")(
        in_order("examination_date_from", "examination_date_to")
    )


class VisitingInquiryBody(Element):
    """The body of ``OQSmuhvq01req`` and ``OQSmuonq01req``."""

    qualification_confirm_search_info: VisitingSearchInfo


class VisitingInquiry(Element):
    """同意済資格情報 一括取得 (``OQSmuhvq01req``, ``OQSmuonq01req``)."""

    message_header: BulkRequestHeader
    message_body: VisitingInquiryBody


class ReceptionHeader(Element):
    """The header of the word that a file was taken in, or was not."""

    process_execution_time: Moment
    medical_institution_code: Institution
    arbitrary_file_identifier: str | None = None
    segment_of_result: SegmentOfResult | None = None
    """Only where the file was not taken in; assumed, no public sample shows one."""
    error_code: str | None = None
    error_message: str | None = None
    character_code_identifier: CharacterCodeIdentifier = CharacterCodeIdentifier.UTF_8


class ReceptionBody(Element):
    """受付番号, by which the result is asked for."""

    reception_number: ShortLine | None = None
    """Absent where the file was not taken in."""
    reception_date_time: Moment | None = None


class BulkReception(Element):
    """That a file was taken in (``…01res``)."""

    message_header: ReceptionHeader
    message_body: ReceptionBody


class CollectionBody(Element):
    """Which result is wanted."""

    reception_number: ShortLine


class BulkCollection(Element):
    """The question for the result of a file (``…02req``)."""

    message_header: BulkRequestHeader
    """Its identifier, where it has one, stands in the result in place of that of the file. The one
    program whose header is known has none [unverified]."""
    message_body: CollectionBody


class BulkResultHeader(Element):
    """The header of a result, in the order of §3.4.

    Where it is 処理中 (2), the body is empty, and is asked for again.
    """

    process_execution_time: Moment
    qualification_confirmation_date: Day | None = None
    medical_institution_code: Institution
    arbitrary_file_identifier: str | None = None
    reception_number: str | None = None
    """Absent where the question named none."""
    character_code_identifier: CharacterCodeIdentifier = CharacterCodeIdentifier.UTF_8
    segment_of_result: SegmentOfResult = SegmentOfResult.NORMAL
    error_code: str | None = None
    error_message: str | None = None
    number_of_processing_result: Count | None = None
    """How many persons there were; the two that follow add up to it."""
    number_of_normal_processing: Count | None = None
    number_of_error: Count | None = None


class BulkConfirmUnit(Element):
    """What came of one person."""

    qualification_confirm_search_info: BulkSearchInfo | None = None
    """What was asked, echoed."""
    processing_result_status: ProcessingResultStatus = ProcessingResultStatus.NORMAL
    processing_result_code: str | None = None
    processing_result_message: str | None = None
    qualification_validity: str | None = None
    """資格有効性 (OQSCD006); absent beside an error."""
    result_of_qualification_confirmation: Annotated[
        tuple[ResultOfQualificationConfirmation, ...], InList("ResultList")
    ] = ()
    """Directly in the unit, as a public reader has it, or in a list of their own."""
    reference_number: tuple[str, ...] = ()
    """照会番号; one reader expects one, another several."""
    simulation_consent_number: Annotated[str | None, OWN] = None
    """Of a consent that was given at home: by this it is asked about again. The real system's name
    for it is not public."""


class BulkResultBody(Element):
    """The body of a result: empty while it is not done."""

    bulk_confirm_unit: tuple[BulkConfirmUnit, ...] = ()


class BulkResult(Element):
    """The result of a file (``OQSmuquc02res``, ``mutic``, ``muhvq``, ``muonq``)."""

    message_header: BulkResultHeader
    message_body: BulkResultBody
