"""医療扶助: offices, recipients and their tickets, as the offices report them (P-032)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from oqs_sim.store.bulk.schema import (
    medical_ticket,
    medical_ticket_by_institution,
    welfare_office,
    welfare_recipient,
    welfare_recipient_by_number,
)
from oqs_sim.store.person import PersonKey, is_person
from storage import insert_into

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Insert, Table

    from storage import DirectConnection


@dataclass(frozen=True)
class WelfareOffice:
    """福祉事務所."""

    office_number: str
    """公費負担者番号."""
    name: str
    last_sent_at: datetime
    """Business time."""


@dataclass(frozen=True)
class Recipient:
    """Somebody who receives 医療扶助 of an office."""

    person_reference: str
    office_number: str
    recipient_number: str
    """受給者番号."""
    office_name: str
    name: str
    name_kana: str
    sex1: str
    birthdate: str
    started_on: str
    ended_on: str | None
    """The first day on which it is over."""


@dataclass(frozen=True)
class StoredTicket:
    """医療券 or 調剤券 of a month."""

    person_reference: str
    treatment_month: str
    issue_number: str
    office_number: str
    recipient_number: str
    visible_from: datetime
    content: str
    """The element ``MedicalTicketInfo`` as JSON."""


_OFFICE = select(*(welfare_office.c[field.name] for field in fields(WelfareOffice))).where(
    welfare_office.c.office_number == bindparam("of_office")
)
"""An office by its number."""

_RECIPIENTS = (
    select(*(welfare_recipient.c[field.name] for field in fields(Recipient)))
    .where(is_person(welfare_recipient))
    .order_by(welfare_recipient.c.started_on)
)
"""What offices know of a person, the newest last."""

_RECIPIENT_BY_NUMBER = select(
    welfare_recipient_by_number.c.bucket, welfare_recipient_by_number.c.person_reference
).where(
    welfare_recipient_by_number.c.office_number == bindparam("of_office"),
    welfare_recipient_by_number.c.recipient_number == bindparam("of_recipient"),
)
"""Whose 受給者番号 this is."""

_TICKETS = (
    select(*(medical_ticket.c[field.name] for field in fields(StoredTicket)))
    .where(
        is_person(medical_ticket),
        medical_ticket.c.treatment_month == bindparam("of_month"),
        medical_ticket.c.visible_from <= bindparam("now"),
    )
    .order_by(medical_ticket.c.issue_number)
)
"""The tickets of a person for a month that may be seen by now."""

_ENTRUSTED = (
    select(medical_ticket_by_institution.c.bucket, medical_ticket_by_institution.c.person_reference)
    .where(
        medical_ticket_by_institution.c.institution_code == bindparam("of_institution"),
        medical_ticket_by_institution.c.treatment_month == bindparam("of_month"),
    )
    .order_by(
        medical_ticket_by_institution.c.bucket, medical_ticket_by_institution.c.person_reference
    )
)
"""Who is entrusted to an institution in a month."""

_SENT = (
    update(welfare_office)
    .where(welfare_office.c.office_number == bindparam("of_office"))
    .values(last_sent_at=bindparam("now"))
)
"""Notes that an office has sent something."""


def _upsert(table: Table, dialect: Dialect) -> Insert:
    """Keep a row, in place of the one with its key."""
    new = insert_into(table, dialect)
    key = [column.name for column in table.primary_key]
    others = [column.name for column in table.c if column.name not in key]
    if not others:
        return new.on_conflict_do_nothing(index_elements=key)
    return new.on_conflict_do_update(
        index_elements=key, set_={name: new.excluded[name] for name in others}
    )


def keep_office(connection: Connection, office: WelfareOffice) -> None:
    """Keep an office, in place of what was known of it."""
    connection.execute(_upsert(welfare_office, connection.dialect), asdict(office))


def find_office(connection: Connection, office_number: str) -> WelfareOffice | None:
    """Find an office by its number."""
    row = connection.execute(_OFFICE, {"of_office": office_number}).one_or_none()
    return WelfareOffice(*row) if row else None


def note_sending(connection: Connection, office_number: str, now: datetime) -> None:
    """Note that an office has sent something."""
    connection.execute(_SENT, {"of_office": office_number, "now": now})


def find_person(
    connection: Connection, office_number: str, recipient_number: str
) -> PersonKey | None:
    """Find whose 受給者番号 this is."""
    of = {"of_office": office_number, "of_recipient": recipient_number}
    row = connection.execute(_RECIPIENT_BY_NUMBER, of).one_or_none()
    return PersonKey(*row) if row else None


def keep_recipient(connection: Connection, recipient: Recipient) -> None:
    """Keep a recipient, in place of what was known under this number."""
    key = PersonKey.of(recipient.person_reference)
    dialect = connection.dialect
    connection.execute(
        _upsert(welfare_recipient, dialect), {"bucket": key.bucket, **asdict(recipient)}
    )
    connection.execute(
        _upsert(welfare_recipient_by_number, dialect),
        {
            **key._asdict(),
            "office_number": recipient.office_number,
            "recipient_number": recipient.recipient_number,
        },
    )


def keep_tickets(connection: Connection, tickets: Iterable[tuple[StoredTicket, str]]) -> None:
    """Keep tickets, each with the institution to which it entrusts its holder."""
    rows = [
        ({**PersonKey.of(one.person_reference)._asdict(), **asdict(one)}, institution)
        for one, institution in tickets
    ]
    dialect = connection.dialect
    connection.execute(_upsert(medical_ticket, dialect), [row for row, _ in rows])
    connection.execute(
        _upsert(medical_ticket_by_institution, dialect),
        [{**row, "institution_code": institution} for row, institution in rows],
    )


class Recipients:
    """What checks read of 医療扶助, on the connection of the checks."""

    def __init__(self, direct: DirectConnection) -> None:
        self._direct = direct
        self._office = direct.prepare(_OFFICE)
        self._recipients = direct.prepare(_RECIPIENTS)
        self._by_number = direct.prepare(_RECIPIENT_BY_NUMBER)
        self._tickets = direct.prepare(_TICKETS)
        self._entrusted = direct.prepare(_ENTRUSTED)

    def office(self, office_number: str) -> WelfareOffice | None:
        """Find an office by its number."""
        row = self._direct.first(self._office, {"of_office": office_number})
        return WelfareOffice(*row) if row else None

    def of_person(self, person: PersonKey) -> list[Recipient]:
        """Return what offices know of a person, the newest last."""
        rows = self._direct.all(self._recipients, person.bound)
        return [Recipient(*row) for row in rows]

    def holder(self, office_number: str, recipient_number: str) -> PersonKey | None:
        """Find whose 受給者番号 this is."""
        of = {"of_office": office_number, "of_recipient": recipient_number}
        row = self._direct.first(self._by_number, of)
        return PersonKey(*row) if row else None

    def tickets(self, person: PersonKey, month: str, now: datetime) -> list[StoredTicket]:
        """Return the tickets of a person for a month that may be seen by now."""
        rows = self._direct.all(self._tickets, {**person.bound, "of_month": month, "now": now})
        return [StoredTicket(*row) for row in rows]

    def entrusted(self, institution_code: str, month: str) -> list[PersonKey]:
        """Return who is entrusted to an institution in a month."""
        of = {"of_institution": institution_code, "of_month": month}
        return [PersonKey(*row) for row in self._direct.all(self._entrusted, of)]
