"""Drives one reception as its people do: a card, the patient's screen, the desk, and waiting."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testbed.driving.clinic import Clinic
from testbed.driving.desk_screen import DeskScreen
from testbed.driving.patient_screen import PatientScreen
from testbed.readers.inserted_card import IDEAL
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    import httpx2
    from pydantic import SecretStr

    from testbed.cards.municipal_office import MunicipalOffice
    from testbed.driving.screen import Screen
    from testbed.readers.slots import Slot, Slots

CARD_SECONDS = 10.0
"""How long the desk has to see a card that was put in, or taken out."""


@dataclass(frozen=True)
class Screens:
    """All that people see at one moment."""

    card: str | None
    """Whose card lies on the desk's reader; None where that is no virtual one."""
    patient: Screen
    desk: Screen


class Driver:
    """Acts as the people at one clinic's desk; what is done is done one after another."""

    def __init__(self, client: httpx2.AsyncClient, slots: Slots, office: MunicipalOffice) -> None:
        """Take a client of the clinic, and where cards lie."""
        self._clinic = Clinic(client)
        self._slots, self._office = slots, office
        self._patient, self._desk = PatientScreen(self._clinic), DeskScreen(self._clinic)
        self._turn = asyncio.Lock()

    async def read(self, lang: str) -> Screens:
        """Return what both screens show now."""
        async with self._turn:
            return await self._read(lang)

    async def _read(self, lang: str) -> Screens:
        patient = await self._patient.read(lang)
        desk = await self._desk.read(lang)
        slot = await self._virtual_slot()
        return Screens(None if slot is None else slot.card, patient, desk)

    async def wait(
        self, patient: Sequence[str], desk: Sequence[str], seconds: float, lang: str
    ) -> Screens:
        """Return as soon as both screens show one of the states; no states are any.

        Raises:
            Problem: DRIVER_WAITED, with what they show when the time is up.
        """
        until = asyncio.get_running_loop().time() + seconds
        async with self._clinic.changes() as changes:
            # The stream is open before the first look, so that nothing between is missed.
            while True:
                shown = await self.read(lang)
                if _fits(shown.patient, patient) and _fits(shown.desk, desk):
                    return shown
                try:
                    async with asyncio.timeout_at(until):
                        await _next_event(changes)
                except TimeoutError:
                    break
        there = f"patient {shown.patient.state!r}, desk {shown.desk.state!r}"
        raise Problem(Catalogue.DRIVER_WAITED, f"After {seconds:g} s the screens show: {there}.")

    async def insert(self, person: str, lang: str) -> Screens:
        """Lay a person's card on the desk's reader; return when the desk has looked at it.

        Raises:
            Problem: CARD_UNKNOWN and what else keeps a card from being had; PCSC_UNAVAILABLE.
        """
        name = await self._office.hand_over(person)
        async with self._turn:
            slot = await self._slot()
            # A card that lies there already stays; any other one is a new insertion.
            seen = (await self._clinic.state())["Reader"]["Insertion"]
            before = None if slot.card == name else seen
            await asyncio.to_thread(self._put_in, slot.number, name)
        await self._until(lambda now: now not in {None, before})
        return await self.read(lang)

    def _put_in(self, number: int, name: str) -> None:
        with self._slots.lock:
            slot = self._slots.move(name, number, lambda: self._office.store.card(name), IDEAL)
        slot.wait_until_seen()

    async def take_out(self, lang: str) -> Screens:
        """Take the card off; who has been identified by then is checked without consent."""
        async with self._turn:
            await self._take_out()
        await self._until(lambda now: now is None)
        return await self.read(lang)

    async def _take_out(self) -> None:
        slot = await self._slot()
        await asyncio.to_thread(self._remove, slot)
        await self._patient.card_taken()

    def _remove(self, slot: Slot) -> None:
        with self._slots.lock:
            slot.remove()

    async def touch(
        self, button: str, lang: str, pin: SecretStr | None, items: Sequence[str]
    ) -> Screens:
        """Have the patient press a button; the PIN goes to the clinic and is kept nowhere."""
        async with self._turn:
            await self._patient.press(button, lang, pin, items)
            return await self._read(lang)

    async def press(self, button: str, lang: str, fields: Mapping[str, str]) -> Screens:
        """Have the receptionist press a button."""
        async with self._turn:
            await self._desk.press(button, lang, fields)
            return await self._read(lang)

    async def reset(self, lang: str, *, to_seed: bool) -> Screens:
        """Make ready for the next test: no card, an empty desk, no outage, a camera that sees well.

        ``to_seed`` puts the whole system back first, as `oqs reset` does.
        """
        async with self._turn:
            if to_seed:
                await self._office.oqs.ask("POST", "/sim/operation/reset")
            self._patient.forget()
            await self._take_out()
            await self._clinic.send("/api/reader/camera", {"Recognises": True}, "PUT")
            await self._clinic.send("/sim/operation/line/forget-outage", {})
        await self._until(lambda now: now is None)
        async with self._turn:
            await self._clinic.send("/api/next", {})
            self._desk.forget()
            return await self._read(lang)

    async def _virtual_slot(self) -> Slot | None:
        """Return the slot of the reader that the desk uses; None where that is no virtual one."""
        name = (await self._clinic.state())["Reader"]["Name"]
        fitting = (slot for slot in self._slots.all() if name in {slot.reader, None})
        return next(fitting, None)

    async def _slot(self) -> Slot:
        """Return the slot of the reader that the desk uses.

        Raises:
            Problem: SLOT_UNKNOWN where that is no virtual one.
        """
        slot = await self._virtual_slot()
        if slot is None:
            raise Problem(Catalogue.SLOT_UNKNOWN, "The desk uses no virtual reader.")
        return slot

    async def _until(self, arrived: Callable[[str | None], bool]) -> None:
        """Wait until the desk sees the insertion that is meant, and has looked at the card."""
        try:
            async with asyncio.timeout(CARD_SECONDS), self._clinic.changes() as changes:
                async for line in changes:
                    if not line.startswith("event: reader"):
                        continue
                    state = await self._clinic.state()
                    looked = state["Card"] is not None or state["CardTrouble"] is not None
                    insertion = state["Reader"]["Insertion"]
                    if arrived(insertion) and (insertion is None or looked):
                        return
        except TimeoutError:
            raise Problem(
                Catalogue.DRIVER_WAITED, f"The desk saw nothing of it in {CARD_SECONDS:g} s."
            ) from None


async def _next_event(changes: AsyncIterator[str]) -> None:
    async for line in changes:
        if line.startswith("event:"):
            return
    raise Problem(Catalogue.SERVICE_UNREACHABLE, "The clinic's desk has ended its stream.")


def _fits(screen: Screen, states: Sequence[str]) -> bool:
    return not states or screen.state in states
