"""The resident register: residents enter and change, and persons are matched with it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.identifiers.numbers import IndividualNumber, InvalidNumber
from oqs_sim.store import cards, residents
from oqs_sim.store.resident_cards import (
    NO_CARD,
    CardStanding,
    ResidentRecord,
    find_cards,
    find_records,
)
from oqs_sim.store.residents import Resident
from storage import reading
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.jlis import CertificatePurpose, StopReason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Engine

    from wire.vocabulary.codes import Sex


@dataclass(frozen=True)
class ResidentRegister:
    """The residents by their individual numbers, and how their cards stand."""

    engine: Engine

    def register_resident(
        self,
        *,
        individual_number: str,
        name: str,
        name_kana: str,
        sex: Sex,
        birthdate: date,
        address: str,
        post_number: str,
        municipality_code: str,
    ) -> Resident:
        """Add a resident.

        Raises:
            Problem: INVALID_NUMBER, or ALREADY_EXISTS when the number is taken.
        """
        new = Resident(
            f"SIM-{secrets.token_hex(8).upper()}",
            checked_individual_number(individual_number),
            name,
            name_kana,
            sex,
            birthdate,
            address,
            post_number,
            municipality_code,
        )
        with self.engine.begin() as connection:
            if not residents.add_resident(connection, new):
                raise Problem(Catalogue.ALREADY_EXISTS, "The individual number is taken.")
        return new

    def change_resident(
        self, person_reference: str, changes: Mapping[str, str], now: datetime
    ) -> None:
        """Change a resident's name or address.

        That revokes the signature certificates, which say both, and no other (P-016).

        Raises:
            Problem: UNKNOWN_PERSON.
        """
        with self.engine.begin() as connection:
            if residents.find_by_reference(connection, person_reference) is None:
                raise Problem(Catalogue.UNKNOWN_PERSON)
            if changes:
                residents.change_resident(connection, person_reference, changes)
            if not changes.keys() & {"name", "address"}:
                return
            signing = [
                one
                for one in cards.certificates_of(connection, person_reference)
                if one.purpose == CertificatePurpose.SIGNATURE
            ]
            cards.revoke(connection, signing, now, StopReason.CHANGED)

    def match(self, individual_number: str) -> ResidentRecord:
        """Return who has this individual number, and how the card stands.

        Raises:
            Problem: INVALID_NUMBER or UNKNOWN_PERSON.
        """
        number = checked_individual_number(individual_number)
        (found,) = self.match_all([number])
        if found is None:
            raise Problem(Catalogue.UNKNOWN_PERSON)
        return found

    def known(self, person_reference: str) -> ResidentRecord:
        """Return a person who was matched before, and how the card stands.

        Raises:
            Problem: UNKNOWN_PERSON.
        """
        with reading(self.engine) as connection:
            found = residents.find_by_reference(connection, person_reference)
            if found is None:
                raise Problem(Catalogue.UNKNOWN_PERSON)
            standing = find_cards(connection, [person_reference])
        return ResidentRecord(found, standing.get(person_reference, NO_CARD))

    def match_all(self, individual_numbers: Sequence[str]) -> list[ResidentRecord | None]:
        """Return who has each of these individual numbers, in their order; None for nobody."""
        with reading(self.engine) as connection:
            found = find_records(connection, individual_numbers)
        return [found.get(number) for number in individual_numbers]

    def cards(self, person_references: Sequence[str]) -> list[CardStanding]:
        """Return how the cards of these persons stand, in their order."""
        with reading(self.engine) as connection:
            found = find_cards(connection, person_references)
        return [found.get(reference, NO_CARD) for reference in person_references]


def checked_individual_number(text: str) -> str:
    """Return the 12 digits of a 個人番号.

    Raises:
        Problem: INVALID_NUMBER; the number itself is not repeated.
    """
    try:
        return IndividualNumber.parse(text).digits
    except InvalidNumber:
        raise Problem(
            Catalogue.INVALID_NUMBER,
            "The individual number needs 12 digits and a right check digit.",
        ) from None
