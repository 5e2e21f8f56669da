"""A simulated card whose PIN is that of somebody's own card on a real reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from reader.card_pins import change_pin
from reader.description.layout import (
    AUTHENTICATION_PIN,
    SIGNATURE_PASSWORD,
    Application,
    StandInKind,
)
from reader.description.status import StatusWord
from reader.errors import CardFault, CardRemoved, PinBlocked, PinNotSent, PinWrong
from reader.pin import Pin
from reader.session import look, prove_identity, sign
from tests.equipment.counting import CountingConnection
from virtual_card.chip.memory import VolatileMemory
from virtual_card.image.card_image import CONTACT_ATR, CONTACTLESS_ATR
from virtual_card.plug import CardPulled
from virtual_card.stand_in import OwnCard, StandInCard, stand_in_atr

if TYPE_CHECKING:
    from virtual_card.image.card_image import CardImage

CHALLENGE = b"challenge of the desk"
OWN = "8264"
OF_PERSONA = "1234"


@dataclass
class PinElsewhere:
    """The own card's PIN, as its reader tells of it."""

    left: int | None = 3
    pulled: bool = False
    presented: list[bytes] = field(default_factory=list)

    def tries(self) -> int | None:
        if self.pulled:
            raise CardPulled
        return self.left

    def present(self, pin: bytes, /) -> int:
        self.presented.append(pin)
        assert self.left is not None
        if pin == OWN.encode():
            self.left = 3
            return StatusWord.SUCCESS
        self.left -= 1
        return 0x63C0 | self.left


@pytest.fixture
def elsewhere() -> PinElsewhere:
    return PinElsewhere()


@pytest.fixture
def memory() -> VolatileMemory:
    return VolatileMemory()


@pytest.fixture
def connection(
    card_image: CardImage, memory: VolatileMemory, elsewhere: PinElsewhere
) -> CountingConnection:
    return CountingConnection(OwnCard(card_image, memory, elsewhere))


@pytest.mark.parametrize("kind", list(StandInKind))
def test_the_answer_to_reset_says_what_stands_in(kind: StandInKind) -> None:
    atr = stand_in_atr(kind)
    assert StandInKind.told_by(atr) is kind
    assert len(atr) <= 33, "ISO/IEC 7816-3, 8.2.1"
    assert atr[1] & 0x0F == len(kind.value) <= 15


@pytest.mark.parametrize("atr", [CONTACT_ATR, CONTACTLESS_ATR])
def test_an_ordinary_card_says_nothing_of_the_kind(atr: bytes) -> None:
    assert StandInKind.told_by(atr) is None


def test_the_own_pin_opens_the_key_of_the_simulated_card(
    connection: CountingConnection, card_image: CardImage, elsewhere: PinElsewhere
) -> None:
    elsewhere.left = 2
    assert look(connection).tries == 2
    proof = prove_identity(connection, Pin.authentication(OWN), CHALLENGE)
    assert card_image.authentication is not None
    assert proof.certificate.der == card_image.authentication.certificate
    assert elsewhere.presented == [OWN.encode()]


def test_a_wrong_pin_is_counted_where_it_is_kept(
    connection: CountingConnection, elsewhere: PinElsewhere
) -> None:
    with pytest.raises(PinWrong) as wrong:
        prove_identity(connection, Pin.authentication(OF_PERSONA), CHALLENGE)
    assert wrong.value.attempts_remaining == 2
    assert look(connection).tries == 2
    with pytest.raises(CardFault) as unverified:
        sign_without_pin(connection)
    assert unverified.value.status_word == StatusWord.SECURITY_STATUS_NOT_SATISFIED
    del elsewhere


def sign_without_pin(connection: CountingConnection) -> None:
    data, status = connection.send(bytes.fromhex("00A4040C0AD392F000260100000001"))
    data, status = connection.send(bytes.fromhex("802A00970101") + b"\x00")
    if status != StatusWord.SUCCESS:
        raise CardFault("signing", status_word=status)
    assert not data


def test_a_locked_own_pin_is_locked_here(
    connection: CountingConnection, elsewhere: PinElsewhere
) -> None:
    elsewhere.left = 0
    with pytest.raises(PinBlocked):
        prove_identity(connection, Pin.authentication(OWN), CHALLENGE)
    assert elsewhere.presented == []


def test_unknown_tries_are_unknown_here(
    connection: CountingConnection, elsewhere: PinElsewhere
) -> None:
    elsewhere.left = None
    assert look(connection).tries is None
    with pytest.raises(PinNotSent):
        prove_identity(connection, Pin.authentication(OWN), CHALLENGE)
    assert elsewhere.presented == []


def test_an_own_card_that_left_is_a_card_that_left(
    connection: CountingConnection, elsewhere: PinElsewhere
) -> None:
    elsewhere.pulled = True
    with pytest.raises(CardRemoved):
        prove_identity(connection, Pin.authentication(OWN), CHALLENGE)


def test_the_own_pin_cannot_be_changed_through_the_simulated_card(
    connection: CountingConnection, elsewhere: PinElsewhere, memory: VolatileMemory
) -> None:
    with pytest.raises(CardFault) as refused:
        change_pin(connection, Pin.authentication(OWN), Pin.authentication("1111"))
    assert refused.value.status_word == StatusWord.CONDITIONS_NOT_SATISFIED
    assert elsewhere.presented == [OWN.encode()]
    assert memory.read(Application.JPKI, AUTHENTICATION_PIN.file) is None


def test_the_other_secrets_stay_those_of_the_simulated_card(
    connection: CountingConnection, elsewhere: PinElsewhere
) -> None:
    assert len(sign(connection, Pin("ABC123", SIGNATURE_PASSWORD), b"document")) == 256
    assert elsewhere.presented == []


def test_without_its_pin_the_pin_is_that_of_the_simulated_card(card_image: CardImage) -> None:
    card = OwnCard(card_image, VolatileMemory())
    assert StandInKind.told_by(card.atr) is StandInKind.OWN_CARD_WITHOUT_PIN
    prove_identity(CountingConnection(card), Pin.authentication(OF_PERSONA), CHALLENGE)


def test_any_other_card_says_that_it_stands_in(card_image: CardImage) -> None:
    card = StandInCard(card_image)
    assert StandInKind.told_by(card.power_on()) is StandInKind.ANY_CARD
    assert StandInKind.told_by(card.reset()) is StandInKind.ANY_CARD
