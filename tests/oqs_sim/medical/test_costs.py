"""The cost notice: out of the same visits as all else."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility.cost.limits import LimitCategory, limit
from oqs_sim.medical.costs import Burden, costs_of_year
from oqs_sim.medical.history import MedicalHistory
from oqs_sim.medical.synthesis.patient import FEMALE, MALE, Patient
from oqs_sim.store.medical.diseases import SpecificDisease

DIALYSIS = SpecificDisease("1", date(2020, 4, 1), date(2020, 4, 1), None, 10_000)
LATE = date(2026, 6, 1)


def history(patient: Patient) -> MedicalHistory:
    return MedicalHistory.of(patient, "a test")


@pytest.mark.rules("R-157")
@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**6), st.dates(date(1930, 1, 1), date(2020, 1, 1)),
    st.sampled_from([MALE, FEMALE]),
)  # fmt: skip
def test_the_costs_of_a_year_are_those_of_its_visits_and_medicines(
    number: int, birthdate: date, sex: str
) -> None:
    of = history(Patient(f"SIM-{number}", birthdate, sex))
    costs = costs_of_year(of, 2025, LATE)
    first, last = date(2025, 1, 1), date(2025, 12, 31)
    visits = of.treatment(LATE, first, last)
    medicines = of.medicines(LATE, first, last)
    assert sum(one.total for one in costs) == 10 * (
        sum(one.points for one in visits) + sum(one.dispensing.points for one in medicines)
    )
    assert all(0 <= one.paid <= one.total for one in costs)
    assert [one.month for one in costs] == sorted(one.month for one in costs)


@pytest.mark.rules("R-157", "P-070", "P-074")
def test_what_is_paid_goes_by_the_ratio_of_the_day() -> None:
    patient = Patient("SIM-7", date(1948, 1, 1), MALE)
    by_age = costs_of_year(history(patient), 2025, LATE)
    tripled = costs_of_year(history(patient), 2025, LATE, lambda _: Burden(3))
    assert by_age
    assert sum(one.total for one in by_age) == sum(one.total for one in tripled)
    for one, three in zip(by_age, tripled, strict=True):
        assert one.paid == pytest.approx(one.total * 0.1, abs=10 * one.days)
        assert three.paid == pytest.approx(one.total * 0.3, abs=10 * one.days)


@pytest.mark.rules("P-075", "R-153")
def test_nobody_pays_more_than_the_limit_of_their_class() -> None:
    patient = Patient("SIM-7", date(1960, 1, 1), MALE, diseases=(DIALYSIS,))
    without = Patient("SIM-7", date(1960, 1, 1), MALE)
    flat = limit(LimitCategory.A04, date(2025, 6, 1))
    assert flat is not None
    capped = costs_of_year(history(patient), 2025, LATE, lambda _: Burden(3, LimitCategory.A04))
    assert max(one.total for one in capped) > 200_000, "dialysis costs much more"
    assert all(one.paid <= flat.of(one.total) for one in capped)
    dialysis = [one for one in capped if "腎" in one.facility.name]
    assert len(dialysis) == 12
    assert {one.paid for one in dialysis} == {10_000}, "特定疾病"
    assert not any("腎" in one.facility.name for one in costs_of_year(history(without), 2025, LATE))


def test_costs_show_once_their_claims_have_come() -> None:
    of = history(Patient("SIM-7", date(1948, 1, 1), MALE))
    early = costs_of_year(of, 2025, date(2025, 3, 15))
    late = costs_of_year(of, 2025, LATE)
    assert 0 < len(early) < len(late)
    assert max(one.month for one in early) <= date(2025, 2, 1)
