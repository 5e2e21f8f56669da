"""One card, all plugs: what a reader sees must not depend on how the card is plugged in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from reader.apdu import read_binary_of
from reader.connection import CardConnection, exclusive, longest_answer
from reader.errors import CardRemoved
from reader.layout import AUTHENTICATION_PIN
from reader.pcsc import PcscConnection
from virtual_card.card import VirtualCard
from virtual_card.faults import PullAfter
from virtual_card.inprocess import InProcessConnection
from virtual_card.plug import Card
from virtual_card.state import Behaviour

if TYPE_CHECKING:
    from virtual_card.vpcd import VpcdPlug

SELECT_JPKI = bytes.fromhex("00A4040C0AD392F000260100000001")
VERIFY = bytes.fromhex("002000980431323334")
SIGN = bytes.fromhex("802A00970301020300")

MakeCard = Callable[..., VirtualCard]
Open = Callable[[Card], CardConnection]


@pytest.fixture(params=["in-process", "vpcd"])
def open_card(request: pytest.FixtureRequest) -> Iterator[Open]:
    opened: list[CardConnection] = []

    def open_card(card: Card) -> CardConnection:
        connection: CardConnection
        if request.param == "in-process":
            connection = InProcessConnection(card, removed=CardRemoved)
        else:
            insert: Callable[..., VpcdPlug] = request.getfixturevalue("insert")
            insert(card)
            connection = PcscConnection("PCD 00 00")
        opened.append(connection)
        return connection

    yield open_card
    for connection in opened:
        connection.close()


@pytest.fixture(autouse=True)
def _service_first(request: pytest.FixtureRequest) -> None:
    """Have the vpcd variant's slot emptied after the connection was closed, not before."""
    if "vpcd" in request.node.name:
        request.getfixturevalue("insert")


def status(connection: CardConnection, apdu: bytes) -> int:
    return connection.send(apdu)[1]


def test_answers_of_every_length_arrive_whole(open_card: Open, make_card: MakeCard) -> None:
    card = make_card()
    connection = open_card(card)
    assert connection.send(SELECT_JPKI) == (b"", 0x9000)
    assert card.image.authentication
    certificate = card.image.authentication.certificate
    for length in (1, 2, 255, 256):
        assert connection.send(read_binary_of(0x0A, length)) == (certificate[:length], 0x9000)
    assert connection.send(read_binary_of(0x0A, 0x10000)) == (certificate, 0x9000)
    assert longest_answer(connection) >= 256


def test_a_refusal_is_an_answer(open_card: Open, make_card: MakeCard) -> None:
    connection = open_card(make_card())
    assert connection.send(bytes.fromhex("00FF0000")) == (b"", 0x6D00)
    assert connection.send(bytes.fromhex("00A4040C05A000000003")) == (b"", 0x6A82)
    assert connection.send(SELECT_JPKI) == (b"", 0x9000)


def test_a_long_command_arrives_whole(open_card: Open, make_card: MakeCard) -> None:
    connection = open_card(make_card())
    connection.send(SELECT_JPKI)
    connection.send(VERIFY)
    message = bytes(3000)
    command = bytes.fromhex("802A0397 00 0BB8") + message + bytes.fromhex("0000")
    signature, word = connection.send(command)
    assert (len(signature), word) == (256, 0x9000)


@pytest.mark.parametrize("warm_reset_clears", [True, False])
def test_nothing_stays_verified_after_a_transaction_with_reset(
    open_card: Open, make_card: MakeCard, *, warm_reset_clears: bool
) -> None:
    connection = open_card(make_card(behaviour=Behaviour(warm_reset_clears=warm_reset_clears)))
    with exclusive(connection, reset=True):
        assert [status(connection, apdu) for apdu in (SELECT_JPKI, VERIFY, SIGN)] == [0x9000] * 3
    with exclusive(connection, reset=False):
        assert status(connection, SIGN) != 0x9000
        assert [status(connection, apdu) for apdu in (SELECT_JPKI, SIGN)] == [0x9000, 0x6982]


def test_a_card_that_is_pulled_is_a_removal_and_costs_no_try(
    open_card: Open, make_card: MakeCard
) -> None:
    card = make_card()
    pulled: list[bool] = []
    connection = open_card(PullAfter(card, 1, on_pull=lambda: pulled.append(True)))
    connection.send(SELECT_JPKI)
    with pytest.raises(CardRemoved):
        connection.send(bytes.fromhex("002000980439393939"))
    assert pulled == [True]
    assert card.tries_left(AUTHENTICATION_PIN) == 3


def test_closing_twice_is_fine(open_card: Open, make_card: MakeCard) -> None:
    connection = open_card(make_card())
    connection.close()
    connection.close()
