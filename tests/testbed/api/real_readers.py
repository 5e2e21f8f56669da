"""The readers of a machine, the cards that are put on them, and what a testbed makes of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from virtual_card.plugs.vpcd import VpcdPlug

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from testbed.readers.private_pcscd import PcscStack
    from virtual_card.plug import Card

READER = "Virtual PCD 00 00"
SECONDS = 20.0


class RealReaders:
    """The readers of the machine, and the cards that somebody puts on them."""

    def __init__(self, stack: PcscStack) -> None:
        self.stack = stack
        self._plugs: dict[int, VpcdPlug] = {}

    def put_on(self, card: Card, slot: int = 0) -> None:
        plug = self._plugs[slot] = VpcdPlug(card, lambda: self.stack.connect(slot))
        plug.insert()

    def take_off(self, slot: int = 0) -> None:
        self._plugs.pop(slot).remove()

    def clear(self) -> None:
        for slot in list(self._plugs):
            self.take_off(slot)


def bound(testbed: httpx2.Client, card: str, use: str | None = None) -> httpx2.Response:
    said = {} if use is None else {"Use": use}
    return testbed.post("/stand-ins/cards", json={"Card": card, **said})


def seen(testbed: httpx2.Client, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the list of the stand-ins once something can be seen in it."""
    deadline = time.monotonic() + SECONDS
    while not what(state := testbed.get("/stand-ins/cards").json()):
        assert time.monotonic() < deadline, state
    return dict(state)


def in_slot(testbed: httpx2.Client, card: str | None) -> None:
    deadline = time.monotonic() + SECONDS
    while testbed.get("/slots/0").json()["Card"] != card:
        assert time.monotonic() < deadline, testbed.get("/stand-ins/cards").text


def watched(testbed: httpx2.Client) -> None:
    """Have the page opened, from which on the readers are watched."""
    assert testbed.get("/stand-ins").status_code == 200
    seen(testbed, lambda state: bool(state["Readers"]))


def laid(testbed: httpx2.Client) -> None:
    seen(testbed, lambda state: bool(state["CardPresent"]))
