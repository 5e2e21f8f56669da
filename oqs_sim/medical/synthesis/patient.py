"""The patient, as far as medical information depends on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.days.birthdays import age_on

if TYPE_CHECKING:
    from datetime import date

    from oqs_sim.store.medical.diseases import SpecificDisease

MALE, FEMALE = "1", "2"
"""性別 (OQSCD007); ``3`` is 未設定, of whom nothing follows from the sex."""


@dataclass(frozen=True, slots=True)
class Patient:
    """Who was born when, and what insurers have certified of them."""

    individual_number: str
    """By which the same seed says the same of a person in every deployment."""
    birthdate: date
    sex: str
    name: str = ""
    name_kana: str = ""
    died_on: date | None = None
    """The day of loss by death: from it on there is no care."""
    diseases: tuple[SpecificDisease, ...] = ()
    """特定疾病, which bring their own treatment."""

    def age(self, on: date) -> int:
        """Return the age on a day that is not before the birth."""
        return age_on(self.birthdate, on)

    def lives(self, on: date) -> bool:
        """Tell whether the person lives on the day."""
        return self.birthdate <= on and (self.died_on is None or on < self.died_on)
