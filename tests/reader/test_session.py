"""What a desk does with a card, over the shortest plug."""

from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from reader.applications.jpki import JpkiClient, SigningKey
from reader.description.layout import AUTHENTICATION_PIN, CardKind
from reader.errors import (
    CardFault,
    CardRemoved,
    NotMyNumberCard,
    PinBlocked,
    PinNotSent,
    PinWrong,
)
from reader.pin import Pin
from reader.session import CardGlance, IdentityProof, look, prove_identity
from tests.equipment.counting import CountingConnection
from virtual_card.card import VirtualCard
from virtual_card.image.behaviour import Behaviour
from virtual_card.plugs.inprocess import InProcessConnection
from virtual_card.wrappers.faulty_card import FaultyCard

MakeCard = Callable[..., VirtualCard]
CHALLENGE = b"challenge of the desk"
RIGHT = Pin.authentication("1234")
WRONG = Pin.authentication("9999")


def check(proof: IdentityProof, card: VirtualCard) -> None:
    assert card.image.authentication
    assert proof.certificate.der == card.image.authentication.certificate
    key = x509.load_der_x509_certificate(proof.certificate.der).public_key()
    assert isinstance(key, RSAPublicKey)
    key.verify(proof.signature, CHALLENGE, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("kind", list(CardKind))
def test_a_glance_tells_the_kind_and_the_tries_and_costs_none(
    make_card: MakeCard, kind: CardKind
) -> None:
    card = make_card(kind=kind)
    for _ in range(5):
        assert look(InProcessConnection(card)) == CardGlance(kind, tries=3)


@pytest.mark.parametrize("kind", [CardKind.MY_NUMBER_CARD, CardKind.ANDROID_PHONE, CardKind.IPHONE])
@pytest.mark.parametrize("longest_answer", [256, 0x10000])
def test_a_right_pin_proves_who_holds_the_card(
    make_card: MakeCard, kind: CardKind, longest_answer: int
) -> None:
    card = make_card(kind=kind, behaviour=Behaviour(filler=40))
    connection = CountingConnection(card, longest_answer)
    check(prove_identity(connection, RIGHT, CHALLENGE), card)
    assert connection.verifies == 1


def test_the_card_before_it_proves_nothing_and_loses_no_try(make_card: MakeCard) -> None:
    connection = CountingConnection(make_card(kind=CardKind.RESIDENT_REGISTER_CARD))
    with pytest.raises(NotMyNumberCard, match="住基カード"):
        prove_identity(connection, RIGHT, CHALLENGE)
    assert connection.verifies == 0


def test_a_long_answer_reads_the_certificate_in_one_command(make_card: MakeCard) -> None:
    connection = CountingConnection(make_card())
    prove_identity(connection, RIGHT, CHALLENGE)
    assert sum(apdu[1] == 0xB0 for apdu in connection.sent) == 2  # the token's label, and it
    assert len(connection.sent) == 6


def test_nothing_stays_verified_afterwards(make_card: MakeCard) -> None:
    card = make_card(behaviour=Behaviour(warm_reset_clears=False))
    connection = InProcessConnection(card)
    for pin in (RIGHT, WRONG):
        try:
            prove_identity(connection, pin, CHALLENGE)
        except PinWrong:
            assert pin is WRONG
        jpki = JpkiClient(connection)
        jpki.select()
        with pytest.raises(CardFault) as caught:
            jpki.sign_with(SigningKey.AUTHENTICATION, b"x")
        assert caught.value.status_word == 0x6982


def test_a_wrong_pin_is_sent_once_and_costs_one_try(make_card: MakeCard) -> None:
    card = make_card()
    connection = CountingConnection(card)
    with pytest.raises(PinWrong) as caught:
        prove_identity(connection, WRONG, CHALLENGE)
    assert caught.value.attempts_remaining == 2 == card.tries_left(AUTHENTICATION_PIN)
    assert caught.value.status_word == 0x63C2
    assert connection.verifies == 1


def test_the_last_try_is_not_used_without_confirmation(make_card: MakeCard) -> None:
    card = make_card()
    connection = CountingConnection(card)
    for _ in range(2):
        with pytest.raises(PinWrong):
            prove_identity(connection, WRONG, CHALLENGE)
    with pytest.raises(PinNotSent) as caught:
        prove_identity(connection, RIGHT, CHALLENGE)
    assert caught.value.attempts_remaining == 1 == card.tries_left(AUTHENTICATION_PIN)
    assert connection.verifies == 2
    check(prove_identity(connection, RIGHT, CHALLENGE, confirmed_last_try=True), card)
    assert card.tries_left(AUTHENTICATION_PIN) == 3


def test_the_try_that_blocks_and_every_later_one_say_blocked(make_card: MakeCard) -> None:
    connection = CountingConnection(make_card())
    for _ in range(2):
        with pytest.raises(PinWrong):
            prove_identity(connection, WRONG, CHALLENGE)
    for verifies in (3, 3):
        with pytest.raises(PinBlocked) as caught:
            prove_identity(connection, WRONG, CHALLENGE, confirmed_last_try=True)
        assert caught.value.attempts_remaining == 0
        assert connection.verifies == verifies
    assert look(connection).tries == 0


def test_a_card_without_an_authentication_certificate_costs_no_try(make_card: MakeCard) -> None:
    connection = CountingConnection(make_card(authentication=None))
    with pytest.raises(CardFault):
        prove_identity(connection, RIGHT, CHALLENGE)
    assert connection.verifies == 0


def test_a_card_pulled_at_any_moment_is_a_removal(make_card: MakeCard) -> None:
    for commands in range(6):
        card = make_card()
        connection = CountingConnection(FaultyCard(card, f"remove:after={commands}"))
        with pytest.raises(CardRemoved):
            prove_identity(connection, RIGHT, CHALLENGE)
        assert card.tries_left(AUTHENTICATION_PIN) == 3


class Stranger:
    """Any other card: answers each command with the same status word."""

    def __init__(self, *answers: tuple[bytes, int]) -> None:
        self._answers = list(answers)

    def send(self, _apdu: bytes, /) -> tuple[bytes, int]:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def close(self) -> None:
        """Nothing to close."""


def test_another_card_is_no_my_number_card() -> None:
    with pytest.raises(NotMyNumberCard) as caught:
        look(Stranger((b"", 0x6A82)))
    assert caught.value.status_word == 0x6A82
    with pytest.raises(NotMyNumberCard, match="SUICA"):
        look(Stranger((b"", 0x9000), (b"SUICA".ljust(32), 0x9000)))


def test_an_unknown_count_is_unknown_and_not_zero() -> None:
    stranger = Stranger(
        (b"", 0x9000),
        (CardKind.MY_NUMBER_CARD.label, 0x9000),
        (b"", 0x9000),
        (b"", 0x9000),
    )
    assert look(stranger).tries is None


@pytest.mark.parametrize(
    ("word", "kind"), [(0x6300, PinWrong), (0x6983, PinBlocked), (0x6F00, CardFault)]
)
def test_unusual_answers_to_a_pin_are_told_apart(word: int, kind: type[Exception]) -> None:
    jpki = JpkiClient(Stranger((b"", word)))
    with pytest.raises(kind):
        jpki.verify(RIGHT)


@pytest.mark.parametrize("word", [0x6A86, 0x6A82, 0x6B00])
def test_a_carrier_without_short_identifiers_is_spoken_to_the_plain_way(
    make_card: MakeCard, word: int
) -> None:
    card = make_card()

    class Plain(CountingConnection):
        def send(self, apdu: bytes, /) -> tuple[bytes, int]:
            read = apdu[1] == 0xB0 and apdu[2] & 0x80
            used = apdu[1] in (0x20, 0x2A) and apdu[3] & 0x1F
            return (b"", word) if read or used else super().send(apdu)

    connection = Plain(card)
    check(prove_identity(connection, RIGHT, CHALLENGE), card)
    with pytest.raises(PinWrong) as caught:
        prove_identity(connection, WRONG, CHALLENGE)
    assert caught.value.attempts_remaining == 2
    assert connection.verifies == 2


@pytest.mark.parametrize("content", [b"", b"\x30", b"\xff" * 32, b"\x30\x82\x04\x00" + b"\x00"])
def test_a_certificate_that_is_none_or_cut_off_is_a_fault(content: bytes) -> None:
    jpki = JpkiClient(Stranger((content, 0x9000), (b"", 0x9000)))
    with pytest.raises(CardFault, match="certificate"):
        jpki.authentication_certificate()
