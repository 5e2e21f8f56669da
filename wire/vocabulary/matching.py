"""Matching persons with the resident register, and how their cards stand."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from wire.vocabulary.codes import Day, Sex
from wire.vocabulary.element import Element
from wire.vocabulary.texts import Reference, ShortLine


class PersonMatch(Element):
    """Asks who has an individual number (個人番号); never sent by a medical institution."""

    individual_number: ShortLine | None = None
    person_reference: Reference | None = None
    """In place of the number: a person who was matched before, by what was answered then."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.individual_number is None) == (self.person_reference is None):
            message = "Give either IndividualNumber or PersonReference."
            raise ValueError(message)
        return self


class MatchedPerson(Element):
    """A person of the resident register."""

    person_reference: str
    name: str
    name_kana: str
    sex1: Sex
    birthdate: Day
    address: str
    post_number: str
    registered: bool = False
    """Whether the person's card is registered for insurance use (利用登録)."""
    certificate_expires_on: Day | None = None
    """Until when the person's newest certificate that is not revoked holds; absent without."""


MOST_MATCHES = 10_000
"""How many individual numbers are matched in one question at most."""


class PersonMatches(Element):
    """Asks who has each of these individual numbers."""

    individual_numbers: Annotated[tuple[ShortLine, ...], Field(max_length=MOST_MATCHES)]


class MatchedPersons(Element):
    """The persons of the resident register, in the order of the question."""

    persons: tuple[MatchedPerson | None, ...]
    """None where nobody has the number."""


class CardStandingsQuery(Element):
    """Asks how the cards of these persons stand; never sent by a medical institution."""

    person_references: Annotated[tuple[Reference, ...], Field(max_length=MOST_MATCHES)]


class CardStandingOfPerson(Element):
    """How a person's card stands."""

    registered: bool = False
    """Whether it is registered for insurance use (利用登録)."""
    certificate_expires_on: Day | None = None
    """Until when the newest certificate that is not revoked holds; absent without."""


class CardStandings(Element):
    """How cards stand, in the order of the question."""

    standings: tuple[CardStandingOfPerson, ...]
