"""利用登録: a person makes the card the insurance card (R-020 to R-023, P-021)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from eligibility.qualification import QualificationValidity, judge_card
from oqs_sim.qualification.checks import is_blocked
from oqs_sim.store.registrations import add_registration
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from datetime import datetime

    from oqs_sim.qualification.checks import Checks
    from oqs_sim.store.person import PersonKey
    from wire.vocabulary.inquiry import CardProof


class Channel(StrEnum):
    """Where a card can be registered (R-021)."""

    PORTAL = "portal"
    """マイナポータル."""
    READER = "reader"
    """The card reader of a clinic, on the spot."""
    ATM = "atm"
    """セブン銀行ATM."""


@dataclass(frozen=True)
class Registrar:
    """Registers cards for insurance use."""

    checks: Checks

    async def register(self, proof: CardProof, channel: Channel, now: datetime) -> PersonKey:
        """Register the person who proved the card; to do so again changes nothing.

        Raises:
            Problem: the proof does not hold, CARD_USE_BLOCKED (P-031), or
                NO_ACTIVE_QUALIFICATION (P-021).
        """
        checks = self.checks
        person, challenge = checks.identify(proof, now)
        await checks.spend(challenge)
        if checks.inquiries.is_registered(person):
            return person
        known = checks.known(person)
        if is_blocked(known):
            raise Problem(Catalogue.CARD_USE_BLOCKED)
        verdict = judge_card(known, now.astimezone(TOKYO).date())
        if verdict.validity not in {QualificationValidity.VALID, QualificationValidity.SEVERAL}:
            raise Problem(Catalogue.NO_ACTIVE_QUALIFICATION)
        with checks.engine.begin() as connection:
            add_registration(connection, person, channel, now)
        return person
