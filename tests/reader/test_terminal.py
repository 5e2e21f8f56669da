"""An authorised terminal in the place of the PIN (simulation), as the client drives it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from reader.description.layout import AUTHENTICATION_PIN
from reader.errors import CardFault
from reader.pcsc.pcsc_connection import PcscConnection
from reader.session import look, prove_identity_by_terminal
from reader.terminal import Terminal
from tests.equipment.counting import CountingConnection
from tests.faces import authorities, new_key
from virtual_card.card import VirtualCard
from virtual_card.encoding.cv_certificate import CvCertificate, key_id
from virtual_card.plugs.vpcd import VpcdPlug

MakeCard = Callable[..., VirtualCard]
CHALLENGE = b"challenge of the desk"


def make_terminal(authority: rsa.RSAPrivateKey) -> Terminal:
    key = new_key()
    certificate = CvCertificate.issue(
        authority, key_id("9900090"), key.public_key(), key_id("9910000")
    )
    return Terminal(
        certificate.encode(),
        lambda challenge: key.sign(challenge, padding.PKCS1v15(), hashes.SHA256()),
    )


@pytest.fixture(scope="module")
def terminal() -> Terminal:
    return make_terminal(authorities().terminals)


def verify(certificate: bytes, signature: bytes) -> None:
    key = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(key, RSAPublicKey)
    key.verify(signature, CHALLENGE, padding.PKCS1v15(), hashes.SHA256())


def test_a_short_reader_sends_certificate_and_signature_in_chains(
    make_card: MakeCard, terminal: Terminal
) -> None:
    connection = CountingConnection(make_card(), longest_answer=256)
    proof = prove_identity_by_terminal(connection, terminal, CHALLENGE)
    verify(proof.certificate.der, proof.signature)
    long = [apdu for apdu in connection.sent if apdu[1] in (0xA2, 0x82, 0x84)]
    assert [apdu[:5].hex().upper() for apdu in long] == [
        "90A20096FF",
        "90A20096FF",
        "80A200963A",
        "0084000010",
        "10820096FF",
        "0082009601",
    ]
    assert b"".join(apdu[5:] for apdu in long[:3]) == terminal.certificate


def test_a_long_reader_sends_each_in_one_command(make_card: MakeCard, terminal: Terminal) -> None:
    connection = CountingConnection(make_card())
    proof = prove_identity_by_terminal(connection, terminal, CHALLENGE)
    verify(proof.certificate.der, proof.signature)
    # SELECT, certificate, the terminal's certificate, challenge, its signature, ours.
    assert len(connection.sent) == 6
    assert connection.sent[2][:7].hex().upper() == "80A20096000238"
    assert connection.sent[4][:7].hex().upper() == "00820096000100"


def test_nothing_of_it_stays_and_no_try_is_used(make_card: MakeCard, terminal: Terminal) -> None:
    card = make_card()
    connection = CountingConnection(card)
    prove_identity_by_terminal(connection, terminal, CHALLENGE)
    assert connection.send(bytes.fromhex("00A4040C0AD392F000260100000001"))[1] == 0x9000
    assert connection.send(bytes.fromhex("802A0097 01 00 00"))[1] == 0x6982
    assert card.tries_left(AUTHENTICATION_PIN) == look(connection).tries == 3


def test_a_terminal_that_nobody_vouches_for_or_that_lies_signs_nothing(
    make_card: MakeCard, terminal: Terminal
) -> None:
    for dishonest, word in (
        (make_terminal(new_key()), "0x6300"),
        (replace(terminal, certificate=b"no certificate"), "0x6A80"),
        (replace(terminal, sign=lambda _: bytes(256)), "0x6300"),
    ):
        connection = CountingConnection(make_card(), longest_answer=256)
        with pytest.raises(CardFault, match=word):
            prove_identity_by_terminal(connection, dishonest, CHALLENGE)
        assert all(apdu[1] != 0x2A for apdu in connection.sent)


def test_it_works_through_a_real_service(
    make_card: MakeCard, insert: Callable[..., VpcdPlug], terminal: Terminal
) -> None:
    insert(make_card())
    with PcscConnection("00 00") as connection:
        proof = prove_identity_by_terminal(connection, terminal, CHALLENGE)
    verify(proof.certificate.der, proof.signature)
