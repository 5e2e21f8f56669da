"""What a person sees of themselves: registration, qualifications, and who has asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.card.certificates import CertificateState
from eligibility.card.makes import CardMake
from eligibility.card.protection import Protection
from eligibility.days.dates import TOKYO
from eligibility.qualification import Verdict, judge_card
from eligibility.registration.state_machine import (
    Refusal,
    Registrant,
    Registration,
    RegistrationState,
    ReleaseCause,
    lapse,
    may_download,
    registered,
    registration_refusal,
)
from eligibility.sentence import Sentence
from oqs_sim.municipality.person_file import carriers_of
from oqs_sim.municipality.standing_words import sentence_of
from oqs_sim.portal.refusals import NOTHING_TO_SHOW, PatientProblem
from oqs_sim.qualification.answer import protection_of
from oqs_sim.qualification.asking import Asking
from oqs_sim.qualification.challenge import ChallengePurpose
from oqs_sim.qualification.judging import known_assistance, known_of
from oqs_sim.qualification.registration import AT_THE_PORTAL, POLICY
from oqs_sim.store.portal.people import (
    LogPage,
    StandingRegistration,
    read_page,
    standing_registration,
)
from oqs_sim.store.residents import find_by_reference
from oqs_sim.store.use_registrations import made_registration
from storage import read_aside, reading
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.codes import ReferenceClassification
from wire.vocabulary.jlis import Carrier, CertificatePurpose

if TYPE_CHECKING:
    from datetime import date, datetime

    from eligibility.qualification import Qualification
    from eligibility.registration.state_machine import RegistrationChannel
    from oqs_sim.municipality.person_file import HeldCarrier
    from oqs_sim.qualification.answer import Known
    from oqs_sim.qualification.checks import Checks
    from oqs_sim.store.inquiries import Inquiries, KnownQualification
    from oqs_sim.store.person import PersonKey
    from oqs_sim.store.residents import Resident
    from oqs_sim.welfare.assistance import Assistance

LINES_ON_A_PAGE = 20
NOT_SHOWN = Sentence("表示しない設定です", "not shown, as you asked")
"""In place of where somebody lives or was, where that is to be hidden (不開示該当, P-031)."""


@dataclass(frozen=True)
class Account:
    """What OQS knows of a person at an instant."""

    resident: Resident
    now: datetime
    standing: StandingRegistration
    card: HeldCarrier | None
    """The My Number card that the person has; without one, the last that they had."""
    known: Known
    assistance: Assistance | None = None
    """医療扶助, with which a card is registered too while it is in force (P-032)."""

    @property
    def today(self) -> date:
        """The business day of Japan."""
        return self.now.astimezone(TOKYO).date()

    @property
    def insured(self) -> bool:
        """Whether an insurance or 医療扶助 is in force today (P-021, P-032)."""
        assisted = self.assistance is not None and self.assistance.in_force
        return bool(self.verdict.active) or assisted

    @property
    def card_works(self) -> bool:
        """Whether the card itself can be checked with now, registered or not (P-003, P-013)."""
        return self.card is not None and self.card.works(self.now)

    @property
    def card_sentence(self) -> Sentence:
        """How the card stands, in the words of the municipality's counter."""
        if self.card is None:
            return Sentence(
                "マイナンバーカードが見つかりません。", "No My Number Card of yours is known."
            )
        return sentence_of(self.card, self.now)

    @property
    def registration(self) -> Registration:
        """How the use registration stands (R-031).

        OQS hears of a release on the day on which it shows, so one that was applied for and does
        not show yet is still registered here. One whose certificate was not renewed within its
        grace has ended (P-004).
        """
        made, released = self.standing.registered_at, self.standing.released_from
        if made is not None:
            since = min(made.astimezone(TOKYO).date(), self.today)
            found = Registration(RegistrationState.REGISTERED, since=since)
            ends_on = _certificate_end(self.card)
            return found if ends_on is None else lapse(found, self.today, ends_on)
        if released is not None:
            since = min(released.astimezone(TOKYO).date(), self.today)
            return Registration(
                RegistrationState.RELEASED, since=since, cause=ReleaseCause.APPLICATION
            )
        return Registration()

    @property
    def protection(self) -> Protection:
        """The flag that any of the insurers has set (P-031)."""
        flags = {protection_of(row) for row in self.known.values()}
        for flag in (Protection.SELF_INFORMATION_BLOCKED, Protection.UNDISCLOSED):
            if flag in flags:
                return flag
        return Protection.NONE

    @property
    def verdict(self) -> Verdict:
        """What a check by card would say today."""
        return judge_card(self.known, self.today)

    @property
    def memberships(self) -> list[tuple[Qualification, KnownQualification]]:
        """All that is known of insurers: what is in force first, then the last that ended."""
        kept = [pair for pair in self.known.items() if not pair[0].never_was]
        return sorted(
            kept,
            key=lambda pair: (pair[0].active(self.today), pair[0].qualified_on),
            reverse=True,
        )

    @property
    def may_download(self) -> bool:
        """Whether the eligibility data may be saved (R-032)."""
        return may_download(self.registration, self.today, self.protection)

    @property
    def address(self) -> str:
        """Where the person lives; empty where that is to be hidden (P-031)."""
        return "" if self.protection.address_hidden else self.resident.address

    def place(self, named: str) -> str:
        """Return the name of a place where the person was, or that it is to be hidden (P-031)."""
        return NOT_SHOWN.ja if self.protection.history_hidden else named

    def require_history_shown(self) -> None:
        """Refuse to tell where the person was, where that is to be hidden (P-031).

        Raises:
            Problem: CARD_USE_BLOCKED.
        """
        if self.protection.history_hidden:
            raise PatientProblem(
                Catalogue.CARD_USE_BLOCKED,
                Sentence(
                    "提供の履歴は表示しない設定になっています（不開示該当）。加入している保険者に"
                    "お問い合わせください。",
                    "The history is hidden (不開示該当), as it was asked for. Please ask your "
                    "insurer.",
                ),
                "The history is not shown (不開示該当).",
            )

    def refusal(self, channel: RegistrationChannel) -> Refusal | None:
        """Return why the card cannot be registered by a channel, or None (R-021, P-011, P-021)."""
        if registered(self.registration, self.today):
            return Refusal.ALREADY_REGISTERED
        card, face_only = self.card, Carrier.FACE_AUTHENTICATION_CARD
        registrant = Registrant(
            card.state(self.today) if card and self.card_works else CertificateState.LAPSED,
            eligible=self.insured,
            make=CardMake.FACE_ONLY if card and card.kind is face_only else CardMake.STANDARD,
            protection=self.protection,
        )
        return registration_refusal(registrant, channel, POLICY)

    def refusal_words(self, channel: RegistrationChannel) -> Sentence | None:
        """Say why the card cannot be registered by a channel, and what to do; None if it can.

        What ails the card is told by its own cause: not every card is mended by a renewal.
        """
        refusal = self.refusal(channel)
        if refusal is Refusal.CERTIFICATE_NOT_VALID:
            return self.card_sentence + refusal.text
        return refusal.text if refusal else None


@dataclass(frozen=True)
class Accounts:
    """Reads what a person sees of themselves."""

    checks: Checks

    async def of(self, person: PersonKey, now: datetime) -> Account:
        """Return what there is.

        Raises:
            Problem: UNKNOWN_PERSON, or CARD_USE_BLOCKED of whom nothing is shown (P-031).
        """
        today = now.astimezone(TOKYO).date()

        def look(inquiries: Inquiries) -> tuple[Known, Assistance | None]:
            known = known_of(inquiries, person, now)
            asking = _asking(person, now)
            return known, known_assistance(inquiries, known, asking, today, self.checks.welfare)

        known, assistance = await self.checks.asking(look)

        def read() -> Account:
            with reading(self.checks.engine) as connection:
                resident = find_by_reference(connection, person.person_reference)
                if resident is None:
                    raise Problem(Catalogue.UNKNOWN_PERSON)
                standing = standing_registration(connection, person)
                carried = carriers_of(connection, person.person_reference)
            card = next((one for one in carried if one.is_card), None)
            return Account(resident, now, standing, card, known, assistance)

        account = await read_aside(self.checks.engine, read)
        if not account.protection.portal_viewable:
            raise PatientProblem(Catalogue.CARD_USE_BLOCKED, NOTHING_TO_SHOW)
        return account

    async def register(
        self, person: PersonKey, channel: RegistrationChannel, now: datetime
    ) -> Account:
        """Register the card of somebody who is signed in (利用登録); it holds at once.

        Done or refused, it has its line in the log.

        Raises:
            Problem: REGISTRATION_REFUSED with the reason, NO_ACTIVE_QUALIFICATION (P-021),
                REGISTRATION_NOT_POSSIBLE while J-LIS is out, or what `of` raises.
        """
        asking = _asking(person, now)
        try:
            await self._require_registrable(person, channel, now)
        except Problem as problem:
            await self.checks.refuse(asking, problem)
            raise
        await self.checks.write_down(asking, beside=(made_registration(person, channel, now),))
        return await self.of(person, now)

    async def _require_registrable(
        self, person: PersonKey, channel: RegistrationChannel, now: datetime
    ) -> None:
        account = await self.of(person, now)
        refusal, words = account.refusal(channel), account.refusal_words(channel)
        if refusal is Refusal.NO_ELIGIBILITY:
            raise PatientProblem(Catalogue.NO_ACTIVE_QUALIFICATION, refusal.text)
        if refusal is not None and words is not None:
            raise PatientProblem(
                Catalogue.REGISTRATION_REFUSED, words, refusal.text.en, reason=str(refusal)
            )
        self.checks.outage.require_up(now, Catalogue.REGISTRATION_NOT_POSSIBLE)

    async def history(
        self, account: Account, person: PersonKey, before: int | None = None
    ) -> LogPage:
        """Return who asked about the person, answers and refusals alike, a page at a time.

        Raises:
            Problem: CARD_USE_BLOCKED of whom the history is hidden (P-031).
        """
        account.require_history_shown()

        def read() -> LogPage:
            with reading(self.checks.engine) as connection:
                return read_page(connection, person, before, LINES_ON_A_PAGE)

        return await read_aside(self.checks.engine, read)


def _asking(person: PersonKey, now: datetime) -> Asking:
    return Asking(
        AT_THE_PORTAL, ReferenceClassification.CARD, ChallengePurpose.REGISTRATION, now, person
    )


def _certificate_end(card: HeldCarrier | None) -> date | None:
    """Return the last day of a card's certificate for identification, or of the last it had."""
    if card is None:
        return None
    if card.identifying is not None:
        return card.identifying.expires_on
    ends = (
        one.expires_on
        for one in card.certificates
        if one.purpose == CertificatePurpose.AUTHENTICATION
    )
    return max(ends, default=None)
