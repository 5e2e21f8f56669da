"""Conditions (傷病): what a person has, and since when.

How many of an age have one is of the right order only, not a statistic [unverified].
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from oqs_sim.medical.synthesis.patient import FEMALE, MALE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oqs_sim.medical.synthesis.draws import Draws
    from oqs_sim.medical.synthesis.patient import Patient

DAYS_OF_A_YEAR = 365.25


class Condition(StrEnum):
    """Conditions that last."""

    HYPERTENSION = "高血圧症"
    DIABETES = "2型糖尿病"
    DYSLIPIDEMIA = "脂質異常症"
    GOUT = "高尿酸血症"
    ASTHMA = "気管支喘息"
    HAY_FEVER = "アレルギー性鼻炎"
    ECZEMA = "アトピー性皮膚炎"
    OSTEOPOROSIS = "骨粗鬆症"
    PROSTATE = "前立腺肥大症"
    REFLUX = "逆流性食道炎"
    KNEES = "変形性膝関節症"
    INSOMNIA = "不眠症"
    GLAUCOMA = "緑内障"
    FIBRILLATION = "心房細動"
    THYROID = "甲状腺機能低下症"
    DIALYSIS = "慢性腎不全（維持透析）"
    """特定疾病 1."""
    HEMOPHILIA = "先天性血液凝固因子障害"
    """特定疾病 2."""
    HIV = "HIV感染症"
    """特定疾病 3."""


Curve = tuple[tuple[int, float], ...]
"""By an age, the share of people who have had it; straight between the ages."""


@dataclass(frozen=True, slots=True)
class _Spread:
    """How a condition is spread among men and women."""

    men: Curve = ()
    women: Curve = ()

    def of(self, sex: str) -> Curve:
        if sex == MALE:
            return self.men
        if sex == FEMALE:
            return self.women
        return self.men if self.men and self.women else ()


def _both(*curve: tuple[int, float]) -> _Spread:
    return _Spread(curve, curve)


_SPREADS: Mapping[Condition, _Spread] = {
    Condition.HYPERTENSION: _Spread(
        ((28, 0.0), (40, 0.12), (50, 0.28), (60, 0.42), (70, 0.55), (85, 0.68)),
        ((32, 0.0), (40, 0.05), (50, 0.16), (60, 0.32), (70, 0.48), (85, 0.66)),
    ),
    Condition.DIABETES: _Spread(
        ((30, 0.0), (45, 0.05), (60, 0.16), (75, 0.24)),
        ((32, 0.0), (45, 0.03), (60, 0.08), (75, 0.15)),
    ),
    Condition.DYSLIPIDEMIA: _Spread(
        ((30, 0.0), (45, 0.12), (60, 0.25), (75, 0.32)),
        ((40, 0.0), (50, 0.12), (60, 0.33), (75, 0.42)),
    ),
    Condition.GOUT: _Spread(((30, 0.0), (45, 0.06), (65, 0.12)), ((60, 0.0), (80, 0.02))),
    Condition.ASTHMA: _both((1, 0.0), (6, 0.07), (15, 0.09), (60, 0.13)),
    Condition.HAY_FEVER: _both((4, 0.0), (12, 0.20), (40, 0.38), (60, 0.42)),
    Condition.ECZEMA: _both((0, 0.02), (5, 0.10), (20, 0.13)),
    Condition.OSTEOPOROSIS: _Spread(((72, 0.0), (88, 0.12)), ((55, 0.0), (70, 0.20), (85, 0.45))),
    Condition.PROSTATE: _Spread(men=((52, 0.0), (65, 0.15), (80, 0.40))),
    Condition.REFLUX: _both((25, 0.0), (50, 0.08), (75, 0.18)),
    Condition.KNEES: _Spread(((55, 0.0), (80, 0.18)), ((50, 0.0), (65, 0.15), (80, 0.35))),
    Condition.INSOMNIA: _both((25, 0.0), (50, 0.05), (80, 0.18)),
    Condition.GLAUCOMA: _both((40, 0.0), (60, 0.05), (80, 0.12)),
    Condition.FIBRILLATION: _both((60, 0.0), (75, 0.04), (90, 0.09)),
    Condition.THYROID: _Spread(((40, 0.0), (70, 0.01)), ((30, 0.0), (60, 0.05), (75, 0.07))),
}
_OF_SPECIFIC_DISEASE = {
    "1": Condition.DIALYSIS,
    "2": Condition.HEMOPHILIA,
    "3": Condition.HIV,
}
"""By 認定疾病区分 (OQSCD013)."""


@dataclass(frozen=True, slots=True)
class Onset:
    """A person has a condition since a day."""

    condition: Condition
    since: date


def age_of_onset(curve: Curve, share: float) -> float | None:
    """Return at which age somebody with this share falls ill; None where they never do."""
    if curve and share < curve[0][1]:
        return float(curve[0][0])
    for (from_age, below), (to_age, reached) in pairwise(curve):
        if below <= share < reached:
            return from_age + (to_age - from_age) * (share - below) / (reached - below)
    return None


def day_of_age(patient: Patient, age: float) -> date:
    """Return the day on which a person is so many years old, fractions included."""
    return patient.birthdate + timedelta(days=round(age * DAYS_OF_A_YEAR))


def conditions_of(patient: Patient, draws: Draws) -> tuple[Onset, ...]:
    """Return what a person has or will have, whenever; the first onset first."""
    found = [
        Onset(condition, day_of_age(patient, age))
        for condition, spread in _SPREADS.items()
        if (age := age_of_onset(spread.of(patient.sex), draws.share("onset", condition.name)))
        is not None
    ]
    found += [
        Onset(_OF_SPECIFIC_DISEASE[one.category], max(one.valid_from, patient.birthdate))
        for one in patient.diseases
    ]
    return tuple(sorted(found, key=lambda one: (one.since, one.condition)))
