"""What is made up of a person's care: plausible, and the same whenever it is read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility.days.office_calendar import add_months, closed
from eligibility.identifiers.numbers import MedicalInstitutionCode
from eligibility.terminal.medical_information import PORTAL_2023
from oqs_sim.medical.history import MedicalHistory
from oqs_sim.medical.synthesis.care import HEMODIALYSIS, Care, Visit
from oqs_sim.medical.synthesis.conditions import Condition
from oqs_sim.medical.synthesis.draws import Draws
from oqs_sim.medical.synthesis.formulary import FORMULARY, Avoid, Usage
from oqs_sim.medical.synthesis.patient import FEMALE, MALE, Patient
from oqs_sim.medical.synthesis.surgeries import Surgery
from oqs_sim.store.medical.diseases import SpecificDisease

SEED = "a test"
STATINS = {"ロスバスタチンカルシウム", "アトルバスタチンカルシウム水和物"}
DIALYSIS = SpecificDisease("1", date(2020, 4, 1), date(2020, 4, 1), None, 10_000)

births = st.dates(date(1926, 1, 1), date(2026, 11, 1))
looks = st.dates(date(2024, 12, 2), date(2031, 12, 31))
references = st.integers(0, 10**6).map("SIM-{:07}".format)
patients = st.builds(Patient, references, births, st.sampled_from([MALE, FEMALE, "3"]))
dialysed = st.builds(
    Patient, references, st.dates(date(1940, 1, 1), date(1990, 1, 1)),
    st.sampled_from([MALE, FEMALE]), diseases=st.just((DIALYSIS,)),
)  # fmt: skip
properties = settings(max_examples=60, deadline=None)


def history(patient: Patient, seed: str = SEED) -> MedicalHistory:
    return MedicalHistory.of(patient, seed)


def visits_until(patient: Patient, on: date) -> list[Visit]:
    return list(history(patient).care.visits(on - timedelta(days=3 * 365), on))


@properties
@given(patients, looks)
def test_the_same_person_has_the_same_history_whenever_it_is_read(
    patient: Patient, on: date
) -> None:
    one, again = history(patient), history(patient)
    assert one.medicines(on) == again.medicines(on)
    assert one.treatment(on) == again.treatment(on)
    assert one.checkups(on) == again.checkups(on)


@properties
@given(patients, looks, st.integers(1, 400))
def test_a_later_look_only_adds_but_for_what_is_no_longer_kept(
    patient: Patient, on: date, days: int
) -> None:
    later = on + timedelta(days=days)
    kept = add_months(later, -60)
    of = history(patient)
    early = [one.dispensing for one in of.medicines(on) if one.dispensing.on >= kept]
    late = [one.dispensing for one in of.medicines(later)]
    assert [one for one in late if one in early] == early
    assert {one for one in of.treatment(on) if one.on >= kept} <= set(of.treatment(later))
    assert {one for one in of.surgery(on) if one.on >= kept} <= set(of.surgery(later))
    assert {one.on for one in of.checkups(on) if one.on >= kept} <= {
        one.on for one in of.checkups(later)
    }


@properties
@given(patients, looks)
def test_nothing_is_seen_of_a_day_to_come_nor_of_one_before_the_birth(
    patient: Patient, on: date
) -> None:
    of = history(patient)
    days = [one.dispensing.on for one in of.medicines(on)]
    days += [one.on for one in of.treatment(on)] + [one.on for one in of.checkups(on)]
    assert all(patient.birthdate <= day <= on for day in days)


@properties
@given(patients, looks)
def test_drugs_fit_the_age(patient: Patient, on: date) -> None:
    for visit in visits_until(patient, on):
        age = patient.age(visit.on)
        for one in visit.dispensing.drugs if visit.dispensing else ():
            assert one.drug.from_age <= age < one.drug.below_age
            assert one.quantity > 0
            assert one.quantity <= one.drug.daily
            assert age >= 20 or one.drug.ingredient not in STATINS


@properties
@given(patients, looks)
def test_nobody_gets_while_pregnant_what_harms(patient: Patient, on: date) -> None:
    care = history(patient).care
    for one in care.pregnancies:
        assert patient.sex == FEMALE
        assert 15 <= patient.age(one.begins) <= patient.age(one.born_on) < 50
        for visit in care.visits(one.begins, one.born_on):
            drugs = visit.dispensing.drugs if visit.dispensing else ()
            assert not any(Avoid.PREGNANT in each.drug.avoid for each in drugs)


@properties
@given(patients, looks)
def test_a_condition_is_treated_from_its_onset_on_and_not_before(
    patient: Patient, on: date
) -> None:
    care = history(patient).care
    since = {one.condition: one.since for one in care.onsets}
    metformin = [
        visit.on
        for visit in visits_until(patient, on)
        for one in (visit.dispensing.drugs if visit.dispensing else ())
        if one.drug.ingredient == "メトホルミン塩酸塩"
    ]
    assert not metformin or min(metformin) >= since[Condition.DIABETES]


@properties
@given(patients, looks)
def test_checkups_are_yearly_from_40_to_74_with_values_that_fit(patient: Patient, on: date) -> None:
    of = history(patient)
    found = of.checkups(on)
    years = [one.on.year for one in found]
    assert len(set(years)) == len(years)
    for one in found:
        assert 40 <= patient.age(one.on) <= 74
        has = of.care.conditions(one.on)
        a1c = one.value("HbA1c（NGSP）")
        assert (a1c >= 6.5) == (Condition.DIABETES in has)
        assert one.value("収縮期血圧") > one.value("拡張期血圧")
        bmi = one.value("体重") / (one.value("身長") / 100) ** 2
        assert one.value("BMI") == pytest.approx(bmi, abs=0.1)
        assert 14 < bmi < 36
        assert not of.care.pregnant(one.on)
        medicated = next(item for item in one.items if item.name == "服薬2（血糖）")
        assert (medicated.meaning == "はい") == (Condition.DIABETES in has)


@properties
@given(patients, looks)
def test_care_is_given_at_facilities_that_do_not_exist_on_days_they_are_open(
    patient: Patient, on: date
) -> None:
    for visit in visits_until(patient, on):
        assert MedicalInstitutionCode(visit.facility.code).fictional
        if visit.dispensing is not None:
            assert MedicalInstitutionCode(visit.dispensing.pharmacy.code).fictional
            assert not closed(visit.on)


@properties
@given(patients)
def test_operations_fit_sex_and_age(patient: Patient) -> None:
    care = history(patient).care
    for one in care.surgeries:
        age = patient.age(one.on)
        if one.surgery is Surgery.CESAREAN:
            assert patient.sex == FEMALE
            assert 20 <= age < 45
        assert one.surgery is not Surgery.CATARACT or age >= 59
        assert one.surgery is not Surgery.SHUNT


@properties
@given(dialysed, looks)
@pytest.mark.rules("R-156")
def test_who_has_the_certificate_of_dialysis_is_dialysed(patient: Patient, on: date) -> None:
    visits = visits_until(patient, on)
    sessions = [one for one in visits if HEMODIALYSIS in one.acts]
    assert 140 < len(sessions) / 3 < 160, "three times a week"
    drugs = {each.drug for one in visits if one.dispensing for each in one.dispensing.drugs}
    assert not any(Avoid.KIDNEYS in one.avoid for one in drugs)


def test_after_a_death_there_is_no_care() -> None:
    patient = Patient("SIM-1", date(1950, 1, 1), MALE, died_on=date(2025, 6, 1))
    assert max(one.on for one in visits_until(patient, date(2026, 6, 1))) < date(2025, 6, 1)


def test_another_seed_is_another_history_and_another_person_too() -> None:
    patient = Patient("SIM-1", date(1950, 1, 1), MALE)
    on = date(2026, 6, 1)
    assert history(patient, "one").medicines(on) != history(patient, "two").medicines(on)
    other = Patient("SIM-2", date(1950, 1, 1), MALE)
    assert history(other).medicines(on) != history(patient).medicines(on)


def test_the_country_is_about_as_ill_as_it_is() -> None:
    """Of people of 70, about half have a high blood pressure, and most of 20 nothing at all."""
    of_70 = [Care(p, Draws(SEED, p.individual_number)) for p in people(date(1956, 6, 1))]
    of_20 = [Care(p, Draws(SEED, p.individual_number)) for p in people(date(2006, 6, 1))]
    on = date(2026, 6, 2)
    high = sum(Condition.HYPERTENSION in one.conditions(on) for one in of_70) / len(of_70)
    statins = sum(Condition.DYSLIPIDEMIA in one.conditions(on) for one in of_70) / len(of_70)
    assert 0.4 < high < 0.65
    assert 0.25 < statins < 0.5
    assert not any(Condition.HYPERTENSION in one.conditions(on) for one in of_20)


def people(birthdate: date) -> list[Patient]:
    return [Patient(f"SIM-{n}", birthdate, MALE if n % 2 else FEMALE) for n in range(400)]


@pytest.mark.rules("R-172", "P-040")
def test_a_claim_is_seen_a_month_later_and_an_e_prescription_at_once() -> None:
    found = 0
    for patient in people(date(1950, 6, 1))[:60]:
        of = history(patient)
        for visit in of.care.visits(date(2026, 9, 1), date(2026, 9, 30)):
            given = visit.dispensing
            if given is None:
                continue
            found += given.electronic
            seen = {one.dispensing.on: one for one in of.medicines(given.on)}
            assert (given.on in seen) == given.electronic
            assert given.on not in seen or not seen[given.on].by_claim
            by_claim = {one.dispensing.on: one for one in of.medicines(add_months(given.on, 1))}
            assert by_claim[given.on].by_claim
    assert found > 5


@pytest.mark.rules("P-033", "P-040")
def test_what_is_kept_for_five_years_is_kept_for_three_by_the_older_text() -> None:
    patient = Patient("SIM-1", date(1950, 1, 1), MALE)
    on = date(2026, 6, 1)
    five = history(patient).medicines(on)
    three = MedicalHistory.of(patient, SEED, PORTAL_2023).medicines(on)
    assert min(one.dispensing.on for one in five).year == 2021
    assert min(one.dispensing.on for one in three) >= date(2023, 6, 1)


def test_a_child_gets_by_weight_and_more_as_it_grows() -> None:
    by_weight = [one for one in FORMULARY if one.per_kg]
    assert len(by_weight) >= 6
    for one in by_weight:
        quantities = [one.quantity(age) for age in range(one.from_age, one.below_age)]
        assert quantities == sorted(quantities)
        assert quantities[0] < quantities[-1] <= one.daily


def test_codes_are_marked_as_the_simulations_own_and_none_serves_twice() -> None:
    codes = [one.code for one in FORMULARY]
    assert len(FORMULARY) > 40
    assert len(set(codes)) == len(codes)
    assert all(code.startswith("SIM-") for code in codes)
    assert all(one.usage in Usage for one in FORMULARY)
