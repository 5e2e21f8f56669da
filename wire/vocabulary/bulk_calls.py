"""Inquiries in bulk, and 照会番号 (specification: oqs-interface §3.3, §3.4).

An inquiry in bulk goes in four steps: what is asked is sent (01req) and gets a 受付番号 (01res);
with that the result is asked for (02req) until it is there (02res).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from wire.vocabulary.answer import ResultOfQualificationConfirmation
from wire.vocabulary.codes import (
    CharacterCodeIdentifier,
    Day,
    Institution,
    Moment,
    Month,
    ProcessingResultStatus,
    SegmentOfResult,
)
from wire.vocabulary.element import Element
from wire.vocabulary.inquiry import QualificationConfirmSearchInfo, RequestHeader
from wire.vocabulary.texts import FIT, Line, ShortLine

MOST_UNITS = 100_000
"""Units of one inquiry that the form has room for; a deployment takes fewer [unverified]."""

ReferenceNumber = Annotated[str, StringConstraints(max_length=50), FIT]
"""照会番号: what an institution itself calls a patient."""
ReceptionNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
"""受付番号 of an inquiry in bulk. How long the real one is is not public."""


class ReferenceNumberRegistrationInfo(Element):
    """照会番号登録情報: whom an institution calls what (§3.3)."""

    reference_number: ReferenceNumber
    insurer_number: ShortLine
    """保険者番号; 6 digits may be padded with spaces on the left to 8."""
    insured_card_symbol: ShortLine | None = None
    insured_identification_number: ShortLine
    insured_branch_number: ShortLine | None = None


class ReferenceNumberBody(Element):
    """The body of a registration of one 照会番号."""

    reference_number_registration_info: ReferenceNumberRegistrationInfo


class ReferenceNumberRequest(Element):
    """照会番号登録 (OQSsiimm01req)."""

    message_header: RequestHeader
    message_body: ReferenceNumberBody


class ReferenceNumberAnswerHeader(Element):
    """The header of its answer, in the order that was seen."""

    process_execution_time: Moment
    character_code_identifier: CharacterCodeIdentifier = CharacterCodeIdentifier.UTF_8
    segment_of_result: SegmentOfResult = SegmentOfResult.NORMAL
    arbitrary_file_identifier: str | None = None
    medical_institution_code: Institution


class ReferenceNumberAnswerBody(Element):
    """What was registered."""

    reference_number_registration_info: ReferenceNumberRegistrationInfo
    processing_result_status: ProcessingResultStatus = ProcessingResultStatus.NORMAL


class ReferenceNumberAnswer(Element):
    """What became of it (OQSsiimm01res)."""

    message_header: ReferenceNumberAnswerHeader
    message_body: ReferenceNumberAnswerBody


class BulkSearchInfo(QualificationConfirmSearchInfo):
    """資格確認照会用情報 of one unit; what is wrong with it is told of this unit alone."""

    birthdate: ShortLine
    limit_application_certificate_related_cons_flg: ShortLine = "0"


class BulkQualificationBody(Element):
    """Whom is asked about."""

    qualification_confirm_search_info: Annotated[
        tuple[BulkSearchInfo, ...], Field(min_length=1, max_length=MOST_UNITS)
    ]


class BulkQualificationRequest(Element):
    """資格確認 一括照会 (OQSmuquc01req)."""

    message_header: RequestHeader
    message_body: BulkQualificationBody


class BulkReferenceNumberBody(Element):
    """Who is called what."""

    reference_number_registration_info: Annotated[
        tuple[ReferenceNumberRegistrationInfo, ...], Field(min_length=1, max_length=MOST_UNITS)
    ]


class BulkReferenceNumberRequest(Element):
    """照会番号 一括登録 (OQSmuimm01req)."""

    message_header: RequestHeader
    message_body: BulkReferenceNumberBody


class TicketSearchInfo(Element):
    """Of which month the entrusted recipients are asked for."""

    medical_treatment_month: Month


class TicketListBody(Element):
    """The body of it."""

    qualification_confirm_search_info: TicketSearchInfo


class TicketListRequest(Element):
    """委託先（医療扶助）資格情報一括取得 (OQSmutic01req)."""

    message_header: RequestHeader
    message_body: TicketListBody


class ConsentSearchInfo(Element):
    """From when till when the consents were given, the days included."""

    consent_date_from: Day | None = None
    consent_date_to: Day | None = None
    examination_date_from: Day | None = None
    """受診日, in place of the day of consent; of オンライン診療 only."""
    examination_date_to: Day | None = None
    medical_treatment_flag: Annotated[str, StringConstraints(pattern=r"^[23]$")]
    """診療区分 (OQSCD028): 2 訪問診療等, 3 オンライン診療等."""


class ConsentListBody(Element):
    """The body of it."""

    qualification_confirm_search_info: ConsentSearchInfo


class ConsentListRequest(Element):
    """同意済資格情報一括取得 (OQSmuhvq01req, OQSmuonq01req)."""

    message_header: RequestHeader
    message_body: ConsentListBody


class BulkReceiptHeader(Element):
    """The header of a 受付 (01res)."""

    process_execution_time: Moment
    medical_institution_code: Institution
    arbitrary_file_identifier: str | None = None
    character_code_identifier: CharacterCodeIdentifier = CharacterCodeIdentifier.UTF_8


class BulkReceiptBody(Element):
    """By what the result is asked for."""

    reception_number: ReceptionNumber
    reception_date_time: Moment


class BulkReceipt(Element):
    """受付 of an inquiry in bulk (01res)."""

    message_header: BulkReceiptHeader
    message_body: BulkReceiptBody


class BulkResultBody(Element):
    """Which result is asked for."""

    reception_number: ReceptionNumber


class BulkResultHeader(Element):
    """The header of a request for a result (02req)."""

    medical_institution_code: Institution
    arbitrary_file_identifier: Line | None = None


class BulkResultRequest(Element):
    """Asks for the result of an inquiry in bulk (02req)."""

    message_header: BulkResultHeader
    message_body: BulkResultBody


class BulkAnswerHeader(Element):
    """The header of a result (02res)."""

    process_execution_time: Moment
    qualification_confirmation_date: Day
    medical_institution_code: Institution
    arbitrary_file_identifier: str | None = None
    reception_number: ReceptionNumber
    character_code_identifier: CharacterCodeIdentifier = CharacterCodeIdentifier.UTF_8
    segment_of_result: SegmentOfResult
    """処理結果区分: while it is 2 (処理中) there is no unit yet; ask again."""
    number_of_processing_result: int | None = None
    """処理結果件数."""
    number_of_normal_processing: int | None = None
    number_of_error: int | None = None


class BulkConfirmUnit(Element):
    """What came of one unit, in the order in which they were asked."""

    qualification_confirm_search_info: BulkSearchInfo | None = None
    processing_result_status: ProcessingResultStatus = ProcessingResultStatus.NORMAL
    processing_result_code: str | None = None
    """Codes here begin with ``SIM-``: the real table is not public."""
    processing_result_message: str | None = None
    qualification_validity: str | None = None
    """資格有効性 (OQSCD006)."""
    result_of_qualification_confirmation: ResultOfQualificationConfirmation | None = None
    reference_number: str | None = None
    """照会番号 that the institution has registered."""
    simulation_consent_number: str | None = None
    """Of a consent that was given at home: by this it is asked about again. The real system's name
    for it is not public."""


class BulkConfirmBody(Element):
    """All units, once all are there."""

    bulk_confirm_unit: tuple[BulkConfirmUnit, ...] | None = None


class BulkQualificationAnswer(Element):
    """The result of an inquiry in bulk (OQSmuquc02res, OQSmutic02res, OQSmuhvq02res …)."""

    message_header: BulkAnswerHeader
    message_body: BulkConfirmBody


class BulkRegistrationUnit(Element):
    """What became of one 照会番号."""

    reference_number_registration_info: ReferenceNumberRegistrationInfo
    processing_result_status: ProcessingResultStatus = ProcessingResultStatus.NORMAL
    processing_result_code: str | None = None
    processing_result_message: str | None = None


class BulkRegistrationBody(Element):
    """All units, once all are there."""

    bulk_registration_unit: tuple[BulkRegistrationUnit, ...] | None = None


class BulkReferenceNumberAnswer(Element):
    """The result of a registration in bulk (OQSmuimm02res)."""

    message_header: BulkAnswerHeader
    message_body: BulkRegistrationBody
