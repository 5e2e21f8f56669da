"""What insurers are told of persons over the line, each with its line of the log.

An insurer matches persons with the resident register and asks how their cards stand, by the
intermediate server. The register is J-LIS's: while that is out nobody is matched. How cards stand
OQS knows itself. The person reads of it as of any other look. The line names no institution, as at
the portal, and its purpose says that an insurer asked.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from oqs_sim.qualification.asking import NO_PERSON
from oqs_sim.qualification.challenge import ChallengePurpose
from oqs_sim.store.journal import LoggedInquiry, write_lines, written_together
from oqs_sim.store.person import PersonKey
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from oqs_sim.jlis.outage import JlisOutage
    from oqs_sim.jlis.resident_register import ResidentRegister
    from oqs_sim.store.resident_cards import CardStanding, ResidentRecord
    from wire.vocabulary.matching import PersonMatch

_Found = TypeVar("_Found")

_NO_INSTITUTION = ""
_NEITHER = ""
"""In place of a 照会区分: an insurer asks neither by card nor by 記号・番号."""


@dataclass(frozen=True)
class InsurerLooks:
    """Matches persons and tells of their cards; what is told, or refused, is logged before."""

    register: ResidentRegister
    outage: JlisOutage

    async def match(self, asked: PersonMatch, now: datetime) -> ResidentRecord:
        """Return who has a 個人番号 or a reference, and how the card stands.

        Raises:
            Problem: INVALID_NUMBER or UNKNOWN_PERSON; MATCHING_NOT_POSSIBLE while J-LIS is out.
        """

        def find() -> ResidentRecord:
            if asked.individual_number is not None:
                return self.register.match(asked.individual_number)
            assert asked.person_reference is not None
            return self.register.known(asked.person_reference)

        found = await self._matched(find, now)
        await self._log([_line_of(found, now)])
        return found

    async def match_all(
        self, individual_numbers: Sequence[str], now: datetime
    ) -> list[ResidentRecord | None]:
        """Return who has each of these 個人番号, in their order; None for nobody.

        Raises:
            Problem: MATCHING_NOT_POSSIBLE while J-LIS is out; that is one line of the log.
        """
        found = await self._matched(lambda: self.register.match_all(individual_numbers), now)
        await self._log([_line_of(one, now) for one in found])
        return found

    async def cards(self, person_references: Sequence[str], now: datetime) -> list[CardStanding]:
        """Return how the cards of these persons stand, in their order."""
        found = await asyncio.to_thread(lambda: self.register.cards(person_references))
        purpose = ChallengePurpose.INSURER_CARDS
        await self._log([_line(PersonKey.of(one), purpose, now) for one in person_references])
        return found

    async def _matched(self, find: Callable[[], _Found], now: datetime) -> _Found:
        """Return what is found in the register; log a refusal before it is told."""

        def found() -> _Found:
            self.outage.require_up(now, Catalogue.MATCHING_NOT_POSSIBLE)
            return find()

        try:
            return await asyncio.to_thread(found)
        except Problem as problem:
            refusal = problem.entry.kind.code
            await self._log([_line(NO_PERSON, ChallengePurpose.INSURER_MATCH, now, refusal)])
            raise

    async def _log(self, lines: list[LoggedInquiry]) -> None:
        engine = self.register.engine
        await asyncio.to_thread(lambda: written_together(engine, lambda on: write_lines(on, lines)))


def _line_of(found: ResidentRecord | None, now: datetime) -> LoggedInquiry:
    if found is None:
        refusal = Catalogue.UNKNOWN_PERSON.kind.code
        return _line(NO_PERSON, ChallengePurpose.INSURER_MATCH, now, refusal)
    person = PersonKey.of(found.resident.person_reference)
    return _line(person, ChallengePurpose.INSURER_MATCH, now)


def _line(
    person: PersonKey, purpose: ChallengePurpose, now: datetime, refusal: str | None = None
) -> LoggedInquiry:
    return LoggedInquiry(person, now, _NO_INSTITUTION, _NEITHER, purpose, refusal=refusal)
