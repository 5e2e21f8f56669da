"""A person as a procedure is about them: what identifies them, and how their card stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from wire.vocabulary.codes import Sex


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """A person as an insurer or the resident register has them; without the individual number."""

    reference: str
    name: str
    name_kana: str
    sex: Sex
    birthdate: date
    address: str
    post_number: str


class CardStanding(NamedTuple):
    """How a person's card stands, as OQS knows it."""

    registered: bool = False
    """Whether it is registered for insurance use."""
    certificate_expires_on: date | None = None
    """None without a card."""


NO_CARD = CardStanding()


class RegisterMatch(NamedTuple):
    """A person as the resident register knows them, and how their card stands."""

    person: PersonDetails
    card: CardStanding = NO_CARD
