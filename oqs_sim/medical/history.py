"""What of a person's care can be seen on a day (R-172, P-033, P-040)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.days.office_calendar import add_months
from eligibility.terminal.medical_information import (
    NOTICE_2024,
    information_kept_until,
)
from oqs_sim.medical.synthesis.care import Care
from oqs_sim.medical.synthesis.checkups import checkups
from oqs_sim.medical.synthesis.draws import Draws

if TYPE_CHECKING:
    from datetime import date

    from eligibility.terminal.medical_information import DrugWindow
    from oqs_sim.medical.synthesis.care import Dispensing, Visit
    from oqs_sim.medical.synthesis.checkups import Checkup
    from oqs_sim.medical.synthesis.patient import Patient

CHECKUP_LAG_MONTHS = 2
"""How long it takes until a checkup can be seen [unverified]."""


@dataclass(frozen=True, slots=True)
class SeenDispensing:
    """A dispensing that can be seen: by its claim already, or by its e-prescription only."""

    dispensing: Dispensing
    prescribed_at: Visit
    by_claim: bool


@dataclass(frozen=True)
class MedicalHistory:
    """The medical information of one person."""

    care: Care
    window: DrugWindow = NOTICE_2024

    @classmethod
    def of(cls, patient: Patient, seed: str, window: DrugWindow = NOTICE_2024) -> MedicalHistory:
        """Return a person's history under a seed."""
        return cls(Care(patient, Draws(seed, patient.individual_number)), window)

    def medicines(
        self, on: date, first: date | None = None, last: date | None = None
    ) -> list[SeenDispensing]:
        """Return the dispensings that can be seen on a day, the last first (薬剤情報).

        ``first`` and ``last`` narrow the days of the dispensing.
        """
        found = [
            SeenDispensing(given, visit, by_claim=self.window.claims_from(given.on) <= on)
            for visit in self._visits(on, first, last)
            if (given := visit.dispensing) is not None
            and self.window.visible(given.on, on, e_prescription=given.electronic)
        ]
        return found[::-1]

    def treatment(
        self, on: date, first: date | None = None, last: date | None = None
    ) -> list[Visit]:
        """Return the visits that can be seen on a day, by claims, the last first (診療情報)."""
        return self._claimed(on, first, last)

    def surgery(self, on: date, first: date | None = None, last: date | None = None) -> list[Visit]:
        """Return the operations that can be seen on a day, the last first (手術情報)."""
        return [one for one in self._claimed(on, first, last) if one.surgery is not None]

    def checkups(
        self, on: date, first: date | None = None, last: date | None = None
    ) -> list[Checkup]:
        """Return the checkups that can be seen on a day, the last first (特定健診情報)."""
        found = [
            one
            for one in checkups(self.care, *self._days(on, first, last))
            if add_months(one.on, CHECKUP_LAG_MONTHS) <= on <= information_kept_until(one.on)
        ]
        return found[::-1]

    def _claimed(self, on: date, first: date | None, last: date | None) -> list[Visit]:
        return [one for one in self._visits(on, first, last) if self.window.visible(one.on, on)][
            ::-1
        ]

    def _visits(self, on: date, first: date | None, last: date | None) -> list[Visit]:
        return list(self.care.visits(*self._days(on, first, last)))

    def _days(self, on: date, first: date | None, last: date | None) -> tuple[date, date]:
        """Return the days that are looked at: those that are asked for and still kept."""
        kept = add_months(on, -12 * self.window.max_years)
        return max(kept, first or kept), min(on, last or on)
