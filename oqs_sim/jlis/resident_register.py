"""The resident register: residents enter and change, and persons are matched with it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from eligibility.identifiers.numbers import IndividualNumber, InvalidNumber
from oqs_sim.jlis.card_register import locked
from oqs_sim.store import cards, residents
from oqs_sim.store.resident_cards import (
    NO_CARD,
    CardStanding,
    ResidentRecord,
    find_cards,
    find_records,
)
from oqs_sim.store.residents import Resident
from storage import lock_name, reading, turn_to_write
from wire.catalogue import Catalogue, Problem
from wire.dates import read_day, write_day
from wire.vocabulary.jlis import CertificatePurpose, StopReason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Engine

    from wire.vocabulary.jlis import NewResident


_LOCK = "residents"
"""Who adds residents does so one after the other, or two might add the same."""


class RegisteredResident(NamedTuple):
    """What became of one of many residents."""

    person_reference: str = ""
    """How the simulation calls the person; empty where there is a problem."""
    unchanged: bool = False
    """Whether the same resident was there before."""
    problem: Problem | None = None
    """Why the resident was refused."""


@dataclass(frozen=True)
class ResidentRegister:
    """The residents by their individual numbers, and how their cards stand."""

    engine: Engine

    @cached_property
    def _insert(self) -> residents.ResidentInsert:
        return residents.ResidentInsert(self.engine)

    def register_resident(self, asked: NewResident, today: date) -> str:
        """Add a resident; return how the simulation calls the person.

        Raises:
            Problem: INVALID_NUMBER, INVALID_REQUEST for a birthdate that is no day or lies after
                ``today``, or ALREADY_EXISTS when the number is taken.
        """
        (outcome,) = self.register_all([asked], today)
        if outcome.problem is not None:
            raise outcome.problem
        if outcome.unchanged:
            raise _taken()
        return outcome.person_reference

    def register_all(self, asked: Sequence[NewResident], today: date) -> list[RegisteredResident]:
        """Add residents; return what became of each.

        Who is there already is left as they are: to send all again adds nothing.
        """
        checked = [_checked(one, today) for one in asked]
        numbers = {one.individual_number for one in checked if isinstance(one, Resident)}
        added: list[Resident] = []
        outcomes: list[RegisteredResident] = []
        with turn_to_write(self.engine), self.engine.begin() as connection:
            lock_name(connection, _LOCK)
            known = residents.find_by_numbers(connection, list(numbers))
            for one in checked:
                if isinstance(one, Problem):
                    outcomes.append(RegisteredResident(problem=one))
                    continue
                there = known.setdefault(one.individual_number, one)
                if there is one:
                    added.append(one)
                    outcomes.append(RegisteredResident(one.person_reference))
                elif replace(one, person_reference=there.person_reference) == there:
                    outcomes.append(RegisteredResident(there.person_reference, unchanged=True))
                else:
                    outcomes.append(RegisteredResident(problem=_taken()))
            self._insert.add(connection, added)
        return outcomes

    def change_resident(
        self, person_reference: str, changes: Mapping[str, str], now: datetime
    ) -> None:
        """Change a resident's name or address.

        That revokes the signature certificates, which say both, and no other (P-016).

        Raises:
            Problem: UNKNOWN_PERSON.
        """
        with locked(self.engine, person_reference) as connection:
            change_resident(connection, person_reference, changes, now)

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


def change_resident(
    connection: Connection, person_reference: str, changes: Mapping[str, str], now: datetime
) -> None:
    """Do what `ResidentRegister.change_resident` does, within a transaction of the caller.

    A new address without its 郵便番号 leaves none: that of the old one would be false.

    Raises:
        Problem: UNKNOWN_PERSON.
    """
    if residents.find_by_reference(connection, person_reference) is None:
        raise Problem(Catalogue.UNKNOWN_PERSON)
    if changes:
        written = {"post_number": "", **changes} if "address" in changes else changes
        residents.change_resident(connection, person_reference, written)
    if not changes.keys() & {"name", "address"}:
        return
    signing = [
        one
        for one in cards.certificates_of(connection, person_reference)
        if one.purpose == CertificatePurpose.SIGNATURE
    ]
    cards.revoke(connection, signing, now, StopReason.CHANGED)


def _checked(asked: NewResident, today: date) -> Resident | Problem:
    """Return the resident with a reference of their own, or what is wrong."""
    try:
        birthdate = read_day(asked.birthdate)
        number = checked_individual_number(asked.individual_number)
    except ValueError:
        return Problem(Catalogue.INVALID_REQUEST, f"{asked.birthdate} is no day of the calendar.")
    except Problem as problem:
        return problem
    if birthdate > today:
        return Problem(
            Catalogue.INVALID_REQUEST,
            f"Birthdate {asked.birthdate} lies after today, {write_day(today)}.",
            japanese="生年月日が今日より後です。年・月・日を確かめてください。",
        )
    return Resident(
        f"SIM-{secrets.token_hex(8).upper()}",
        number,
        asked.name,
        asked.name_kana,
        asked.sex1.value,
        birthdate,
        asked.address,
        asked.post_number,
        asked.municipality_code,
    )


def _taken() -> Problem:
    return Problem(Catalogue.ALREADY_EXISTS, "The individual number is taken.")


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
