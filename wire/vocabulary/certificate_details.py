"""What an answer says of single certificates: parts of a result (oqs-interface §3.2)."""

from __future__ import annotations

from wire.vocabulary.codes import (
    Consistency,
    Day,
    DesignationMatch,
    Month,
    Presence,
    SingleOrCombined,
    SpecificDisease,
    TicketType,
    TreatmentType,
)
from wire.vocabulary.element import Element, Item


class ElderlyRecipientCertificateInfo(Element):
    """高齢受給者証情報 (§3.2)."""

    elderly_recipient_certificate_date: Day | None = None
    """交付年月日."""
    elderly_recipient_valid_start_date: Day | None = None
    elderly_recipient_valid_end_date: Day | None = None
    elderly_recipient_contribution_ratio: str | None = None
    """一部負担金割合, as ``020``."""


class SpecificDiseasesCertificateInfo(Element):
    """特定疾病療養受療証情報 (§3.2)."""

    specific_diseases_disease_category: SpecificDisease
    """認定疾病区分."""
    specific_diseases_certificate_date: Day | None = None
    """交付年月日."""
    specific_diseases_valid_start_date: Day | None = None
    specific_diseases_valid_end_date: Day | None = None
    specific_diseases_self_pay: str | None = None
    """自己負担限度額, in yen."""


class SpecificDiseasesItem(Item):
    """An item of 特定疾病療養受療証情報リスト."""

    specific_diseases_certificate_info: SpecificDiseasesCertificateInfo


class MedicalTicketInfo(Element):
    """医療券・調剤券情報 of public assistance (医療扶助, §3.2)."""

    ticket_type: TicketType
    """券別."""
    medical_ticket_valid_date: Day | None = None
    """有効開始年月日."""
    medical_ticket_expiration_date: Day | None = None
    """有効終了年月日."""
    issue_number: str | None = None
    """交付番号."""
    medical_treatment_month: Month | None = None
    """診療年月."""
    designated_medical_institution_code: str | None = None
    designated_medical_institution_flag: DesignationMatch | None = None
    designated_medical_institution_name: str | None = None
    prescription_issuer_medical_institution_code: str | None = None
    prescription_issuer_medical_institution_name: str | None = None
    injury_name1: str | None = None
    """傷病名."""
    injury_name2: str | None = None
    injury_name3: str | None = None
    medical_treatment_type: TreatmentType | None = None
    """診療別."""
    self_pay_amount: str | None = None
    """本人支払額, in yen."""
    district_contact_name: str | None = None
    """地区担当員名."""
    handling_contact_name: str | None = None
    """取扱担当者名."""
    single_or_combined_use: SingleOrCombined | None = None
    """単独・併用別."""
    status_of_social_insurance: Presence | None = None
    consistency_flag: Consistency | None = None
    status_of_infecton: Presence | None = None
    """感染症の有無; misspelt so in both public sources."""
    status_of_elderly_medical_care: Presence | None = None
    status_of_prefectural_expenses: Presence | None = None
    remarks1: str | None = None
    """備考."""
    remarks2: str | None = None
    remarks3: str | None = None


class MedicalTicketItem(Item):
    """An item of 公費負担情報リスト."""

    medical_ticket_info: MedicalTicketInfo
