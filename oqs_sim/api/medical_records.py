"""The operator's own view of medical information: 特定疾病, a person's record, who looked at it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Query, Response

from eligibility.days.dates import TOKYO
from oqs_sim.api.line import rendered
from oqs_sim.medical.documents import (
    checkups_document,
    cost_notice,
    medicines_document,
    treatment_document,
)
from oqs_sim.store.medical.diseases import SpecificDisease, forget_disease, put_disease
from oqs_sim.store.person import PersonKey
from oqs_sim.store.residents import find_by_reference
from storage import read_aside
from wire.catalogue import Catalogue, Problem
from wire.dates import read_day, write_day, write_day_or_none
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.codes import SpecificDisease as DiseaseCategory
from wire.vocabulary.medical import (
    ConditionRecord,
    MedicalRecord,
    MedicalViewRecord,
    MedicalViewRecords,
    SpecificDiseaseCertificate,
    SpecificDiseaseCertificates,
)
from wire.vocabulary.texts import Reference

if TYPE_CHECKING:
    from datetime import datetime

    from oqs_sim.medical.records import MedicalRecords
    from oqs_sim.medical.viewing import MedicalViews
    from oqs_sim.timekeeping import Timekeeper

Person = Annotated[Reference, Path()]
Category = Annotated[DiseaseCategory, Path()]


def router(views: MedicalViews, records: MedicalRecords, time: Timekeeper) -> Routes:
    """Return the simulation's own routes: 特定疾病, a person's record, who looked at it."""
    routes = Routes(CONSOLE, prefix="/sim/medical/persons", tags=["診療・薬剤・健診情報（模擬）"])
    engine = records.engine

    @routes.get(
        "/{person_reference}",
        summary="Show all that the simulation has of a person's care at present",
        response_model=MedicalRecord,
        responses=problem_responses(Catalogue.UNKNOWN_PERSON),
    )
    async def show_record(
        person_reference: Person,
        year: Annotated[int | None, Query(alias="Year", ge=2008, le=2099)] = None,
    ) -> Response:
        """Also what nobody may see yet; ``Year`` is that of the costs, this year when absent."""
        now = await time.asked_at()

        def document() -> Response:
            return rendered(_record(records, PersonKey.of(person_reference), now, year))

        return await asyncio.to_thread(document)

    @routes.get(
        "/{person_reference}/views",
        summary="Show who looked at a person's medical information, by what right",
        response_model=MedicalViewRecords,
    )
    async def show_views(person_reference: Person) -> Response:
        found = await read_aside(engine, lambda: views.past(PersonKey.of(person_reference)))
        return rendered(
            MedicalViewRecords(
                views=tuple(
                    MedicalViewRecord(
                        viewed_at=one.viewed_at.isoformat(),
                        medical_institution_code=one.institution_code,
                        kind=one.kind,
                        profession=one.profession,
                        user_id=one.user_id,
                        ground=one.ground,
                        refusal=one.refusal,
                    )
                    for one in found
                )
            )
        )

    _add_diseases(routes, views)
    return routes


def _add_diseases(routes: Routes, views: MedicalViews) -> None:
    """Add the routes of 特定疾病療養受療証."""
    engine = views.checks.engine

    @routes.get(
        "/{person_reference}/specific-diseases",
        summary="Show a person's 特定疾病療養受療証",
        response_model=SpecificDiseaseCertificates,
    )
    async def show_diseases(person_reference: Person) -> Response:
        found = await read_aside(
            engine, lambda: views.checks.readings.diseases(PersonKey.of(person_reference))
        )
        return rendered(
            SpecificDiseaseCertificates(
                certificates={DiseaseCategory(one.category): _certificate(one) for one in found}
            )
        )

    @routes.put(
        "/{person_reference}/specific-diseases/{category}",
        summary="Put in 特定疾病療養受療証 as the insurer has issued it",
        status_code=204,
        responses=problem_responses(Catalogue.UNKNOWN_PERSON, Catalogue.INVALID_REQUEST),
    )
    async def put_certificate(
        person_reference: Person, category: Category, asked: SpecificDiseaseCertificate
    ) -> Response:
        one = _checked(category, asked)

        def put() -> None:
            with engine.begin() as connection:
                if find_by_reference(connection, person_reference) is None:
                    raise Problem(Catalogue.UNKNOWN_PERSON)
                put_disease(connection, PersonKey.of(person_reference), one)

        await asyncio.to_thread(put)
        return Response(status_code=204)

    @routes.delete(
        "/{person_reference}/specific-diseases/{category}",
        summary="Take 特定疾病療養受療証 out again",
        status_code=204,
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def delete_certificate(person_reference: Person, category: Category) -> Response:
        def forget() -> bool:
            with engine.begin() as connection:
                return forget_disease(connection, PersonKey.of(person_reference), category)

        if not await asyncio.to_thread(forget):
            raise Problem(Catalogue.NOT_FOUND, "The person has no such certificate.")
        return Response(status_code=204)


_OPERATOR = "0000000000"
"""In the place of an institution, where the operator of the simulation looks."""


def _record(
    records: MedicalRecords, person: PersonKey, now: datetime, year: int | None
) -> MedicalRecord:
    today = now.astimezone(TOKYO).date()
    history = records.history(person)
    patient = history.care.patient
    of_year = year or today.year
    costs = records.costs(person, of_year, today)
    surgery = history.surgery(today)
    return MedicalRecord(
        person_reference=person.person_reference,
        conditions=tuple(
            ConditionRecord(name=one.condition.value, since=write_day(one.since))
            for one in history.care.onsets
            if one.since <= today
        ),
        medicines=medicines_document(patient, history.medicines(today), _OPERATOR, now),
        treatment=treatment_document(patient, history.treatment(today), _OPERATOR, now),
        surgery=treatment_document(patient, surgery, _OPERATOR, now, operations_only=True),
        checkups=checkups_document(patient, history.checkups(today), _OPERATOR, now),
        costs=cost_notice(of_year, costs),
    )


def _checked(category: DiseaseCategory, asked: SpecificDiseaseCertificate) -> SpecificDisease:
    since = read_day(asked.specific_diseases_valid_start_date)
    last = asked.specific_diseases_valid_end_date
    until = read_day(last) if last else None
    issued_on = read_day(asked.specific_diseases_certificate_date)
    return SpecificDisease(
        category.value, issued_on, since, until, asked.specific_diseases_self_pay
    )


def _certificate(one: SpecificDisease) -> SpecificDiseaseCertificate:
    return SpecificDiseaseCertificate(
        specific_diseases_certificate_date=write_day(one.issued_on),
        specific_diseases_valid_start_date=write_day(one.valid_from),
        specific_diseases_valid_end_date=write_day_or_none(one.valid_until),
        specific_diseases_self_pay=one.self_pay,
    )
