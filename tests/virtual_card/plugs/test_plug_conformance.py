"""One card, all plugs: what a reader sees must not depend on how the card is plugged in.

The plugs are those of `plugs.PLUGS`; every test runs once for each of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from reader.apdu import read_binary_of
from reader.connection import CardConnection, exclusive, longest_answer
from reader.description.layout import AUTHENTICATION_PIN
from reader.errors import CardFault, CardRemoved
from tests.equipment.plugs import PLUGS, Desk
from virtual_card.card import VirtualCard
from virtual_card.chip.state import Behaviour
from virtual_card.plug import CardMute, CardPulled

SELECT_JPKI = bytes.fromhex("00A4040C0AD392F000260100000001")
VERIFY = bytes.fromhex("002000980431323334")
WRONG_VERIFY = bytes.fromhex("002000980439393939")
SIGN = bytes.fromhex("802A00970301020300")
TRIES = bytes.fromhex("00200098")
ANSWER = bytes.fromhex("00C00000")
"""To an `OtherCard`: answer as many bytes as the extended Le that follows says."""
STALL = bytes.fromhex("00FE0000")
"""To an `OtherCard`: do not answer until the card is disturbed."""

MakeCard = Callable[..., VirtualCard]


@pytest.fixture(params=PLUGS)
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with request.param(request) as desk:
        yield desk


class OtherCard:
    """A card of no My Number, which answers, stalls, falls silent or leaves as it is told."""

    atr = bytes.fromhex("3BE000FF8131FE4514")

    def __init__(self) -> None:
        self.stalled = threading.Event()
        self.commands: list[bytes] = []
        self.power_cycles = 0
        self.wakes_up = True
        self._disturbed = threading.Event()

    def power_on(self) -> bytes:
        if not self.wakes_up:
            raise CardMute
        self._disturbed.clear()
        return self.atr

    def power_off(self) -> None:
        self.power_cycles += 1
        self._disturbed.set()

    def reset(self) -> bytes:
        self._disturbed.set()
        return self.power_on()

    def process(self, apdu: bytes, /) -> bytes:
        self.commands.append(apdu)
        if apdu[:4] == ANSWER:
            return bytes(int.from_bytes(apdu[4:], "big") or 0x10000) + b"\x90\x00"
        if apdu[:4] == STALL:
            self._disturbed.clear()
            self.stalled.set()
            assert self._disturbed.wait(20)
            raise CardMute
        if apdu[1] == 0xF0:
            raise CardPulled
        if apdu[1] == 0xF1:
            raise CardMute
        return b"\x90\x00"


def status(connection: CardConnection, apdu: bytes) -> int:
    return connection.send(apdu)[1]


def meanwhile(started: threading.Event, act: Callable[[], None]) -> threading.Thread:
    """Do something in the middle of a command, once that has started."""

    def run() -> None:
        assert started.wait(20)
        act()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_answers_of_every_length_arrive_whole(desk: Desk, make_card: MakeCard) -> None:
    card = make_card()
    desk.insert(card)
    connection = desk.connect()
    assert connection.send(SELECT_JPKI) == (b"", 0x9000)
    assert card.image.authentication
    certificate = card.image.authentication.certificate
    for length in (1, 2, 255, 256):
        assert connection.send(read_binary_of(0x0A, length)) == (certificate[:length], 0x9000)
    assert longest_answer(connection) >= 256


def test_the_longest_answers_arrive_whole(desk: Desk) -> None:
    desk.insert(OtherCard())
    connection = desk.connect()
    for length in (1, 256, 257, 4096, 0x7FFF, 0x8000, 0xFFFD, 0xFFFE, 0x10000):
        if length <= desk.longest_answer:
            expected = (length & 0xFFFF).to_bytes(3, "big")
            assert connection.send(ANSWER + expected) == (bytes(length), 0x9000)


def test_an_answer_longer_than_the_plug_carries_is_a_status_word(desk: Desk) -> None:
    if desk.longest_answer >= 0x10000:
        pytest.skip("this plug carries every answer")
    desk.insert(OtherCard())
    connection = desk.connect()
    assert connection.send(ANSWER + b"\0\0\0") == (b"", 0x6700)
    assert connection.send(ANSWER + b"\0\0\1") == (b"\0", 0x9000)


def test_a_refusal_is_an_answer(desk: Desk, make_card: MakeCard) -> None:
    desk.insert(make_card())
    connection = desk.connect()
    assert connection.send(bytes.fromhex("00FF0000")) == (b"", 0x6D00)
    assert connection.send(bytes.fromhex("00A4040C05A000000003")) == (b"", 0x6A82)
    assert connection.send(SELECT_JPKI) == (b"", 0x9000)


def test_a_long_command_arrives_whole(desk: Desk, make_card: MakeCard) -> None:
    desk.insert(make_card())
    connection = desk.connect()
    connection.send(SELECT_JPKI)
    connection.send(VERIFY)
    message = bytes(3000)
    command = bytes.fromhex("802A0397 00 0BB8") + message + bytes.fromhex("0000")
    signature, word = connection.send(command)
    assert (len(signature), word) == (256, 0x9000)


@pytest.mark.parametrize("warm_reset_clears", [True, False])
def test_nothing_stays_verified_after_a_transaction_with_reset(
    desk: Desk, make_card: MakeCard, *, warm_reset_clears: bool
) -> None:
    desk.insert(make_card(behaviour=Behaviour(warm_reset_clears=warm_reset_clears)))
    connection = desk.connect()
    with exclusive(connection, reset=True):
        assert [status(connection, apdu) for apdu in (SELECT_JPKI, VERIFY, SIGN)] == [0x9000] * 3
    with exclusive(connection, reset=False):
        assert status(connection, SIGN) != 0x9000
        assert [status(connection, apdu) for apdu in (SELECT_JPKI, SIGN)] == [0x9000, 0x6982]


def test_a_cold_reset_forgets_the_verified_pin_and_the_selection(
    desk: Desk, make_card: MakeCard
) -> None:
    desk.insert(make_card(behaviour=Behaviour(warm_reset_clears=False)))
    connection = desk.connect()
    assert [status(connection, apdu) for apdu in (SELECT_JPKI, VERIFY, SIGN)] == [0x9000] * 3
    desk.reset(cold=True)
    assert status(connection, SIGN) == 0x6A82
    assert [status(connection, apdu) for apdu in (SELECT_JPKI, SIGN)] == [0x9000, 0x6982]


@pytest.mark.parametrize(("warm_reset_clears", "after"), [(True, 0x6A82), (False, 0x9000)])
def test_a_warm_reset_forgets_what_the_card_of_that_behaviour_forgets(
    desk: Desk, make_card: MakeCard, *, warm_reset_clears: bool, after: int
) -> None:
    desk.insert(make_card(behaviour=Behaviour(warm_reset_clears=warm_reset_clears)))
    connection = desk.connect()
    assert [status(connection, apdu) for apdu in (SELECT_JPKI, VERIFY)] == [0x9000] * 2
    desk.reset(cold=False)
    assert status(connection, SIGN) == after


@pytest.mark.parametrize("cold", [True, False], ids=["cold", "warm"])
def test_a_reset_in_the_middle_of_a_command_loses_that_command_only(
    desk: Desk, *, cold: bool
) -> None:
    card = OtherCard()
    desk.insert(card)
    connection = desk.connect()
    resetting = meanwhile(card.stalled, lambda: desk.reset(cold=cold))
    with pytest.raises(CardFault):
        connection.send(STALL)
    resetting.join()
    assert eventually(connection, bytes.fromhex("00010000")) == 0x9000


def eventually(connection: CardConnection, apdu: bytes) -> int:
    """Send a command until the reader has found back to the card, ten times at the most."""
    for _ in range(9):
        try:
            return status(connection, apdu)
        except CardFault:
            continue
    return status(connection, apdu)


def test_a_card_that_is_taken_out_in_the_middle_of_a_command_is_a_removal(desk: Desk) -> None:
    card = OtherCard()
    desk.insert(card)
    connection = desk.connect()
    removing = meanwhile(card.stalled, desk.remove)
    with pytest.raises(CardRemoved):
        connection.send(STALL)
    removing.join()
    with pytest.raises(CardRemoved):
        connection.send(STALL)


def test_a_card_that_pulls_itself_out_is_a_removal(desk: Desk) -> None:
    desk.insert(OtherCard())
    connection = desk.connect()
    assert status(connection, bytes.fromhex("00010000")) == 0x9000
    with pytest.raises(CardRemoved):
        connection.send(bytes.fromhex("00F00000"))


def test_a_card_that_was_taken_out_costs_no_try_and_can_come_again(
    desk: Desk, make_card: MakeCard
) -> None:
    card = make_card()
    for _ in range(2):
        desk.insert(card)
        connection = desk.connect()
        assert status(connection, SIGN) != 0x9000, "nothing is left from before"
        assert status(connection, SELECT_JPKI) == 0x9000
        assert status(connection, VERIFY) == 0x9000
        desk.remove()
        with pytest.raises(CardRemoved):
            connection.send(WRONG_VERIFY)
        connection.close()
    assert card.tries_left(AUTHENTICATION_PIN) == 3


def test_tries_are_counted_across_insertions(desk: Desk, make_card: MakeCard) -> None:
    card = make_card()
    for left in (2, 1):
        desk.insert(card)
        connection = desk.connect()
        connection.send(SELECT_JPKI)
        assert status(connection, WRONG_VERIFY) == 0x63C0 | left
        connection.close()
        desk.remove()
    desk.insert(card)
    connection = desk.connect()
    connection.send(SELECT_JPKI)
    assert status(connection, TRIES) == 0x63C1


def test_a_mute_card_is_an_error_and_stays_in(desk: Desk) -> None:
    card = OtherCard()
    desk.insert(card)
    connection = desk.connect()
    with pytest.raises(CardFault) as raised:
        connection.send(bytes.fromhex("00F10000"))
    assert not isinstance(raised.value, CardRemoved)
    assert eventually(connection, bytes.fromhex("00010000")) == 0x9000


def test_a_mute_card_can_be_taken_out(desk: Desk) -> None:
    desk.insert(OtherCard())
    connection = desk.connect()
    with pytest.raises(CardFault):
        connection.send(bytes.fromhex("00F10000"))
    desk.remove()
    with pytest.raises(CardRemoved):
        connection.send(bytes.fromhex("00010000"))


def test_two_slots_hold_two_cards_that_know_nothing_of_each_other(
    desk: Desk, make_card: MakeCard
) -> None:
    if desk.slots < 2:
        pytest.skip("this plug has one slot")
    first, second = make_card(), make_card()
    desk.insert(first, 0)
    desk.insert(second, 1)
    one, other = desk.connect(0), desk.connect(1)
    assert [status(one, apdu) for apdu in (SELECT_JPKI, VERIFY)] == [0x9000, 0x9000]
    assert [status(other, apdu) for apdu in (SELECT_JPKI, SIGN)] == [0x9000, 0x6982]
    assert status(other, WRONG_VERIFY) == 0x63C2
    assert status(one, SIGN) == 0x9000
    desk.remove(0)
    assert status(other, TRIES) == 0x63C2
    assert (first.tries_left(AUTHENTICATION_PIN), second.tries_left(AUTHENTICATION_PIN)) == (3, 2)


def test_a_card_under_way_in_one_slot_does_not_hold_up_the_other(desk: Desk) -> None:
    if desk.slots < 2:
        pytest.skip("this plug has one slot")
    busy, idle = OtherCard(), OtherCard()
    desk.insert(busy, 0)
    desk.insert(idle, 1)
    one, other = desk.connect(0), desk.connect(1)
    answered: list[int] = []

    def use_the_other_then_go_on() -> None:
        answered.append(status(other, bytes.fromhex("00010000")))
        desk.reset(0, cold=True)

    using = meanwhile(busy.stalled, use_the_other_then_go_on)
    with pytest.raises(CardFault):
        one.send(STALL)
    using.join()
    assert answered == [0x9000]


def test_closing_twice_is_fine(desk: Desk, make_card: MakeCard) -> None:
    desk.insert(make_card())
    connection = desk.connect()
    connection.close()
    connection.close()
    desk.remove()
    desk.insert(make_card())
    assert status(desk.connect(), SELECT_JPKI) == 0x9000
