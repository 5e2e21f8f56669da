"""Consents that were given at home (居宅同意取得型), and the lists of an institution."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from oqs_sim.store.bulk.schema import (
    home_consent,
    home_consent_by_day,
    home_consent_by_number,
)
from oqs_sim.store.journal import Beside
from oqs_sim.store.person import PersonKey, is_person
from storage import insert_into

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Insert, Update


@dataclass(frozen=True)
class HomeConsent:
    """A consent, and what became of it."""

    person_reference: str
    institution_code: str
    treatment_flag: str
    """診療区分 (OQSCD028): 2 訪問診療等, 3 オンライン診療等."""
    consent_number: str
    consented_at: datetime
    ended_at: datetime | None = None
    end_reason: str | None = None
    """同意期限切れ理由 (OQSCD031)."""

    @property
    def person(self) -> PersonKey:
        """Whose consent it is."""
        return PersonKey.of(self.person_reference)


_CONSENTS = (
    select(*(home_consent.c[field.name] for field in fields(HomeConsent)))
    .where(is_person(home_consent))
    .order_by(home_consent.c.consented_at.desc(), home_consent.c.consent_number)
)
"""All consents of a person, the last first."""

_CONSENT = _CONSENTS.where(home_consent.c.consent_number == bindparam("of_number"))
"""The consent of a person with a number."""

_STANDING_TO = _CONSENTS.where(
    home_consent.c.institution_code == bindparam("of_institution"),
    home_consent.c.treatment_flag == bindparam("of_flag"),
    home_consent.c.ended_at.is_(None),
).limit(1)
"""The last consent of a person for an institution and a kind of treatment that stands."""

_BY_NUMBER = select(home_consent_by_number).where(
    home_consent_by_number.c.consent_number == bindparam("of_number")
)
"""Where the consent with a number lies."""

_BY_DAYS = (
    select(home_consent_by_day.c.bucket, home_consent_by_day.c.person_reference)
    .distinct()
    .where(
        home_consent_by_day.c.institution_code == bindparam("of_institution"),
        home_consent_by_day.c.treatment_flag == bindparam("of_flag"),
        home_consent_by_day.c.kind == bindparam("of_kind"),
        home_consent_by_day.c.day.between(bindparam("first"), bindparam("last")),
    )
    .order_by(home_consent_by_day.c.bucket, home_consent_by_day.c.person_reference)
)
"""Who consented, or is to be examined, on a day from the first to the last."""

_STANDING = (
    update(home_consent)
    .where(is_person(home_consent), home_consent.c.ended_at.is_(None))
    .values(ended_at=bindparam("at"), end_reason=bindparam("reason"))
)
"""Ends consents of a person that stand."""
_END = _STANDING.where(home_consent.c.consent_number == bindparam("of_number"))
"""Ends the one with a number."""
_END_AT = _STANDING.where(
    home_consent.c.institution_code == bindparam("of_institution"),
    home_consent.c.treatment_flag == bindparam("of_flag"),
)
"""Ends those for an institution and a kind of treatment."""

CONSENT_DAY, EXAMINATION_DAY = "consent", "examination"
"""Kinds of days by which a list is asked for."""


def kept_consent(
    consent: HomeConsent, consent_day: str, examination_day: str
) -> tuple[Beside, ...]:
    """Return what keeps a consent beside those before, and lists its patient on these days."""
    person = consent.person._asdict()
    number = {"consent_number": consent.consent_number}
    place = {
        **person,
        "institution_code": consent.institution_code,
        "treatment_flag": consent.treatment_flag,
    }
    return (
        Beside(_add, {**person, **number, **asdict(consent)}),
        Beside(_number, {**person, **number}),
        Beside(_list, {**place, "kind": CONSENT_DAY, "day": consent_day}),
        Beside(_list, {**place, "kind": EXAMINATION_DAY, "day": examination_day}),
    )


def _add(dialect: Dialect) -> Insert:
    """Keep a consent."""
    return insert_into(home_consent, dialect)


def _number(dialect: Dialect) -> Insert:
    """Note where the consent with a number lies."""
    return insert_into(home_consent_by_number, dialect)


def _list(dialect: Dialect) -> Insert:
    """Put a person on the list of a day, once."""
    new = insert_into(home_consent_by_day, dialect)
    return new.on_conflict_do_nothing(
        index_elements=[column.name for column in home_consent_by_day.primary_key]
    )


def find_consent(connection: Connection, consent_number: str) -> HomeConsent | None:
    """Find the consent with a number."""
    number = {"of_number": consent_number}
    way = connection.execute(_BY_NUMBER, number).one_or_none()
    if way is None:
        return None
    person = PersonKey(way.bucket, way.person_reference)
    return HomeConsent(*connection.execute(_CONSENT, {**person.bound, **number}).one())


def consents_of(connection: Connection, person: PersonKey) -> list[HomeConsent]:
    """Return all consents of a person, wherever they were given, the last first."""
    return [HomeConsent(*row) for row in connection.execute(_CONSENTS, person.bound)]


def listed(
    connection: Connection,
    institution_code: str,
    treatment_flag: str,
    kind: str,
    days: tuple[str, str],
) -> list[HomeConsent]:
    """Return the last standing consent of each who is listed from the first day to the last."""
    of = {"of_institution": institution_code, "of_flag": treatment_flag}
    which = {**of, "of_kind": kind, "first": days[0], "last": days[1]}
    rows = connection.execute(_BY_DAYS, which).all()
    found = [
        connection.execute(_STANDING_TO, {**PersonKey(*row).bound, **of}).one_or_none()
        for row in rows
    ]
    return [HomeConsent(*one) for one in found if one is not None]


def ended_consent(consent: HomeConsent, reason: str, at: datetime) -> Beside:
    """Return what ends a consent; one that has ended before stays as it is."""
    of = {**consent.person.bound, "of_number": consent.consent_number}
    return Beside(_end, {**of, "reason": reason, "at": at})


def ended_consent_to(
    treatment_flag: str, person: PersonKey, institution_code: str, reason: str, at: datetime
) -> Beside:
    """Return what ends a person's consents to a kind of treatment at an institution, if any."""
    of = {**person.bound, "of_institution": institution_code, "of_flag": treatment_flag}
    return Beside(_end_at, {**of, "reason": reason, "at": at})


def _end(_: Dialect) -> Update:
    return _END


def _end_at(_: Dialect) -> Update:
    return _END_AT
