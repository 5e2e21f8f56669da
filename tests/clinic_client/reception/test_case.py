"""What the desk takes of OQS's answer, and what it leaves."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest

from clinic_client.reception.case import (
    MEMBERS_OF,
    Ignored,
    KnownPatient,
    Used,
    VisitFacts,
    awaited_reference,
    case_of,
    case_without_answer,
)
from clinic_client.visits.coverage import FIELDS, Coverage
from clinic_client.visits.particulars import papers_of, viewings_of
from clinic_client.visits.visit import CheckChannel, KnownVisits, Patient, Visit
from eligibility.cost.claims import ClaimMode
from eligibility.qualification import QualificationValidity as Validity
from eligibility.reception.case import Cause, ReceptionCase
from eligibility.reception.decision import RatioSource, decide
from eligibility.reception.options import FallbackOptionId
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
from wire.vocabulary.codes import (
    InsuredCardClassification,
    ReferenceClassification,
    Sex,
    SpecificDisease,
    TicketType,
)
from wire.vocabulary.element import Element

AT = datetime(2026, 11, 19, 15, 30, tzinfo=UTC)
"""Half past midnight of the 20th in Tokyo."""
RESULT = ResultOfQualificationConfirmation(
    insured_card_classification=InsuredCardClassification.GENERAL,
    insurer_number="  990010",
    insured_card_symbol="最上",
    insured_identification_number="1234567",
    insured_branch_number="01",
    name="佐藤　花子",
    name_kana="ｻﾄｳ ﾊﾅｺ",
    sex1=Sex.FEMALE,
    birthdate="19800217",
    qualification_date="20240401",
    insured_partial_contribution_ratio="030",
    insurer_name="最上型国民健康保険（模擬）",
    limit_application_certificate_related_info=LimitApplicationCertificateRelatedInfo(
        limit_application_certificate_classification="01",
        limit_application_certificate_classification_flag="B05",
    ),
)
WHOLE = RESULT.model_copy(
    update={
        "elderly_recipient_certificate_info": ElderlyRecipientCertificateInfo(),
        "specific_diseases_certificate_list": (
            SpecificDiseasesItem(
                specific_diseases_certificate_info=SpecificDiseasesCertificateInfo(
                    specific_diseases_disease_category=SpecificDisease.KIDNEY
                )
            ),
        ),
        "public_expense_result_list": (
            MedicalTicketItem(
                medical_ticket_info=MedicalTicketInfo(ticket_type=TicketType.MEDICAL)
            ),
        ),
    }
)
SUBSIDY = SubsidyCertificateInfo(
    payer_number="1",
    recipient_number="2",
    name="子ども医療",
    municipality_name="最上市",
    valid_from="20260401",
)
FACTS = VisitFacts(AT, KnownPatient(certificate_expires_on=date(2027, 2, 17)))


def answer_of(
    validity: Validity, *results: ResultOfQualificationConfirmation
) -> QualificationAnswer:
    return QualificationAnswer(
        message_header=ResponseHeader(
            process_execution_time="20261120003000",
            qualification_confirmation_date="20261120",
            medical_institution_code="9910000018",
            reference_classification=ReferenceClassification.CARD,
        ),
        message_body=ResponseBody(
            qualification_validity=str(validity.value),
            result_list=tuple(
                ResultItem(result_of_qualification_confirmation=one) for one in results
            )
            or None,
            simulation_reference="p1",
        ),
    )


def elements_in(model: type[Element]) -> set[type[Element]]:
    """Return a model with those that its fields hold."""

    def inside(annotation: Any) -> set[type[Element]]:
        if isinstance(annotation, type) and issubclass(annotation, Element):
            return elements_in(annotation)
        return set().union(*map(inside, get_args(annotation)))

    return {model}.union(*(inside(one.annotation) for one in model.model_fields.values()))


def test_every_member_of_an_answer_is_used_or_ignored_with_a_reason() -> None:
    assert set(MEMBERS_OF) == elements_in(QualificationAnswer)
    for model, members in MEMBERS_OF.items():
        assert members.keys() == model.model_fields.keys(), model.__name__
        for member in members.values():
            assert member.by if isinstance(member, Used) else member.reason


class Watched:
    """An element that notes which of its members are read."""

    def __init__(self, element: Element, read: set[tuple[type[Element], str]]) -> None:
        self._element, self._read = element, read

    def __getattr__(self, name: str) -> Any:
        kind = type(self._element)
        if name not in kind.model_fields:
            return getattr(kind, name).fget(self)
        self._read.add((kind, name))
        return self._watch(getattr(self._element, name))

    def _watch(self, value: Any) -> Any:
        if isinstance(value, Element):
            return Watched(value, self._read)
        return tuple(map(self._watch, value)) if isinstance(value, tuple) else value


@pytest.mark.parametrize("validity", [Validity.VALID, Validity.INVALID])
def test_what_is_called_used_is_read_and_nothing_else(validity: Validity) -> None:
    read: set[tuple[type[Element], str]] = set()
    whole = answer_of(validity, WHOLE)
    body = whole.message_body.model_copy(update={"simulation_subsidy_certificates": (SUBSIDY,)})
    watched: Any = Watched(whole.model_copy(update={"message_body": body}), read)
    answered = case_of(watched, FACTS).answer
    assert answered is not None
    papers_of(answered, CheckChannel.CARD)
    viewings_of(answered)
    assert read == {
        (model, name)
        for model, members in MEMBERS_OF.items()
        for name, member in members.items()
        if isinstance(member, Used)
    }


def test_nothing_that_concerns_the_patient_is_ignored() -> None:
    ignored = {
        name
        for model in (ResponseBody, ResultOfQualificationConfirmation)
        for name, member in MEMBERS_OF[model].items()
        if isinstance(member, Ignored)
    }
    assert ignored == {
        "qualification_confirm_search_info",
        "processing_result_status",
        "limit_application_certificate_changed",
        "arbitrary_identifier",
        "reference_number",
        "qualification_confirmation_key",
    }


@pytest.mark.rules("R-159")
def test_one_in_arrears_pays_the_whole_cost_only_while_insured() -> None:
    special = InsuredCardClassification.SPECIAL_MEDICAL_EXPENSE
    behind = RESULT.model_copy(update={"insured_card_classification": special})
    found = case_of(answer_of(Validity.VALID, behind), FACTS)
    assert decide(found.case).ratio == 10
    assert not case_of(answer_of(Validity.INVALID, behind), FACTS).case.special_expenses
    other = InsuredCardClassification.SHORT_TERM_GENERAL
    general = RESULT.model_copy(update={"insured_card_classification": other})
    assert not case_of(answer_of(Validity.VALID, general), FACTS).case.special_expenses


def test_a_ratio_that_two_qualifications_agree_on_is_known() -> None:
    second = RESULT.model_copy(update={"insurer_number": "06990014"})
    agreed = case_of(answer_of(Validity.VALID, RESULT, second), FACTS)
    assert (len(agreed.coverages), agreed.case.ratio) == (2, 3)
    less = RESULT.model_copy(update={"insured_partial_contribution_ratio": "020"})
    assert case_of(answer_of(Validity.VALID, RESULT, less), FACTS).case.ratio is None


def test_a_ratio_that_two_insurers_agree_on_is_known() -> None:
    second = RESULT.model_copy(update={"insurer_number": "06990014"})
    both = answer_of(Validity.SEVERAL, RESULT, second)
    assert decide(case_of(both, FACTS).case).ratio == 3
    less = RESULT.model_copy(update={"insured_partial_contribution_ratio": "020"})
    assert case_of(answer_of(Validity.SEVERAL, RESULT, less), FACTS).case.ratio is None
    by_number = replace(FACTS, by_number=True)
    assert case_of(both, by_number).case.ratio is None, "several people have this number"


def test_a_valid_answer_gives_patient_qualification_and_ratio() -> None:
    found = case_of(answer_of(Validity.VALID, RESULT), FACTS)
    assert found.patient == Patient("佐藤　花子", "ｻﾄｳ ﾊﾅｺ", Sex.FEMALE, date(1980, 2, 17))
    assert found.coverages == (
        Coverage(
            "990010",
            "最上型国民健康保険（模擬）",
            "最上",
            "1234567",
            "01",
            date(2024, 4, 1),
            None,
            3,
        ),
    )
    case = found.case
    assert (case.on, case.cause, case.validity) == (date(2026, 11, 20), Cause.NONE, Validity.VALID)
    assert (case.ratio, case.birthdate) == (3, date(1980, 2, 17))
    assert case.certificate_expires_on == date(2027, 2, 17)


@pytest.mark.parametrize("name", [name for name, one in FIELDS.items() if one.type == date | None])
def test_each_day_of_an_answer_is_taken_from_its_member(name: str) -> None:
    dated = RESULT.model_copy(update={FIELDS[name].kept.member: "20261112"})
    (coverage,) = case_of(answer_of(Validity.VALID, dated), FACTS).coverages
    assert getattr(coverage, name) == date(2026, 11, 12)


def test_the_ratio_of_an_ended_eligibility_is_not_taken_for_the_new_one() -> None:
    found = case_of(answer_of(Validity.INVALID, RESULT), FACTS)
    assert (found.case.cause, found.case.ratio) == (Cause.LAG, None)
    assert found.case.previous_known
    assert found.coverages[0].ratio == 3


def test_blanks_stand_for_what_an_answer_leaves_out() -> None:
    bare = RESULT.model_copy(
        update={
            "insured_card_symbol": None,
            "insured_branch_number": None,
            "qualification_date": None,
            "insured_partial_contribution_ratio": None,
        }
    )
    (coverage,) = case_of(answer_of(Validity.VALID, bare), FACTS).coverages
    assert (coverage.symbol, coverage.branch) == ("", "")
    assert (coverage.qualified_on, coverage.ratio) == (None, None)


def test_changes_are_awaited_only_of_one_without_a_valid_answer() -> None:
    assert awaited_reference(answer_of(Validity.VALID, RESULT)) is None
    assert awaited_reference(answer_of(Validity.NONE)) == "p1"


def visit_at(visit_id: str, at: datetime, validity: Validity, **qualification: Any) -> Visit:
    facts = VisitFacts(at)
    result = RESULT.model_copy(update=qualification)
    found = case_of(answer_of(validity, result), facts)
    return Visit(
        visit_id,
        at,
        CheckChannel.CARD,
        found.case,
        decide(found.case),
        patient=found.patient,
        coverages=found.coverages,
    )


@pytest.mark.rules("P-080", "P-086")
def test_the_number_of_a_valid_answer_is_current_until_oqs_answers_otherwise() -> None:
    valid = visit_at("v1", AT, Validity.VALID)
    ended = visit_at("v2", AT, Validity.INVALID, disqualification_date="20261112")

    def claimed(cause: Cause, visits: KnownVisits, at: datetime = AT) -> ClaimMode:
        found = case_without_answer(cause, VisitFacts(at, KnownPatient(visits=visits)))
        return decide(found.case).claim.mode

    seen = KnownVisits(valid, valid, valid)
    assert claimed(Cause.NETWORK, seen) is ClaimMode.NORMAL
    assert claimed(Cause.DEVICE, seen) is ClaimMode.NORMAL
    assert claimed(Cause.LAG, seen) is ClaimMode.OLD_ELIGIBILITY
    december = datetime(2026, 12, 1, 1, tzinfo=UTC)
    assert claimed(Cause.NETWORK, seen, december) is ClaimMode.OLD_ELIGIBILITY
    assert claimed(Cause.NETWORK, KnownVisits(ended, valid, ended)) is ClaimMode.OLD_ELIGIBILITY
    leaving = visit_at("v3", AT, Validity.VALID, disqualification_date="20261121")
    next_day = AT.replace(day=20)
    still = KnownVisits(leaving, leaving, leaving)
    assert claimed(Cause.NETWORK, still) is ClaimMode.NORMAL
    assert claimed(Cause.NETWORK, still, next_day) is ClaimMode.OLD_ELIGIBILITY


@pytest.mark.rules("P-080", "P-086")
def test_an_eligibility_that_has_ended_tells_neither_a_share_nor_that_it_is_unchanged() -> None:
    valid = visit_at("v1", AT, Validity.VALID)
    lost = visit_at("v2", AT, Validity.INVALID, disqualification_date="20261101")
    gone = visit_at("v3", AT, Validity.INVALID)
    newer = visit_at("v4", AT, Validity.INVALID_NEW_EXISTS)
    unseen = case_of(answer_of(Validity.NONE), FACTS)
    nothing = replace(valid, visit_id="v5", case=unseen.case, decision=decide(unseen.case))
    by_number = case_of(answer_of(Validity.NONE), replace(FACTS, by_number=True))
    slip = replace(valid, visit_id="v6", case=by_number.case, decision=decide(by_number.case))
    leaving = visit_at("v7", AT, Validity.VALID, disqualification_date="20261121")

    def case(visits: KnownVisits, at: datetime = AT) -> ReceptionCase:
        return case_without_answer(Cause.NETWORK, VisitFacts(at, KnownPatient(visits=visits))).case

    for known in (
        KnownVisits(lost, valid, lost),
        KnownVisits(gone, valid, gone),
        KnownVisits(newer, valid, newer),
        KnownVisits(valid, valid, nothing),
        KnownVisits(lost, None, lost),
    ):
        found = case(known)
        assert (found.revisit, found.ratio, found.previous_known) == (False, None, True)
        decision = decide(replace(found, says_unchanged=True))
        assert decision.accepted is None
        assert FallbackOptionId.ORAL_NO_CHANGE not in [way.id for way in decision.options]
        assert decision.claim.mode is ClaimMode.OLD_ELIGIBILITY
        assert decision.ratio_source is RatioSource.AGE
    for known in (KnownVisits(valid, valid, valid), KnownVisits(valid, valid, slip)):
        assert (case(known).revisit, case(known).ratio) == (True, 3)
    still = KnownVisits(leaving, leaving, leaving)
    assert case(still).revisit
    assert not case(still, AT.replace(day=20)).revisit, "its last day was the day before"


def charged(found: Any) -> tuple[int | None, RatioSource]:
    decision = decide(found.case)
    return decision.ratio, decision.ratio_source


def outage(known: KnownVisits, at: datetime, cause: Cause = Cause.NETWORK) -> Any:
    return case_without_answer(cause, VisitFacts(at, KnownPatient(visits=known)))


@pytest.mark.rules("R-159")
def test_arrears_are_known_in_the_outages_after() -> None:
    behind = visit_at(
        "v1", AT, Validity.VALID,
        insured_card_classification=InsuredCardClassification.SPECIAL_MEDICAL_EXPENSE,
    )  # fmt: skip
    found = outage(KnownVisits(behind, behind, behind), AT)
    assert charged(found) == (10, RatioSource.SPECIAL_EXPENSES)
    again = replace(behind, visit_id="v2", case=found.case, decision=decide(found.case))
    assert charged(outage(KnownVisits(again, behind, behind), AT))[0] == 10
    # A new job has an insurer of its own.
    assert charged(outage(KnownVisits(behind, behind, behind), AT, Cause.LAG))[0] == 3
    paid = visit_at("v3", AT, Validity.VALID)
    assert charged(outage(KnownVisits(paid, paid, paid), AT))[0] == 3


@pytest.mark.rules("P-071", "P-072")
def test_the_share_of_before_holds_no_longer_than_the_age_and_the_year() -> None:
    december = datetime(2026, 12, 1, 1, tzinfo=UTC)
    before = visit_at("v1", AT, Validity.VALID, birthdate="19561122")
    assert charged(outage(KnownVisits(before, before, before), AT)) == (3, RatioSource.DECLARED)
    found = outage(KnownVisits(before, before, before), december)
    assert charged(found) == (2, RatioSource.AGE)
    # The record of an outage tells no more than the answer before it.
    again = replace(before, visit_id="v2", at=december, case=found.case)
    assert charged(outage(KnownVisits(again, before, before), december))[0] == 2
    # What a check by itself found out is of the day that it asked for.
    checked = replace(before, visit_id="v3", at=december, channel=CheckChannel.CATCH_UP)
    known = KnownVisits(checked, checked, checked, told_of=AT.date())
    told = outage(known, december)
    assert charged(told) == (2, RatioSource.AGE)
    assert not told.case.current_known, "of December nothing is confirmed"


@pytest.mark.rules("P-070")
def test_the_birthdate_that_was_typed_tells_the_share_where_nothing_was_found() -> None:
    typed = replace(FACTS, birthdate=date(2023, 1, 1), by_number=True)
    assert charged(case_of(answer_of(Validity.NONE), typed)) == (2, RatioSource.AGE)
    grown = replace(typed, birthdate=date(1980, 1, 1))
    assert charged(case_of(answer_of(Validity.NONE), grown)) == (3, RatioSource.AGE)
    assert case_of(answer_of(Validity.INVALID, RESULT), typed).case.birthdate == date(1980, 2, 17)
