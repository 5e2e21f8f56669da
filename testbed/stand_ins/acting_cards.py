"""While a stand-in lies on a real reader, the virtual card that it stands for lies in the slot."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import json
import logging
import os
import sys
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from eligibility.sentence import Sentence
from reader.description.status import StatusWord
from reader.errors import SOCKET_VARIABLE
from reader.pcsc.identity import IdentityKind
from testbed.cards.personas import find_persona, personas
from testbed.stand_ins.binding_register import Binding, OwnCardUse
from testbed.stand_ins.card_on_reader import Answer, OwnPin, Request, Sight
from virtual_card.plug import CardPulled
from virtual_card.stand_in import OwnCard, StandInCard
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from testbed.cards.municipal_office import MunicipalOffice
    from testbed.readers.inserted_card import InsertedCard
    from testbed.readers.slots import Slots
    from testbed.stand_ins.binding_register import BindingRegister

log = logging.getLogger(__name__)

SLOT = 0
"""The slot of the virtual reader that the desk uses."""
_SEEN_WITHIN = 8.0
"""Seconds for the watch to start, and to know the card that lies there."""
_STARTS_AGAIN_AFTER = 2.0
"""Seconds, where the watch ended by itself."""
_ANSWERS_WITHIN = 8.0
"""Seconds for an own card to compare its PIN and sign, while other programs use it too: less than a
desk waits for its answer."""
_LOOP_WITHIN = 2 * _ANSWERS_WITHIN
"""Seconds for the loop to bring that answer, beyond which it has ended."""
_ANSWERS = "answers"
"""Member of an answer that no sight has."""


@dataclass(frozen=True)
class Acting:
    """A virtual card that lies in the slot because its stand-in lies on the reader."""

    binding: Binding
    insertion: int
    inserted: InsertedCard


@dataclass(frozen=True)
class _PinOnReader:
    """The PIN of the own card that lies on the reader, for the virtual card's own thread."""

    acting: ActingCards
    loop: asyncio.AbstractEventLoop
    binding: Binding
    insertion: int

    def tries(self) -> int | None:
        """See `virtual_card.stand_in.PinOnOwnCard`."""
        return self._ask(None).tries

    def present(self, pin: bytes, /) -> int:
        """See `virtual_card.stand_in.PinOnOwnCard`."""
        return self._ask(pin.decode("ascii", errors="replace")).status

    def _ask(self, pin: str | None) -> Answer:
        asked = self.acting.ask(self.insertion, self.binding.mark, pin)
        try:
            answer = asyncio.run_coroutine_threadsafe(asked, self.loop).result(_LOOP_WITHIN)
        except (TimeoutError, concurrent.futures.CancelledError):  # the testbed ends
            raise CardPulled from None
        if answer.left:
            raise CardPulled
        return answer


@dataclass
class _Line:
    """The way to the process that watches the readers, and who waits for an answer of it."""

    to: asyncio.StreamWriter
    waiting: dict[int, asyncio.Future[Answer]] = field(default_factory=dict)


class ActingCards:
    """Watches the real readers, and puts virtual cards in and takes them out.

    Nothing is watched, and no card of anybody is asked, before there is a binding or somebody
    opens the page or binds a card. It lives in one event loop.
    """

    def __init__(
        self,
        register: BindingRegister,
        slots: Slots,
        office: MunicipalOffice,
        service: str | None = None,
    ) -> None:
        """Take all that is needed, and where the machine's PC/SC service listens, if elsewhere."""
        self.register = register
        self.sight: Sight | None = None
        """What was seen last; None before the first look."""
        self.acting: Acting | None = None
        self.trouble: Problem | None = None
        """Why the virtual card of the stand-in that lies there could not be put in."""
        self._slots, self._office, self._service = slots, office, service
        self._watching: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._seen = asyncio.Condition()
        self._line: _Line | None = None
        self._requests = 0
        self._noticing: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Watch, where somebody has bound a card."""
        with contextlib.suppress(Problem):
            if self.register.bindings():
                self.watch()

    def watch(self) -> None:
        """Begin to watch the real readers, where that has not begun."""
        if self._watching is None:
            self._watching = asyncio.get_running_loop().create_task(self._follow())

    async def stop(self) -> None:
        """Watch no more."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
            self._watching = None

    async def bind(self, card: str, use: OwnCardUse | None = None) -> Binding:
        """Have the card that lies on the real reader stand in for a persona's, or another card.

        Of somebody's own My Number Card it has to be said how it is used.

        Raises:
            Problem: CARD_UNKNOWN, READER, STAND_IN_CHANGES, STAND_IN_BOUND, OWN_CARD_USE_UNSAID,
                NO_OWN_CARD, OWN_CARD_PIN, STAND_INS_UNREADABLE.
        """
        name = self._name_of(card)
        sight = await self._known_card()
        assert sight.mark is not None
        if sight.own_pin is None and use is not None:
            raise Problem(Catalogue.NO_OWN_CARD)
        if sight.own_pin is not None:
            _check_use(use, sight.own_pin)
        if sight.changes:
            raise Problem(Catalogue.STAND_IN_CHANGES)
        binding = Binding(sight.mark, sight.kind, name, use)
        self.register.bind(binding)
        await self._act()
        return binding

    @property
    def unknown_own_card(self) -> bool:
        """Whether a My Number Card lies there that is not enrolled, while others are.

        Perhaps its certificate was renewed, by which it was known.
        """
        sight = self.sight
        return (
            sight is not None
            and sight.own_pin is not None
            and self._wanted() is None
            and any(one.use for one in self.register.bindings())
        )

    async def ask(self, insertion: int, mark: str, pin: str | None) -> Answer:
        """Have the own card of an insertion compare its PIN, or tell its tries without one."""
        self._requests += 1
        line, number = self._line, self._requests
        if line is None:
            return Answer(number, left=True)
        answer = line.waiting[number] = asyncio.get_running_loop().create_future()
        request = Request(number, insertion, mark, pin)
        try:
            line.to.write(json.dumps(asdict(request)).encode() + b"\n")
            await line.to.drain()
            return await asyncio.wait_for(answer, _ANSWERS_WITHIN)
        except TimeoutError:
            return Answer(number, status=StatusWord.NO_PRECISE_DIAGNOSIS)
        except OSError:
            return Answer(number, left=True)
        finally:
            line.waiting.pop(number, None)

    def _name_of(self, card: str) -> str:
        cards = self._office.store.names()
        if card in cards:
            return card
        try:
            return find_persona(card).key
        except Problem as problem:
            known = "、".join(dict.fromkeys([*personas(), *cards]))
            raise Problem(
                problem.entry,
                problem.detail,
                japanese=f"その名前の人はいません。次のどれかを選んでください: {known}。",
            ) from None

    async def remove(self, card: str) -> None:
        """Forget the stand-ins of a card; raises what `BindingRegister.remove` does."""
        self.register.remove(card)
        await self._act()

    async def _known_card(self) -> Sight:
        """Wait until the card that lies on the reader is known."""
        self.watch()
        async with self._seen:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(
                    self._seen.wait_for(lambda: self._settled),
                    _SEEN_WITHIN,
                )
        sight = self.sight
        if sight is None:
            raise Problem(Catalogue.READER, "The readers of this machine cannot be watched.")
        if sight.error_en:
            raise Problem(Catalogue.READER, sight.error_en, japanese=sight.error_ja)
        if sight.mark is None:
            raise Problem(
                Catalogue.READER,
                "There is no card on the reader. Place the card that is to stand in, and leave it.",
                japanese="読取機にカードがありません。代役にするカードを置いたまま、"
                "もう一度行ってください。",
            )
        return sight

    @property
    def _settled(self) -> bool:
        """Whether the watch is beyond its first moments, and other programs let it ask the card."""
        sight = self.sight
        return sight is not None and bool(sight.readers or sight.error_en) and not sight.asks_again

    async def _follow(self) -> None:
        while True:
            try:
                await self._follow_once()
            except (OSError, Problem, ValueError) as error:
                log.warning("The readers of this machine cannot be watched: %s", error)
            await asyncio.sleep(_STARTS_AGAIN_AFTER)

    async def _follow_once(self) -> None:
        environment = {**os.environ}
        environment.pop(SOCKET_VARIABLE, None)
        if self._service is not None:
            environment[SOCKET_VARIABLE] = self._service
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "testbed.stand_ins.card_on_reader"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        waiting: dict[int, asyncio.Future[Answer]] = {}
        try:
            process.stdin.write(self.register.salt().hex().encode() + b"\n")
            await process.stdin.drain()
            self._line = _Line(process.stdin, waiting)
            async for line in process.stdout:
                self.hear(line)
        finally:
            self._line = None
            for number, answer in waiting.items():
                if not answer.done():
                    answer.set_result(Answer(number, left=True))
            process.stdin.close()
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def hear(self, line: bytes) -> None:
        """Take what the process says: an answer at once, what it sees one after the other.

        A virtual card may wait for an answer while it is put in or taken out.
        """
        said = json.loads(line)
        if _ANSWERS in said:
            answer = Answer(**said)
            waits = self._line.waiting.get(answer.answers) if self._line else None
            if waits is not None and not waits.done():
                waits.set_result(answer)
            return
        noticing = asyncio.get_running_loop().create_task(self.notice(_sight_of(said)))
        self._noticing.add(noticing)
        noticing.add_done_callback(self._noticing.discard)

    async def notice(self, sight: Sight) -> None:
        """Take what is seen now, and have the cards follow it."""
        async with self._seen:
            self.sight = sight
            self._seen.notify_all()
        await self._act()

    async def _act(self) -> None:
        """Have the virtual card lie in the slot that the card on the reader stands for."""
        async with self._turn:
            self.trouble = None
            try:
                wanted = self._wanted()
                if self.acting is not None and wanted != (
                    self.acting.binding,
                    self.acting.insertion,
                ):
                    await asyncio.to_thread(self._take_out, self.acting)
                    self.acting = None
                if wanted is not None and self.acting is None:
                    name = await self._office.hand_over(wanted[0].card)
                    # It may have been taken away while the card was issued.
                    if self._wanted() == wanted:
                        loop = asyncio.get_running_loop()
                        pin = _PinOnReader(self, loop, *wanted)
                        self.acting = await asyncio.to_thread(self._put_in, name, pin)
            except Problem as problem:
                self.trouble = problem

    def _wanted(self) -> tuple[Binding, int] | None:
        sight = self.sight
        if sight is None or sight.mark is None or sight.changes:
            return None
        binding = self.register.find(sight.mark)
        return None if binding is None else (binding, sight.insertion)

    def _put_in(self, name: str, pin: _PinOnReader) -> Acting:
        path, use = self._office.store.path(name), pin.binding.use
        chip = (
            StandInCard.from_file(path)
            if use is None
            else OwnCard.with_pin(path, pin if use is OwnCardUse.PIN else None)
        )
        with self._slots.lock:
            for slot in self._slots.all():
                if slot.card == name:
                    slot.remove()
            slot = self._slots.slot(SLOT)
            slot.insert(name, chip)
            slot.wait_until_seen()
            inserted = slot.require_card()
        if use is not None:
            log.info(
                "Somebody's own My Number Card lies on the reader, used %s its PIN. The simulated "
                "card of %s acts for it: that one's certificate is what OQS gets.",
                "with" if use is OwnCardUse.PIN else "without",
                name,
            )
        return Acting(pin.binding, pin.insertion, inserted)

    def _take_out(self, acting: Acting) -> None:
        with self._slots.lock:
            for slot in self._slots.all():
                if slot.inserted is acting.inserted:
                    slot.remove()


def _check_use(use: OwnCardUse | None, pin: OwnPin) -> None:
    """Raise the `Problem` of an own card that cannot be used so."""
    if use is None:
        raise Problem(Catalogue.OWN_CARD_USE_UNSAID)
    if use is OwnCardUse.PIN and pin is not OwnPin.USABLE:
        raise Problem(Catalogue.OWN_CARD_PIN, _PIN_TROUBLES[pin].en, japanese=_PIN_TROUBLES[pin].ja)


_PIN_TROUBLES = {
    OwnPin.LAST_TRY: Sentence(
        "このカードの暗証番号は、あと1回間違えるとロックされます。練習では最後の1回を使いません。"
        "「暗証番号を使わずに」を選んでください。",
        "One try is left of the PIN, which practice never uses. Choose to go without it.",
    ),
    OwnPin.LOCKED: Sentence(
        "このカードの暗証番号はロックされています。解除は市区町村の窓口でできます。"
        "いまは「暗証番号を使わずに」を選んでください。",
        "The PIN of this card is locked, and only the municipal office unlocks it. Choose to go "
        "without it.",
    ),
    OwnPin.NEVER_SET: Sentence(
        "暗証番号のないカード（顔認証マイナンバーカード）のようです。"
        "「暗証番号を使わずに」を選んでください。",
        "This seems to be a card that was issued without a PIN. Choose to go without it.",
    ),
}


def _sight_of(read: dict[str, Any]) -> Sight:
    own = read["own_pin"]
    return Sight(
        **{
            **read,
            "readers": tuple(read["readers"]),
            "kind": IdentityKind(read["kind"]),
            "own_pin": None if own is None else OwnPin(own),
        }
    )
