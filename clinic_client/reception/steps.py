"""The patient's four steps at the reader (R-090): card, identity, consent, done.

One card is on its way at a time. What the patient reaches belongs to one insertion; another card
begins anew, so that a mode in which the staff identify by eye never meets the next patient.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clinic_client.check_under_way import CheckStep, CheckUnderWay
from clinic_client.oqs_client import LineDown, Refused, ToldByReader
from clinic_client.reader.patient_steps import (
    ConsentOffer,
    Identified,
    IdentityOffer,
    StepsState,
    consent_offer,
    identity_offer,
    passcode_asked,
)
from clinic_client.reception.receiving import NOT_TO_BE_REGISTERED, Busy, CardExchanged
from eligibility.days.dates import TOKYO
from eligibility.terminal.consent import (
    Consent,
)
from eligibility.terminal.identity import (
    FACE_TRIES,
    Method,
)
from eligibility.terminal.reader_visit import ReaderStep, ReaderVisit
from reader.errors import CardFault, CardRemoved
from storage import read_aside
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import SecretStr

    from clinic_client.clock_follower import ClockFollower
    from clinic_client.oqs_client import OqsClient
    from clinic_client.reader.camera import SimulatedCamera
    from clinic_client.reader.station import ReaderStation, StationState
    from clinic_client.reception.receiving import Reception
    from clinic_client.settings import Settings
    from clinic_client.store import VisitStore
    from clinic_client.visits.visit import Visit
    from eligibility.card.makes import CardMake
    from reader.certificate import CardCertificate
    from reader.pin import Pin
    from reader.session import IdentityProof
    from storage import IdempotentRequest
    from wire.vocabulary.medical import Consents

_SPENT = {Catalogue.CHALLENGE_EXPIRED, Catalogue.CHALLENGE_USED, Catalogue.CHALLENGE_UNKNOWN}
"""Why a proof no longer serves, though its holder is who they are."""


@dataclass(frozen=True)
class _Seen:
    """What a look at the card of one insertion has shown."""

    insertion: str
    certificate: CardCertificate | None = None
    make: CardMake | None = None


class FourSteps:
    """Leads one patient through. `on_change` is told of each step."""

    def __init__(
        self,
        settings: Settings,
        *,
        oqs: OqsClient,
        station: ReaderStation,
        clock: ClockFollower,
        store: VisitStore,
        reception: Reception,
        camera: SimulatedCamera,
        on_change: Callable[[StepsState], None],
    ) -> None:
        self._settings = settings
        self._oqs = oqs
        self._station = station
        self._clock = clock
        self._store = store
        self._reception = reception
        self.camera = camera
        self._on_change = on_change
        self._seen: _Seen | None = None
        self._looking = asyncio.Lock()
        self._state = StepsState()
        self._under_check: set[str] = set()
        """Insertions whose check is under way."""
        self._not_registered: tuple[str, Catalogue] | None = None
        """The insertion of a card that could not be registered, and why."""

    @property
    def state(self) -> StepsState:
        """How far the patient has come whose card lies there, or was there last."""
        if self._state.insertion != self._station.state.insertion:
            return StepsState(self._station.state.insertion)
        return self._state

    async def offer(self, check: CheckUnderWay | None = None) -> IdentityOffer | None:
        """Look at the card, and return by what its holder can be identified; None without a card.

        It is looked at once for each insertion; what has failed since is taken into account. A
        ``check`` that comes before anybody has looked waits for it.
        """
        station = self._station.state
        glance = station.card
        if glance is None or not station.card_present:
            return None
        with check.step(CheckStep.CARD) if check else nullcontext():
            seen = _Seen(station.insertion) if glance.kind.is_phone else await self._look(station)
        failed, consent = 0, None
        if seen.certificate is not None:
            key = _key_of(seen.certificate)
            failed = await read_aside(self._store.engine, lambda: self._store.failed_faces(key))
            consent = self._consent(seen.certificate)
        offer = identity_offer(
            station.insertion,
            glance,
            seen.make,
            failed,
            self._settings.variant.operation,
            keeps_last_try=station.keeps_last_try,
        )
        by_passcode = Method.VISUAL in offer.methods and self._passcode_asked()
        offer = replace(offer, consent=consent, asks_passcode=by_passcode)
        state = self.state
        if station.insertion == self._station.state.insertion and offer != state.offer:
            visit = state.visit
            if visit.step is ReaderStep.WAITING:
                visit = visit.reach(ReaderStep.CARD_IN)
            self._show(replace(state, visit=visit, offer=offer))
        return offer

    async def _look(self, station: StationState) -> _Seen:
        """Look at the card that lies there, once for all who ask; again where it was not seen."""
        async with self._looking:
            seen = self._seen
            if seen is None or seen.insertion != station.insertion or seen.certificate is None:
                certificate = await self._station.certificate(station.insertion)
                seen = _Seen(station.insertion, certificate)
            if seen.certificate is not None and seen.make is None:
                seen = replace(seen, make=await self._make_of(seen.certificate))
            self._seen = seen
            return seen

    async def identify(
        self,
        method: Method,
        insertion: str,
        pin: Pin | None = None,
        *,
        confirmed_last_try: bool = False,
        passcode: SecretStr | None = None,
    ) -> Identified | Visit:
        """Identify the holder of the card (step 2), or write the visit down with OQS out of reach.

        ``passcode`` is the clinic's, which staff type who have compared the photograph.

        Raises:
            Problem: IDENTITY_METHOD_IMPOSSIBLE for this card, FACE_NOT_RECOGNISED,
                VISUAL_PASSCODE.
            Busy: a check is under way.
            CardExchanged: another card lies there by now; no PIN was sent.
            ReaderError: the card or its holder did not do their part.
            Refused: OQS refused this terminal.
        """
        check = CheckUnderWay()
        async with self._reception.using_card(insertion) as meant:
            with check.request():
                offer = await self._offer_of(check, meant, method)
                if method is Method.FACE:
                    await self._compare_face(offer)
                if method is Method.VISUAL and offer.asks_passcode:
                    await self._require_passcode(passcode)
                try:
                    challenge, raw = await self._reception.challenge(check)
                except LineDown:
                    # Without a challenge nothing can be proved, so a PIN stays unused.
                    return await self._reception.line_down(check, meant, await self._clock.now())
                with check.step(CheckStep.CARD):
                    if method in {Method.FACE, Method.VISUAL}:
                        proof = await self._proof_by_terminal(raw, meant)
                    else:
                        assert pin is not None, "the route has asked for it"
                        proof = await self._station.prove(
                            pin, raw, meant, confirmed_last_try=confirmed_last_try
                        )
            asked = self._consent(proof.certificate)
            if self._station.state.insertion != meant:
                # What was proved is of one who has left; another one's holder lies there.
                raise CardExchanged
            identified = Identified(meant, method, asked, check, (challenge, proof))
            state = self.state
            visit = ReaderVisit(ReaderStep.CARD_IN).reach(ReaderStep.IDENTIFIED)
            self._show(StepsState(meant, visit, state.offer, identified=identified))
            return identified

    async def _offer_of(
        self, check: CheckUnderWay, insertion: str, method: Method
    ) -> IdentityOffer:
        """Return what is offered with the card of an insertion, the method among it.

        Raises:
            Problem: IDENTITY_METHOD_IMPOSSIBLE.
            ReaderError: the card has left, or is not taken here.
        """
        offer = await self.offer(check)
        if offer is None or offer.insertion != insertion:
            # Of a card that is not taken here, the reader has said why.
            raise self._station.state.card_error or CardRemoved()
        if method is Method.PIN and method not in offer.methods:
            # The card itself says best why not: locked, never set.
            offer = replace(offer, methods=(*offer.methods, method))
        if method not in offer.methods:
            raise Problem(Catalogue.IDENTITY_METHOD_IMPOSSIBLE)
        return offer

    async def _compare_face(self, offer: IdentityOffer) -> None:
        """Compare the face; each that does not fit counts, and one that fits ends the count."""
        # What offers the face has looked at the card.
        certificate = self._seen.certificate if self._seen else None
        if certificate is None:
            raise CardRemoved
        failed = 0 if await self.camera.fits(certificate) else offer.failed_faces + 1
        if failed != offer.failed_faces:
            key = _key_of(certificate)
            await asyncio.to_thread(lambda: self._store.note_faces(key, failed))
        if failed:
            left = FACE_TRIES - failed
            await self.offer()
            raise Problem(Catalogue.FACE_NOT_RECOGNISED, attempts_remaining=left)

    def _passcode_asked(self) -> bool:
        return passcode_asked(self._settings, self._clock.shown().today)

    async def _require_passcode(self, entered: SecretStr | None) -> None:
        known = self._settings.visual_passcode
        if known is None or entered is None:
            raise Problem(Catalogue.VISUAL_PASSCODE)
        if not await asyncio.to_thread(known.matches, entered.get_secret_value()):
            raise Problem(Catalogue.VISUAL_PASSCODE)

    def ask_staff(self, insertion: str) -> None:
        """Have the patient wait for the staff, who compare the photograph (P-019).

        Raises:
            Problem: IDENTITY_METHOD_IMPOSSIBLE where there is no photograph to compare.
            CardRemoved: it is not about the card that lies there.
        """
        state = self.state
        if state.insertion != insertion or state.offer is None:
            raise CardRemoved
        if Method.VISUAL not in state.offer.methods:
            raise Problem(Catalogue.IDENTITY_METHOD_IMPOSSIBLE)
        self._show(replace(state, waits_for_staff=True))

    def begin_anew(self) -> None:
        """Have the patient begin anew; what was proved is dropped."""
        state = self.state
        visit = ReaderVisit(ReaderStep.CARD_IN) if state.offer else ReaderVisit()
        self._show(StepsState(state.insertion, visit, state.offer))

    async def register(self, insertion: str) -> None:
        """Register the card at the reader (P-021), after which its check goes on.

        Raises:
            LineDown: OQS does not answer.
            Refused: OQS does not register it.
            ReaderError: the card has left, or did not do its part.
            Problem: the holder is not identified, or nobody is registered here.
        """
        if not self._settings.variant.registers:
            raise Problem(Catalogue.REGISTRATION_NOT_HERE)
        check = self._identified(insertion).check
        async with self._reception.using_card(insertion) as meant:
            with check.request():
                await self._register(check, meant)

    async def _register(self, check: CheckUnderWay, insertion: str) -> None:
        challenge, raw = await self._reception.challenge(check, registering=True)
        with check.step(CheckStep.CARD):
            proof = await self._proof_by_terminal(raw, insertion)
        self._not_registered = None
        try:
            await self._oqs.register(challenge, proof)
        except Refused as error:
            if error.entry in NOT_TO_BE_REGISTERED:
                self._not_registered = (insertion, error.entry)
                self._registration_is(insertion, error.entry)
            raise
        self._registration_is(insertion, None)

    async def check(
        self,
        insertion: str,
        consents: Consents,
        *,
        uses_subsidies: bool | None = None,
        registers: bool = True,
        once: IdempotentRequest | None = None,
    ) -> Visit:
        """Send the check with what the patient agreed to (steps 3 and 4).

        Who has been identified may have taken the card out: the check does without it (R-090).

        Raises:
            Problem: the holder is not identified, or agrees to what is not asked here (P-022).
            Busy: this very check is under way; it is one visit, whoever sent it.
            Refused: OQS refused this terminal or this attempt, or the card is not registered and
                can be, which ``registers`` the patient may want. Then nothing is written down.
            ReaderError: the proof has to be made anew, and the card has left.
        """
        variant = self._settings.variant
        agrees = bool(consents.items) or consents.all_items or uses_subsidies is not None
        if agrees and not variant.asks_consent:
            raise Problem(Catalogue.CONSENT_NOT_ASKED)
        registers = registers and variant.registers
        if insertion in self._under_check:
            raise Busy
        self._under_check.add(insertion)
        try:
            with self._identified(insertion).check.request():
                return await self._check_once(
                    insertion,
                    consents,
                    uses_subsidies=uses_subsidies,
                    registers=registers,
                    once=once,
                )
        except Refused as error:
            if error.entry is Catalogue.NOT_REGISTERED:
                self._registration_is(insertion, error.entry)
            raise
        finally:
            self._under_check.discard(insertion)

    async def _check_once(
        self,
        insertion: str,
        consents: Consents,
        *,
        uses_subsidies: bool | None,
        registers: bool,
        once: IdempotentRequest | None,
    ) -> Visit:
        identified = self._identified(insertion)
        told = ToldByReader(identified.method, consents, uses_subsidies)
        phone = self.state.offer is not None and self.state.offer.is_phone
        lies = self._station.state.card_present
        try:
            visit = await self._check(
                identified, told, may_register=registers and lies and not phone, once=once
            )
        except Refused as error:
            if error.entry not in _SPENT or phone:
                raise
            again = replace(self._identified(insertion), proof=None)
            visit = await self._check(again, told, may_register=registers and lies, once=once)
        state = self.state
        if state.insertion == insertion:
            read = visit.reading
            consent = Consent(visit.at, read.agreed) if read and read.agreed else None
            answered = ReaderVisit(ReaderStep.IDENTIFIED).answer_consent(consent)
            done = answered.reach(ReaderStep.COMPLETED)
            self._show(replace(state, visit=done, identified=None, unregistered=None))
        return visit

    async def _check(
        self,
        identified: Identified,
        told: ToldByReader,
        *,
        may_register: bool,
        once: IdempotentRequest | None,
    ) -> Visit:
        check, now = identified.check, await self._clock.now()
        if identified.proof is None:
            try:
                challenge, raw = await self._reception.challenge(check)
            except LineDown:
                return await self._reception.line_down(check, identified.insertion, now, once)
            with check.step(CheckStep.CARD):
                proof = await self._proof_by_terminal(raw, identified.insertion)
        else:
            challenge, proof = identified.proof
        # A challenge serves one inquiry.
        used, state = replace(identified, proof=None), self.state
        refused = self._not_registered
        if state.insertion == identified.insertion:
            self._state = replace(state, identified=used)  # nobody sees it
        return await self._reception.by_proof(
            check,
            challenge,
            proof,
            now,
            insertion=identified.insertion,
            told=told,
            asked=identified.offer.items,
            may_register=may_register,
            not_registered=refused[1] if refused and refused[0] == identified.insertion else None,
            once=once,
        )

    def _registration_is(self, insertion: str, unregistered: Catalogue | None) -> None:
        """Show both screens whether the card of an insertion waits to be registered, or why not."""
        if self.state.insertion == insertion:
            self._show(replace(self.state, unregistered=unregistered))

    def _identified(self, insertion: str) -> Identified:
        identified = self.state.identified
        if identified is None or identified.insertion != insertion:
            raise Problem(Catalogue.HOLDER_NOT_IDENTIFIED)
        return identified

    async def _proof_by_terminal(self, challenge: bytes, insertion: str) -> IdentityProof:
        terminal = await self.camera.credential()
        if terminal is None:
            raise Problem(Catalogue.IDENTITY_METHOD_IMPOSSIBLE)
        try:
            return await self._station.prove_by_terminal(terminal, challenge, insertion)
        except CardFault as error:
            if error.status_word is None:
                raise
            another = await self.camera.another_credential(terminal)
            if another is None:
                raise
        return await self._station.prove_by_terminal(another, challenge, insertion)

    def _consent(self, certificate: CardCertificate) -> ConsentOffer:
        today = self._clock.shown().today
        return consent_offer(self._settings, today, certificate.last_day(TOKYO))

    async def _make_of(self, certificate: CardCertificate) -> CardMake | None:
        # Without its credential the reader can use no card that shows a face.
        if await self.camera.credential() is None:
            return None
        return await self.camera.sees(certificate)

    def _show(self, state: StepsState) -> None:
        self._state = state
        self._on_change(state)


def _key_of(certificate: CardCertificate) -> str:
    """Return by what a card's failed faces are counted, as the clinic knows its holder again."""
    return hashlib.sha256(certificate.der).hexdigest()
