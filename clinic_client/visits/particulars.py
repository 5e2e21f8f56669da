"""What OQS answered besides the qualification, put in order: papers, 限度額, consents, address.

`LABELS` is the one list of these members of an answer. Reading them, the page and the table of what
the desk uses follow it; the API hands the answer on as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from clinic_client.visits.visit import CheckChannel
from eligibility.days.dates import TOKYO
from eligibility.qualification import ReasonOfLoss
from eligibility.sentence import Sentence
from eligibility.terminal.medical_information import InformationKind
from wire.dates import read_day
from wire.vocabulary.answer import (
    LimitApplicationCertificateRelatedInfo,
    ResponseBody,
    ResultOfQualificationConfirmation,
    SubsidyCertificateInfo,
)
from wire.vocabulary.certificate_details import (
    ElderlyRecipientCertificateInfo,
    MedicalTicketInfo,
    SpecificDiseasesCertificateInfo,
)
from wire.vocabulary.codes import (
    Code,
    ConsentState,
    Consistency,
    DesignationMatch,
    InsuredCardClassification,
    LimitCategory,
    LimitCertificate,
    LimitConsent,
    PersonalFamilyClassification,
    Preschool,
    PrescriptionIssue,
    Presence,
    Sex,
    SingleOrCombined,
    SpecificDisease,
    TicketType,
    TreatmentType,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from wire.vocabulary.element import Element


@dataclass(frozen=True, slots=True)
class Particular:
    """A member of the answer: what it is called, and its value."""

    label: Sentence
    value: Sentence | date | datetime


@dataclass(frozen=True, slots=True)
class Paper:
    """What used to be a paper of its own, or belongs together as one."""

    title: Sentence
    rows: tuple[Particular, ...]
    summary: Sentence | None = None
    """What the desk has to know of it at a glance; None where it is not for a glance."""
    note: Sentence | None = None
    """Why there is nothing to be seen, and what to do."""


@dataclass(frozen=True, slots=True)
class Viewing:
    """A consent to view (閲覧同意), and its window (P-035)."""

    label: Sentence
    state: ConsentState
    given_at: datetime | None
    until: datetime | None
    kind: InformationKind | None
    """What of it OQS shows to a clinic; None where it only tells the consent."""

    def open_at(self, at: datetime) -> bool:
        """Tell whether the clinic may look at the instant."""
        return self.state is ConsentState.GIVEN and self.until is not None and at <= self.until


_FROM = Sentence("有効開始", "Valid from")
_TO = Sentence("有効期限", "Valid until")
_ISSUED = Sentence("交付日", "Issued on")
LABELS: Mapping[type[Element], Mapping[str, Sentence]] = {
    ResponseBody: {
        "processing_result_message": Sentence("OQSからの通知", "Notice of OQS"),
        "processing_result_code": Sentence("通知のコード", "Code of the notice"),
        "prescription_issue_select": Sentence("処方箋の発行", "Prescription"),
    },
    ResultOfQualificationConfirmation: {
        "name_kana": Sentence("氏名（カナ）", "Name (kana)"),
        "name_of_other": Sentence("氏名（その他）", "Other name"),
        "name_of_other_kana": Sentence("氏名（その他・カナ）", "Other name (kana)"),
        "sex2": Sentence("性別2", "Sex 2"),
        "post_number": Sentence("郵便番号", "Postcode"),
        "address": Sentence("住所", "Address"),
        "insured_name": Sentence("被保険者（世帯主）", "Insured person (householder)"),
        "personal_family_classification": Sentence("本人・家族", "Member or family"),
        "insured_card_classification": Sentence("区分", "Kind"),
        "preschool_classification": Sentence("未就学", "Preschool child"),
        "insured_certificate_issuance_date": _ISSUED,
        "insured_card_valid_date": _FROM,
        "insured_card_expiration_date": _TO,
        "reason_of_loss": Sentence("喪失の事由", "Reason of loss"),
    },
    LimitApplicationCertificateRelatedInfo: {
        "limit_application_certificate_classification_flag": Sentence("適用区分", "Category"),
        "limit_application_certificate_classification": Sentence("認定証", "Certificate"),
        "limit_application_certificate_date": _ISSUED,
        "limit_application_certificate_valid_start_date": _FROM,
        "limit_application_certificate_valid_end_date": _TO,
        "limit_application_certificate_long_term_date": Sentence(
            "長期入院該当日", "Long inpatient stay from"
        ),
    },
    ElderlyRecipientCertificateInfo: {
        "elderly_recipient_contribution_ratio": Sentence("負担割合", "Share"),
        "elderly_recipient_certificate_date": _ISSUED,
        "elderly_recipient_valid_start_date": _FROM,
        "elderly_recipient_valid_end_date": _TO,
    },
    SpecificDiseasesCertificateInfo: {
        "specific_diseases_disease_category": Sentence("認定疾病", "Disease"),
        "specific_diseases_self_pay": Sentence("自己負担限度額", "Limit a month"),
        "specific_diseases_certificate_date": _ISSUED,
        "specific_diseases_valid_start_date": _FROM,
        "specific_diseases_valid_end_date": _TO,
    },
    MedicalTicketInfo: {
        "ticket_type": Sentence("券別", "Ticket"),
        "medical_treatment_month": Sentence("診療年月", "Month"),
        "medical_treatment_type": Sentence("診療別", "Treatment"),
        "designated_medical_institution_flag": Sentence("指定医療機関", "Named institution"),
        "designated_medical_institution_name": Sentence("委託先", "Institution"),
        "designated_medical_institution_code": Sentence("医療機関コード", "Institution code"),
        "self_pay_amount": Sentence("本人支払額", "Patient pays"),
        "issue_number": Sentence("交付番号", "Ticket no."),
        "medical_ticket_valid_date": _FROM,
        "medical_ticket_expiration_date": _TO,
        "single_or_combined_use": Sentence("単独・併用", "Alone or beside insurance"),
        "status_of_social_insurance": Sentence("社会保険", "Employees' insurance"),
        "consistency_flag": Sentence("整合性", "Consistency"),
        "status_of_infecton": Sentence("感染症", "Infectious disease"),
        "status_of_elderly_medical_care": Sentence("後期高齢者医療", "後期高齢者医療"),
        "status_of_prefectural_expenses": Sentence("県費", "Prefectural expenses"),
        "prescription_issuer_medical_institution_code": Sentence(
            "処方箋発行元コード", "Prescriber's code"
        ),
        "prescription_issuer_medical_institution_name": Sentence("処方箋発行元", "Prescriber"),
        "injury_name1": Sentence("傷病名1", "Illness 1"),
        "injury_name2": Sentence("傷病名2", "Illness 2"),
        "injury_name3": Sentence("傷病名3", "Illness 3"),
        "district_contact_name": Sentence("地区担当員", "District officer"),
        "handling_contact_name": Sentence("取扱担当者", "Handled by"),
        "remarks1": Sentence("備考1", "Remarks 1"),
        "remarks2": Sentence("備考2", "Remarks 2"),
        "remarks3": Sentence("備考3", "Remarks 3"),
    },
    SubsidyCertificateInfo: {
        "name": Sentence("制度", "Scheme"),
        "municipality_name": Sentence("自治体", "Municipality"),
        "payer_number": Sentence("公費負担者番号", "Payer no."),
        "recipient_number": Sentence("受給者番号", "Recipient no."),
        "valid_from": _FROM,
        "valid_until": _TO,
    },
}
"""What is read of each element, and what it is called, in the order of the page."""
VIEWINGS: Mapping[str, tuple[Sentence, InformationKind | None]] = {
    "pharmacists_info": (Sentence("薬剤情報", "Medicines"), InformationKind.MEDICINE),
    "specific_health_checkups_info": (
        Sentence("特定健診情報", "Health checkups"),
        InformationKind.CHECKUP,
    ),
    "diagnosis_info": (Sentence("診療情報", "Treatment"), InformationKind.TREATMENT),
    "operation_info": (Sentence("手術情報", "Operations"), InformationKind.SURGERY),
    "diagnosis_name": (Sentence("傷病名", "Diagnoses"), None),
    "infectious_info": (Sentence("感染症", "Infections"), None),
    "allergy_info": (Sentence("アレルギー", "Allergies"), None),
    "contraindication_info": (Sentence("薬剤禁忌", "Contraindications"), None),
    "test_info": (Sentence("検査", "Tests"), None),
    "prescription_info": (Sentence("処方", "Prescriptions"), None),
}
"""The consents to view by the beginning of their elements' names."""
_YEN = {"specific_diseases_self_pay", "self_pay_amount"}
_RATIOS = {"elderly_recipient_contribution_ratio"}
_CODES: Mapping[str, type[Code]] = {
    "limit_application_certificate_classification": LimitCertificate,
    "limit_application_certificate_classification_flag": LimitCategory,
}
"""Members that are typed as text, and whose codes are known."""
_REASONS = {
    ReasonOfLoss.DEATH: Sentence("死亡", "death"),
    ReasonOfLoss.PUBLIC_ASSISTANCE: Sentence("生活保護の開始", "public assistance"),
    ReasonOfLoss.OTHER_INSURANCE: Sentence("ほかの保険に加入", "joined another insurance"),
    ReasonOfLoss.OTHER: Sentence("その他", "other"),
}
_ENGLISH: Mapping[type[Code], Mapping[str, str]] = {
    PersonalFamilyClassification: {
        PersonalFamilyClassification.INSURED: "member",
        PersonalFamilyClassification.FAMILY: "family of the member",
    },
    InsuredCardClassification: {
        InsuredCardClassification.GENERAL: "general",
        InsuredCardClassification.RETIRED: "retired",
        InsuredCardClassification.SHORT_TERM_GENERAL: "short-term (general)",
        InsuredCardClassification.SHORT_TERM_RETIRED: "short-term (retired)",
        InsuredCardClassification.SPECIAL_MEDICAL_EXPENSE: "pays in full, to be paid back later",
        InsuredCardClassification.SPECIAL_RETIRED: "retired (special scheme)",
        InsuredCardClassification.SELF_DEFENCE_FORCES: "Self-Defense Forces",
        InsuredCardClassification.PUBLIC_ASSISTANCE: "public assistance",
    },
    Sex: {Sex.MALE: "male", Sex.FEMALE: "female", Sex.UNSET: "not set"},
    SpecificDisease: {
        SpecificDisease.KIDNEY: "chronic kidney failure that needs dialysis",
        SpecificDisease.CLOTTING_FACTOR: "congenital disorder of a clotting factor",
        SpecificDisease.HIV: "HIV by products of clotting factors",
    },
    Preschool: {Preschool.YES: "yes"},
    PrescriptionIssue: {
        PrescriptionIssue.ELECTRONIC: "electronic prescription",
        PrescriptionIssue.PAPER: "paper prescription",
    },
    TicketType: {TicketType.MEDICAL: "medical", TicketType.DISPENSING: "dispensing"},
    TreatmentType: {
        TreatmentType.INPATIENT: "inpatient",
        TreatmentType.OUTPATIENT: "outpatient",
        TreatmentType.DENTAL: "dental",
        TreatmentType.DISPENSING: "dispensing",
        TreatmentType.HOME_NURSING: "home nursing",
    },
    SingleOrCombined: {
        SingleOrCombined.SINGLE: "alone",
        SingleOrCombined.COMBINED: "beside insurance",
    },
    Presence: {Presence.YES: "yes", Presence.NO: "no"},
    Consistency: {Consistency.INCONSISTENT: "inconsistent"},
    DesignationMatch: {
        DesignationMatch.SAME: "this one",
        DesignationMatch.DIFFERENT: "another one",
    },
}
"""What codes mean in English, by their tables."""
_BESIDE_CODE: Mapping[type[Code], Mapping[str, str]] = {
    LimitCertificate: {
        LimitCertificate.LIMIT: "limit",
        LimitCertificate.LIMIT_AND_REDUCTION: "limit and reduction of meals",
        LimitCertificate.REDUCTION: "reduction of meals",
    },
    LimitCategory: {
        LimitCategory.A01: "highest of five income classes",
        LimitCategory.A02: "second of five income classes",
        LimitCategory.A03: "third of five income classes",
        LimitCategory.A04: "fourth of five income classes",
        LimitCategory.A05: "exempt from residents' tax",
        LimitCategory.A06: "exempt from residents' tax, borderline case",
        LimitCategory.B01: "income as of working age III",
        LimitCategory.B02: "income as of working age II",
        LimitCategory.B03: "income as of working age I",
        LimitCategory.B04: "general, aged 70 to 74",
        LimitCategory.B05: "low income II",
        LimitCategory.B06: "low income I",
        LimitCategory.B07: "low income I, old-age welfare pension",
        LimitCategory.B08: "low income I, borderline case",
        LimitCategory.B09: "general II of the late elderly",
        LimitCategory.B10: "general I of the late elderly",
    },
}
"""What codes of 限度額 mean in English, which stand beside it: papers and tables go by them."""
_LIMIT_TITLE = Sentence("限度額適用認定証", "Limit certificate (限度額)")
_LIMIT_CONSENT = Sentence("提供の同意", "Consent")
_AGREED_AT = Sentence("同意・提供の日時", "Agreed or told at")
_NOT_ASKED = Sentence(
    "記号・番号の照会では、口頭の同意がないと表示されません。同意を得て「番号で再確認」で照会しなおします。",
    "By number it is told only with the patient's oral consent. Ask for it, and check by number "
    "again.",
)
_NOT_TOLD = Sentence(
    "今回の照会では提供されていません。必要なときは、限度額適用認定証を見せてもらいます。",
    "It was not told with this check. Where it matters, ask for the certificate on paper.",
)
_NO_LIMIT = Sentence(
    "保険者が登録した適用区分はありません。区分が要るときは、患者さんから保険者に申請してもらいます。",
    "The insurer has registered no category. Where one is needed, the patient applies to the "
    "insurer.",
)
_DISEASES_TITLE = Sentence("特定疾病療養受療証", "Specific disease certificate (特定疾病)")
_NO_DISEASES = Sentence("登録はありません。", "None is registered.")
_DISEASES_NOT_TOLD = Sentence(
    "同意がないため表示されません。カードで、同意を得て確認します。受療証を見せてもらってもかまいません。",
    "Not shown without consent: check by card with it, or ask for the certificate on paper.",
)


def papers_of(body: ResponseBody, channel: CheckChannel) -> tuple[Paper, ...]:
    """Return what was answered besides the qualification, what the desk acts on first."""
    return tuple(_papers(body, channel))


def viewings_of(body: ResponseBody) -> tuple[Viewing, ...]:
    """Return the consents to view that an answer tells of; they are those of the card's reading."""
    found = []
    for result in body.results[:1]:
        for name, (label, kind) in VIEWINGS.items():
            state = getattr(result, f"{name}_cons_flg")
            given = getattr(result, f"{name}_cons_time")
            until = getattr(result, f"{name}_available_time")
            if state is not None:
                found.append(
                    Viewing(label, ConsentState(state), _moment(given), _moment(until), kind)
                )
    return tuple(found)


def _papers(body: ResponseBody, channel: CheckChannel) -> Iterator[Paper]:
    notice = _rows(body, ResponseBody)
    if notice:
        title = Sentence("通知と処方箋", "Notices and prescription")
        yield Paper(title, notice)
    for result in body.results:
        yield _limit(result, channel)
        elderly = result.elderly_recipient_certificate_info
        if elderly:
            rows = _rows(elderly, ElderlyRecipientCertificateInfo)
            title = Sentence("高齢受給者証", "Elderly recipient certificate (高齢受給者証)")
            yield Paper(title, rows, _glance("高齢受給者証", "高齢受給者証", rows))
        yield from _diseases(result)
        for ticket in result.public_expense_result_list or ():
            rows = _rows(ticket.medical_ticket_info, MedicalTicketInfo)
            title = Sentence("医療券・調剤券（医療扶助）", "Medical ticket (public assistance)")
            yield Paper(title, rows, _glance("医療扶助", "Public assistance", rows))
        title = Sentence("本人・世帯と被保険者証の記録", "Person, household and record")
        person = _rows(result, ResultOfQualificationConfirmation)
        yield Paper(title, person, _PRESCHOOL if result.preschool_classification else None)
    for subsidy in body.simulation_subsidy_certificates or ():
        rows = _rows(subsidy, SubsidyCertificateInfo)
        title = Sentence("医療費助成の受給者証（PMH）", "Subsidy certificate (PMH)")
        yield Paper(title, rows, _glance("医療費助成", "Subsidy", rows))


_PRESCHOOL = Sentence("未就学児", "Preschool child")


def _limit(result: ResultOfQualificationConfirmation, channel: CheckChannel) -> Paper:
    """Return 限度額: the category with its window, or why there is none to be seen (P-034)."""
    flag = result.limit_application_certificate_related_cons_flg
    told = flag == LimitConsent.GIVEN
    at = _moment(result.limit_application_certificate_related_cons_time)
    consent = [Particular(_AGREED_AT, at)] if at else []
    if flag is not None:
        label = LimitConsent(flag).label
        words = Sentence(label, "given" if told else "not given")
        consent.insert(0, Particular(_LIMIT_CONSENT, words))
    info = result.limit_application_certificate_related_info
    if info is not None:
        rows = _rows(info, LimitApplicationCertificateRelatedInfo)
        summary = _glance("限度額", "Limit", rows)
        return Paper(_LIMIT_TITLE, (*rows, *consent), summary)
    by_number = channel is CheckChannel.NUMBER
    note = _NO_LIMIT if told else _NOT_ASKED if by_number else _NOT_TOLD
    return Paper(_LIMIT_TITLE, tuple(consent), note=note)


def _diseases(result: ResultOfQualificationConfirmation) -> Iterator[Paper]:
    flag = result.specific_diseases_certificate_related_cons_flg
    at = _moment(result.specific_diseases_certificate_related_cons_time)
    consent = [Particular(_AGREED_AT, at)] if at else []
    told = result.specific_diseases_certificate_list or ()
    for item in told:
        rows = _rows(item.specific_diseases_certificate_info, SpecificDiseasesCertificateInfo)
        summary = _glance("特定疾病", "特定疾病", rows)
        yield Paper(_DISEASES_TITLE, (*rows, *consent), summary)
    if not told and flag is not None:
        note = _NO_DISEASES if flag == ConsentState.GIVEN else _DISEASES_NOT_TOLD
        yield Paper(_DISEASES_TITLE, tuple(consent), note=note)


def _glance(ja: str, en: str, rows: tuple[Particular, ...]) -> Sentence:
    """Name a paper with what stands first on it, where that is no date."""
    value = rows[0].value if rows else None
    if not isinstance(value, Sentence):
        return Sentence(ja, en)
    return Sentence(f"{ja} {value.ja}", f"{en} {value.en}")


def _rows(element: Any, model: type[Element]) -> tuple[Particular, ...]:
    """Read what an element has; ``model`` is its type, which a page's own elements may not tell."""
    return tuple(
        Particular(label, _value(name, told))
        for name, label in LABELS[model].items()
        if (told := getattr(element, name)) is not None
    )


def _value(name: str, told: str) -> Sentence | date | datetime:
    if name in _YEN:
        return Sentence(f"{int(told):,}円", f"{int(told):,} yen")
    if name in _RATIOS:
        return Sentence(f"{int(told) // 10}割", f"{int(told)}%")
    if name.endswith("_month"):
        return Sentence(f"{told[:4]}年{int(told[4:])}月", f"{told[:4]}-{told[4:]}")
    if name.endswith(("_date", "valid_from", "valid_until")):
        return read_day(told)
    if isinstance(told, ReasonOfLoss):
        return _REASONS[told]
    if isinstance(told, Code):
        return Sentence(told.label, _ENGLISH.get(type(told), {}).get(told, told.label))
    return _beside_code(_CODES[name], told) if name in _CODES else Sentence(told, told)


def _beside_code(table: type[Code], told: str) -> Sentence:
    """Return what a code means; one that this product does not know stands for itself."""
    if told not in set(table):
        return Sentence(told, told)
    label = table(told).label
    return Sentence(label, f"{_BESIDE_CODE[table][told]} ({told} {label})")


def _moment(told: str | None) -> datetime | None:
    return datetime.strptime(told, "%Y%m%d%H%M%S").replace(tzinfo=TOKYO) if told else None
