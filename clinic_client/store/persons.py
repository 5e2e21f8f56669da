"""By which keys a person is known: by a card, and by the numbers that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, or_, select

from clinic_client.store.schema import visit, visit_coverage
from clinic_client.visits.same_person import CONFIRMED, KnownNumber, PersonNumber, keys_of
from clinic_client.visits.visit import CheckChannel, Patient
from eligibility.qualification import QualificationValidity
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from clinic_client.visits.same_person import Person

_CONFIRMED = (
    or_(
        visit.c.validity.in_([one.value for one in CONFIRMED]),
        and_(
            visit.c.validity == QualificationValidity.SEVERAL.value,
            visit.c.channel == CheckChannel.CARD.value,
        ),
    ),
    visit.c.withdrawn.is_(False),
    visit.c.patient_key.is_not(None),
)
_BORN = (
    select(visit.c.birthdate)
    .where(visit.c.patient_key == bindparam("key"), *_CONFIRMED)
    .order_by(visit.c.at.desc())
    .limit(1)
)
"""When the holder of a key was born, as a check told it last."""
_OF_BIRTHDATES = (
    select(
        visit.c.patient_key,
        visit.c.name,
        visit.c.name_kana,
        visit.c.sex1,
        visit.c.birthdate,
        visit_coverage.c.insurer_number,
        visit_coverage.c.symbol,
        visit_coverage.c.number,
        visit_coverage.c.branch,
    )
    .join(visit_coverage, visit_coverage.c.visit_id == visit.c.visit_id)
    .where(visit.c.birthdate.in_(bindparam("born", expanding=True)), *_CONFIRMED)
    .distinct()
)
"""Of whom that were born on some days, and of which numbers, checks told."""
_BIRTHDATES_AT_ONCE = 500
"""How many are asked for in one statement."""


def all_keys(connection: Connection, person: Person) -> frozenset[str]:
    """Return all keys by which a person is known (`keys_of`)."""
    born = person.born or connection.scalar(_BORN, {"key": person.key})
    return keys_of(person, _told_of(connection, [born]) if born else ())


def one_key_each(connection: Connection, people: Iterable[Person]) -> dict[str, str]:
    """Return for the keys by which some people are known one key of each person."""
    keyed = {one: one.key for one in people if one.key and one.born}
    days = sorted({one.born for one in keyed if one.born})
    told: dict[date | None, list[KnownNumber]] = {}
    for first in range(0, len(days), _BIRTHDATES_AT_ONCE):
        for number in _told_of(connection, days[first : first + _BIRTHDATES_AT_ONCE]):
            told.setdefault(number.patient.birthdate, []).append(number)
    found = [(keys_of(one, told.get(one.born, ())), key) for one, key in keyed.items()]
    came: dict[str, str] = {}
    known: dict[str, str] = {}
    # Who is known by more may be known by all of somebody before, and not the other way round.
    for keys, key in sorted(found, key=lambda one: len(one[0])):
        met = {came[other] for other in keys if other in came}
        same = min(met, default=key)
        if len(met) > 1:
            came = {other: same if of in met else of for other, of in came.items()}
        came[key] = same
        for other in keys:
            known.setdefault(other, same)
    # A key by which nobody came who is known is of the first of whom its number was told.
    return {key: came[of] for key, of in known.items()} | came


def _told_of(connection: Connection, born: Sequence[date]) -> Sequence[KnownNumber]:
    return [
        KnownNumber(
            row.patient_key,
            Patient(row.name, row.name_kana, Sex(row.sex1), row.birthdate),
            PersonNumber.of(row.insurer_number, row.symbol, row.number, row.branch),
        )
        for row in connection.execute(_OF_BIRTHDATES, {"born": born})
    ]
