"""The card reader at the desk: what lies in it, and one proof of identity at a time."""

from __future__ import annotations

import asyncio
import logging
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from eligibility.terminal.clinic_variant import ClinicVariant
from reader.applications.jpki import CertificateFile
from reader.description.layout import AUTHENTICATION_PIN, CardKind, StandInKind
from reader.errors import (
    CardInUse,
    CardRemoved,
    NextStep,
    NoReader,
    NoService,
    NotMyNumberCard,
    PhoneNotTaken,
    PinBlocked,
    PinNotSent,
    PinWrong,
    ReaderError,
)
from reader.pcsc.monitor import ReaderEventKind, ReaderMonitor
from reader.pcsc.pcsc_connection import PcscConnection
from reader.readings import read_certificate
from reader.session import (
    CardGlance,
    IdentityProof,
    look,
    prove_identity,
    prove_identity_by_terminal,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from reader.certificate import CardCertificate
    from reader.connection import CardConnection
    from reader.pcsc.monitor import ReaderEvent
    from reader.pin import Pin
    from reader.terminal import Terminal

log = logging.getLogger(__name__)
_T = TypeVar("_T")

_LOOK_AGAIN_AFTER = 1.0
"""Seconds until a card is looked at again that could not be reached."""


@dataclass(frozen=True)
class StationState:
    """What the desk sees of its reader at one moment."""

    service: bool = False
    """Whether the PC/SC service answers."""
    readers: tuple[str, ...] = ()
    """The readers that fit the setting; exactly one can be used."""
    occupied: frozenset[str] = frozenset()
    """Those with a card."""
    part: str | None = None
    """The part of the reader's name that the setting asks for."""
    insertion: str = ""
    """Names the last insertion of a card, so that nothing meant for an earlier one reaches it."""
    count: int = 0
    """The reader's own counter at that insertion, see `reader.pcsc.insertion`."""
    stand_in: StandInKind | None = None
    """What stands in for the card on a real reader (代役), as it says; None for no other card."""
    card: CardGlance | None = None
    """What the card says before a PIN; None until it was looked at."""
    card_error: ReaderError | None = None
    """Why the card cannot be used."""
    at_monotonic: float | None = None
    """`time.monotonic()` when PC/SC told of the last change."""
    without_reader: bool = False
    """Whether the clinic has no reader at all: nothing is waited for, and nothing is amiss."""

    @property
    def reader(self) -> str | None:
        """The reader in use."""
        return self.readers[0] if len(self.readers) == 1 else None

    @property
    def card_present(self) -> bool:
        """Whether a card lies in it."""
        return self.reader in self.occupied

    @property
    def pin_is_real(self) -> bool:
        """Whether the PIN is that of somebody's own My Number Card, on a real reader."""
        return self.stand_in is StandInKind.OWN_CARD_WITH_PIN

    @property
    def keeps_last_try(self) -> bool:
        """Whether the card has a try that is not used, as it may be the last of a real card."""
        return self.pin_is_real and self.card is not None and self.card.tries in {1, None}

    @property
    def trouble(self) -> ReaderError | None:
        """What keeps the reader from working, with the sentence for the desk."""
        if self.without_reader:
            return None
        if not self.service:
            return NoService()
        if self.reader is None:
            return NoReader(self.readers, self.part)
        return None


class ReaderStation:
    """The reader, watched by a thread of PC/SC and used by one thread of ours.

    It lives in one event loop; `on_change` is called there with each new state. `connect` opens
    the card in the reader whose name has a part. What it reads is for the `variant` of the clinic
    to say: phones only where it takes them, and nothing where there is no reader.
    """

    def __init__(
        self,
        reader_part: str | None,
        on_change: Callable[[StationState], None],
        connect: Callable[[str | None], CardConnection] = PcscConnection,
        variant: ClinicVariant = ClinicVariant.FACE_READER,
    ) -> None:
        self._connect = connect
        self._variant = variant
        self._on_change = on_change
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="clinic-card")
        self._monitor: ReaderMonitor | None = None
        self._glances: set[asyncio.Task[None]] = set()
        self.state = StationState(part=reader_part, without_reader=not variant.reads_cards)

    def start(self) -> None:
        """Begin to watch the reader, where there is one."""
        if self.state.without_reader:
            return
        loop = asyncio.get_running_loop()

        def from_monitor(event: ReaderEvent) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self.notice, event)

        self._monitor = ReaderMonitor(from_monitor, self.state.part).start()

    async def stop(self) -> None:
        """Watch it no more, and let the card in it be."""
        if self._monitor is not None:
            await asyncio.to_thread(self._monitor.close)
        for glance in self._glances:
            glance.cancel()
        await asyncio.to_thread(self._worker.shutdown, cancel_futures=True)

    def notice(self, event: ReaderEvent) -> None:
        """Take an event of the monitor into the state, and look at a card that came."""
        state = replace(self.state, at_monotonic=event.at_monotonic)
        name = event.reader
        match event.kind:
            case ReaderEventKind.SERVICE_UP:
                state = replace(state, service=True)
            case ReaderEventKind.SERVICE_DOWN:
                state = replace(state, service=False, readers=(), occupied=frozenset())
            case ReaderEventKind.READER_ATTACHED if name:
                state = replace(state, readers=(*state.readers, name))
            case ReaderEventKind.READER_DETACHED if name:
                left = tuple(reader for reader in state.readers if reader != name)
                state = replace(state, readers=left, occupied=state.occupied - {name})
            case ReaderEventKind.CARD_INSERTED if name:
                state = replace(
                    state,
                    occupied=state.occupied | {name},
                    insertion=secrets.token_hex(8),
                    count=event.count,
                    stand_in=StandInKind.told_by(event.atr),
                )
            case ReaderEventKind.CARD_REMOVED if name:
                state = replace(state, occupied=state.occupied - {name})
        came = state.card_present and state.insertion != self.state.insertion
        if came or not state.card_present:
            state = replace(state, card=None, card_error=None)
        if not state.card_present:
            state = replace(state, stand_in=None)
        self._show(state)
        if came:
            glance = asyncio.ensure_future(self.glance())
            self._glances.add(glance)
            glance.add_done_callback(self._glances.discard)

    async def glance(self) -> None:
        """Look at the card again, without a PIN.

        While another program keeps the card, or the service does not answer, this is said, and it
        is looked at again and again.
        """
        insertion = self.state.insertion
        while self._lies_there(insertion):
            glance, error = None, None
            try:
                glance = await self._with_card(self._look, insertion)
            except ReaderError as trouble:
                error = trouble
            if not self._lies_there(insertion):
                return
            self._show(replace(self.state, card=glance, card_error=error))
            if not isinstance(error, CardInUse | NoService):
                return
            await asyncio.sleep(_LOOK_AGAIN_AFTER)

    async def prove(
        self, pin: Pin, challenge: bytes, insertion: str, *, confirmed_last_try: bool
    ) -> IdentityProof:
        """Have the holder of the card of an insertion prove who they are.

        The PIN is sent at most once, and to no other card; somebody's own My Number Card keeps its
        last try, whatever was confirmed.

        Raises:
            ReaderError: it did not succeed; the error says what to do.
        """
        real = self.state.pin_is_real
        confirmed = confirmed_last_try and not real
        try:
            proof = await self._with_card(
                lambda card: prove_identity(
                    card,
                    pin,
                    challenge,
                    confirmed_last_try=confirmed,
                    takes_phones=self._variant.reads_phones,
                ),
                insertion,
            )
        except PinNotSent as error:
            if real and error.next_step is NextStep.CONFIRM_LAST_TRY:
                self._tries_are(error.attempts_remaining)
                raise PinNotSent.kept_last_try(error.attempts_remaining) from None
            raise
        except (PinWrong, PinBlocked) as error:
            self._tries_are(error.attempts_remaining)
            raise
        if real:
            log.info(
                "The holder of an own My Number Card was proved by its PIN and its signature. To "
                "OQS goes the signature of the simulated card that acts for it."
            )
        # A right PIN gives all tries back (P-017).
        self._tries_are(AUTHENTICATION_PIN.tries)
        return proof

    async def prove_by_terminal(
        self, terminal: Terminal, challenge: bytes, insertion: str
    ) -> IdentityProof:
        """Have the reader itself use the card of an insertion, whose holder it has identified.

        Raises:
            ReaderError: the card did not do its part, or has left.
        """
        return await self._with_card(
            lambda card: prove_identity_by_terminal(card, terminal, challenge), insertion
        )

    async def certificate(self, insertion: str) -> CardCertificate | None:
        """Read the authentication certificate without a PIN; None where that does not work.

        By it the clinic knows a patient again while OQS cannot be asked.
        """
        try:
            return await self._with_card(
                lambda card: read_certificate(card, CertificateFile.AUTHENTICATION), insertion
            )
        except ReaderError as error:
            log.info("The card's certificate could not be read: %s", error)
            return None

    def _lies_there(self, insertion: str) -> bool:
        return self.state.card_present and self.state.insertion == insertion

    async def _with_card(self, use: Callable[[CardConnection], _T], insertion: str) -> _T:
        """Use the card of an insertion; raises `CardRemoved` where another one lies there."""
        part, count = self.state.reader or self.state.part, self.state.count
        if self.state.without_reader:
            raise NoReader
        if insertion != self.state.insertion:
            raise CardRemoved

        def run() -> _T:
            card = self._connect(part)
            try:
                # The monitor may not have told yet of what happened since.
                if isinstance(card, PcscConnection) and card.insertion_count != count:
                    raise CardRemoved
                return use(card)
            finally:
                card.close()

        return await asyncio.get_running_loop().run_in_executor(self._worker, run)

    def _tries_are(self, tries: int | None) -> None:
        if self.state.card is not None and self.state.card.tries != tries:
            self._show(replace(self.state, card=replace(self.state.card, tries=tries)))

    def _look(self, card: CardConnection) -> CardGlance:
        """Look at a card that is to prove who somebody is."""
        glance = look(card)
        if glance.kind is CardKind.RESIDENT_REGISTER_CARD:
            raise NotMyNumberCard.resident_register_card()
        if glance.kind.is_phone and not self._variant.reads_phones:
            raise PhoneNotTaken
        return glance

    def _show(self, state: StationState) -> None:
        self.state = state
        self._on_change(state)
