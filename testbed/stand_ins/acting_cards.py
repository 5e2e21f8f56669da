"""While a stand-in lies on a real reader, the virtual card that it stands for lies in the slot."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reader.errors import SOCKET_VARIABLE
from reader.pcsc.identity import IdentityKind
from testbed.cards.personas import find_persona, personas
from testbed.stand_ins.binding_register import Binding
from testbed.stand_ins.card_on_reader import Sight
from virtual_card.stand_in import StandInCard
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


@dataclass(frozen=True)
class Acting:
    """A virtual card that lies in the slot because its stand-in lies on the reader."""

    binding: Binding
    insertion: int
    inserted: InsertedCard


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

    async def bind(self, card: str) -> Binding:
        """Have the card that lies on the real reader stand in for a persona's, or another card.

        Raises:
            Problem: CARD_UNKNOWN, READER, STAND_IN_CHANGES, STAND_IN_BOUND, STAND_INS_UNREADABLE.
        """
        name = self._name_of(card)
        sight = await self._known_card()
        assert sight.mark is not None
        if sight.changes:
            raise Problem(Catalogue.STAND_IN_CHANGES)
        binding = Binding(sight.mark, sight.kind, name)
        self.register.bind(binding)
        await self._act()
        return binding

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
                    self._seen.wait_for(lambda: self.sight is not None and self._settled),
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
        """Whether the watch has got beyond its first moments."""
        sight = self.sight
        return sight is not None and bool(sight.readers or sight.error_en)

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
        try:
            process.stdin.write(self.register.salt().hex().encode() + b"\n")
            await process.stdin.drain()
            async for line in process.stdout:
                await self.notice(_sight_of(line))
        finally:
            process.stdin.close()
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

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
                        self.acting = await asyncio.to_thread(self._put_in, name, *wanted)
            except Problem as problem:
                self.trouble = problem

    def _wanted(self) -> tuple[Binding, int] | None:
        sight = self.sight
        if sight is None or sight.mark is None or sight.changes:
            return None
        binding = self.register.find(sight.mark)
        return None if binding is None else (binding, sight.insertion)

    def _put_in(self, name: str, binding: Binding, insertion: int) -> Acting:
        with self._slots.lock:
            for slot in self._slots.all():
                if slot.card == name:
                    slot.remove()
            slot = self._slots.slot(SLOT)
            slot.insert(name, StandInCard.from_file(self._office.store.path(name)))
            slot.wait_until_seen()
            inserted = slot.require_card()
        return Acting(binding, insertion, inserted)

    def _take_out(self, acting: Acting) -> None:
        with self._slots.lock:
            for slot in self._slots.all():
                if slot.inserted is acting.inserted:
                    slot.remove()


def _sight_of(line: bytes) -> Sight:
    read = json.loads(line)
    return Sight(**{**read, "readers": tuple(read["readers"]), "kind": IdentityKind(read["kind"])})
