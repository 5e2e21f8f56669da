"""Views of medical information: who looked, by what right, and what came of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from oqs_sim.store.journal import Beside
from oqs_sim.store.medical.schema import medical_view
from oqs_sim.store.person import is_person
from storage import insert_into

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Insert

    from oqs_sim.store.person import PersonKey


@dataclass(frozen=True, slots=True)
class MedicalView:
    """A qualified user (有資格者) asked for a kind of medical information of a person."""

    viewed_at: datetime
    """Business time."""
    view_id: str
    """Later ones have higher ones."""
    institution_code: str
    kind: str
    profession: str
    user_id: str
    ground: str
    """By what right: consent, emergency or disaster."""
    refusal: str | None = None
    """The code of the problem; None where it was shown."""


_VIEWS = (
    select(*(medical_view.c[name] for name in MedicalView.__annotations__))
    .where(is_person(medical_view))
    .order_by(medical_view.c.viewed_at.desc(), medical_view.c.view_id.desc())
    .limit(bindparam("at_most"))
)
"""The views of a person's medical information, the last first."""


def logged_view(person: PersonKey, view: MedicalView) -> Beside:
    """Return the row of a view."""
    return Beside(_add, {**person._asdict(), **asdict(view)})


def _add(dialect: Dialect) -> Insert:
    """Write a view down."""
    return insert_into(medical_view, dialect)


def views_of(connection: Connection, person: PersonKey, at_most: int) -> list[MedicalView]:
    """Return who looked at a person's medical information, the last first."""
    rows = connection.execute(_VIEWS, {**person.bound, "at_most": at_most})
    return [MedicalView(*row) for row in rows]
