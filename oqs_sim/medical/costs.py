"""医療費通知: what a year's care cost (R-157), out of the same visits as all else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from eligibility.cost.burden import YEN_PER_POINT, base_ratio, window_charge
from eligibility.cost.limits import LimitCategory, limit
from oqs_sim.medical.synthesis.facilities import DIALYSIS_CLINIC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from oqs_sim.medical.history import MedicalHistory
    from oqs_sim.medical.synthesis.facilities import Facility
    from oqs_sim.medical.synthesis.patient import Patient

OUTPATIENT, INPATIENT, PHARMACY = "医科外来", "医科入院", "調剤"


@dataclass(frozen=True, slots=True)
class Burden:
    """What a person pays on a day: the ratio in tenths, and the class of the limit if known."""

    ratio: int
    category: LimitCategory | None = None


@dataclass(frozen=True, slots=True)
class MedicalCost:
    """What a month's care at one facility cost."""

    month: date
    """Its first day."""
    category: str
    """医科外来, 医科入院 or 調剤."""
    facility: Facility
    days: int
    """日数, or how often something was dispensed."""
    total: int
    """医療費の総額, yen."""
    paid: int
    """窓口負担額, yen: by the ratio (P-074), at most the limit (P-075, 特定疾病)."""


def base_burden(patient: Patient) -> Callable[[date], Burden]:
    """Return what somebody pays by age alone, whose insurer of the day is not known (P-070)."""
    return lambda on: Burden(base_ratio(patient.birthdate, on))


def costs_of_year(
    history: MedicalHistory,
    year: int,
    on: date,
    burden_on: Callable[[date], Burden] | None = None,
) -> tuple[MedicalCost, ...]:
    """Return what the care of a calendar year cost, as far as claims have come in by the day.

    The costs are of the very visits and dispensings that treatment and medicines show. What
    the person pays on a day says ``burden_on``; by default it goes by age.
    """
    patient = history.care.patient
    of = burden_on or base_burden(patient)
    lines: dict[tuple[date, str, Facility], list[tuple[date, int, int]]] = defaultdict(list)
    last = min(on, date(year, 12, 31))
    for one in history.visits(date(year, 1, 1), last):
        month = one.on.replace(day=1)
        if history.window.claims_from(one.on) <= on:
            place = INPATIENT if one.inpatient_days else OUTPATIENT
            lines[month, place, one.facility].append(
                (one.on, one.points, max(1, one.inpatient_days))
            )
        given = one.dispensing
        if given is not None and history.window.claims_from(given.on) <= on:
            key = given.on.replace(day=1), PHARMACY, given.pharmacy
            lines[key].append((given.on, given.points, 1))
    return tuple(_costs(patient, lines, of))


def _costs(
    patient: Patient,
    lines: dict[tuple[date, str, Facility], list[tuple[date, int, int]]],
    of: Callable[[date], Burden],
) -> Iterator[MedicalCost]:
    ordered = sorted(lines.items(), key=lambda one: (one[0][0], one[0][1], one[0][2].code))
    for (month, place, facility), charged in ordered:
        total = sum(points for _, points, _ in charged) * YEN_PER_POINT
        paid = sum(window_charge(points, of(on).ratio) for on, points, _ in charged)
        caps = [
            one.self_pay
            for one in patient.diseases
            if facility is DIALYSIS_CLINIC and one.category == "1" and one.holds(charged[-1][0])
        ]
        category = of(charged[-1][0]).category
        of_class = limit(category, month) if category is not None else None
        if of_class is not None:
            caps.append(of_class.of(total))
        yield MedicalCost(
            month,
            place,
            facility,
            sum(days for _, _, days in charged),
            total,
            min([paid, *caps]),
        )
