"""What the card answers through PC/SC, to the word: held back, of another length, cut off."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from smartcard import scard

from reader import apdu
from reader.description.layout import Application
from reader.errors import CardFault, NotMyNumberCard
from reader.pcsc import pcsc_connection
from reader.pcsc.pcsc_connection import PcscConnection
from reader.session import look
from tests.equipment.hostile_card import HostileReader

if TYPE_CHECKING:
    from collections.abc import Callable

READ = apdu.read_binary(0, 256)
SELECT = apdu.select_application(Application.JPKI)


class Scripted:
    """A card that answers as a function says; keeps what it was sent."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self._answer = answer
        self.sent: list[bytes] = []

    def process(self, command: bytes, /) -> bytes:
        self.sent.append(command)
        return self._answer(command)


@pytest.fixture
def put_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Scripted]:
    reader = HostileReader().take_the_place_of_scard(monkeypatch)

    def put(answer: Callable[[bytes], bytes], protocol: int = scard.SCARD_PROTOCOL_T1) -> Scripted:
        card = Scripted(answer)
        reader.put_in(card, random.Random(0))
        reader._protocol = protocol
        return card

    return put


@pytest.mark.parametrize("piece", [0, 1, 255, 256, 65_536])
@pytest.mark.parametrize("word", ["6100", "6101", "61FF"])
def test_an_answer_that_does_not_end_is_a_fault_of_the_card(
    put_in: Callable[..., Scripted], piece: int, word: str
) -> None:
    card = put_in(lambda _: bytes(piece) + bytes.fromhex(word))
    with PcscConnection() as connection, pytest.raises(CardFault, match="does not end"):
        connection.send(READ)
    assert len(card.sent) <= 258
    assert sum(piece for _ in card.sent) <= 65_536 + 65_536


def test_an_answer_of_65_536_bytes_in_pieces_comes_whole(put_in: Callable[..., Scripted]) -> None:
    content = random.Random(1).randbytes(65_536)
    pieces = [content[at : at + 256] for at in range(0, len(content), 256)]
    last = pieces.pop()
    card = put_in(lambda _: pieces.pop(0) + b"\x61\x00" if pieces else last + b"\x90\x00")
    with PcscConnection() as connection:
        assert connection.send(apdu.read_binary(0, 65_536)) == (content, 0x9000)
    assert {command[1] for command in card.sent[1:]} == {0xC0}


def test_a_command_without_an_le_is_not_sent_again_with_another(
    put_in: Callable[..., Scripted],
) -> None:
    card = put_in(lambda _: b"\x6c\x18")
    with PcscConnection() as connection:
        assert connection.send(SELECT) == (b"", 0x6C18)
        assert connection.send(apdu.select_file(0x0018)) == (b"", 0x6C18)
    assert card.sent == [SELECT, apdu.select_file(0x0018)]


def test_a_wrong_le_is_corrected_once(put_in: Callable[..., Scripted]) -> None:
    card = put_in(lambda _: b"\x6c\x18")
    with PcscConnection() as connection:
        assert connection.send(READ) == (b"", 0x6C18)
    assert card.sent == [READ, READ[:-1] + b"\x18"]


def test_on_t0_a_command_goes_without_its_le_and_is_not_sent_again(
    put_in: Callable[..., Scripted],
) -> None:
    card = put_in(lambda _: b"\x6c\x18", scard.SCARD_PROTOCOL_T0)
    sign = apdu.sign(b"\x30\x31" * 20)
    with PcscConnection() as connection:
        assert connection.send(sign) == (b"", 0x6C18)
    assert card.sent == [sign[:-1]]


@pytest.mark.parametrize("answer", [b"", b"\x90"])
def test_an_answer_without_a_status_word_is_called_so(
    put_in: Callable[..., Scripted], answer: bytes
) -> None:
    put_in(lambda _: answer)
    with PcscConnection() as connection, pytest.raises(CardFault) as caught:
        connection.send(READ)
    assert "SUCCESS" not in str(caught.value)
    assert f"{len(answer)} of the 2 bytes" in str(caught.value)


def test_a_card_that_takes_too_long_is_given_up(
    put_in: Callable[..., Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pcsc_connection, "LONGEST_TRANSACTION", -1.0)
    card = put_in(lambda _: b"\x90\x00")
    with PcscConnection() as connection:
        with pytest.raises(CardFault, match="takes longer than"):
            look(connection)
        assert card.sent == []
        assert connection.send(READ) == (b"", 0x9000), "outside of a transaction nobody waits"


@pytest.mark.parametrize("word", [0x6F00, 0x6C18, 0x6985, 0x6700, 0x9001, 0x63C3])
def test_an_odd_word_to_select_is_asked_about_once_and_is_no_other_card(
    put_in: Callable[..., Scripted], word: int
) -> None:
    card = put_in(lambda _: word.to_bytes(2, "big"))
    with PcscConnection() as connection, pytest.raises(CardFault) as caught:
        look(connection)
    assert caught.value.status_word == word
    assert card.sent == [SELECT, SELECT]


@pytest.mark.parametrize("word", [0x6A82, 0x6A81, 0x6D00, 0x6E00, 0x6A86, 0x6999])
def test_a_card_without_the_application_is_another_card(
    put_in: Callable[..., Scripted], word: int
) -> None:
    card = put_in(lambda _: word.to_bytes(2, "big"))
    with PcscConnection() as connection, pytest.raises(NotMyNumberCard):
        look(connection)
    assert card.sent == [SELECT]
