"""The case of a visit: what OQS's answer and the desk itself tell, as the rules want to know it.

This is the one place that takes an answer apart. `MEMBERS_OF` names every member of an answer, as
used (by what) or as ignored (and why).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from clinic_client.visits.assistance import assistance_of, is_assistance
from clinic_client.visits.coverage import FIELDS, Coverage, insurers_of
from clinic_client.visits.particulars import LABELS, VIEWINGS
from clinic_client.visits.visit import KnownVisits, Patient
from eligibility.cost.assistance import PublicAssistance
from eligibility.cost.burden import ratio_on
from eligibility.days.dates import TOKYO
from eligibility.identifiers.numbers import InsurerKind
from eligibility.qualification import QualificationValidity
from eligibility.reception.case import TRIED, Cause, ReceptionCase, confirmed_lately
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.situation import Situation
from eligibility.terminal.clinic_variant import ClinicVariant
from wire.dates import read_day
from wire.vocabulary.answer import (
    LimitApplicationCertificateRelatedInfo,
    QualificationAnswer,
    ResponseBody,
    ResponseHeader,
    ResultItem,
    ResultOfQualificationConfirmation,
    SubsidyCertificateInfo,
)
from wire.vocabulary.certificate_details import (
    ElderlyRecipientCertificateInfo,
    MedicalTicketInfo,
    MedicalTicketItem,
    SpecificDiseasesCertificateInfo,
    SpecificDiseasesItem,
)
from wire.vocabulary.codes import InsuredCardClassification
from wire.vocabulary.inquiry import QualificationConfirmSearchInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from clinic_client.visits.visit import Visit
    from eligibility.card.use import Obstacle
    from wire.vocabulary.element import Element

_LAGGING = {QualificationValidity.INVALID, QualificationValidity.NONE}
"""Answers behind which a new eligibility may be on its way."""
_ENDED = {*_LAGGING, QualificationValidity.INVALID_NEW_EXISTS}
"""Answers by which what is on record is no longer in force."""


_NO_VISITS = KnownVisits()


@dataclass(frozen=True)
class KnownPatient:
    """What is known of the patient before OQS says anything."""

    patient_key: str | None = None
    visits: KnownVisits = _NO_VISITS
    certificate_expires_on: date | None = None

    @property
    def previous(self) -> Visit | None:
        """The latest visit that shows a qualification, or else the latest."""
        return self.visits.previous

    @property
    def previous_id(self) -> str | None:
        """The visit that this one is compared with: the last that was confirmed, if one was."""
        compared = self.visits.confirmed or self.previous
        return compared.visit_id if compared else None


@dataclass(frozen=True)
class VisitFacts:
    """What the visit knows by itself, whatever OQS answers."""

    at: datetime
    """The business instant of the check."""
    known: KnownPatient = KnownPatient()
    birthdate: date | None = None
    """As the patient says it."""
    card_at_hand: bool = True
    visible_on: date | None = None
    """From when a new eligibility will be seen; only a simulation tells it."""
    by_number: bool = False
    assisted: bool = False
    """Whether the number that was typed is that of a welfare office, as a medical ticket has it."""
    variant: ClinicVariant = ClinicVariant.FACE_READER
    without_eligibility: bool = False
    """Whether the registration was refused as no eligibility is in force (P-021)."""
    cannot_register: bool = False
    """Whether the registration was refused, for whatever reason."""
    obstacle: Obstacle | None = None
    """Why OQS does not take the card's certificate, as far as it tells."""

    @property
    def day(self) -> date:
        """The business day in Tokyo."""
        return self.at.astimezone(TOKYO).date()


@dataclass(frozen=True)
class VisitCase:
    """What the rules decide from, and who and what is written down with it."""

    case: ReceptionCase
    patient: Patient | None
    coverages: tuple[Coverage, ...]
    simulation_reference: str | None
    answer: ResponseBody | None = None
    """The whole of what OQS answered."""


@dataclass(frozen=True)
class Used:
    """A member of the answer that the desk lives by."""

    by: str


@dataclass(frozen=True)
class Ignored:
    """A member of the answer that the desk does nothing with."""

    reason: str


_PARTICULARS = Used("a paper, a notice or a line on the page of the visit (`papers_of`)")
_VIEWING = Used("what may be looked at, and until when (`viewings_of`)")


def _labelled(model: type[Element]) -> dict[str, Used | Ignored]:
    return dict.fromkeys(LABELS[model], _PARTICULARS)


MEMBERS_OF: Mapping[type[Element], Mapping[str, Used | Ignored]] = {
    QualificationAnswer: {
        "message_header": Ignored("nothing of it is needed, see ResponseHeader"),
        "message_body": Used("all that follows"),
    },
    ResponseHeader: {
        "process_execution_time": Ignored("a visit has the instant of the clinic's own clock"),
        "qualification_confirmation_date": Ignored("a check always asks for the day of the visit"),
        "medical_institution_code": Ignored("OQS repeats the terminal's own code"),
        "arbitrary_file_identifier": Ignored("the desk sends none, so none comes back"),
        "reference_classification": Ignored("the visit knows how it asked (CheckChannel)"),
        "segment_of_result": Ignored("an answer that is not normal comes as a problem"),
        "error_code": Ignored("an error comes as a problem"),
        "error_message": Ignored("an error comes as a problem"),
        "character_code_identifier": Ignored("JSON is UTF-8"),
    },
    ResponseBody: {
        **_labelled(ResponseBody),
        "simulation_subsidy_certificates": _PARTICULARS,
        "qualification_confirm_search_info": Ignored("the desk knows what it asked"),
        "processing_result_status": Ignored("an error comes as a problem"),
        "qualification_validity": Used("ReceptionCase.validity and .cause"),
        "result_list": Used("Patient and Coverage"),
        "simulation_reference": Used("the look into the intermediate server"),
    },
    ResultItem: {"result_of_qualification_confirmation": Used("Patient and Coverage")},
    ResultOfQualificationConfirmation: {
        **{one.kept.member: Used(f"Coverage.{name}") for name, one in FIELDS.items()},
        "name": Used("Patient.name"),
        "name_kana": Used("Patient.name_kana"),
        "sex1": Used("Patient.sex"),
        "birthdate": Used("Patient.birthdate and ReceptionCase.birthdate"),
        **_labelled(ResultOfQualificationConfirmation),
        "insured_card_classification": Used("ReceptionCase.special_expenses, and `papers_of`"),
        "address": Used("Visit.address, and `papers_of`"),
        **dict.fromkeys(
            (
                "elderly_recipient_certificate_info",
                "limit_application_certificate_related_cons_flg",
                "limit_application_certificate_related_cons_time",
                "limit_application_certificate_related_info",
                "specific_diseases_certificate_related_cons_flg",
                "specific_diseases_certificate_related_cons_time",
                "specific_diseases_certificate_list",
                "public_expense_result_list",
            ),
            _PARTICULARS,
        ),
        **{
            f"{consent}_{part}": _VIEWING
            for consent in VIEWINGS
            for part in ("cons_flg", "cons_time", "available_time")
        },
        "limit_application_certificate_changed": Ignored("it comes with results in bulk only"),
        "arbitrary_identifier": Ignored("the desk sends none, so none comes back"),
        "reference_number": Ignored("the desk registers none"),
        "qualification_confirmation_key": Ignored("what it opens is not publicly known"),
    },
    QualificationConfirmSearchInfo: dict.fromkeys(
        QualificationConfirmSearchInfo.model_fields, Ignored("the desk knows what it asked")
    ),
    LimitApplicationCertificateRelatedInfo: _labelled(LimitApplicationCertificateRelatedInfo),
    ElderlyRecipientCertificateInfo: _labelled(ElderlyRecipientCertificateInfo),
    SpecificDiseasesItem: {"specific_diseases_certificate_info": _PARTICULARS},
    SpecificDiseasesCertificateInfo: _labelled(SpecificDiseasesCertificateInfo),
    MedicalTicketItem: {"medical_ticket_info": _PARTICULARS},
    MedicalTicketInfo: _labelled(MedicalTicketInfo),
    SubsidyCertificateInfo: _labelled(SubsidyCertificateInfo),
}
"""Every member of an answer: what it is for at the desk, or why it is for nothing."""


def case_of(answer: QualificationAnswer, visit: VisitFacts) -> VisitCase:
    """Return the case of a visit that OQS answered."""
    body = answer.message_body
    results = body.results
    coverages = tuple(_coverage(one) for one in results)
    previous = visit.known.previous
    earlier = previous.patient if previous else None
    patient = _patient(results[0]) if results else earlier
    valid = body.validity is QualificationValidity.VALID
    several_insurers = body.validity is QualificationValidity.SEVERAL and not visit.by_number
    case = ReceptionCase(
        on=visit.day,
        cause=Cause.LAG if body.validity in _LAGGING else Cause.NONE,
        validity=body.validity,
        # What was typed to ask by a number tells the share where nothing was found.
        birthdate=patient.birthdate if results and patient else _told_birthdate(visit, patient),
        # The ratio of an eligibility that has ended says nothing of the new one; of several that
        # are in force it is known where all agree on it.
        # 医療扶助 has none, and is not asked for one.
        ratio=_agreed(one.ratio for one in coverages if not is_assistance(one))
        if valid or several_insurers
        else None,
        previous_known=bool(coverages),
        certificate_expires_on=visit.known.certificate_expires_on,
        visible_on=visit.visible_on,
        by_number=visit.by_number,
        special_expenses=any(map(_in_arrears, results)) and valid,
        insurers=insurers_of(coverages),
        variant=visit.variant,
        assistance=PublicAssistance()
        if visit.assisted and not coverages
        else assistance_of(coverages, visit.day, body),
    )
    return VisitCase(case, patient, coverages, body.simulation_reference, body)


_TRIED_IN_VAIN = {FallbackOptionId.REGISTER_ON_THE_SPOT}


def case_without_answer(cause: Cause, visit: VisitFacts) -> VisitCase:
    """Return the case of a visit for which there is no answer, or a refusal.

    What the previous visit knew is shown, and said to be of then. An eligibility that has ended
    tells neither the share nor that nothing has changed (§6 F2); it may be claimed as 旧資格.
    """
    previous = visit.known.previous
    patient = previous.patient if previous else None
    coverage = previous.coverage if previous else None
    # That there was 医療扶助 matters, in whatever place it was told.
    kept = previous.coverages if previous else ()
    coverages = tuple(one for one in kept if one is coverage or is_assistance(one))
    known = coverage if coverage and not _has_ended(coverage, visit) else None
    typed = PublicAssistance(beside_insurance=known is not None) if visit.assisted else None
    case = ReceptionCase(
        on=visit.day,
        cause=cause,
        validity=QualificationValidity.NONE
        if cause is Cause.NOT_REGISTERED and visit.without_eligibility
        else None,
        birthdate=_told_birthdate(visit, patient),
        ratio=_ratio_of_before(visit) if known else None,
        ruled_out=TRIED | _TRIED_IN_VAIN if visit.cannot_register else TRIED,
        previous_known=coverage is not None,
        revisit=known is not None,
        card_at_hand=visit.card_at_hand,
        special_expenses=_in_arrears_before(cause, visit),
        by_number=visit.by_number,
        insurers=insurers_of(coverages),
        current_known=_still_current(cause, visit),
        variant=visit.variant,
        assistance=assistance_of(coverages, visit.day) or typed,
        obstacle=visit.obstacle,
    )
    reference = previous.simulation_reference if previous else None
    return VisitCase(case, patient, coverages, reference)


def _has_ended(coverage: Coverage, visit: VisitFacts) -> bool:
    """Tell whether what is on record has ended: by its last day, or as the last answer said.

    A number that found nobody says nothing of the person: it may have been mistyped.
    """
    if coverage.disqualified_on is not None and coverage.disqualified_on <= visit.day:
        return True
    answered = visit.known.visits.answered
    if answered is None or answered.decision.situation is Situation.NOT_FOUND:
        return False
    return answered.case.validity in _ENDED


def _told_birthdate(visit: VisitFacts, patient: Patient | None) -> date | None:
    return visit.birthdate or (patient.birthdate if patient else None)


def _ratio_of_before(visit: VisitFacts) -> int | None:
    """Return the share of the last answer as far as it holds on the day (P-070 to P-072)."""
    before = visit.known.previous
    if before is None or before.case.ratio is None or before.patient is None:
        return None
    told_of = visit.known.visits.day_told_by(before)
    born = _told_birthdate(visit, before.patient) or before.patient.birthdate
    late_elderly = before.case.insurers == {InsurerKind.KOUKI}
    return ratio_on(visit.day, before.case.ratio, told_of, born, late_elderly=late_elderly)


def _in_arrears_before(cause: Cause, visit: VisitFacts) -> bool:
    """Tell whether 特別療養費 was told last, of what may still be the insurance (R-159)."""
    before = visit.known.previous
    new_insurance = cause is Cause.LAG or visit.without_eligibility
    return before is not None and before.case.special_expenses and not new_insurance


def _still_current(cause: Cause, visit: VisitFacts) -> bool:
    """Tell whether the number on record is the current one as far as anybody knows (P-080)."""
    confirmed = visit.known.visits.still_confirmed
    coverage = confirmed.coverage if confirmed else None
    if confirmed is None or coverage is None:
        return False
    ended = coverage.disqualified_on
    in_force = ended is None or visit.day < ended
    told_of = visit.known.visits.day_told_by(confirmed)
    return in_force and confirmed_lately(cause, visit.day, told_of)


def awaited_reference(answer: QualificationAnswer) -> str | None:
    """Return whose changes on their way matter (a simulation's view): those of one not valid."""
    body = answer.message_body
    return None if body.validity is QualificationValidity.VALID else body.simulation_reference


def _in_arrears(result: ResultOfQualificationConfirmation) -> bool:
    special = InsuredCardClassification.SPECIAL_MEDICAL_EXPENSE
    return result.insured_card_classification is special


def _agreed(ratios: Iterable[int | None]) -> int | None:
    """Return the ratio of all qualifications; None where they differ."""
    different = set(ratios)
    return different.pop() if len(different) == 1 else None


def _patient(result: ResultOfQualificationConfirmation) -> Patient:
    return Patient(result.name, result.name_kana, result.sex1, read_day(result.birthdate))


def _coverage(result: ResultOfQualificationConfirmation) -> Coverage:
    return Coverage(
        **{name: _READER[name](getattr(result, one.kept.member)) for name, one in FIELDS.items()}
    )


def _text(text: str | None) -> str:
    return text or ""


def _day(text: str | None) -> date | None:
    return read_day(text) if text else None


def _tenths(percent: str | None) -> int | None:
    return int(percent) // 10 if percent else None


_READ: Mapping[Any, Callable[[str | None], Any]] = {str: _text, date | None: _day}
"""How a field of `Coverage` is read, by its type."""
_READ_BY_NAME: Mapping[str, Callable[[str | None], Any]] = {
    "insurer_number": lambda text: _text(text).strip(),
    "ratio": _tenths,
}
"""How some are read that are written otherwise than their type says."""
_READER = {name: _READ_BY_NAME.get(name) or _READ[one.type] for name, one in FIELDS.items()}
