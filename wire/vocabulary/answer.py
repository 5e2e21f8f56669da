"""What OQS answers (資格確認結果, specification: oqs-interface §3.2).

The elements stand in the order of the published field list, which is probably that of the
official layout (§2.3).
"""

from __future__ import annotations

from typing import Annotated

from eligibility.qualification import QualificationValidity, ReasonOfLoss
from wire.vocabulary.certificate_details import (
    ElderlyRecipientCertificateInfo,
    MedicalTicketItem,
    SpecificDiseasesItem,
)
from wire.vocabulary.codes import (
    CharacterCodeIdentifier,
    ConsentState,
    Day,
    Institution,
    InsuredCardClassification,
    LimitChange,
    Moment,
    PersonalFamilyClassification,
    Preschool,
    PrescriptionIssue,
    ProcessingResultStatus,
    ReferenceClassification,
    SegmentOfResult,
    Sex,
)
from wire.vocabulary.element import OWN, Element, Item
from wire.vocabulary.inquiry import QualificationConfirmSearchInfo


class ResponseHeader(Element):
    """The header of an answer (§3.2)."""

    process_execution_time: Moment
    qualification_confirmation_date: Day
    medical_institution_code: Institution
    arbitrary_file_identifier: str | None = None
    reference_classification: ReferenceClassification
    segment_of_result: SegmentOfResult = SegmentOfResult.NORMAL
    error_code: str | None = None
    """Where the result is not normal; codes here begin with ``SIM-``, as the real table is not
    public."""
    error_message: str | None = None
    character_code_identifier: CharacterCodeIdentifier = CharacterCodeIdentifier.UTF_8


class LimitApplicationCertificateRelatedInfo(Element):
    """限度額適用認定証関連情報 (§3.2)."""

    limit_application_certificate_classification: str
    """認定証区分 (OQSCD011)."""
    limit_application_certificate_classification_flag: str
    """適用区分 (OQSCD012)."""
    limit_application_certificate_date: Day | None = None
    """交付年月日."""
    limit_application_certificate_valid_start_date: Day | None = None
    limit_application_certificate_valid_end_date: Day | None = None
    limit_application_certificate_long_term_date: Day | None = None
    """長期入院該当年月日."""


class ResultOfQualificationConfirmation(Element):
    """One qualification, in the order of the published field list (§3.2)."""

    insured_card_classification: InsuredCardClassification
    insurer_number: str
    insured_card_symbol: str | None = None
    insured_identification_number: str
    insured_branch_number: str | None = None
    personal_family_classification: PersonalFamilyClassification | None = None
    insured_name: str | None = None
    """被保険者氏名（世帯主氏名）."""
    name: str
    name_of_other: str | None = None
    """氏名（その他）."""
    name_kana: str
    """半角カナ氏名."""
    name_of_other_kana: str | None = None
    """氏名カナ（その他）."""
    sex1: Sex
    """性別1."""
    sex2: Sex | None = None
    """性別2."""
    birthdate: Day
    address: str | None = None
    post_number: str | None = None
    """郵便番号, ``123-4567``."""
    qualification_date: Day | None = None
    """資格取得年月日."""
    disqualification_date: Day | None = None
    """資格喪失年月日."""
    insured_certificate_issuance_date: Day | None = None
    """被保険者証交付年月日."""
    insured_card_valid_date: Day | None = None
    """被保険者証有効開始年月日."""
    insured_card_expiration_date: Day | None = None
    """被保険者証有効終了年月日."""
    insured_partial_contribution_ratio: str | None = None
    """一部負担金割合: ``010``, ``020`` or ``030``."""
    preschool_classification: Preschool | None = None
    """未就学区分."""
    reason_of_loss: ReasonOfLoss | None = None
    insurer_name: str
    elderly_recipient_certificate_info: ElderlyRecipientCertificateInfo | None = None
    limit_application_certificate_related_cons_flg: str | None = None
    """限度額適用認定証提供同意フラグ: ``1`` where it is given, else ``0`` (P-034, §6.1)."""
    limit_application_certificate_related_cons_time: Moment | None = None
    limit_application_certificate_related_info: LimitApplicationCertificateRelatedInfo | None = None
    limit_application_certificate_changed: LimitChange | None = None
    """限度額適用認定証の変更; of results in bulk only (§3.4)."""
    specific_diseases_certificate_related_cons_flg: ConsentState | None = None
    """特定疾病療養受療証提供同意フラグ."""
    specific_diseases_certificate_related_cons_time: Moment | None = None
    specific_diseases_certificate_list: tuple[SpecificDiseasesItem, ...] | None = None
    public_expense_result_list: tuple[MedicalTicketItem, ...] | None = None
    """公費負担情報 of public assistance."""
    specific_health_checkups_info_cons_flg: ConsentState | None = None
    """特定健診情報閲覧同意フラグ."""
    specific_health_checkups_info_cons_time: Moment | None = None
    """特定健診情報閲覧同意日時; absent where there is no consent."""
    specific_health_checkups_info_available_time: Moment | None = None
    """特定健診情報閲覧有効期限: 24 hours after the consent."""
    pharmacists_info_cons_flg: ConsentState | None = None
    """薬剤情報閲覧同意フラグ."""
    pharmacists_info_cons_time: Moment | None = None
    """薬剤情報閲覧同意日時; absent where there is no consent."""
    pharmacists_info_available_time: Moment | None = None
    """薬剤情報閲覧有効期限: 24 hours after the consent."""
    diagnosis_info_cons_flg: ConsentState | None = None
    """診療情報閲覧同意フラグ."""
    diagnosis_info_cons_time: Moment | None = None
    """診療情報閲覧同意日時; absent where there is no consent."""
    diagnosis_info_available_time: Moment | None = None
    """診療情報閲覧有効期限: 24 hours after the consent."""
    operation_info_cons_flg: ConsentState | None = None
    """手術情報閲覧同意フラグ."""
    operation_info_cons_time: Moment | None = None
    """手術情報閲覧同意日時; absent where there is no consent."""
    operation_info_available_time: Moment | None = None
    """手術情報閲覧有効期限: 24 hours after the consent."""
    diagnosis_name_cons_flg: ConsentState | None = None
    """傷病名閲覧同意フラグ."""
    diagnosis_name_cons_time: Moment | None = None
    """傷病名閲覧同意日時; absent where there is no consent."""
    diagnosis_name_available_time: Moment | None = None
    """傷病名閲覧有効期限: 24 hours after the consent."""
    infectious_info_cons_flg: ConsentState | None = None
    """感染症閲覧同意フラグ."""
    infectious_info_cons_time: Moment | None = None
    """感染症閲覧同意日時; absent where there is no consent."""
    infectious_info_available_time: Moment | None = None
    """感染症閲覧有効期限: 24 hours after the consent."""
    allergy_info_cons_flg: ConsentState | None = None
    """アレルギー閲覧同意フラグ."""
    allergy_info_cons_time: Moment | None = None
    """アレルギー閲覧同意日時; absent where there is no consent."""
    allergy_info_available_time: Moment | None = None
    """アレルギー閲覧有効期限: 24 hours after the consent."""
    contraindication_info_cons_flg: ConsentState | None = None
    """薬剤禁忌閲覧同意フラグ."""
    contraindication_info_cons_time: Moment | None = None
    """薬剤禁忌閲覧同意日時; absent where there is no consent."""
    contraindication_info_available_time: Moment | None = None
    """薬剤禁忌閲覧有効期限: 24 hours after the consent."""
    test_info_cons_flg: ConsentState | None = None
    """検査閲覧同意フラグ."""
    test_info_cons_time: Moment | None = None
    """検査閲覧同意日時; absent where there is no consent."""
    test_info_available_time: Moment | None = None
    """検査閲覧有効期限: 24 hours after the consent."""
    prescription_info_cons_flg: ConsentState | None = None
    """処方閲覧同意フラグ."""
    prescription_info_cons_time: Moment | None = None
    """処方閲覧同意日時; absent where there is no consent."""
    prescription_info_available_time: Moment | None = None
    """処方閲覧有効期限: 24 hours after the consent."""
    arbitrary_identifier: str | None = None
    """任意の識別子: of the request for this person, echoed."""
    reference_number: str | None = None
    """照会番号, as the institution registered it."""
    qualification_confirmation_key: str | None = None
    """資格確認キー; seen in one message of 2026 only."""


LATER_CONSENTS = tuple(
    f"{kind}_{part}"
    for kind in (
        "diagnosis_name",
        "infectious_info",
        "allergy_info",
        "contraindication_info",
        "test_info",
        "prescription_info",
    )
    for part in ("cons_flg", "cons_time", "available_time")
)
"""The elements of the six consents that exist since 2025; one document alone names them."""


class ResultItem(Item):
    """An item of the result list."""

    result_of_qualification_confirmation: ResultOfQualificationConfirmation


class SubsidyCertificateInfo(Element):
    """医療費助成の受給者証 of a municipality (PMH)."""

    payer_number: str
    """公費負担者番号."""
    recipient_number: str
    """公費受給者番号."""
    name: str
    municipality_name: str
    valid_from: Day
    valid_until: Day | None = None


class ResponseBody(Element):
    """The body of an answer."""

    prescription_issue_select: PrescriptionIssue | None = None
    """処方箋発行形態, where the patient has chosen one."""
    processing_result_status: ProcessingResultStatus | None = ProcessingResultStatus.NORMAL
    """Absent where the header tells of an error."""
    processing_result_code: str | None = None
    """Codes here begin with ``SIM-``: the real table is not public."""
    processing_result_message: str | None = None
    """An error, or a notice as of a certificate that is about to expire."""
    qualification_validity: str | None = None
    """資格有効性 (OQSCD006), absent only beside an error; :attr:`validity` reads it."""
    qualification_confirm_search_info: QualificationConfirmSearchInfo | None = None
    """What was asked, echoed in the answer to an inquiry by number."""
    result_list: tuple[ResultItem, ...] | None = None
    simulation_subsidy_certificates: Annotated[tuple[SubsidyCertificateInfo, ...] | None, OWN] = (
        None
    )
    """医療費助成の受給者証 by PMH, where the holder of the card uses them; how the real system
    tells them is not public."""
    simulation_reference: Annotated[str | None, OWN] = None
    """The person in the simulation; the real system has no such element."""

    @property
    def validity(self) -> QualificationValidity:
        """資格有効性 as a value.

        Raises:
            ValueError: the answer tells of an error, and so has none.
        """
        if self.qualification_validity is None:
            raise ValueError("an answer that tells of an error says nothing of a qualification")
        return QualificationValidity(int(self.qualification_validity))

    @property
    def results(self) -> tuple[ResultOfQualificationConfirmation, ...]:
        """The qualifications, without the envelope."""
        return tuple(item.result_of_qualification_confirmation for item in self.result_list or ())


class QualificationAnswer(Element):
    """The answer to a card or number inquiry."""

    message_header: ResponseHeader
    message_body: ResponseBody
