"""Receiving a patient: from the card on the reader to a decision that is written down."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from clinic_client.check_under_way import CheckStep, CheckUnderWay
from clinic_client.intermediate_client import visible_day
from clinic_client.oqs_client import LineDown, Refused
from clinic_client.reception.case import (
    KnownPatient,
    VisitCase,
    VisitFacts,
    awaited_reference,
    case_of,
    case_without_answer,
)
from clinic_client.visits.card_reading import obstacle_of, reading_told
from clinic_client.visits.catch_up import confirms
from clinic_client.visits.same_person import (
    Person,
    is_another,
    number_asked,
    person_asked,
    person_of,
    require_birthdate_of,
    require_same_person,
)
from clinic_client.visits.shown import Shown, shown_of
from clinic_client.visits.visit import CheckChannel, KnownVisits, Visit
from eligibility.cost.assistance import is_office_number
from eligibility.days.dates import TOKYO
from eligibility.reception.case import CARD_IS_ELSEWHERE, Cause
from eligibility.reception.decision import decide
from eligibility.reception.options import FallbackOptionId
from reader.errors import CardFault
from storage import read_aside
from wire.catalogue import Catalogue, Problem
from wire.clock import wall_clock
from wire.dates import read_day

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import date, datetime

    from clinic_client.clock_follower import ClockFollower
    from clinic_client.intermediate_client import IntermediateView, PendingChange
    from clinic_client.oqs_client import OqsClient, ToldByReader
    from clinic_client.reader.station import ReaderStation
    from clinic_client.store import VisitStore
    from eligibility.terminal.clinic_variant import ClinicVariant
    from eligibility.terminal.consent import ConsentItem
    from reader.certificate import CardCertificate
    from reader.pin import Pin
    from reader.session import IdentityProof
    from storage import IdempotentRequest
    from wire.vocabulary.answer import QualificationAnswer
    from wire.vocabulary.inquiry import QualificationConfirmSearchInfo


class Busy(Exception):
    """A check is under way; the card takes one at a time."""


class CardExchanged(Exception):
    """Another card lies on the reader than the one that was meant; nothing was sent to it."""


_CAUSES = {
    **dict.fromkeys(
        (
            Catalogue.CERTIFICATE_LAPSED,
            Catalogue.CERTIFICATE_REVOKED,
            Catalogue.CERTIFICATE_SUSPENDED,
            Catalogue.CERTIFICATE_UNKNOWN,
            Catalogue.CERTIFICATE_ISSUER_UNKNOWN,
            Catalogue.CERTIFICATE_ISSUER_EXPIRED,
            Catalogue.CERTIFICATE_SIGNATURE_FALSE,
            Catalogue.CERTIFICATE_NOT_YET_VALID,
            Catalogue.CERTIFICATE_IS_AUTHORITY,
            Catalogue.CERTIFICATE_KEY_USAGE,
            Catalogue.CERTIFICATE_POLICY,
            Catalogue.CERTIFICATE_EXTENSION,
            Catalogue.CERTIFICATE_UNREADABLE,
            Catalogue.CERTIFICATE_NOT_AUTHENTICATION,
        ),
        Cause.CERTIFICATE,
    ),
    # J-LIS behind OQS is out: the card may be as good as any, and is checked again afterwards.
    Catalogue.CERTIFICATE_NOT_CONFIRMABLE: Cause.NETWORK,
    Catalogue.CARD_USE_BLOCKED: Cause.BLOCKED,
    Catalogue.CARD_MOVED_OUT: Cause.CERTIFICATE,
    Catalogue.CARD_LAPSED_BY_MOVE: Cause.CERTIFICATE,
    Catalogue.CARD_LEFT_COUNTRY: Cause.CERTIFICATE,
    Catalogue.NOT_REGISTERED: Cause.NOT_REGISTERED,
}
"""Refusals that say something about the patient, and so lead to a decision. The others concern
this terminal or this attempt, and are told as they are."""

NOT_TO_BE_REGISTERED = frozenset(
    {
        Catalogue.NO_ACTIVE_QUALIFICATION,
        Catalogue.REGISTRATION_REFUSED,
        Catalogue.REGISTRATION_NOT_POSSIBLE,
    }
)
"""Refusals of a registration that another try does not change now."""


class Reception:
    """The desk's work.

    `on_visit` is told of each visit and of the insertion of the card that it came of, if it came of
    one; and of no visit when the list changed. The request that is to be done `once` is kept with
    the visit that comes of it. `received` tells the insertion of the card whose holder was received
    last.
    """

    def __init__(
        self,
        *,
        oqs: OqsClient,
        station: ReaderStation,
        clock: ClockFollower,
        store: VisitStore,
        intermediate: IntermediateView,
        variant: ClinicVariant,
        on_visit: Callable[[Visit | None, str | None], None],
        on_check: Callable[[], None],
        received: Callable[[], str],
    ) -> None:
        self._oqs = oqs
        self._station = station
        self._clock = clock
        self._store = store
        self._intermediate = intermediate
        self._variant = variant
        self._on_visit = on_visit
        self._on_check = on_check
        self._received = received
        self._one_card = asyncio.Lock()
        self.on_card_answer: Callable[[QualificationAnswer], Awaitable[None]] | None = None
        """Told what OQS answered to a card, as it came."""

    async def by_card(
        self,
        pin: Pin,
        insertion: str | None = None,
        *,
        confirmed_last_try: bool,
        once: IdempotentRequest | None = None,
    ) -> Visit:
        """Check the holder of the card on the reader (照会区分 1).

        With OQS out of reach the visit is written down all the same, and says how to go on.
        `insertion` names the card that is meant; without it, it is the one that lies there now.

        Raises:
            Busy: another check is under way; the PIN was not sent.
            CardExchanged: another card lies there by now; the PIN was not sent.
            ReaderError: the card or its holder did not do their part.
            Refused: OQS refused this terminal or this attempt.
        """
        check = CheckUnderWay()
        async with self.using_card(insertion) as meant:
            with check.request():
                return await self._by_card(
                    check, pin, meant, confirmed_last_try=confirmed_last_try, once=once
                )

    @asynccontextmanager
    async def using_card(self, insertion: str | None) -> AsyncIterator[str]:
        """Have the card to oneself; gives the insertion that is meant.

        Raises:
            Problem: CLINIC_WITHOUT_READER.
            Busy: another check is under way.
            CardExchanged: another card lies there by now.
        """
        if not self._variant.reads_cards:
            raise Problem(Catalogue.CLINIC_WITHOUT_READER)
        if self.checks_card:
            raise Busy
        try:
            async with self._one_card:
                self._on_check()
                yield self._meant(insertion)
        finally:
            self._on_check()

    @property
    def checks_card(self) -> bool:
        """Whether the card that lies there is being checked now."""
        return self._one_card.locked()

    async def by_number(
        self,
        asked: QualificationConfirmSearchInfo,
        for_visit: Visit | None = None,
        once: IdempotentRequest | None = None,
        *,
        same_person: bool = False,
    ) -> Visit:
        """Check by insurer number, symbol, number and branch (照会区分 2).

        `for_visit` is the earlier visit of the same person that is checked again; `same_person`:
        asked, they say that they are the one who is found under another name. Where the number
        confirms an earlier day, that is the record of a check: nobody came for it today.

        Raises:
            Refused: OQS refused this terminal or this inquiry.
            Problem: OTHER_PERSON, where the number is not that of the visit's patient.
        """
        check = CheckUnderWay()
        with check.request():
            if for_visit:
                require_birthdate_of(for_visit, read_day(asked.born_on), agreed=same_person)
                found = await self._confirming(
                    check, for_visit, asked, once, same_person=same_person
                )
                if found:
                    return found
            return await self._by_number(check, asked, for_visit, once, same_person=same_person)

    async def _by_number(
        self,
        check: CheckUnderWay,
        asked: QualificationConfirmSearchInfo,
        for_visit: Visit | None,
        once: IdempotentRequest | None,
        *,
        same_person: bool,
    ) -> Visit:
        office = is_office_number(asked.insurer_number)
        key = (_person_of(for_visit) if for_visit else None) or number_key(asked)
        known = KnownPatient(key, await self._visits_of(person_asked(key, asked)))
        now = await self._clock.now()
        born = read_day(asked.born_on)
        try:
            with check.step(CheckStep.INQUIRY):
                answer = await self._oqs.inquire_by_number(asked)
        except LineDown:
            # What was typed is kept, the date of birth too: it tells the share.
            facts = VisitFacts(
                now, known, born, by_number=True, assisted=office, variant=self._variant
            )
            case = case_without_answer(Cause.NETWORK, facts)
            visit = visit_of(check, CheckChannel.NUMBER, case, facts)
        else:
            visit = await self._answered(
                check, CheckChannel.NUMBER, answer, known, now, born, assisted=office
            )
            if for_visit:
                require_same_person(for_visit, visit, agreed=same_person)
        if for_visit and not visit.noted_name:
            visit = replace(visit, noted_name=for_visit.noted_name)
        return await self._record(check, visit, once, asked, for_visit)

    async def _confirming(
        self,
        check: CheckUnderWay,
        for_visit: Visit,
        asked: QualificationConfirmSearchInfo,
        once: IdempotentRequest | None,
        *,
        same_person: bool,
    ) -> Visit | None:
        """Ask by number for the earlier day of a visit that waits (P-092).

        None, and nothing is written down, where that does not confirm it, or it is of today.

        Raises:
            Refused: OQS refused this terminal or this inquiry.
            Problem: OTHER_PERSON, where the number is not that of the visit's patient.
        """
        store, now = self._store, await self._clock.now()
        if for_visit.day == now.astimezone(TOKYO).date():
            return None
        waiting = await read_aside(store.engine, lambda: store.entry_of(for_visit))
        if waiting is None:
            return None
        came = await read_aside(store.engine, lambda: store.came_at(waiting))
        try:
            with check.step(CheckStep.INQUIRY):
                answer = await self._oqs.inquire_by_number(asked, on=came.day)
        except LineDown:
            return None
        key = _person_of(waiting) or number_key(asked)
        facts = VisitFacts(
            now,
            KnownPatient(key, KnownVisits(waiting)),
            read_day(asked.born_on),
            by_number=True,
            variant=self._variant,
        )
        told = visit_of(check, CheckChannel.CATCH_UP, case_of(answer, facts), facts)
        require_same_person(for_visit, told, agreed=same_person)
        if not confirms(told, came.day, came, came.day):
            return None
        found = replace(
            told,
            previous_id=came.visit_id,
            noted_name=for_visit.noted_name,
            timings=check.timings,
        )
        at = wall_clock()
        if not await asyncio.to_thread(
            lambda: store.record_recheck(found, waiting, at, asked, once, seen=True)
        ):
            return None
        self._on_visit(found, None)
        return found

    async def unchecked(
        self,
        cause: Cause,
        birthdate: date | None = None,
        insertion: str | None = None,
        *,
        card_at_hand: bool = True,
        once: IdempotentRequest | None = None,
    ) -> Visit:
        """Write down a visit whose eligibility cannot be asked for, and how to go on.

        A card that can still be read tells whether the patient has been here before; `insertion`
        is as for `by_card`. Without it, one is not looked at that is not the patient's: where there
        is none at hand, or what stands in the way says so (`CARD_IS_ELSEWHERE`).

        A card whose holder was received already is not this patient's either: it was left there.

        Raises:
            CardExchanged: another card than the one that is meant lies there by now.
        """
        check = CheckUnderWay()
        with check.request():
            return await self._unchecked(
                check, cause, birthdate, insertion, card_at_hand=card_at_hand, once=once
            )

    async def _unchecked(
        self,
        check: CheckUnderWay,
        cause: Cause,
        birthdate: date | None,
        insertion: str | None,
        *,
        card_at_hand: bool,
        once: IdempotentRequest | None,
    ) -> Visit:
        meant: str | None = self._meant(insertion)
        at_hand = card_at_hand and cause not in CARD_IS_ELSEWHERE
        if (not insertion and not at_hand) or (meant and meant == self._received()):
            insertion = meant = None
        now = await self._clock.now()
        # One that did not answer a moment ago would have the desk wait for the reader to give up.
        readable = not isinstance(self._station.state.card_error, CardFault)
        certificate = None
        if meant is not None and readable:
            with check.step(CheckStep.CARD):
                certificate = await self._station.certificate(meant)
        known = await self._known(certificate)
        if not insertion and not self._station.state.card_present:
            meant = None  # it came of no card that lies there
        facts = VisitFacts(now, known, birthdate, card_at_hand=card_at_hand)
        return await self._without_answer(check, cause, facts, insertion=meant, once=once)

    async def pending(self, visit: Visit) -> tuple[PendingChange, ...] | None:
        """Return what is on its way to OQS for a visit's person (a simulation's view).

        None when nobody can tell. What is learnt goes into the catch-up list.
        """
        changes = await self._intermediate.pending(visit.simulation_reference)
        day = visible_day(changes)
        if day is not None:
            news = await asyncio.to_thread(lambda: self._store.expect(visit.visit_id, day))
            if news:
                self._on_visit(None, None)
        return changes

    async def refresh_expectations(self) -> None:
        """Ask for all who wait from when a check is worth the trouble; where that is offered."""
        if not self._intermediate.offered:
            return
        try:
            entries = await read_aside(self._store.engine, self._store.catch_up_list)
            await asyncio.gather(*(self.pending(entry.visit) for entry in entries))
        except self._store.outages as error:
            log.warning("Who is to be checked again could not be brought up to date: %s", error)

    def _meant(self, insertion: str | None) -> str:
        """Return the insertion that is meant; raises `CardExchanged` where another card lies there.

        A card that has left, with none in its place, is for the reader to tell.
        """
        station = self._station.state
        if insertion and insertion != station.insertion and station.card_present:
            raise CardExchanged
        return insertion or station.insertion

    async def challenge(
        self, check: CheckUnderWay, *, registering: bool = False
    ) -> tuple[str, bytes]:
        """Return a fresh challenge for a check, see `OqsClient.challenge`."""
        with check.step(CheckStep.CHALLENGE):
            return await self._oqs.challenge(registering=registering)

    async def _by_card(
        self,
        check: CheckUnderWay,
        pin: Pin,
        insertion: str,
        *,
        confirmed_last_try: bool,
        once: IdempotentRequest | None,
    ) -> Visit:
        challenge, now = await asyncio.gather(
            self.challenge(check), self._clock.now(), return_exceptions=True
        )
        if isinstance(now, BaseException):
            raise now
        if isinstance(challenge, LineDown):
            # Without a challenge nothing can be proved, so the PIN stays unused.
            return await self.line_down(check, insertion, now, once)
        if isinstance(challenge, BaseException):
            raise challenge
        written, raw = challenge
        with check.step(CheckStep.CARD):
            proof = await self._station.prove(
                pin, raw, insertion, confirmed_last_try=confirmed_last_try
            )
        return await self.by_proof(check, written, proof, now, insertion=insertion, once=once)

    async def by_proof(
        self,
        check: CheckUnderWay,
        challenge: str,
        proof: IdentityProof,
        now: datetime,
        *,
        insertion: str,
        told: ToldByReader | None = None,
        asked: tuple[ConsentItem, ...] = (),
        may_register: bool = False,
        not_registered: Catalogue | None = None,
        once: IdempotentRequest | None = None,
    ) -> Visit:
        """Check the person who proved the card, and write down what comes of it.

        ``told`` is what the reader knows of them, and ``asked`` to what it asked them to agree.
        ``not_registered`` is why a registration at the reader was refused (P-021), if it was.

        Raises:
            Refused: OQS refused this terminal or this attempt, or with ``may_register`` a card
                that is not registered: nothing is written down then.
        """
        known = await self._known(proof.certificate)
        try:
            with check.step(CheckStep.INQUIRY):
                answer = await self._oqs.inquire_by_card(
                    challenge, proof, told, self._variant.operation
                )
        except (LineDown, Refused) as error:
            cause, code = _cause_of(error)
            if may_register and cause is Cause.NOT_REGISTERED:
                raise
            return await self._without_answer(
                check,
                cause,
                VisitFacts(
                    now,
                    known,
                    without_eligibility=not_registered is Catalogue.NO_ACTIVE_QUALIFICATION,
                    cannot_register=not_registered is not None,
                ),
                insertion=insertion,
                channel=CheckChannel.CARD,
                problem_code=code,
                once=once,
            )
        if self.on_card_answer is not None:
            await self.on_card_answer(answer)
        visit = await self._answered(check, CheckChannel.CARD, answer, known, now)
        if told is not None:
            read = reading_told(answer, told.method, asked, uses_subsidies=told.uses_subsidies)
            visit = replace(visit, reading=read)
        return await self._record(check, visit, once, insertion=insertion)

    async def line_down(
        self,
        check: CheckUnderWay,
        insertion: str,
        now: datetime,
        once: IdempotentRequest | None = None,
    ) -> Visit:
        """Write down a visit whose card could not be checked, as OQS does not answer."""
        with check.step(CheckStep.CARD):
            certificate = await self._station.certificate(insertion)
        return await self._without_answer(
            check,
            Cause.NETWORK,
            VisitFacts(now, await self._known(certificate)),
            insertion=insertion,
            channel=CheckChannel.CARD,
            once=once,
        )

    async def _answered(
        self,
        check: CheckUnderWay,
        channel: CheckChannel,
        answer: QualificationAnswer,
        known: KnownPatient,
        now: datetime,
        birthdate: date | None = None,
        *,
        assisted: bool = False,
    ) -> Visit:
        pending = await self._intermediate.pending(awaited_reference(answer))
        facts = VisitFacts(
            now,
            known,
            birthdate,
            visible_on=visible_day(pending),
            by_number=channel is CheckChannel.NUMBER,
            assisted=assisted,
            variant=self._variant,
        )
        visit = visit_of(check, channel, case_of(answer, facts), facts)
        person = person_of(visit)
        if person.patient is None:
            return visit
        # The answer tells by what else they may have come before.
        visits = await self._visits_of(person)
        if visits.previous and is_another(visits.previous, visit):
            # The record of before is somebody else's, whatever card it was kept under.
            visits = KnownVisits()
        facts = replace(facts, known=replace(known, visits=visits))
        return visit_of(check, channel, case_of(answer, facts), facts)

    async def _without_answer(
        self,
        check: CheckUnderWay,
        cause: Cause,
        facts: VisitFacts,
        *,
        insertion: str | None = None,
        channel: CheckChannel = CheckChannel.UNCHECKED,
        problem_code: str | None = None,
        once: IdempotentRequest | None,
    ) -> Visit:
        facts = replace(facts, variant=self._variant, obstacle=obstacle_of(problem_code))
        visit = visit_of(check, channel, case_without_answer(cause, facts), facts)
        visit = replace(visit, problem_code=problem_code)
        return await self._record(check, visit, once, insertion=insertion)

    async def _known(self, certificate: CardCertificate | None) -> KnownPatient:
        if certificate is None:
            return KnownPatient()
        key = hashlib.sha256(certificate.der).hexdigest()
        return KnownPatient(key, await self._visits_of(Person(key)), certificate.last_day(TOKYO))

    async def _visits_of(self, person: Person) -> KnownVisits:
        return await read_aside(self._store.engine, lambda: self._store.known_visits_of(person))

    async def _record(
        self,
        check: CheckUnderWay,
        visit: Visit,
        once: IdempotentRequest | None,
        asked: QualificationConfirmSearchInfo | None = None,
        earlier: Visit | None = None,
        insertion: str | None = None,
    ) -> Visit:
        at = wall_clock()
        visit = replace(visit, timings=check.timings)
        try:
            await asyncio.to_thread(lambda: self._store.record(visit, at, once, asked, earlier))
        finally:
            # Whether it was written down or not: a check that is made again is not this visit.
            check.name_another_visit()
        tried = visit.case.ruled_out & {FallbackOptionId.REGISTER_ON_THE_SPOT}
        assisted = shown_of(visit).assisted
        if tried or assisted:
            known = Shown(not_at_hand=tried, assisted=assisted)
            await asyncio.to_thread(
                lambda: self._store.record_shown(visit.visit_id, known, visit.at)
            )
        self._on_visit(visit, insertion)
        return visit


def _person_of(earlier: Visit) -> str | None:
    """Return by what the person of an earlier visit is known again.

    A number that found nobody may have been mistyped: it is nobody's.
    """
    if earlier.channel.by_number and earlier.patient is None:
        return None
    return earlier.patient_key


def number_key(asked: QualificationConfirmSearchInfo) -> str:
    """Return the key by which a person who was asked for by number is known again."""
    return number_asked(asked).key(read_day(asked.born_on))


def visit_of(
    check: CheckUnderWay, channel: CheckChannel, of: VisitCase, facts: VisitFacts
) -> Visit:
    """Return the visit of a case that comes of a check, as the rules decide it."""
    return Visit(
        visit_id=check.visit_id,
        at=facts.at,
        channel=channel,
        case=of.case,
        decision=decide(of.case),
        patient_key=facts.known.patient_key,
        patient=of.patient,
        coverages=of.coverages,
        answer=of.answer,
        previous_id=facts.known.previous_id,
        simulation_reference=of.simulation_reference,
        noted_name=facts.known.previous.noted_name if facts.known.previous else None,
    )


def _cause_of(error: LineDown | Refused) -> tuple[Cause, str | None]:
    if isinstance(error, LineDown):
        return Cause.NETWORK, None
    cause = _CAUSES.get(error.entry)
    if cause is None:
        raise error
    return cause, error.document.code
