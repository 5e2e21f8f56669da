"""What OQS answers (資格確認結果, specification: oqs-interface §3.2)."""

from __future__ import annotations

from eligibility.qualification import QualificationValidity, ReasonOfLoss
from wire.vocabulary.codes import (
    CharacterCodeIdentifier,
    Day,
    Institution,
    InsuredCardClassification,
    Moment,
    PersonalFamilyClassification,
    ProcessingResultStatus,
    ReferenceClassification,
    SegmentOfResult,
    Sex,
)
from wire.vocabulary.element import Element


class ResponseHeader(Element):
    """The header of an answer (§3.2)."""

    process_execution_time: Moment
    qualification_confirmation_date: Day
    medical_institution_code: Institution
    arbitrary_file_identifier: str | None = None
    reference_classification: ReferenceClassification
    segment_of_result: SegmentOfResult = SegmentOfResult.NORMAL
    character_code_identifier: CharacterCodeIdentifier = CharacterCodeIdentifier.UTF_8


class LimitApplicationCertificateRelatedInfo(Element):
    """限度額適用認定証関連情報 (§3.2)."""

    limit_application_certificate_classification: str
    """認定証区分 (OQSCD011)."""
    limit_application_certificate_classification_flag: str
    """適用区分 (OQSCD012)."""
    limit_application_certificate_valid_start_date: Day | None = None
    limit_application_certificate_valid_end_date: Day | None = None


class ResultOfQualificationConfirmation(Element):
    """One qualification, in the order of the published field list (§3.2)."""

    insured_card_classification: InsuredCardClassification
    insurer_number: str
    insured_card_symbol: str | None = None
    insured_identification_number: str
    insured_branch_number: str | None = None
    personal_family_classification: PersonalFamilyClassification | None = None
    name: str
    name_kana: str
    """半角カナ氏名."""
    sex1: Sex
    birthdate: Day
    address: str | None = None
    post_number: str | None = None
    qualification_date: Day | None = None
    """資格取得年月日."""
    disqualification_date: Day | None = None
    """資格喪失年月日."""
    insured_partial_contribution_ratio: str | None = None
    """一部負担金割合: ``010``, ``020`` or ``030``."""
    reason_of_loss: ReasonOfLoss | None = None
    insurer_name: str
    limit_application_certificate_related_cons_flg: str | None = None
    """限度額適用認定証提供同意フラグ: ``1`` where the information is given (P-034)."""
    limit_application_certificate_related_info: LimitApplicationCertificateRelatedInfo | None = None


class ResultItem(Element):
    """An item of the result list."""

    result_of_qualification_confirmation: ResultOfQualificationConfirmation


class ResponseBody(Element):
    """The body of an answer."""

    processing_result_status: ProcessingResultStatus = ProcessingResultStatus.NORMAL
    processing_result_code: str | None = None
    """Codes here begin with ``SIM-``: the real table is not public."""
    processing_result_message: str | None = None
    qualification_validity: str
    """資格有効性 (OQSCD006); :attr:`validity` reads it."""
    result_list: tuple[ResultItem, ...] | None = None
    simulation_reference: str | None = None
    """The person in the simulation; the real system has no such element."""

    @property
    def validity(self) -> QualificationValidity:
        """資格有効性 as a value."""
        return QualificationValidity(int(self.qualification_validity))

    @property
    def results(self) -> tuple[ResultOfQualificationConfirmation, ...]:
        """The qualifications, without the envelope."""
        return tuple(item.result_of_qualification_confirmation for item in self.result_list or ())


class QualificationAnswer(Element):
    """The answer to a card or number inquiry."""

    message_header: ResponseHeader
    message_body: ResponseBody
