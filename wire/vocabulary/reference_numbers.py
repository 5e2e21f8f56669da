"""照会番号: an institution's own number for a person, known to OQS (oqs-interface §3.3, §3.4).

``OQSsiimm`` registers one, ``OQSmuimm`` many at once.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from wire.vocabulary.bulk_inquiry import MOST_UNITS, BulkRequestHeader, BulkResultHeader
from wire.vocabulary.codes import (
    CharacterCodeIdentifier,
    Institution,
    Moment,
    ProcessingResultStatus,
    SegmentOfResult,
)
from wire.vocabulary.element import Element
from wire.vocabulary.texts import FIT, ShortLine


class ReferenceNumberRegistrationInfo(Element):
    """照会番号登録情報: whose number is to be known by which 照会番号."""

    reference_number: Annotated[str, StringConstraints(max_length=50), FIT]
    """照会番号; an empty one, also one of blanks, takes the one before out [unverified]."""
    insurer_number: ShortLine
    insured_card_symbol: ShortLine | None = None
    insured_identification_number: ShortLine
    insured_branch_number: ShortLine | None = None
    """Absent for 後期高齢者医療."""

    @property
    def called(self) -> str:
        """What the person is to be called; empty where nothing but blanks was sent."""
        return self.reference_number if self.reference_number.strip() else ""


class RegistrationRequestBody(Element):
    """The body of ``OQSsiimm01req``."""

    reference_number_registration_info: ReferenceNumberRegistrationInfo


class ReferenceRegistration(Element):
    """照会番号登録 (``OQSsiimm01req``)."""

    message_header: BulkRequestHeader
    message_body: RegistrationRequestBody


class RegisteredHeader(Element):
    """The header of ``OQSsiimm01res``, in the order of a message of 2026."""

    process_execution_time: Moment
    character_code_identifier: CharacterCodeIdentifier = CharacterCodeIdentifier.UTF_8
    segment_of_result: SegmentOfResult = SegmentOfResult.NORMAL
    error_code: str | None = None
    error_message: str | None = None
    arbitrary_file_identifier: str | None = None
    medical_institution_code: Institution


class RegisteredUnit(Element):
    """What came of one registration: what was asked, echoed, and whether it is done."""

    reference_number_registration_info: ReferenceNumberRegistrationInfo | None = None
    processing_result_status: ProcessingResultStatus | None = ProcessingResultStatus.NORMAL
    """Absent where the header tells of an error."""
    processing_result_code: str | None = None
    processing_result_message: str | None = None


class ReferenceRegistered(Element):
    """The answer to 照会番号登録 (``OQSsiimm01res``)."""

    message_header: RegisteredHeader
    message_body: RegisteredUnit


class BulkRegistrationRequestBody(Element):
    """The body of ``OQSmuimm01req``."""

    reference_number_registration_info: Annotated[
        tuple[ReferenceNumberRegistrationInfo, ...], Field(min_length=1, max_length=MOST_UNITS)
    ]


class BulkReferenceRegistration(Element):
    """照会番号 一括登録 (``OQSmuimm01req``)."""

    message_header: BulkRequestHeader
    message_body: BulkRegistrationRequestBody


class BulkRegisteredBody(Element):
    """The body of ``OQSmuimm02res``: one unit for each request."""

    bulk_registration_unit: tuple[RegisteredUnit, ...] = ()


class BulkReferenceRegistered(Element):
    """The result of 照会番号 一括登録 (``OQSmuimm02res``)."""

    message_header: BulkResultHeader
    message_body: BulkRegisteredBody
