"""Somebody's own My Number Card: what it is asked, and when its PIN is not sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reader.description.layout import AUTHENTICATION_PIN, CardKind
from reader.errors import (
    CardFault,
    CardRemoved,
    NotMyNumberCard,
    PinBlocked,
    PinNotSent,
    PinWrong,
)
from reader.own_card import prove_own_card, recognise
from reader.pin import Pin
from tests.equipment.counting import CountingConnection
from tests.reader.own_card.foreign_card import (
    PIN,
    certificate,
    foreign_card,
    foreign_image,
    of_a_later_generation,
)
from tests.reader.plain_card import PlainCard
from virtual_card.card import VirtualCard
from virtual_card.image.credential import NO_SECRETS
from virtual_card.wrappers.faulty_card import FaultyCard

if TYPE_CHECKING:
    from collections.abc import Callable

    from reader.certificate import CardCertificate

RIGHT, WRONG = Pin.authentication(PIN), Pin.authentication("0000")
SELECT, READ, VERIFY, SIGN = 0xA4, 0xB0, 0x20, 0x2A
JPKI = "00a4040c0ad392f000260100000001"


def same_as(card: VirtualCard) -> Callable[[CardCertificate], bool]:
    assert card.image.authentication is not None
    der = card.image.authentication.certificate
    return lambda shown: shown.der == der


def spend(card: VirtualCard, tries: int) -> None:
    """Have somebody else type wrong PINs."""
    for _ in range(tries):
        card.process(bytes.fromhex(JPKI))
        assert card.process(bytes.fromhex("00200098 04") + b"0000")[0] == 0x63


def test_a_card_of_another_authority_is_recognised_by_its_certificate() -> None:
    card = foreign_card()
    own = recognise(CountingConnection(card))
    assert own is not None
    assert same_as(card)(own.certificate)
    assert (own.tries, own.without_pin, own.certificate.simulated) == (3, False, False)


def test_nothing_but_jpki_is_asked_and_of_that_no_file_that_says_who_somebody_is() -> None:
    connection = CountingConnection(foreign_card())
    recognise(connection)
    prove_own_card(connection, RIGHT, lambda _: True)
    selected = {apdu.hex() for apdu in connection.sent if apdu[1] == SELECT}
    assert selected == {JPKI}
    read = {apdu[2] & 0x1F for apdu in connection.sent if apdu[1] == READ and apdu[2] & 0x80}
    assert read == {0x06, 0x08, 0x0A}, "the token's name, which certificates, and this one"
    assert {apdu[1] for apdu in connection.sent} == {SELECT, READ, VERIFY, SIGN}


def test_a_card_of_another_make_hears_one_select_and_is_none() -> None:
    plain = PlainCard(b"\x04\xa2\xb3\xc4")
    assert recognise(CountingConnection(plain)) is None
    assert [command.hex() for command in plain.commands] == [JPKI]


def test_the_right_pin_is_proved_by_a_signature_and_gives_all_tries_back() -> None:
    card = foreign_card()
    spend(card, 1)
    connection = CountingConnection(card)
    prove_own_card(connection, RIGHT, same_as(card))
    assert connection.verifies == 1
    assert card.tries_left(AUTHENTICATION_PIN) == 3


def test_a_wrong_pin_costs_one_try_and_says_what_is_left() -> None:
    card = foreign_card()
    connection = CountingConnection(card)
    with pytest.raises(PinWrong) as wrong:
        prove_own_card(connection, WRONG, same_as(card))
    assert wrong.value.attempts_remaining == 2
    assert (connection.verifies, card.tries_left(AUTHENTICATION_PIN)) == (1, 2)


def test_the_last_try_is_never_sent_not_even_with_the_right_pin() -> None:
    card = foreign_card()
    spend(card, 2)
    connection = CountingConnection(card)
    with pytest.raises(PinNotSent):
        prove_own_card(connection, RIGHT, same_as(card))
    assert (connection.verifies, card.tries_left(AUTHENTICATION_PIN)) == (0, 1)


def test_a_locked_pin_is_told_and_not_sent() -> None:
    card = foreign_card()
    spend(card, 3)
    connection = CountingConnection(card)
    own = recognise(connection)
    assert own is not None
    assert own.tries == 0
    with pytest.raises(PinBlocked):
        prove_own_card(connection, RIGHT, same_as(card))
    assert connection.verifies == 0


def test_another_card_than_the_one_that_is_meant_does_not_get_the_pin() -> None:
    card, other = foreign_card(), foreign_card(certificate(serial=7))
    connection = CountingConnection(other)
    with pytest.raises(CardFault):
        prove_own_card(connection, RIGHT, same_as(card))
    assert connection.verifies == 0


@pytest.mark.parametrize("kind", [CardKind.ANDROID_PHONE, CardKind.IPHONE])
def test_a_phone_is_told_apart_and_gets_no_pin(kind: CardKind) -> None:
    connection = CountingConnection(VirtualCard(replace(foreign_image(), kind=kind)))
    with pytest.raises(NotMyNumberCard, match="phone") as told:
        recognise(connection)
    assert "スマートフォン" in told.value.ja
    with pytest.raises(NotMyNumberCard, match="phone"):
        prove_own_card(connection, RIGHT, lambda _: True)
    assert connection.verifies == 0


def test_a_card_without_the_certificate_is_told() -> None:
    card = VirtualCard(replace(foreign_image(), authentication=None))
    with pytest.raises(NotMyNumberCard) as told:
        recognise(CountingConnection(card))
    assert "利用者証明用電子証明書がない" in told.value.ja


def test_a_certificate_of_a_later_generation_is_told() -> None:
    with pytest.raises(NotMyNumberCard) as told:
        recognise(CountingConnection(foreign_card(of_a_later_generation())))
    assert "新しい世代" in told.value.ja


def test_a_card_that_was_issued_without_pins_is_told_from_a_locked_one(
    make_card: Callable[..., VirtualCard],
) -> None:
    authentication = make_card().image.authentication
    assert authentication
    bare = replace(authentication, secret=None)
    card = make_card(authentication=bare, signature=None, secrets=NO_SECRETS)
    own = recognise(CountingConnection(card))
    assert own is not None
    assert (own.tries, own.without_pin) == (0, True)


@pytest.mark.parametrize("after", range(6))
def test_a_card_that_goes_in_the_middle_is_told_as_removed(after: int) -> None:
    card = foreign_card()
    with pytest.raises(CardRemoved):
        prove_own_card(
            CountingConnection(FaultyCard(card, f"remove:after={after}")), RIGHT, same_as(card)
        )
    assert card.tries_left(AUTHENTICATION_PIN) == 3
