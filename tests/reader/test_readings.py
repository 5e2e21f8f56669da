"""What can be read from every application of a card, and what its PINs say."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from PIL import Image

from reader.applications.jpki import CertificateFile, CertificatesPresent, JpkiClient
from reader.applications.resident_register import ResidentRegisterClient
from reader.applications.surface import SurfaceClient
from reader.card_pins import PinTries, change_pin, tries_of, tries_of_every_pin
from reader.description.layout import (
    AUTHENTICATION_PIN,
    COMMON_PIN,
    INPUT_SUPPORT_NUMBER_A,
    INPUT_SUPPORT_NUMBER_B,
    INPUT_SUPPORT_PIN,
    PIN_REFERENCES,
    RESIDENT_REGISTER_PIN,
    SIGNATURE_PASSWORD,
    SURFACE_BIRTHDATE,
    SURFACE_NUMBER_A,
    SURFACE_NUMBER_B,
    Application,
    CardKind,
    PinReference,
    SignatureMode,
)
from reader.errors import (
    CardFault,
    NextStep,
    NotMyNumberCard,
    PinBlocked,
    PinNotSent,
    PinWrong,
)
from reader.pin import Pin
from reader.readings import (
    read_attributes,
    read_birthdate,
    read_certificate,
    read_face,
    read_individual_number,
    read_report,
)
from reader.session import SHA256_DIGEST_INFO, CardGlance, look, opened, prove_identity, sign
from tests.equipment.counting import CountingConnection
from tests.faces import (
    BIRTHDATE,
    HANAKO,
    NUMBER_A,
    NUMBER_B,
    hanako_face,
)
from tests.faces import (
    INPUT_SUPPORT_PIN as TEXT,
)
from tests.faces import (
    RESIDENT_REGISTER_PIN as RESIDENT,
)
from virtual_card.card import VirtualCard
from virtual_card.image.behaviour import Behaviour
from virtual_card.image.credential import NO_SECRETS

MakeCard = Callable[..., VirtualCard]
MESSAGE = "模擬の文書".encode()


@pytest.fixture(params=[256, 0x10000], ids=["short", "extended"])
def connection(request: pytest.FixtureRequest, make_card: MakeCard) -> CountingConnection:
    return CountingConnection(make_card(behaviour=Behaviour(filler=40)), request.param)


@pytest.mark.parametrize(
    ("text", "reference"), [(TEXT, INPUT_SUPPORT_PIN), (NUMBER_B, INPUT_SUPPORT_NUMBER_B)]
)
def test_the_attributes_are_read_by_pin_or_by_number_b(
    connection: CountingConnection, text: str, reference: PinReference
) -> None:
    found = read_attributes(connection, Pin(text, reference))
    assert (found.name, found.address, found.birthdate, found.sex) == (
        HANAKO.name,
        HANAKO.address,
        "19800217",
        "2",
    )
    assert HANAKO.name not in repr(found)


@pytest.mark.parametrize("length", [10, 200, 700])
def test_attributes_of_every_length_are_read(make_card: MakeCard, length: int) -> None:
    face = hanako_face()
    holder = replace(face.holder, address="町" * length)
    card = make_card(face=replace(face, holder=holder))
    for longest in (256, 0x10000):
        found = read_attributes(CountingConnection(card, longest), Pin(TEXT, INPUT_SUPPORT_PIN))
        assert found.address == "町" * length


@pytest.mark.parametrize("name", ["", " ", "　", "　 　"], ids=ascii)
def test_a_card_without_a_name_is_faulty(make_card: MakeCard, name: str) -> None:
    face = hanako_face()
    card = make_card(face=replace(face, holder=replace(face.holder, name=name)))
    with pytest.raises(CardFault, match="there is no name in it") as caught:
        read_attributes(CountingConnection(card), Pin(TEXT, INPUT_SUPPORT_PIN))
    assert caught.value.next_step is NextStep.PLACE_CARD


@pytest.mark.parametrize(
    ("text", "reference"), [(TEXT, INPUT_SUPPORT_PIN), (NUMBER_A, INPUT_SUPPORT_NUMBER_A)]
)
def test_the_number_is_read_by_pin_or_by_number_a(
    connection: CountingConnection, text: str, reference: PinReference
) -> None:
    assert read_individual_number(connection, Pin(text, reference)) == HANAKO.individual_number


def test_each_of_the_two_numbers_opens_only_its_own(connection: CountingConnection) -> None:
    with pytest.raises(CardFault, match="0x6982"):
        read_attributes(connection, Pin(NUMBER_A, INPUT_SUPPORT_NUMBER_A))
    with pytest.raises(CardFault, match="0x6982"):
        read_individual_number(connection, Pin(NUMBER_B, INPUT_SUPPORT_NUMBER_B))


@pytest.mark.parametrize(
    ("text", "reference"), [(NUMBER_A, SURFACE_NUMBER_A), (NUMBER_B, SURFACE_NUMBER_B)]
)
def test_the_face_is_read_by_either_number(
    connection: CountingConnection, text: str, reference: PinReference
) -> None:
    face = read_face(connection, Pin(text, reference))
    printed = hanako_face().pictures
    assert (face.birthdate, face.sex, face.expires) == ("19800217", "2", "20350217")
    assert face.photo == printed.photo
    assert Image.open(io.BytesIO(face.photo)).format == "JPEG2000"
    for picture, expected in (
        (face.name_picture, printed.name),
        (face.address_picture, printed.address),
        (face.security_code_picture, printed.security_code),
    ):
        assert picture == expected
        assert Image.open(io.BytesIO(picture)).mode == "1"


def test_the_card_of_an_infant_has_no_photo(make_card: MakeCard) -> None:
    face = hanako_face()
    card = make_card(face=replace(face, pictures=replace(face.pictures, photo=b"")))
    found = read_face(CountingConnection(card), Pin(NUMBER_B, SURFACE_NUMBER_B))
    assert found.photo == b""


def test_the_age_record_is_read_by_the_birthdate(connection: CountingConnection) -> None:
    assert read_birthdate(connection, Pin(BIRTHDATE, SURFACE_BIRTHDATE)) == "19800217"
    assert read_birthdate(connection, Pin(NUMBER_B, SURFACE_NUMBER_B)) == "19800217"


def test_the_number_s_picture_needs_number_a(connection: CountingConnection) -> None:
    surface = SurfaceClient(connection)
    with opened(surface, connection, Pin(NUMBER_A, SURFACE_NUMBER_A)):
        assert surface.number_picture() == hanako_face().pictures.individual_number
    with opened(surface, connection, Pin(NUMBER_B, SURFACE_NUMBER_B)), pytest.raises(CardFault):
        surface.number_picture()


def test_the_resident_register_is_read_as_far_as_it_can_be(connection: CountingConnection) -> None:
    register = ResidentRegisterClient(connection)
    with opened(register, connection, Pin(RESIDENT, RESIDENT_REGISTER_PIN)):
        assert register.record()


def test_without_a_pin_a_card_tells_kind_serial_and_certificates(
    connection: CountingConnection, make_card: MakeCard
) -> None:
    report = read_report(connection)
    image = make_card().image
    assert image.authentication
    assert image.signature
    assert report.glance.kind is CardKind.MY_NUMBER_CARD
    assert report.record
    assert (report.record.serial, report.record.municipality, report.record.expires) == (
        "990010000000001",
        "99001",
        "20350217",
    )
    der = {which: found and found.der for which, found in report.certificates.items()}
    assert der == {
        CertificateFile.AUTHENTICATION: image.authentication.certificate,
        CertificateFile.AUTHENTICATION_CA: image.authentication.ca_certificate,
        CertificateFile.SIGNATURE_CA: image.signature.ca_certificate,
    }
    assert connection.verifies == 0


def test_a_child_s_card_has_no_signature_certificate(make_card: MakeCard) -> None:
    report = read_report(CountingConnection(make_card(signature=None)))
    assert not report.signature_certificate_present
    assert CertificateFile.SIGNATURE_CA not in report.certificates
    jpki = JpkiClient(CountingConnection(make_card(signature=None)))
    jpki.select()
    assert jpki.certificates_present() == CertificatesPresent(signature=False, authentication=True)


def test_a_phone_has_jpki_and_nothing_else(make_card: MakeCard) -> None:
    phone = CountingConnection(make_card(kind=CardKind.ANDROID_PHONE, face=None, expires_on=None))
    report = read_report(phone)
    assert report.record is None
    assert CertificateFile.AUTHENTICATION not in report.certificates
    with pytest.raises(NotMyNumberCard, match="券面入力補助"):
        read_attributes(phone, Pin(TEXT, INPUT_SUPPORT_PIN))
    tries = {each.reference: each.tries for each in tries_of_every_pin(phone)}
    assert tries[AUTHENTICATION_PIN] == 3
    assert tries[INPUT_SUPPORT_PIN] is None


@pytest.mark.parametrize("kind", [CardKind.MY_NUMBER_CARD, CardKind.ANDROID_PHONE])
def test_both_certificates_are_read_with_their_pins(make_card: MakeCard, kind: CardKind) -> None:
    card = make_card(kind=kind)
    connection = CountingConnection(card)
    assert card.image.authentication
    assert card.image.signature
    with pytest.raises(CardFault, match="0x6982"):
        read_certificate(connection, CertificateFile.SIGNATURE)
    signs = read_certificate(connection, CertificateFile.SIGNATURE, Pin.signature("abc123"))
    assert signs.der == card.image.signature.certificate
    proves = read_certificate(
        connection, CertificateFile.AUTHENTICATION, Pin.authentication("1234")
    )
    assert proves.der == card.image.authentication.certificate


_SHA256 = hashes.SHA256()
_PSS = padding.PSS(padding.MGF1(_SHA256), 32)


def _digest(message: bytes) -> bytes:
    digest = hashes.Hash(_SHA256)
    digest.update(message)
    return digest.finalize()


@pytest.mark.parametrize(
    ("mode", "handed", "scheme"),
    [
        (SignatureMode.VERBATIM, SHA256_DIGEST_INFO + _digest(MESSAGE), padding.PKCS1v15()),
        (SignatureMode.DIGEST, _digest(MESSAGE), padding.PKCS1v15()),
        (SignatureMode.HASHED, MESSAGE, padding.PKCS1v15()),
        (SignatureMode.PSS_DIGEST, _digest(MESSAGE), _PSS),
        (SignatureMode.PSS_HASHED, MESSAGE, _PSS),
    ],
)
@pytest.mark.parametrize("pin", [Pin.authentication("1234"), Pin.signature("ABC123")])
def test_both_keys_sign_in_every_mode(
    make_card: MakeCard, mode: SignatureMode, handed: bytes, scheme: object, pin: Pin
) -> None:
    card = make_card()
    signature = sign(CountingConnection(card), pin, handed, mode)
    signs = pin.reference is SIGNATURE_PASSWORD
    credential = card.image.signature if signs else card.image.authentication
    assert credential
    key = x509.load_der_x509_certificate(credential.certificate).public_key()
    assert isinstance(key, RSAPublicKey)
    assert isinstance(scheme, padding.PKCS1v15 | padding.PSS)
    key.verify(signature, _digest(MESSAGE), scheme, Prehashed(_SHA256))


def test_the_bare_hash_is_signed_too(make_card: MakeCard) -> None:
    card = make_card()
    signature = sign(
        CountingConnection(card),
        Pin.authentication("1234"),
        MESSAGE,
        SignatureMode.HASHED_BARE,
    )
    assert card.image.authentication
    key = x509.load_der_x509_certificate(card.image.authentication.certificate).public_key()
    assert isinstance(key, RSAPublicKey)
    assert key.recover_data_from_signature(signature, padding.PKCS1v15(), None) == _digest(MESSAGE)


def test_the_tries_of_every_pin_are_known_and_cost_none(connection: CountingConnection) -> None:
    with pytest.raises(PinWrong):
        read_attributes(connection, Pin("0000", INPUT_SUPPORT_PIN))
    found = tries_of_every_pin(connection)
    expected = {**{each: each.tries for each in PIN_REFERENCES}, INPUT_SUPPORT_PIN: 2}
    assert found == tuple(PinTries(each, expected[each]) for each in PIN_REFERENCES)
    assert tries_of(connection, INPUT_SUPPORT_PIN) == 2
    assert connection.verifies == 1


@pytest.mark.parametrize(
    ("old", "new", "reference"),
    [
        ("1234", "4321", AUTHENTICATION_PIN),
        ("ABC123", "XYZ789", SIGNATURE_PASSWORD),
        (TEXT, "1111", INPUT_SUPPORT_PIN),
        (RESIDENT, "2222", RESIDENT_REGISTER_PIN),
        (RESIDENT, "3333", COMMON_PIN),
    ],
)
def test_every_pin_that_its_holder_chose_can_be_changed(
    connection: CountingConnection, old: str, new: str, reference: PinReference
) -> None:
    change_pin(connection, Pin(old, reference), Pin(new, reference))
    with pytest.raises(PinWrong) as caught:
        change_pin(connection, Pin(old, reference), Pin(new, reference))
    assert caught.value.attempts_remaining == reference.tries - 1
    change_pin(connection, Pin(new, reference), Pin(old, reference))
    assert tries_of(connection, reference) == reference.tries


def test_nothing_is_changed_with_a_locked_pin_or_without_confirmation_of_the_last_try(
    connection: CountingConnection,
) -> None:
    wrong, right = Pin("0000", AUTHENTICATION_PIN), Pin("1234", AUTHENTICATION_PIN)
    for _ in range(2):
        with pytest.raises(PinWrong):
            change_pin(connection, wrong, right)
    with pytest.raises(PinNotSent):
        change_pin(connection, wrong, right)
    assert connection.verifies == 2
    with pytest.raises(PinBlocked):
        change_pin(connection, wrong, right, confirmed_last_try=True)
    with pytest.raises(PinBlocked):
        change_pin(connection, right, wrong, confirmed_last_try=True)
    assert connection.verifies == 3


def test_what_is_printed_cannot_be_changed(connection: CountingConnection) -> None:
    number = Pin(NUMBER_B, INPUT_SUPPORT_NUMBER_B)
    with pytest.raises(PinNotSent, match="cannot be changed"):
        change_pin(connection, number, number)
    with pytest.raises(PinNotSent):
        change_pin(connection, Pin("1234", AUTHENTICATION_PIN), Pin("1234", INPUT_SUPPORT_PIN))
    assert connection.verifies == 0


def test_a_card_without_pin_is_told_from_a_locked_one(make_card: MakeCard) -> None:
    authentication = make_card().image.authentication
    assert authentication
    without = CountingConnection(
        make_card(
            authentication=replace(authentication, secret=None), signature=None, secrets=NO_SECRETS
        )
    )
    assert look(without) == CardGlance(CardKind.MY_NUMBER_CARD, tries=0, without_pin=True)
    with pytest.raises(PinBlocked) as never:
        prove_identity(without, Pin.authentication("1234"), b"x")
    assert "暗証番号のない" in never.value.ja
    assert without.verifies == 0

    locked = CountingConnection(make_card())
    for _ in range(3):
        with pytest.raises((PinWrong, PinBlocked)):
            prove_identity(locked, Pin.authentication("0000"), b"x", confirmed_last_try=True)
    glance = read_report(locked).glance
    assert (glance.tries, glance.without_pin) == (0, False)
    with pytest.raises(PinBlocked) as caught:
        prove_identity(locked, Pin.authentication("1234"), b"x")
    assert "ロック" in caught.value.ja


def test_files_of_applications_are_named_in_faults(connection: CountingConnection) -> None:
    with pytest.raises(CardFault) as caught:
        read_individual_number(connection, Pin(NUMBER_B, INPUT_SUPPORT_NUMBER_B))
    assert "file 0001 (individual_number) of CARD_INPUT_SUPPORT" in caught.value.en
    assert Application.CARD_INPUT_SUPPORT.name in caught.value.en
