"""The records of persons: their history under the deployment's seed, and what they pay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.cost.limits import LimitCategory
from eligibility.qualification import ReasonOfLoss
from oqs_sim.medical.costs import Burden, base_burden, costs_of_year
from oqs_sim.medical.coverage import Coverage
from oqs_sim.medical.history import MedicalHistory
from oqs_sim.medical.synthesis.patient import Patient
from oqs_sim.qualification.answer import limit_in_force
from oqs_sim.qualification.share import tenths_of_day
from oqs_sim.store.inquiries import Inquiries
from oqs_sim.store.medical.diseases import diseases_of
from oqs_sim.store.residents import find_by_reference
from storage import reading
from wire.catalogue import Catalogue, Problem
from wire.dates import read_day, write_day

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from sqlalchemy import Engine

    from eligibility.terminal.medical_information import DrugWindow
    from oqs_sim.medical.costs import MedicalCost
    from oqs_sim.store.inquiries import KnownQualification
    from oqs_sim.store.person import PersonKey


@dataclass(frozen=True)
class MedicalRecords:
    """Medical information of the residents, made when it is read."""

    engine: Engine
    seed: str
    """Deployments with one seed have the same records of the same persons."""
    window: DrugWindow

    def history(self, person: PersonKey) -> MedicalHistory:
        """Return a person's history.

        Raises:
            Problem: UNKNOWN_PERSON.
        """
        return self._history(person, *self._known(person))[0]

    def costs(self, person: PersonKey, year: int, on: date) -> tuple[MedicalCost, ...]:
        """Return what a year's care cost, by the ratios and limits that OQS knows (R-157).

        Raises:
            Problem: UNKNOWN_PERSON.
        """
        known, coverage = self._known(person)
        history, patient = self._history(person, known, coverage)
        inquiries = Inquiries(self.engine)
        try:
            before = inquiries.versions_of(person)
        finally:
            inquiries.close()
        return costs_of_year(history, year, on, _burden(patient, known, before, on))

    def _history(
        self, person: PersonKey, known: Sequence[KnownQualification], coverage: Coverage
    ) -> tuple[MedicalHistory, Patient]:
        patient = self._patient(person, known)
        return MedicalHistory.of(patient, self.seed, self.window, coverage), patient

    def _known(self, person: PersonKey) -> tuple[list[KnownQualification], Coverage]:
        inquiries = Inquiries(self.engine)
        try:
            known = inquiries.qualifications_of(person)
            assisted = inquiries.recipients.of_person(person)
        finally:
            inquiries.close()
        periods = [(one.qualification_date, one.disqualification_date) for one in known]
        periods += [(one.started_on, one.ended_on) for one in assisted]
        return known, Coverage.of(periods)

    def _patient(self, person: PersonKey, known: Sequence[KnownQualification]) -> Patient:
        with reading(self.engine) as connection:
            resident = find_by_reference(connection, person.person_reference)
            diseases = diseases_of(connection, person)
        if resident is None:
            raise Problem(Catalogue.UNKNOWN_PERSON)
        died = [
            read_day(one.disqualification_date)
            for one in known
            if one.reason_of_loss == ReasonOfLoss.DEATH and one.disqualification_date
        ]
        return Patient(
            resident.individual_number,
            resident.birthdate,
            resident.sex,
            resident.name,
            resident.name_kana,
            min(died, default=None),
            diseases,
        )


def _burden(
    patient: Patient,
    known: Sequence[KnownQualification],
    before: Sequence[KnownQualification],
    today: date,
) -> Callable[[date], Burden]:
    """Return what the person pays on a day: as the insurer says of that day, else by age."""
    otherwise = base_burden(patient)

    def of(on: date) -> Burden:
        for one in known:
            lost = one.disqualification_date
            if read_day(one.qualification_date) <= on and (lost is None or on < read_day(lost)):
                return Burden(tenths_of_day(one, before, on, today), _category(one, on))
        return otherwise(on)

    return of


def _category(one: KnownQualification, on: date) -> LimitCategory | None:
    code = one.limit_classification_flag
    return LimitCategory(code) if code and limit_in_force(one, write_day(on)) else None
