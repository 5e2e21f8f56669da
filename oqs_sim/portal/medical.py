"""薬剤・健診・医療費: what the person sees of the own care at the portal (R-157, R-172)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage import aside

if TYPE_CHECKING:
    from datetime import date

    from eligibility.terminal.medical_information import DrugWindow
    from oqs_sim.medical.costs import MedicalCost
    from oqs_sim.medical.history import SeenDispensing
    from oqs_sim.medical.records import MedicalRecords
    from oqs_sim.medical.synthesis.checkups import Checkup
    from oqs_sim.store.person import PersonKey

YEARS_OF_COSTS = 5
"""Of how many calendar years costs are shown, this one included; as all else is kept (P-033)."""


@dataclass(frozen=True)
class OwnCare:
    """What a person sees of the own care: made from the seed, so it takes a moment."""

    records: MedicalRecords

    @property
    def window(self) -> DrugWindow:
        """From when to when medicines are shown."""
        return self.records.window

    async def medicines(self, person: PersonKey, on: date) -> list[SeenDispensing]:
        """Return the dispensings that can be seen on a day, the last first (R-172).

        Raises:
            Problem: UNKNOWN_PERSON.
        """
        return await aside(self.records.engine, lambda: self.records.history(person).medicines(on))

    async def checkups(self, person: PersonKey, on: date) -> list[Checkup]:
        """Return the checkups that can be seen on a day, the last first.

        Raises:
            Problem: UNKNOWN_PERSON.
        """
        return await aside(self.records.engine, lambda: self.records.history(person).checkups(on))

    async def costs(self, person: PersonKey, year: int, on: date) -> tuple[MedicalCost, ...]:
        """Return what a calendar year's care cost, as far as its claims are known (R-157).

        Raises:
            Problem: UNKNOWN_PERSON.
        """
        return await aside(self.records.engine, lambda: self.records.costs(person, year, on))
