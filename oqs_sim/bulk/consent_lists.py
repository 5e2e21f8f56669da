"""同意済資格情報一括取得 (muhvq, muonq): the patients of an institution who consented at home."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from oqs_sim.bulk.confirmations import assisted_unit, called, refused_unit
from oqs_sim.bulk.message import PartOutcome
from oqs_sim.qualification.answer import result_of
from oqs_sim.qualification.asking import Asking, line_of
from oqs_sim.qualification.challenge import ChallengePurpose
from oqs_sim.store.bulk.home_consents import CONSENT_DAY, EXAMINATION_DAY, listed
from storage import reading
from wire.catalogue import Problem
from wire.dates import write_day, write_moment
from wire.vocabulary.bulk_inquiry import BulkConfirmUnit, VisitingSearchInfo
from wire.vocabulary.codes import ReferenceClassification
from wire.vocabulary.inquiry import RequestHeader

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from oqs_sim.qualification.answer import Judged
    from oqs_sim.store.bulk.home_consents import HomeConsent
    from oqs_sim.store.bulk.receptions import ClaimedPart
    from oqs_sim.store.inquiries import Inquiries
    from oqs_sim.visiting.home_consents import HomeConsents
    from wire.vocabulary.answer import ResultOfQualificationConfirmation

_FIRST, _LAST = "00000000", "99999999"


class ConsentLists:
    """Does inquiries for who consented at home; for one thread.

    Consents that have ended are on no list.
    """

    def __init__(self, engine: Engine, inquiries: Inquiries, consents: HomeConsents) -> None:
        self._engine = engine
        self._inquiries = inquiries
        self._consents = consents

    def __call__(self, claimed: ClaimedPart) -> PartOutcome:
        """Return a unit of each patient, in the order of the persons."""
        reception = claimed.reception
        (written,) = json.loads(f"[{claimed.asked}]")
        asked = VisitingSearchInfo.model_validate(written)
        kind = CONSENT_DAY
        days = asked.consent_date_from or _FIRST, asked.consent_date_to or _LAST
        if asked.examination_date_from or asked.examination_date_to:
            kind = EXAMINATION_DAY
            days = asked.examination_date_from or _FIRST, asked.examination_date_to or _LAST
        with reading(self._engine) as connection:
            found = listed(
                connection, reception.institution_code, asked.medical_treatment_flag, kind, days
            )
        told_at = reception.received_at.astimezone(TOKYO)
        units, lines, errors = [], [], 0
        for consent in found:
            asking = Asking(
                reception.institution_code,
                ReferenceClassification.CARD,
                ChallengePurpose.AT_HOME,
                reception.received_at,
                consent.person,
            )
            header = RequestHeader(medical_institution_code=reception.institution_code)
            try:
                judged = self._consents.judged(header, asking, self._inquiries)
            except Problem as problem:
                errors += 1
                units.append(_with_number(refused_unit(problem), consent))
                lines.append(line_of(asking, refusal=problem.entry.kind.code))
            else:
                units.append(_with_number(_unit(judged, told_at), consent))
                lines.append(line_of(asking, validity=judged.validity))
        return PartOutcome(units, lines, errors)


def _unit(judged: Judged, told_at: datetime) -> BulkConfirmUnit:
    if not judged.shown and judged.shown_assistance is not None:
        return assisted_unit(judged.shown_assistance)
    results: tuple[ResultOfQualificationConfirmation, ...] = ()
    if judged.shown:
        # Consented by card, so 限度額 is told (P-034). One fits; the other insurer's is left to
        # 再照会, which tells all.
        row = judged.known[judged.shown[0]]
        results = (
            result_of(row, write_day(told_at), write_moment(told_at), reference_number=None),
        )
    return BulkConfirmUnit(
        qualification_validity=judged.validity,
        result_of_qualification_confirmation=results,
        reference_number=called(judged),
    )


def _with_number(unit: BulkConfirmUnit, consent: HomeConsent) -> BulkConfirmUnit:
    return unit.model_copy(update={"simulation_consent_number": consent.consent_number})
