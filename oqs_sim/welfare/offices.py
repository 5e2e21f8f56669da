"""福祉事務所: what offices report of their recipients and of the tickets of a month (P-032)."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eligibility.cost.assistance import LAW
from eligibility.days.dates import TOKYO
from eligibility.identifiers.insured_number import comparable_number
from eligibility.identifiers.numbers import InsurerNumber, InvalidNumber
from oqs_sim.store.bulk.recipients import (
    Recipient,
    StoredTicket,
    WelfareOffice,
    find_office,
    find_person,
    keep_office,
    keep_recipient,
    keep_tickets,
    note_sending,
)
from oqs_sim.store.residents import find_by_reference
from storage import lock_name, reading
from wire.catalogue import Catalogue, Problem
from wire.dates import read_day, write_day
from wire.vocabulary.care.assistance import WelfareOfficeStanding
from wire.vocabulary.certificate_details import MedicalTicketInfo

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from oqs_sim.welfare.assistance import WelfarePolicy
    from wire.vocabulary.care.assistance import NewRecipient, NewTicket

_TOLD = set(MedicalTicketInfo.model_fields)


@dataclass(frozen=True)
class WelfareOffices:
    """Takes what welfare offices report. Whatever one sends shows that it still does."""

    engine: Engine
    policy: WelfarePolicy

    def keep_office(self, number: str, name: str, now: datetime) -> None:
        """Register an office, or note that it still reports.

        Raises:
            Problem: INVALID_NUMBER.
        """
        office = WelfareOffice(_office_number(number), name, now)
        with self.engine.begin() as connection:
            keep_office(connection, office)

    def standing(self, number: str, now: datetime) -> WelfareOfficeStanding:
        """Return how an office stands.

        Raises:
            Problem: INVALID_NUMBER, WELFARE_OFFICE_UNKNOWN.
        """
        with reading(self.engine) as connection:
            office = _known_office(connection, number)
        return WelfareOfficeStanding(
            office_number=office.office_number,
            name=office.name,
            last_sent_at=office.last_sent_at,
            trusted=self.policy.trusts(office, now),
        )

    def keep_recipient(self, number: str, new: NewRecipient, now: datetime) -> None:
        """Register who receives 医療扶助, or put right what was said of them.

        Raises:
            Problem: INVALID_NUMBER, WELFARE_OFFICE_UNKNOWN, UNKNOWN_PERSON; ALREADY_EXISTS where
                the number is somebody else's.
        """
        with self.engine.begin() as connection:
            office = _reporting_office(connection, number)
            resident = find_by_reference(connection, new.person_reference)
            if resident is None:
                raise Problem(Catalogue.UNKNOWN_PERSON, new.person_reference)
            recipient_number = comparable_number(new.recipient_number)
            holder = find_person(connection, office.office_number, recipient_number)
            if holder is not None and holder.person_reference != new.person_reference:
                raise Problem(
                    Catalogue.ALREADY_EXISTS,
                    f"{recipient_number} is another person's number.",
                    japanese="この受給者番号は、別の方に登録されています。番号を確かめてください。",
                )
            keep_recipient(
                connection,
                Recipient(
                    person_reference=new.person_reference,
                    office_number=office.office_number,
                    recipient_number=recipient_number,
                    office_name=office.name,
                    name=resident.name,
                    name_kana=resident.name_kana,
                    sex1=resident.sex,
                    birthdate=write_day(resident.birthdate),
                    started_on=new.started_on,
                    ended_on=new.ended_on,
                ),
            )
            note_sending(connection, office.office_number, now)

    def keep_tickets(self, number: str, new: tuple[NewTicket, ...], now: datetime) -> None:
        """Register tickets; all of them, or none.

        Raises:
            Problem: INVALID_NUMBER, WELFARE_OFFICE_UNKNOWN, or RECIPIENT_UNKNOWN.
        """
        with self.engine.begin() as connection:
            office = _reporting_office(connection, number)
            tickets = [self._ticket(connection, office, one, now) for one in new]
            keep_tickets(connection, tickets)
            note_sending(connection, office.office_number, now)

    def _ticket(
        self, connection: Connection, office: WelfareOffice, new: NewTicket, now: datetime
    ) -> tuple[StoredTicket, str]:
        recipient_number = comparable_number(new.recipient_number)
        person = find_person(connection, office.office_number, recipient_number)
        if person is None:
            raise Problem(Catalogue.RECIPIENT_UNKNOWN, recipient_number)
        month = new.medical_treatment_month
        first = read_day(f"{month}01")
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        said = {
            "medical_ticket_valid_date": write_day(first),
            "medical_ticket_expiration_date": write_day(last),
            **new.model_dump(exclude_none=True),
        }
        content = MedicalTicketInfo.model_validate(
            {name: value for name, value in said.items() if name in _TOLD}
        )
        usual = datetime(first.year, first.month, self.policy.ticket_day, tzinfo=TOKYO)
        ticket = StoredTicket(
            person_reference=person.person_reference,
            treatment_month=month,
            issue_number=new.issue_number,
            office_number=office.office_number,
            recipient_number=recipient_number,
            visible_from=(new.visible_from or max(usual, now)).astimezone(UTC),
            content=content.model_dump_json(by_alias=True, exclude_none=True),
        )
        return ticket, new.designated_medical_institution_code


def _office_number(text: str) -> str:
    """Read 公費負担者番号 of 医療扶助.

    Raises:
        Problem: INVALID_NUMBER.
    """
    try:
        digits = InsurerNumber.parse(text).digits
    except InvalidNumber as error:
        raise Problem(Catalogue.INVALID_NUMBER, error.text.en, japanese=error.text.ja) from None
    if len(digits) != 8 or not digits.startswith(LAW):
        raise Problem(
            Catalogue.INVALID_NUMBER,
            f"The number of a welfare office has 8 digits and begins with {LAW}.",
            japanese=f"医療扶助の公費負担者番号は{LAW}で始まる8桁です。番号を確かめてください。",
        )
    return digits


def _known_office(connection: Connection, number: str) -> WelfareOffice:
    digits = _office_number(number)
    office = find_office(connection, digits)
    if office is None:
        raise Problem(Catalogue.WELFARE_OFFICE_UNKNOWN, digits)
    return office


def _reporting_office(connection: Connection, number: str) -> WelfareOffice:
    """Return an office that reports; what it reports at once is taken one after the other.

    So one 受給者番号 is one person's, and reports of the same tickets do not wait in a ring.
    """
    lock_name(connection, f"welfare office {_office_number(number)}")
    return _known_office(connection, number)
