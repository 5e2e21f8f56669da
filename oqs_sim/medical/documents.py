"""Medical information in the words of the interface (YZK and TKK, oqs-interface §3.5)."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from wire.dates import write_day, write_moment
from wire.vocabulary.medical import (
    CostNotice,
    CostOfMonth,
    DiDateInf,
    DrugInf,
    HealthCheckupResultAndQuestionInfo,
    HealthCheckups,
    MedicinesAndTreatment,
    MeTrInf,
    MonthInf,
    QuaInf,
    QualificationsInfo,
    SpecificHealthCheckupInfo,
    TkkBody,
    TkkHeader,
    YzkBody,
    YzkHeader,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from oqs_sim.medical.costs import MedicalCost
    from oqs_sim.medical.history import SeenDispensing
    from oqs_sim.medical.synthesis.care import Dispensed, Visit
    from oqs_sim.medical.synthesis.checkups import Checkup
    from oqs_sim.medical.synthesis.facilities import Facility
    from oqs_sim.medical.synthesis.patient import Patient

IN_HOSPITAL, OUTPATIENT = "1", "2"


def medicines_document(
    patient: Patient,
    seen: Sequence[SeenDispensing],
    institution_code: str,
    now: datetime,
    identifier: str | None = None,
) -> MedicinesAndTreatment:
    """Write medicines (薬剤情報): by claims, and of e-prescriptions those without a claim yet."""
    return MedicinesAndTreatment(
        message_header=_yzk_header(patient, institution_code, now, identifier),
        message_body=YzkBody(
            me_tr_month_inf=_dispensed(one for one in seen if one.by_claim) or None,
            cz_di_month_inf=_dispensed(one for one in seen if not one.by_claim) or None,
        ),
    )


def treatment_document(
    patient: Patient,
    visits: Sequence[Visit],
    institution_code: str,
    now: datetime,
    identifier: str | None = None,
    *,
    operations_only: bool = False,
) -> MedicinesAndTreatment:
    """Write treatment (診療情報), or the operations of it alone (手術情報)."""
    months = tuple(_treated(visits, operations_only=operations_only))
    return MedicinesAndTreatment(
        message_header=_yzk_header(patient, institution_code, now, identifier),
        message_body=YzkBody(me_tr_month_inf=months or None),
    )


def checkups_document(
    patient: Patient,
    seen: Sequence[Checkup],
    institution_code: str,
    now: datetime,
    identifier: str | None = None,
) -> HealthCheckups:
    """Write checkups (特定健診情報)."""
    found = tuple(
        SpecificHealthCheckupInfo(
            effective_time=write_day(one.on),
            health_checkup_result_and_question_infos=tuple(
                HealthCheckupResultAndQuestionInfo(
                    item_code=item.code,
                    item_name=item.name,
                    data_type="CD" if item.meaning else "PQ",
                    data_value=item.value,
                    unit=item.unit,
                    data_value_name=item.meaning,
                )
                for item in one.items
            ),
        )
        for one in seen
    )
    return HealthCheckups(
        message_header=TkkHeader(
            process_execution_time=write_moment(now.astimezone(TOKYO)),
            medical_institution_code=institution_code,
            arbitrary_file_identifier=identifier,
            qualifications_info=QualificationsInfo(
                name=patient.name,
                kanas_name=patient.name_kana,
                birthday=write_day(patient.birthdate),
                administrative_gender_code=patient.sex,
            ),
        ),
        message_body=TkkBody(specific_health_checkup_info=found or None),
    )


def cost_notice(year: int, costs: Sequence[MedicalCost]) -> CostNotice:
    """Write 医療費通知 of a year (R-157)."""
    return CostNotice(
        year=year,
        months=tuple(
            CostOfMonth(
                month=f"{one.month:%Y%m}",
                category=one.category,
                facility=one.facility.name,
                days=one.days,
                total=one.total,
                paid=one.paid,
            )
            for one in costs
        ),
        total=sum(one.total for one in costs),
        paid=sum(one.paid for one in costs),
    )


def _yzk_header(
    patient: Patient, institution_code: str, now: datetime, identifier: str | None
) -> YzkHeader:
    return YzkHeader(
        process_execution_time=write_moment(now.astimezone(TOKYO)),
        medical_institution_code=institution_code,
        arbitrary_file_identifier=identifier,
        qua_inf=QuaInf(
            name=patient.name,
            kana_name=patient.name_kana,
            birth=write_day(patient.birthdate),
            adm_gend_code=patient.sex,
        ),
    )


def _dispensed(seen: Iterable[SeenDispensing]) -> tuple[MonthInf, ...]:
    """Write dispensings, by month, pharmacy and prescriber."""

    def place(one: SeenDispensing) -> tuple[date, Facility, Facility]:
        given = one.dispensing
        return given.on.replace(day=1), given.pharmacy, one.prescribed_at.facility

    return tuple(
        MonthInf(
            me_tr_month=f"{month:%Y%m}",
            in_out=OUTPATIENT,
            me_tr_di_h_cd=pharmacy.code,
            me_tr_di_h_nm=pharmacy.name,
            prls_h_cd=prescriber.code,
            prls_h_nm=prescriber.name,
            di_date_infs=tuple(
                DiDateInf(
                    di_date=write_day(one.dispensing.on),
                    pr_date=write_day(one.prescribed_at.on),
                    drug_infs=tuple(map(_drug, one.dispensing.drugs)),
                )
                for one in ones
            ),
        )
        for (month, pharmacy, prescriber), ones in groupby(seen, place)
    )


def _drug(given: Dispensed) -> DrugInf:
    return DrugInf(
        drug_c=given.drug.code,
        drug_n=given.drug.name,
        ingre_n=given.drug.ingredient,
        qua1=f"{given.quantity:g}",
        unit=given.drug.unit,
        usage_n=given.drug.usage.value,
        times=str(given.times),
    )


def _treated(visits: Sequence[Visit], *, operations_only: bool) -> Iterator[MonthInf]:
    def place(one: Visit) -> tuple[date, Facility, bool]:
        return one.on.replace(day=1), one.facility, bool(one.inpatient_days)

    for (month, facility, stays), ones in groupby(visits, place):
        yield MonthInf(
            me_tr_month=f"{month:%Y%m}",
            in_out=IN_HOSPITAL if stays else OUTPATIENT,
            me_tr_di_h_cd=facility.code,
            me_tr_di_h_nm=facility.name,
            di_date_infs=tuple(
                DiDateInf(
                    di_date=write_day(one.on),
                    me_tr_infs=tuple(_acts(one, operations_only=operations_only)) or None,
                )
                for one in ones
            ),
        )


def _acts(visit: Visit, *, operations_only: bool) -> Iterator[MeTrInf]:
    done = [] if visit.surgery is None else [(visit.surgery.kind.code, visit.surgery.kind.name)]
    if not operations_only:
        done += [(act.code, act.name) for act in visit.acts if act.shown]
    for code, name in done:
        yield MeTrInf(sin_inf_cd=code, sin_inf_n=name, qua1="1", unit="回", times="1")
