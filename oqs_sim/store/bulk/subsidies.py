"""医療費助成: municipalities, certificates, and what was said of them at a reader."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from oqs_sim.store.bulk.schema import (
    subsidy_answer,
    subsidy_certificate,
    subsidy_municipality,
)
from oqs_sim.store.person import PersonKey, is_person
from storage import insert_into

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Insert, Table


@dataclass(frozen=True)
class SubsidyMunicipality:
    """A municipality that gives 医療費助成."""

    municipality_code: str
    name: str
    connected_on: str | None


@dataclass(frozen=True)
class SubsidyCertificate:
    """受給者証 of a person."""

    person_reference: str
    payer_number: str
    recipient_number: str
    municipality_code: str
    name: str
    valid_from: str
    valid_until: str | None


@dataclass(frozen=True)
class SubsidyAnswer:
    """What a person said at a reader."""

    asked_at: datetime
    used: str


_MUNICIPALITY = select(
    *(subsidy_municipality.c[field.name] for field in fields(SubsidyMunicipality))
).where(subsidy_municipality.c.municipality_code == bindparam("of_municipality"))
"""A municipality by its code."""

_CERTIFICATES = (
    select(*(subsidy_certificate.c[field.name] for field in fields(SubsidyCertificate)))
    .where(is_person(subsidy_certificate))
    .order_by(subsidy_certificate.c.payer_number, subsidy_certificate.c.recipient_number)
)
"""All certificates of a person."""

_ANSWER = select(*(subsidy_answer.c[field.name] for field in fields(SubsidyAnswer))).where(
    is_person(subsidy_answer),
    subsidy_answer.c.institution_code == bindparam("of_institution"),
)
"""What a person last said at an institution's reader."""


def _replace(table: Table, dialect: Dialect) -> Insert:
    """Keep a row, in place of the one with its key."""
    new = insert_into(table, dialect)
    key = [column.name for column in table.primary_key]
    return new.on_conflict_do_update(
        index_elements=key,
        set_={
            column.name: new.excluded[column.name] for column in table.c if column.name not in key
        },
    )


def keep_municipality(connection: Connection, new: SubsidyMunicipality) -> None:
    """Keep a municipality, in place of what was known of it."""
    connection.execute(_replace(subsidy_municipality, connection.dialect), asdict(new))


def find_municipality(connection: Connection, code: str) -> SubsidyMunicipality | None:
    """Find a municipality by its code."""
    row = connection.execute(_MUNICIPALITY, {"of_municipality": code}).one_or_none()
    return SubsidyMunicipality(*row) if row else None


def keep_certificate(connection: Connection, new: SubsidyCertificate) -> None:
    """Keep a certificate, in place of the one with its numbers."""
    row = {"bucket": PersonKey.of(new.person_reference).bucket, **asdict(new)}
    connection.execute(_replace(subsidy_certificate, connection.dialect), row)


def certificates_of(connection: Connection, person: PersonKey) -> list[SubsidyCertificate]:
    """Return all certificates of a person, whether they are valid or not."""
    return [SubsidyCertificate(*row) for row in connection.execute(_CERTIFICATES, person.bound)]


def keep_answer(
    connection: Connection, person: PersonKey, institution_code: str, new: SubsidyAnswer
) -> None:
    """Keep what a person said at an institution's reader, in place of the last time."""
    row = {**person._asdict(), "institution_code": institution_code, **asdict(new)}
    connection.execute(_replace(subsidy_answer, connection.dialect), row)


def find_answer(
    connection: Connection, person: PersonKey, institution_code: str
) -> SubsidyAnswer | None:
    """Return what a person last said at an institution's reader."""
    of = {**person.bound, "of_institution": institution_code}
    row = connection.execute(_ANSWER, of).one_or_none()
    return SubsidyAnswer(*row) if row else None
