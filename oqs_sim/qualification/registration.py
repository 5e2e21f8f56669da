"""利用登録: a person makes the card the insurance card (R-020 to R-023, P-021)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.card.certificates import certificate_state
from eligibility.days.dates import TOKYO
from eligibility.qualification import judge_card
from eligibility.registration.state_machine import (
    Refusal,
    Registrant,
    RegistrationPolicy,
    registration_refusal,
)
from oqs_sim.jlis.carrier import make_of
from oqs_sim.qualification.asking import Asking
from oqs_sim.qualification.challenge import ChallengePurpose
from oqs_sim.qualification.judging import (
    is_blocked,
    is_history_hidden,
    known_assistance,
    known_of,
)
from oqs_sim.store.portal.people import read_page
from oqs_sim.store.use_registrations import made_registration
from storage import reading
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.codes import ReferenceClassification

if TYPE_CHECKING:
    from datetime import datetime

    from eligibility.registration.state_machine import RegistrationChannel
    from oqs_sim.qualification.checks import Checks
    from oqs_sim.store.inquiries import Inquiries
    from oqs_sim.store.person import PersonKey
    from oqs_sim.store.portal.people import LogPage
    from wire.vocabulary.inquiry import CardProof

POLICY = RegistrationPolicy(during_grace=True)
"""What identifies its holder registers too, so a certificate in its grace does [interp]."""

AT_THE_PORTAL = ""
"""In place of an institution, where a person uses the own card."""
INQUIRIES_ON_A_PAGE = 100


def _problem_of(refusal: Refusal) -> Problem:
    """Return how OQS tells a refusal."""
    if refusal is Refusal.NO_ELIGIBILITY:
        return Problem(Catalogue.NO_ACTIVE_QUALIFICATION)
    text = refusal.text
    return Problem(Catalogue.REGISTRATION_REFUSED, text.en, japanese=text.ja, reason=str(refusal))


@dataclass(frozen=True)
class Registrar:
    """Registers cards for insurance use."""

    checks: Checks

    async def register(
        self,
        proof: CardProof,
        channel: RegistrationChannel,
        now: datetime,
        institution_code: str = AT_THE_PORTAL,
    ) -> PersonKey:
        """Register the person who proved the card; to do so again changes nothing.

        Raises:
            Problem: the proof does not hold, CARD_USE_BLOCKED (P-031), NO_ACTIVE_QUALIFICATION
                (P-021), REGISTRATION_REFUSED with the reason for a card without a PIN elsewhere
                than at a reader (P-011) or a phone there, or REGISTRATION_NOT_POSSIBLE while J-LIS
                is out.
        """
        checks = self.checks
        asking = Asking(
            institution_code, ReferenceClassification.CARD, ChallengePurpose.REGISTRATION, now
        )
        try:
            is_new = await checks.asking(
                lambda inquiries: self._may_register(proof, asking, inquiries, channel)
            )
        except Problem as problem:
            await checks.refuse(asking, problem)
            raise
        made = (made_registration(asking.person, channel, now),) if is_new else ()
        await checks.write_down(asking, beside=made)
        return asking.person

    def _may_register(
        self,
        proof: CardProof,
        asking: Asking,
        inquiries: Inquiries,
        channel: RegistrationChannel,
    ) -> bool:
        """Tell whether the person who proved the card is not registered yet, and may be.

        Raises:
            Problem: as `register`.
        """
        expires_on = self.checks.identify(proof, asking, inquiries)
        person = asking.person
        known = known_of(inquiries, person, asking.now)
        if is_blocked(known):
            raise Problem(Catalogue.CARD_USE_BLOCKED)
        if inquiries.is_registered(person):
            return False
        self.checks.outage.require_up(asking.now, Catalogue.REGISTRATION_NOT_POSSIBLE)
        today = asking.now.astimezone(TOKYO).date()
        assistance = known_assistance(inquiries, known, asking, today, self.checks.welfare)
        assert asking.serial is not None, "the proof has it"
        carrier = inquiries.carrier_of(person, asking.serial)
        registrant = Registrant(
            certificate_state(today, expires_on),
            make=make_of(carrier),
            by_phone=carrier.is_phone,
            eligible=bool(judge_card(known, today).active)
            or (assistance is not None and assistance.in_force),
        )
        refusal = registration_refusal(registrant, channel, POLICY)
        if refusal is not None:
            raise _problem_of(refusal)
        return True

    async def inquiries(
        self, proof: CardProof, now: datetime, before: int | None = None
    ) -> LogPage:
        """Return who asked about the person who proved the card, a page at a time.

        Raises:
            Problem: the proof does not hold, or CARD_USE_BLOCKED of whom the history is hidden
                (P-031).
        """
        checks = self.checks
        asking = Asking(
            AT_THE_PORTAL, ReferenceClassification.CARD, ChallengePurpose.INQUIRIES, now
        )
        try:
            await checks.asking(lambda inquiries: self._may_read(proof, asking, inquiries))
        except Problem as problem:
            await checks.refuse(asking, problem)
            raise
        await checks.write_down(asking)
        return await asyncio.to_thread(lambda: self._past(asking.person, before))

    def _may_read(self, proof: CardProof, asking: Asking, inquiries: Inquiries) -> None:
        self.checks.identify(proof, asking, inquiries)
        known = known_of(inquiries, asking.person, asking.now)
        if is_history_hidden(known):
            raise Problem(Catalogue.CARD_USE_BLOCKED)

    def _past(self, person: PersonKey, before: int | None) -> LogPage:
        with reading(self.checks.engine) as connection:
            return read_page(connection, person, before, INQUIRIES_ON_A_PAGE)
