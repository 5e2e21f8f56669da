"""Care (診療): visits, prescriptions and operations of a person, month by month.

A month's care follows from the seed, the person and the month alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from eligibility.days.office_calendar import end_of_month, roll
from oqs_sim.medical.synthesis.conditions import Condition, conditions_of
from oqs_sim.medical.synthesis.facilities import (
    CHILDRENS_CLINIC,
    DIALYSIS_CLINIC,
    HOSPITAL,
    MATERNITY,
    clinic_of,
    pharmacy_of,
)
from oqs_sim.medical.synthesis.formulary import (
    IRON,
    REGIMENS,
    REMEDIES,
    STEP_UP,
    Avoid,
    Choice,
    Illness,
    Usage,
)
from oqs_sim.medical.synthesis.pregnancies import pregnancies_of
from oqs_sim.medical.synthesis.surgeries import surgeries_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from oqs_sim.medical.synthesis.conditions import Onset
    from oqs_sim.medical.synthesis.draws import Draws
    from oqs_sim.medical.synthesis.facilities import Facility
    from oqs_sim.medical.synthesis.formulary import Drug
    from oqs_sim.medical.synthesis.patient import Patient
    from oqs_sim.medical.synthesis.pregnancies import Pregnancy
    from oqs_sim.medical.synthesis.surgeries import Operated, Surgery

E_PRESCRIPTIONS_FROM = date(2023, 1, 26)
"""運用開始 of 電子処方箋."""
CHILDREN_UNTIL = 15
STEP_UP_AFTER = timedelta(days=3 * 365)
_SEASONAL = {Condition.HAY_FEVER: frozenset({2, 3, 4})}
"""Months in which a condition is treated, where it is not all year round."""
_SHIFTS = (0, 2, 4)
"""Weekdays of dialysis: Monday, Wednesday, Friday."""


@dataclass(frozen=True, slots=True)
class Act:
    """診療行為, with its points (点数, about right) and whether 診療情報 shows it."""

    code: str
    name: str
    points: int
    shown: bool = True


FIRST_VISIT = Act("SIM-A000", "初診料", 291, shown=False)
LATER_VISIT = Act("SIM-A001", "再診料", 75, shown=False)
PRESCRIBING = Act("SIM-F400", "処方箋料", 60, shown=False)
CHRONIC_CARE = Act("SIM-B001-3-3", "生活習慣病管理料（Ⅱ）", 333)
SELF_INJECTION = Act("SIM-C101", "在宅自己注射指導管理料", 750)
BLOOD_TEST = Act("SIM-D007", "血液化学検査", 106, shown=False)
HBA1C_TEST = Act("SIM-D005-9", "ヘモグロビンA1c（HbA1c）", 49, shown=False)
FLU_TEST = Act("SIM-D012-22", "インフルエンザウイルス抗原定性", 132, shown=False)
CHEST_X_RAY = Act("SIM-E001", "胸部単純撮影", 210)
HEMODIALYSIS = Act("SIM-J038", "人工腎臓（慢性維持透析）", 1876)
WARD = Act("SIM-A100", "急性期一般入院料", 1688, shown=False)
_LIFESTYLE = {Condition.HYPERTENSION, Condition.DIABETES, Condition.DYSLIPIDEMIA}


@dataclass(frozen=True, slots=True)
class Dispensed:
    """A drug as it was given: the quantity of a day or a use, for so many days or times."""

    drug: Drug
    quantity: float
    times: int


@dataclass(frozen=True, slots=True)
class Dispensing:
    """調剤: drugs that a pharmacy gave out on a prescription."""

    pharmacy: Facility
    on: date
    drugs: tuple[Dispensed, ...]
    electronic: bool
    """電子処方箋."""

    @property
    def points(self) -> int:
        """調剤報酬, of the right order."""
        return 110 + sum(20 + min(one.times, 56) * 2 for one in self.drugs)


@dataclass(frozen=True, slots=True)
class Visit:
    """受診: one visit, or one stay in hospital from its first day on."""

    on: date
    facility: Facility
    reason: str
    """傷病名."""
    acts: tuple[Act, ...]
    inpatient_days: int = 0
    surgery: Surgery | None = None
    dispensing: Dispensing | None = None

    @property
    def points(self) -> int:
        """診療報酬, without what the pharmacy gets."""
        operated = self.surgery.kind.points if self.surgery else 0
        return operated + sum(act.points for act in self.acts)


@dataclass(frozen=True)
class Care:
    """The care of one person."""

    patient: Patient
    draws: Draws

    @cached_property
    def onsets(self) -> tuple[Onset, ...]:
        """What the person has, or will have."""
        return conditions_of(self.patient, self.draws)

    @cached_property
    def pregnancies(self) -> tuple[Pregnancy, ...]:
        """Pregnancies, whenever."""
        return pregnancies_of(self.patient, self.draws)

    @cached_property
    def surgeries(self) -> tuple[Operated, ...]:
        """Operations, whenever."""
        return surgeries_of(self.patient, self.onsets, self.pregnancies, self.draws)

    def conditions(self, on: date) -> tuple[Condition, ...]:
        """Return what the person has on the day."""
        return tuple(one.condition for one in self.onsets if one.since <= on)

    def pregnant(self, on: date) -> bool:
        """Tell whether the person is pregnant on the day."""
        return any(one.lasts(on) for one in self.pregnancies)

    def visits(self, first: date, last: date) -> Iterator[Visit]:
        """Yield the visits of these days, in their order."""
        month = max(first, self.patient.birthdate).replace(day=1)
        while month <= last:
            yield from (one for one in self.month(month) if first <= one.on <= last)
            month = end_of_month(month) + timedelta(days=1)

    def month(self, month: date) -> list[Visit]:
        """Return the visits of the month that begins on the day, in their order."""
        found = [
            *self._chronic(month),
            *self._acute(month),
            *self._dialysis(month),
            *self._maternity(month),
            *self._operations(month),
        ]
        alive = [one for one in found if self.patient.lives(one.on)]
        return sorted(alive, key=lambda one: (one.on, one.facility.code))

    # --- kinds of visits ---

    def _chronic(self, month: date) -> Iterator[Visit]:
        """Visit the usual clinic for what lasts, every month or every other one."""
        every = 1 if self.draws.happens(0.5, "every month") else 2
        number = month.year * 12 + month.month
        if number % every != self.draws.whole(0, 1, "parity") % every:
            return
        on = roll(month + timedelta(days=self.draws.whole(0, 20, "chronic", month)))
        if on < self.patient.birthdate:
            return
        treated = [
            one
            for one in self.onsets
            if one.since <= on and month.month in _SEASONAL.get(one.condition, {month.month})
        ]
        if not treated:
            return
        named = [one.condition for one in treated]
        choices = [choice for one in named for choice in REGIMENS[one]]
        choices += [
            choice
            for one in treated
            if one.since + STEP_UP_AFTER <= on
            and self.draws.happens(0.5, "step up", one.condition.name)
            for choice in STEP_UP.get(one.condition, ())
        ]
        acts = [LATER_VISIT, PRESCRIBING]
        if _LIFESTYLE & set(named):
            acts += [CHRONIC_CARE, BLOOD_TEST]
        if Condition.DIABETES in named:
            acts.append(HBA1C_TEST)
        if {Condition.HEMOPHILIA} & set(named):
            acts.append(SELF_INJECTION)
        reason = "、".join(named)
        yield self._visit(on, self._clinic(on), reason, acts, choices, days=28 * every)

    def _acute(self, month: date) -> Iterator[Visit]:
        """Fall ill for a few days, children more often, and more often in winter."""
        for illness in Illness:
            on = roll(month + timedelta(days=self.draws.whole(0, 20, illness.name, month)))
            if on < self.patient.birthdate or not self.draws.happens(
                self._risk(illness, on), "falls ill", illness.name, month
            ):
                continue
            acts = [FIRST_VISIT, PRESCRIBING]
            if illness is Illness.FLU:
                acts.append(FLU_TEST)
            if illness is Illness.COLD and self.draws.happens(0.08, "x-ray", month):
                acts.append(CHEST_X_RAY)
            yield self._visit(
                on,
                self._clinic(on),
                illness.japanese,
                acts,
                REMEDIES[illness],
                days=illness.days,
            )

    def _risk(self, illness: Illness, on: date) -> float:
        """Return how likely the illness is in a month."""
        child = self.patient.age(on) < CHILDREN_UNTIL
        winter = on.month in {12, 1, 2}
        match illness:
            case Illness.COLD:
                return (0.30 if child else 0.06) * (1.6 if winter else 0.8)
            case Illness.THROAT:
                return 0.05 if child else 0.01
            case Illness.FLU:
                return (0.08 if child else 0.025) if winter else 0.0
            case Illness.STOMACH:
                return 0.04 if child else 0.012
            case Illness.BACK:
                return 0.0 if self.patient.age(on) < 20 else 0.012

    def _dialysis(self, month: date) -> Iterator[Visit]:
        """Three sessions a week."""
        since = [one.since for one in self.onsets if one.condition is Condition.DIALYSIS]
        if not since:
            return
        last = end_of_month(month)
        for day in range(1, last.day + 1):
            on = month.replace(day=day)
            if on >= since[0] and on.weekday() in _SHIFTS:
                yield Visit(on, DIALYSIS_CLINIC, Condition.DIALYSIS, (LATER_VISIT, HEMODIALYSIS))

    def _maternity(self, month: date) -> Iterator[Visit]:
        """Iron in pregnancy for every third woman; the checkups themselves are no insured care."""
        for number, one in enumerate(self.pregnancies):
            on = roll(month + timedelta(days=10))
            weeks = (on - one.begins).days // 7
            if 20 <= weeks <= 36 and self.draws.happens(0.33, "anaemia", number):
                yield self._visit(
                    on,
                    MATERNITY,
                    "妊娠貧血",
                    [LATER_VISIT, PRESCRIBING],
                    (Choice((IRON,)),),
                    days=28,
                )

    def _operations(self, month: date) -> Iterator[Visit]:
        for one in self.surgeries:
            if month <= one.on <= end_of_month(month):
                days = one.surgery.kind.inpatient_days
                acts = (WARD,) * days if days else (LATER_VISIT,)
                yield Visit(one.on, HOSPITAL, one.surgery.kind.name, acts, days, one.surgery)

    # --- what is prescribed ---

    def _visit(
        self,
        on: date,
        clinic: Facility,
        reason: str,
        acts: list[Act],
        choices: Iterable[Choice],
        days: int,
    ) -> Visit:
        avoid, age = self._avoid(on), self.patient.age(on)
        chosen = dict.fromkeys(
            drug for choice in choices if (drug := choice.for_(age, avoid)) is not None
        )
        if not chosen:
            return Visit(on, clinic, reason, tuple(act for act in acts if act is not PRESCRIBING))
        pharmacy = pharmacy_of(self.draws)
        dispensing = Dispensing(
            pharmacy,
            on,
            tuple(Dispensed(drug, drug.quantity(age), _times(drug, days)) for drug in chosen),
            electronic=clinic.e_prescriptions
            and pharmacy.e_prescriptions
            and on >= E_PRESCRIPTIONS_FROM,
        )
        return Visit(on, clinic, reason, tuple(acts), dispensing=dispensing)

    def _clinic(self, on: date) -> Facility:
        child = self.patient.age(on) < CHILDREN_UNTIL
        return CHILDRENS_CLINIC if child else clinic_of(self.draws)

    def _avoid(self, on: date) -> frozenset[Avoid]:
        has = set(self.conditions(on))
        found = {
            Avoid.PREGNANT: self.pregnant(on),
            Avoid.KIDNEYS: Condition.DIALYSIS in has,
            Avoid.ASTHMA: Condition.ASTHMA in has,
        }
        return frozenset(one for one, so in found.items() if so)


def _times(drug: Drug, days: int) -> int:
    """Return for how many days or times a drug is given."""
    match drug.usage:
        case Usage.WEEKLY:
            return max(1, days // 7)
        case Usage.FEVER:
            return 5
        case Usage.DROPS | Usage.OINTMENT:
            return 1
        case Usage.INJECTED:
            return max(1, days * 3 // 7)
        case _:
            return days
