"""利用登録: a person makes the card the insurance card (R-020 to R-023, P-021)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.card.certificates import certificate_state
from eligibility.card.protection import Protection
from eligibility.days.dates import TOKYO
from eligibility.qualification import judge_card
from eligibility.registration.state_machine import (
    Refusal,
    Registrant,
    RegistrationPolicy,
    registration_refusal,
)
from oqs_sim.qualification.checks import is_blocked
from oqs_sim.store.use_registrations import add_registration
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from datetime import datetime

    from eligibility.registration.state_machine import RegistrationChannel
    from oqs_sim.qualification.checks import Checks
    from oqs_sim.store.person import PersonKey
    from wire.vocabulary.inquiry import CardProof

POLICY = RegistrationPolicy(during_grace=True)
"""What identifies its holder registers too, so a certificate in its grace does [interp]."""

_PROBLEMS = {
    Refusal.PROTECTED: Catalogue.CARD_USE_BLOCKED,
    Refusal.NO_ELIGIBILITY: Catalogue.NO_ACTIVE_QUALIFICATION,
}
"""How OQS tells a refusal; another one cannot come of a card that has identified its holder."""


@dataclass(frozen=True)
class Registrar:
    """Registers cards for insurance use."""

    checks: Checks

    async def register(
        self, proof: CardProof, channel: RegistrationChannel, now: datetime
    ) -> PersonKey:
        """Register the person who proved the card; to do so again changes nothing.

        Raises:
            Problem: the proof does not hold, CARD_USE_BLOCKED (P-031), or
                NO_ACTIVE_QUALIFICATION (P-021).
        """
        checks = self.checks
        identified = checks.identify(proof, now)
        person = identified.person
        await checks.spend(identified.challenge)
        if checks.inquiries.is_registered(person):
            return person
        today = now.astimezone(TOKYO).date()
        known = checks.known(person)
        registrant = Registrant(
            certificate_state(today, identified.certificate_expires_on),
            eligible=bool(judge_card(known, today).active),
            protection=Protection.SELF_INFORMATION_BLOCKED
            if is_blocked(known)
            else Protection.NONE,
        )
        # Whether the card has a PIN is not known here: without one, it makes no proof elsewhere.
        refusal = registration_refusal(registrant, channel, POLICY)
        if refusal is not None:
            raise Problem(_PROBLEMS[refusal])
        with checks.engine.begin() as connection:
            add_registration(connection, person, channel, now)
        return person
