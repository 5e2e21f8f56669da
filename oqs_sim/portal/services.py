"""The portal as a whole: what its routes and its pages work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from oqs_sim.portal.account import Account, Accounts
from oqs_sim.portal.agreements import OwnAgreements
from oqs_sim.portal.discrepancy import Discrepancies
from oqs_sim.portal.hotline import Hotline, People
from oqs_sim.portal.institutions import InstitutionNames
from oqs_sim.portal.medical import OwnCare
from oqs_sim.portal.sign_in import SignIns

if TYPE_CHECKING:
    from datetime import date, datetime

    from oqs_sim.medical.records import MedicalRecords
    from oqs_sim.portal.sign_in import Session
    from oqs_sim.qualification.registration import Registrar
    from oqs_sim.settings import Settings
    from oqs_sim.timekeeping import Timekeeper
    from oqs_sim.visiting.home_consents import HomeConsents


@dataclass(frozen=True)
class Portal:
    """Sign-ins, what a person sees, and what they do."""

    registrar: Registrar
    time: Timekeeper
    settings: Settings
    records: MedicalRecords
    home_consents: HomeConsents

    @property
    def agreements(self) -> OwnAgreements:
        """What a person has agreed to."""
        return OwnAgreements(self.home_consents)

    @property
    def institutions(self) -> InstitutionNames:
        """What institutions are called."""
        return InstitutionNames(self.settings.institution_names)

    @property
    def care(self) -> OwnCare:
        """What a person sees of the own care."""
        return OwnCare(self.records)

    @property
    def sign_ins(self) -> SignIns:
        """Sign-ins and sessions."""
        return SignIns(self.registrar.checks, self.settings.portal_session_seconds)

    @property
    def accounts(self) -> Accounts:
        """What a person sees of themselves."""
        return Accounts(self.registrar.checks)

    @property
    def people(self) -> People:
        """Who there is in the resident register."""
        return People(self.registrar.checks.engine)

    @property
    def hotline(self) -> Hotline:
        """Who stops a card."""
        return Hotline(self.registrar.checks.engine)

    @property
    def discrepancies(self) -> Discrepancies:
        """What was reported."""
        return Discrepancies(self.registrar.checks.engine)

    async def now(self) -> datetime:
        """Return the instant at which somebody asks, as a day may have to be saved first."""
        return await self.time.asked_at()

    async def today(self) -> date:
        """Return the business day of Japan."""
        return (await self.now()).astimezone(TOKYO).date()

    async def account(self, session: Session) -> Account:
        """Return what whoever is signed in sees.

        Raises:
            Problem: UNKNOWN_PERSON, CARD_USE_BLOCKED.
        """
        return await self.accounts.of(session.person, await self.now())
