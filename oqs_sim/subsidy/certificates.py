"""医療費助成の受給者証 by card (PMH): what is told, and why something is not.

To the desk a certificate that was refused, has lapsed, or is of a municipality that is not
connected looks the same: there is none. The inspection tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from eligibility.identifiers.digits import InvalidNumber, verify_check_digit
from eligibility.sentence import Sentence
from oqs_sim.store.bulk.subsidies import (
    SubsidyAnswer,
    SubsidyCertificate,
    SubsidyMunicipality,
    certificates_of,
    find_answer,
    find_municipality,
    keep_answer,
    keep_certificate,
    keep_municipality,
)
from oqs_sim.store.person import PersonKey
from oqs_sim.store.residents import find_by_reference
from storage import reading
from wire.catalogue import Catalogue, Problem
from wire.dates import write_day
from wire.vocabulary.answer import SubsidyCertificateInfo
from wire.vocabulary.care.assistance import (
    InspectedCertificate,
    SubsidyInspection,
    SubsidyOutcome,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sqlalchemy import Connection, Engine

    from wire.vocabulary.care.assistance import NewSubsidyCertificate

USED = "1"
_PAYER_NUMBER = Sentence("公費負担者番号", "payer number")


@dataclass(frozen=True)
class SubsidyCertificates:
    """Keeps what municipalities register, and tells of it."""

    engine: Engine

    def keep_municipality(self, code: str, name: str, connected_on: str | None) -> None:
        """Register a municipality, or when it is connected."""
        with self.engine.begin() as connection:
            keep_municipality(connection, SubsidyMunicipality(code, name, connected_on))

    def keep_certificate(self, municipality_code: str, new: NewSubsidyCertificate) -> None:
        """Register a certificate, or put it right.

        Raises:
            Problem: NOT_FOUND where the municipality is not known, UNKNOWN_PERSON, INVALID_NUMBER.
        """
        try:
            verify_check_digit(new.payer_number, _PAYER_NUMBER)
        except InvalidNumber as error:
            raise Problem(Catalogue.INVALID_NUMBER, error.text.en, japanese=error.text.ja) from None
        with self.engine.begin() as connection:
            if find_municipality(connection, municipality_code) is None:
                raise Problem(
                    Catalogue.NOT_FOUND,
                    f"Municipality {municipality_code} is not known; register it first.",
                    japanese="この市区町村は登録されていません。先に登録してください。",
                )
            if find_by_reference(connection, new.person_reference) is None:
                raise Problem(Catalogue.UNKNOWN_PERSON, new.person_reference)
            keep_certificate(
                connection,
                SubsidyCertificate(
                    person_reference=new.person_reference,
                    payer_number=new.payer_number,
                    recipient_number=new.recipient_number,
                    municipality_code=municipality_code,
                    name=new.name,
                    valid_from=new.valid_from,
                    valid_until=new.valid_until,
                ),
            )

    def told(
        self, person: PersonKey, institution_code: str, used: str, now: datetime, asked_on: date
    ) -> tuple[SubsidyCertificateInfo, ...]:
        """Note what a person said at a reader, and return what the desk is told of a day."""
        with self.engine.begin() as connection:
            keep_answer(connection, person, institution_code, SubsidyAnswer(now, used))
            judged = list(_judged(connection, person, used, now, asked_on))
        return tuple(
            SubsidyCertificateInfo(
                payer_number=one.payer_number,
                recipient_number=one.recipient_number,
                name=one.name,
                municipality_name=municipality.name,
                valid_from=one.valid_from,
                valid_until=one.valid_until,
            )
            for one, municipality, outcome in judged
            if outcome is SubsidyOutcome.TOLD
        )

    def inspect(
        self, person_reference: str, institution_code: str, now: datetime
    ) -> SubsidyInspection:
        """Return why an institution is told of a person's certificates what it is."""
        person = PersonKey.of(person_reference)
        with reading(self.engine) as connection:
            answer = find_answer(connection, person, institution_code)
            used = answer.used if answer else None
            today = now.astimezone(TOKYO).date()
            judged = list(_judged(connection, person, used, now, today))
        return SubsidyInspection(
            used=used,
            asked_at=answer.asked_at if answer else None,
            certificates=tuple(
                InspectedCertificate(
                    payer_number=one.payer_number,
                    recipient_number=one.recipient_number,
                    name=one.name,
                    municipality_code=one.municipality_code,
                    outcome=outcome,
                )
                for one, _, outcome in judged
            ),
        )


def _judged(
    connection: Connection, person: PersonKey, used: str | None, now: datetime, asked_on: date
) -> Iterator[tuple[SubsidyCertificate, SubsidyMunicipality, SubsidyOutcome]]:
    today, day = write_day(now.astimezone(TOKYO)), write_day(asked_on)
    for one in certificates_of(connection, person):
        municipality = find_municipality(connection, one.municipality_code)
        assert municipality is not None
        yield one, municipality, outcome_of(one, municipality, used, today, day)


def outcome_of(
    certificate: SubsidyCertificate,
    municipality: SubsidyMunicipality,
    used: str | None,
    today: str,
    asked_on: str,
) -> SubsidyOutcome:
    """Tell whether a certificate is told by card of a day that is asked for, or why not."""
    if municipality.connected_on is None or today < municipality.connected_on:
        return SubsidyOutcome.NOT_CONNECTED
    if asked_on < certificate.valid_from:
        return SubsidyOutcome.NOT_YET_VALID
    if certificate.valid_until is not None and certificate.valid_until < asked_on:
        return SubsidyOutcome.LAPSED
    if used is None:
        return SubsidyOutcome.NOT_ASKED
    return SubsidyOutcome.TOLD if used == USED else SubsidyOutcome.REFUSED
