"""A visit that is checked again by a number stays of the person whom it is of."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from clinic_client.visits.same_person import (
    KnownNumber,
    Likeness,
    Person,
    PersonNumber,
    keys_of,
    likeness,
)
from clinic_client.visits.visit import Patient
from eligibility.days.dates import TOKYO
from testbed.cards.personas import personas
from wire.vocabulary.codes import Sex

Open = Callable[..., Any]
HANAKO, KENTA = personas()["hanako"], personas()["kenta"]
HERS = {
    "InsurerNumber": "990010", "InsuredCardSymbol": "最上", "InsuredBranchNumber": "01",
    "InsuredIdentificationNumber": "1234567", "Birthdate": "19800217",
}  # fmt: skip
OTHER = {**HERS, "InsuredIdentificationNumber": "7654321"}
AT_WORK = {
    "InsurerNumber": "06990014", "InsuredCardSymbol": "北10", "InsuredBranchNumber": "00",
    "InsuredIdentificationNumber": "110012", "Birthdate": "19800217",
}  # fmt: skip
QUICK = {"line_timeout_seconds": 2.0, "line_probe_seconds": 0.2}


def send(clinic: Any, number: dict[str, str], **more: Any) -> Any:
    return clinic.http.post("/api/visits/number", json={**number, **more})


def insure_other(oqs: Any, **change: str) -> None:
    """Insure somebody else under the other number."""
    reference = oqs.resident(KENTA)
    oqs.insure(reference, KENTA, InsuredIdentificationNumber="7654321", **change)


@pytest.fixture
def waiting(with_card: Open, oqs: Any, world: Any) -> Any:
    """A desk where Hanako was received before, and waits to be checked again after a loss."""
    clinic = with_card()
    clinic.visit()
    oqs.insure(world.hanako, HANAKO, Version=2, DisqualificationDate="20261111")
    return clinic, clinic.visit()


def refused(clinic: Any, waits: Any, number: dict[str, str]) -> Any:
    """The number is refused, and nothing has changed."""
    before = clinic.get("/api/visits")
    answer = send(clinic, number, ForVisit=waits["VisitId"])
    assert answer.status_code == 409, answer.text
    assert clinic.get("/api/visits") == before
    (entry,) = clinic.get("/api/catch-up")["Waiting"]
    assert entry["VisitId"] == waits["VisitId"], "she still waits"
    problem = answer.json()
    assert problem["code"] == "SIM-OTHER-PERSON"
    return problem


@pytest.mark.rules("P-026")
def test_the_number_of_another_person_is_refused_and_received_by_itself(
    waiting: Any, oqs: Any
) -> None:
    clinic, waits = waiting
    number = {**OTHER, "Birthdate": KENTA.birthdate}
    insure_other(oqs)
    problem = refused(clinic, waits, number)
    assert "平成2年5月12日" in problem["japanese"]
    assert HANAKO.name in problem["japanese"]
    assert problem["may_be_same"] is False
    again = send(clinic, number, ForVisit=waits["VisitId"], SamePerson=True)
    assert again.status_code == 409, "nobody can say so of another date of birth"
    his = send(clinic, number).raise_for_status().json()
    assert (his["Name"], his["Previous"]) == (KENTA.name, None)
    assert clinic.unchecked("device")["Name"] == HANAKO.name, "her card is hers"


@pytest.mark.rules("P-026")
def test_another_sex_is_another_person(waiting: Any, oqs: Any) -> None:
    clinic, waits = waiting
    insure_other(oqs, Birthdate=HANAKO.birthdate)
    problem = refused(clinic, waits, OTHER)
    assert KENTA.name in problem["japanese"]
    assert problem["may_be_same"] is False


def test_another_name_alone_is_asked_about(waiting: Any, oqs: Any) -> None:
    clinic, waits = waiting
    married = {"Name": "鈴木　花子", "NameKana": "ｽｽﾞｷ ﾊﾅｺ"}
    insure_other(oqs, Birthdate=HANAKO.birthdate, Sex1=HANAKO.sex, **married)
    problem = refused(clinic, waits, OTHER)
    assert "氏名が変わった方か" in problem["japanese"]
    assert problem["may_be_same"] is True
    agreed = send(clinic, OTHER, ForVisit=waits["VisitId"], SamePerson=True).json()
    assert agreed["Name"] == "鈴木　花子"
    assert clinic.get("/api/catch-up")["Waiting"] == []


def test_a_date_of_birth_that_was_only_said_is_asked_about(open_clinic: Open) -> None:
    clinic = open_clinic()
    waits = clinic.unchecked("no_card", Birthdate="19800218")
    problem = refused(clinic, waits, HERS)
    assert problem["may_be_same"] is True
    found = send(clinic, HERS, ForVisit=waits["VisitId"], SamePerson=True).json()
    assert found["Name"] == HANAKO.name
    assert clinic.get("/api/catch-up")["Waiting"] == []


@pytest.mark.rules("P-087")
def test_what_cannot_be_asked_is_asked_later_for_its_own_patient_only(
    with_card: Open, oqs: Any
) -> None:
    clinic = with_card(**QUICK)
    clinic.visit()
    insure_other(oqs, Birthdate=HANAKO.birthdate)
    oqs.stop()
    waits = clinic.visit()
    refused(clinic, waits, {**OTHER, "Birthdate": "19900512"})
    typed = send(clinic, OTHER, ForVisit=waits["VisitId"]).raise_for_status().json()
    oqs.come_back()
    oqs.set_clock(datetime(2026, 11, 24, 9, tzinfo=TOKYO))
    clinic.wait_until(lambda _: clinic.get("/api/catch-up")["Waiting"][0]["Attempts"] > 0)
    (entry,) = clinic.get("/api/catch-up")["Waiting"]
    assert entry["VisitId"] == typed["VisitId"], "the number is Kenta's"
    assert clinic.get("/api/catch-up")["News"] == []
    assert "番号を確かめる" in clinic.page()
    lines = clinic.get("/api/claims?month=2026-11")["Claims"]
    assert {one["ConfirmedBy"] for one in lines if one["VisitId"] != entry["VisitId"]} == {None}


@pytest.mark.rules("P-026")
@pytest.mark.parametrize("asked", ["HERS", "AT_WORK"])
def test_who_has_two_insurers_by_card_is_known_by_the_number_of_either(
    with_card: Open, oqs: Any, world: Any, asked: str
) -> None:
    numbers = {"HERS": HERS, "AT_WORK": AT_WORK}
    other = {name: text for name, text in AT_WORK.items() if name != "Birthdate"}
    oqs.insure(world.hanako, HANAKO, Version=2, **other)
    clinic = with_card()
    by_card = clinic.visit()
    assert by_card["Decision"]["Situation"] == "several_insurers"
    by_number = send(clinic, numbers[asked]).raise_for_status().json()
    assert by_number["Previous"]["VisitId"] == by_card["VisitId"]
    assert by_number["Changed"] == [], "she was told under this insurer then too"
    claims = clinic.get("/api/claims?month=2026-11")
    assert [one["Patients"] for one in claims["Sums"]] == [1]


@pytest.mark.rules("P-029")
@pytest.mark.parametrize(
    ("name", "kana", "expected"),
    [
        ("●川　みどり", "ﾖｼｶﾜ ﾐﾄﾞﾘ", Likeness.SAME),
        ("●川みどり", "", Likeness.SAME),
        ("吉川　みどり", "ヨシカワ　ミドリ", Likeness.SAME),
        ("中川　みどり", "ﾅｶｶﾞﾜ ﾐﾄﾞﾘ", Likeness.RENAMED),
    ],
)
def test_a_name_is_the_same_by_its_reading_or_but_for_unknown_characters(
    name: str, kana: str, expected: Likeness
) -> None:
    known = Patient("𠮷川　みどり", "ﾖｼｶﾜ ﾐﾄﾞﾘ", Sex.FEMALE, date(1982, 5, 4))
    assert likeness(known, Patient(name, kana, Sex.FEMALE, date(1982, 5, 4))) is expected
    assert likeness(known, Patient(name, kana, Sex.UNSET, date(1982, 5, 4))) is expected
    other = Patient(name, kana, Sex.FEMALE, date(1982, 5, 5))
    assert likeness(known, other) is Likeness.ANOTHER
    assert likeness(known, Patient(name, kana, Sex.MALE, date(1982, 5, 4))) is Likeness.ANOTHER


BORN = date(1980, 2, 17)
HER = Patient("佐藤　花子", "ｻﾄｳ ﾊﾅｺ", Sex.FEMALE, BORN)
MARRIED = Patient("鈴木　花子", "ｽｽﾞｷ ﾊﾅｺ", Sex.FEMALE, BORN)
TWIN = Patient("佐藤　桃子", "ｻﾄｳ ﾓﾓｺ", Sex.FEMALE, BORN)
BROTHER = Patient("佐藤　太郎", "ｻﾄｳ ﾀﾛｳ", Sex.MALE, BORN)
NOW = PersonNumber("06990014", "", "55", "01")
FORMER = PersonNumber("990010", "最上", "1234567", "01")
BARE = PersonNumber("990010", "最上", "1234567", "")
LATE_ELDERLY = PersonNumber("39990015", "", "12345678", "")


def by_number(patient: Patient, number: PersonNumber) -> KnownNumber:
    return KnownNumber("number", patient, number)


@pytest.mark.parametrize(
    ("patient", "number", "known", "linked"),
    [
        pytest.param(HER, NOW, [by_number(HER, NOW)], True, id="told of both"),
        pytest.param(MARRIED, NOW, [by_number(HER, NOW)], True, id="another name"),
        pytest.param(HER, NOW, [by_number(BROTHER, NOW)], False, id="another sex"),
        pytest.param(HER, BARE, [by_number(HER, BARE)], True, id="no branch, her name"),
        pytest.param(HER, BARE, [by_number(TWIN, BARE)], False, id="no branch, a twin"),
        pytest.param(HER, BARE, [by_number(HER, FORMER)], False, id="a branch is missing"),
        pytest.param(MARRIED, LATE_ELDERLY, [by_number(HER, LATE_ELDERLY)], True, id="75 and over"),
        pytest.param(None, NOW, [by_number(HER, NOW)], True, id="only said"),
        pytest.param(None, BARE, [by_number(HER, BARE)], False, id="said without a branch"),
        pytest.param(
            None, NOW, [KnownNumber("card", TWIN, FORMER), by_number(HER, NOW)], False,
            id="said for somebody else's card",
        ),
        pytest.param(
            None, NOW, [by_number(HER, NOW), by_number(BROTHER, NOW)], False, id="said of two"
        ),
    ],
)  # fmt: skip
def test_who_came_by_card_and_by_number_is_one_person_and_two_never_are(
    patient: Patient | None, number: PersonNumber, known: list[KnownNumber], *, linked: bool
) -> None:
    found = keys_of(Person("card", BORN, frozenset({number}), patient), known)
    assert ("number" in found) is linked
    assert "card" in found
    # What was asked by a number that was told is theirs, unless a family may share it.
    asked = number.key(BORN) in found
    assert asked is (number.is_of_one and (patient is not None or linked))


def test_a_former_number_links_where_one_card_told_both() -> None:
    told = [KnownNumber("card", HER, FORMER), KnownNumber("card", HER, NOW)]
    by_old, by_new = KnownNumber("old", HER, FORMER), KnownNumber("new", MARRIED, NOW)
    known = [by_old, *told, by_new]
    everything = {"card", "old", "new", FORMER.key(BORN), NOW.key(BORN)}
    assert keys_of(Person("card"), known) == everything
    assert keys_of(Person("old"), known) == everything
    asked = Person("another", BORN, frozenset({NOW}))
    assert keys_of(asked, known) == {*everything, "another"}
    assert "new" not in keys_of(Person("old"), [by_old, by_new]), "no card has told of both"


@pytest.mark.parametrize("insurer", ["990010", "   990010", "nothing"])
def test_numbers_are_compared_in_any_width_of_any_insurer(insurer: str) -> None:
    one = PersonNumber.of(insurer, "最上　", "１２３４５６７", "1")
    assert one == PersonNumber.of(insurer.strip(), "最上", "1234567", "01")
    assert one.is_of_one
    assert not PersonNumber.of(insurer, None, "1", None).is_of_one
