"""Matching persons with the resident register, for the intermediate server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from oqs_sim.jlis.issuance_desk import checked_individual_number
from oqs_sim.store.resident_cards import (
    NO_CARD,
    CardStanding,
    ResidentRecord,
    find_cards,
    find_records,
)
from storage import in_memory, reading
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Engine

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class ResidentRegister:
    """The resident register, as one who has individual numbers asks it."""

    engine: Engine

    async def aside(self, ask: Callable[[], _Answer]) -> _Answer:
        """Ask in a thread: some thousand persons take a while, and a clinic's check does not wait.

        A database in memory has one connection, which belongs to this thread.
        """
        return ask() if in_memory(self.engine) else await asyncio.to_thread(ask)

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
