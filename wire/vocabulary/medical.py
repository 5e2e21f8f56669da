"""Consents at the reader, and medical information (薬剤・診療・手術・特定健診情報).

Specification: oqs-interface §3.5, whose element names differ from those of the eligibility check.
Who looks (`QualifiedUser`), the consents' own form and the mode are the simulator's own: how the
real reader and terminal say these is not public.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator
from pydantic.types import Strict

from eligibility.terminal.consent import ConsentItem
from eligibility.terminal.medical_information import Profession
from wire.vocabulary.codes import Day, Institution, SpecificDisease
from wire.vocabulary.element import Element, in_order
from wire.vocabulary.terminal_codes import MedicalTreatment
from wire.vocabulary.texts import Line, Reference, ShortLine, Truth


class Consents(Element):
    """What the holder of the card agreed to on the reader's screen."""

    items: Annotated[tuple[ConsentItem, ...], Field(max_length=len(ConsentItem))] = ()
    """One by one (個別に同意)."""
    all_items: Truth = False
    """To all that was asked for, at once (まとめて同意); offered since 2024-10-07 (P-034)."""


class FileCategory(StrEnum):
    """ファイル区分: as one program uses it, odd for PDF and even for XML [unverified]."""

    PDF = "1"
    XML = "2"
    PDF_2 = "3"
    XML_2 = "4"

    @property
    def is_pdf(self) -> bool:
        """Whether the answer is a PDF."""
        return self in {FileCategory.PDF, FileCategory.PDF_2}


class QualifiedUser(Element):
    """有資格者: who looks. The id goes into the log of views and nowhere else."""

    user_id: Annotated[ShortLine, StringConstraints(min_length=1)]
    profession: Profession


class MedicalHeader(Element):
    """The header of a request for medical information, with words of its own (§3.5)."""

    medical_institution_code: Institution
    insurer_number: ShortLine
    insurance_card_symbol: ShortLine | None = None
    insured_person_identification_number: ShortLine
    branch_number: ShortLine | None = None
    arbitrary_file_identifier: Line | None = None


class MedicalBody(Element):
    """What is asked for."""

    start_date: Day | None = None
    """The first day of what is to be shown; as far back as there is something when absent."""
    end_date: Day | None = None
    """The last one; today when absent."""
    file_category: FileCategory | None = None
    """The form of the answer, where the header Accept does not say it."""
    pr_di_inf_classification: Annotated[str | None, StringConstraints(pattern=r"^[0-9]{1,2}$")] = (
        None
    )
    """Sent by terminals; what it means is not public, and nothing follows from it here."""
    medical_treatment_flag: MedicalTreatment = MedicalTreatment.OUTPATIENT
    """救急時 is without the patient's consent, while a window for it is open."""
    qualified_user: QualifiedUser
    """Who looks (simulation: the real name of the element is not public)."""
    disaster: Truth = False
    """災害時: with the patient's word, while a window for it is open (simulation)."""

    _dates_in_order = model_validator(mode="after")(in_order("start_date", "end_date"))


class MedicalRequest(Element):
    """Asks for medical information of the person behind a number."""

    message_header: MedicalHeader
    message_body: MedicalBody


class QuaInf(Element):
    """Whose medicines or treatment these are."""

    name: str
    kana_name: str
    birth: Day
    adm_gend_code: str
    """性別 (OQSCD007)."""


class YzkHeader(Element):
    """The header of medicines and treatment."""

    process_execution_time: str
    medical_institution_code: Institution
    arbitrary_file_identifier: str | None = None
    qua_inf: QuaInf


class DrugInf(Element):
    """A medicine, as it was dispensed."""

    drug_c: str
    """A code of the simulation; it begins with ``SIM-``."""
    drug_n: str
    """一般名と規格."""
    ingre_n: str
    """成分."""
    qua1: str
    """The quantity of a day or of one use."""
    unit: str
    usage_n: str
    """用法."""
    times: str
    """Days (日数) or times (回数)."""


class MeTrInf(Element):
    """An act of treatment (診療行為)."""

    sin_inf_cd: str
    """A code of the simulation; it begins with ``SIM-``."""
    sin_inf_n: str
    qua1: str
    unit: str
    times: str


class DiDateInf(Element):
    """A day on which something was dispensed or done."""

    di_date: Day
    pr_date: Day | None = None
    """When it was prescribed."""
    drug_infs: tuple[DrugInf, ...] | None = None
    me_tr_infs: tuple[MeTrInf, ...] | None = None


class MonthInf(Element):
    """A month at a facility."""

    me_tr_month: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    """診療年月 yyyyMM."""
    in_out: str
    """入外: ``1`` in hospital, ``2`` not [unverified]."""
    me_tr_di_h_cd: Institution
    """Where it was dispensed or done."""
    me_tr_di_h_nm: str
    prls_h_cd: Institution | None = None
    """Where it was prescribed."""
    prls_h_nm: str | None = None
    di_date_infs: tuple[DiDateInf, ...]


class YzkBody(Element):
    """Medicines or treatment; what there is nothing of is absent."""

    me_tr_month_inf: tuple[MonthInf, ...] | None = None
    """By claims (レセプト由来)."""
    cz_di_month_inf: tuple[MonthInf, ...] | None = None
    """By e-prescriptions (電子処方箋・調剤), of which there is no claim yet."""


class MedicinesAndTreatment(Element):
    """薬剤情報, 診療情報 or 手術情報."""

    result_code: str = "1"
    message_header: YzkHeader
    message_body: YzkBody


class QualificationsInfo(Element):
    """Whose checkups these are."""

    name: str
    kanas_name: str
    birthday: Day
    administrative_gender_code: str


class TkkHeader(Element):
    """The header of checkups."""

    process_execution_time: str
    medical_institution_code: Institution
    arbitrary_file_identifier: str | None = None
    qualifications_info: QualificationsInfo


class HealthCheckupResultAndQuestionInfo(Element):
    """An item of a checkup: a measurement or the answer to a question."""

    item_code: str
    """A code of the simulation; it begins with ``SIM-``."""
    item_name: str
    data_type: str
    """``PQ`` a quantity, ``CD`` a choice."""
    data_value: str
    unit: str | None = None
    data_value_name: str | None = None
    """What a choice means."""


class SpecificHealthCheckupInfo(Element):
    """One checkup (特定健診)."""

    effective_time: Day
    """健診実施日."""
    health_checkup_result_and_question_infos: tuple[HealthCheckupResultAndQuestionInfo, ...]


class TkkBody(Element):
    """The checkups; absent where there are none."""

    specific_health_checkup_info: tuple[SpecificHealthCheckupInfo, ...] | None = None


class HealthCheckups(Element):
    """特定健診情報."""

    result_code: str = "1"
    message_header: TkkHeader
    message_body: TkkBody


class MedicalRefusal(Element):
    """The word that nothing is shown, in place of what was asked for (§3.5)."""

    result_code: str = "9"
    """Anything but 1; which codes there are is not public [unverified]."""
    message_contents: str
    """Why, with a code that begins with ``SIM-``."""


SelfPay = Annotated[int, Strict(), Field(ge=0, le=1_000_000)]


class SpecificDiseaseCertificate(Element):
    """特定疾病療養受療証 as the insurer has issued it."""

    specific_diseases_certificate_date: Day
    """交付年月日."""
    specific_diseases_valid_start_date: Day
    specific_diseases_valid_end_date: Day | None = None
    specific_diseases_self_pay: SelfPay = 10_000
    """自己負担限度額, yen a month: 10,000, and 20,000 for the dialysis of higher incomes."""

    _dates_in_order = model_validator(mode="after")(
        in_order("specific_diseases_valid_start_date", "specific_diseases_valid_end_date")
    )


class SpecificDiseaseCertificates(Element):
    """特定疾病療養受療証 of a person, by 認定疾病区分 (OQSCD013)."""

    certificates: dict[SpecificDisease, SpecificDiseaseCertificate]


class ConditionRecord(Element):
    """A condition (simulation: what the records of a person are made from)."""

    name: str
    since: Day


class CostOfMonth(Element):
    """What the care of a month at one facility cost."""

    month: str
    """診療年月 yyyyMM."""
    category: str
    """医科外来, 医科入院 or 調剤."""
    facility: str
    days: int
    """日数 or 回数."""
    total: int
    """医療費の総額, yen."""
    paid: int
    """窓口負担額, yen."""


class CostNotice(Element):
    """医療費通知 of a year (R-157)."""

    year: int
    months: tuple[CostOfMonth, ...]
    total: int
    paid: int


class MedicalRecord(Element):
    """All that the simulation has of a person at present, for its operator."""

    person_reference: Reference
    conditions: tuple[ConditionRecord, ...]
    medicines: MedicinesAndTreatment
    treatment: MedicinesAndTreatment
    surgery: MedicinesAndTreatment
    checkups: HealthCheckups
    costs: CostNotice


class MedicalViewRecord(Element):
    """Who looked at medical information of a person."""

    viewed_at: str
    """Business time, ISO 8601."""
    medical_institution_code: Institution
    kind: str
    profession: Profession
    user_id: str
    ground: str
    """``consent``, ``emergency`` or ``disaster``."""
    refusal: str | None = None
    """The code of the problem, where it was refused."""


class MedicalViewRecords(Element):
    """Who looked at medical information of a person, the last first."""

    views: tuple[MedicalViewRecord, ...]


VIEWING_ELEMENTS = {
    ConsentItem.CHECKUP: ("specific_health_checkups_info",),
    ConsentItem.TREATMENT_AND_MEDICINE: ("pharmacists_info", "diagnosis_info"),
    ConsentItem.SURGERY: ("operation_info",),
    ConsentItem.DIAGNOSIS_NAME: ("diagnosis_name",),
    ConsentItem.INFECTION: ("infectious_info",),
    ConsentItem.ALLERGY: ("allergy_info",),
    ConsentItem.CONTRAINDICATION: ("contraindication_info",),
    ConsentItem.TEST: ("test_info",),
    ConsentItem.PRESCRIPTION: ("prescription_info",),
}
"""The elements of each item that can be viewed; they end in ``_cons_flg``, ``_cons_time`` and
``_available_time``."""
SPECIFIC_DISEASES_ELEMENT = "specific_diseases_certificate_related"
"""That of 特定疾病; it ends in the same."""
