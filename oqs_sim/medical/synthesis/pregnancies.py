"""Pregnancies: of women from 20 to 41, while whom much is not prescribed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from oqs_sim.medical.synthesis.conditions import day_of_age
from oqs_sim.medical.synthesis.patient import FEMALE

if TYPE_CHECKING:
    from oqs_sim.medical.synthesis.draws import Draws
    from oqs_sim.medical.synthesis.patient import Patient

WEEKS = 39
_FIRST_AGE, _APART, _AT_MOST = 22.0, 5.0, 3


@dataclass(frozen=True, slots=True)
class Pregnancy:
    """From when until the birth, which is by operation or not."""

    begins: date
    born_on: date
    cesarean: bool
    """帝王切開."""

    def lasts(self, on: date) -> bool:
        """Tell whether it lasts on the day."""
        return self.begins <= on <= self.born_on


def pregnancies_of(patient: Patient, draws: Draws) -> tuple[Pregnancy, ...]:
    """Return a woman's pregnancies, whenever; of others none."""
    if patient.sex != FEMALE:
        return ()
    found = []
    for number in range(_AT_MOST):
        if not draws.happens(0.5, "pregnancy", number):
            continue
        age = _FIRST_AGE + number * _APART + draws.between(0, _APART - 1, "pregnancy age", number)
        begins = day_of_age(patient, age)
        found.append(
            Pregnancy(
                begins,
                begins + timedelta(weeks=WEEKS),
                draws.happens(0.2, "cesarean", number),
            )
        )
    return tuple(found)
