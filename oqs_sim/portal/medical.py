"""薬剤・健診・医療費: what the person sees of the own care at the portal (R-157, R-172)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from oqs_sim.medical.synthesis.facilities import Facility
from oqs_sim.store.person import PersonKey

if TYPE_CHECKING:
    from eligibility.terminal.medical_information import DrugWindow
    from oqs_sim.medical.costs import MedicalCost
    from oqs_sim.medical.history import SeenDispensing
    from oqs_sim.medical.records import MedicalRecords
    from oqs_sim.medical.synthesis.checkups import Checkup
    from oqs_sim.portal.account import Account

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

    async def medicines(self, account: Account) -> list[SeenDispensing]:
        """Return the dispensings that can be seen today, the last first (R-172).

        Neither pharmacy nor clinic is named where that is to be hidden (P-031).

        Raises:
            Problem: UNKNOWN_PERSON.
        """
        person, on = _person(account), account.today
        found = await asyncio.to_thread(lambda: self.records.history(person).medicines(on))
        return [_without_places(one, account) for one in found]

    async def checkups(self, account: Account) -> list[Checkup]:
        """Return the checkups that can be seen today, the last first.

        Raises:
            Problem: UNKNOWN_PERSON.
        """
        person, on = _person(account), account.today
        return await asyncio.to_thread(lambda: self.records.history(person).checkups(on))

    async def costs(self, account: Account, year: int) -> tuple[MedicalCost, ...]:
        """Return what a calendar year's care cost, as far as its claims are known (R-157).

        No facility is named where that is to be hidden (P-031).

        Raises:
            Problem: UNKNOWN_PERSON.
        """
        person, on = _person(account), account.today
        found = await asyncio.to_thread(lambda: self.records.costs(person, year, on))
        return tuple(replace(one, facility=_shown(one.facility, account)) for one in found)


def _person(account: Account) -> PersonKey:
    return PersonKey.of(account.resident.person_reference)


def _without_places(one: SeenDispensing, account: Account) -> SeenDispensing:
    given, visit = one.dispensing, one.prescribed_at
    return replace(
        one,
        dispensing=replace(given, pharmacy=_shown(given.pharmacy, account)),
        prescribed_at=replace(visit, facility=_shown(visit.facility, account)),
    )


def _shown(facility: Facility, account: Account) -> Facility:
    return Facility(facility.code, account.place(facility.name))
