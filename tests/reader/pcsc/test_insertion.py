"""Another card in the place of the first one is never taken for it."""

import threading
from collections.abc import Callable

import pytest

from reader.card_pins import change_pin, tries_of
from reader.description.layout import AUTHENTICATION_PIN
from reader.errors import CardRemoved
from reader.pcsc import context as pcsc_context
from reader.pcsc.context import PcscContext
from reader.pcsc.insertion import Insertion, insertion_count
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pin import Pin
from reader.session import look, prove_identity
from tests.presence import wait_until
from virtual_card.card import VirtualCard
from virtual_card.plugs.vpcd import VpcdPlug

MakeCard = Callable[..., VirtualCard]
Insert = Callable[..., VpcdPlug]
WRONG = Pin.authentication("9999")
PRESENT, EMPTY = 0x20, 0x10


@pytest.mark.parametrize(
    "use",
    [
        lambda connection: prove_identity(connection, WRONG, b"challenge"),
        lambda connection: change_pin(connection, WRONG, Pin.authentication("1111")),
        look,
    ],
    ids=["proof", "change", "look"],
)
def test_a_stranger_s_card_gets_nothing_of_what_was_meant_for_the_first(
    make_card: MakeCard, insert: Insert, use: Callable[[PcscConnection], object]
) -> None:
    first, stranger = make_card(), make_card()
    plug = insert(first)
    with PcscConnection("00 00") as connection:
        assert tries_of(connection, AUTHENTICATION_PIN) == 3
        plug.remove()
        wait_until(connection.reader, present=False)
        insert(stranger)
        for _ in range(2):
            with pytest.raises(CardRemoved):
                use(connection)
    assert stranger.tries_left(AUTHENTICATION_PIN) == 3
    with PcscConnection("00 00") as again:
        assert look(again).tries == 3


def test_the_same_card_put_in_again_is_another_insertion(
    make_card: MakeCard, insert: Insert
) -> None:
    card = make_card()
    plug = insert(card)
    with PcscConnection("00 00") as connection:
        plug.remove()
        wait_until(connection.reader, present=False)
        insert(card)
        with pytest.raises(CardRemoved):
            look(connection)


def test_the_counter_has_sixteen_bits_and_begins_anew() -> None:
    assert insertion_count(0xFFFF0022) != insertion_count(0x00000022) == 0
    assert insertion_count(0xFFFF0022 - (1 << 32)) == 0xFFFF, "some systems give it as negative"


class Reader:
    """PC/SC with one reader, which counts the insertions or not."""

    def __init__(self, *, counts: bool) -> None:
        self._counts = counts
        self._moves = 0
        self._state = PRESENT
        self._changed = threading.Condition()

    @property
    def state(self) -> int:
        return self._state | (self._moves << 16 if self._counts else 0)

    def becomes(self, state: int) -> None:
        with self._changed:
            self._moves += self._state != state
            self._state = state
            self._changed.notify_all()

    def wait(
        self, _context: int, patience: int, watched: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        known = dict(watched).get("one", 0)
        with self._changed:
            if patience:
                self._changed.wait_for(lambda: self.state != known, patience / 1000)
            return 0, [(name, self.state if name == "one" else 0x6, []) for name, _ in watched]

    def install(self, patch: pytest.MonkeyPatch) -> None:
        scard = pcsc_context.scard
        patch.setattr(scard, "SCardEstablishContext", lambda _scope: (0, 1))
        patch.setattr(scard, "SCardReleaseContext", lambda _context: 0)
        patch.setattr(scard, "SCardCancel", lambda _context: 0)
        patch.setattr(scard, "SCardListReaders", lambda _context, _groups: (0, ["one"]))
        patch.setattr(scard, "SCardGetStatusChange", self.wait)


def test_where_the_system_counts_not_even_a_swift_exchange_is_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = Reader(counts=True)
    reader.becomes(EMPTY)
    reader.becomes(PRESENT)
    reader.install(monkeypatch)
    insertion = Insertion(PcscContext(), "one")
    assert insertion.lasts
    reader.becomes(EMPTY)
    reader.becomes(PRESENT)
    assert not insertion.lasts
    insertion.close()


def test_where_the_system_does_not_count_a_removal_is_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = Reader(counts=False)
    reader.install(monkeypatch)
    insertion = Insertion(PcscContext(), "one")
    try:
        assert insertion.lasts
        reader.becomes(EMPTY)
        assert insertion.left.wait(10)
        reader.becomes(PRESENT)
        assert not insertion.lasts
    finally:
        insertion.close()
