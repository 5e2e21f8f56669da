"""券面入力補助: the attributes as text, who may read them, and who vouches for them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from reader.description.layout import INPUT_SUPPORT_PIN as PIN_REFERENCE
from reader.description.layout import CardKind
from tests.equipment.talk import Talk
from tests.faces import HANAKO, INPUT_SUPPORT_PIN, NUMBER_A, NUMBER_B, authorities, hanako_face
from virtual_card.card import VirtualCard
from virtual_card.encoding import tlv
from virtual_card.encoding.cv_certificate import CvCertificate, read_public_key
from virtual_card.image.behaviour import Behaviour

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

AID = "D3921000310001010408"
NUMBER, ATTRIBUTES, SIGNATURES, CERTIFICATE, INFO, SESSION_KEY, OWN_KEY, RESERVED = range(1, 9)
PIN, BLOCKED, KEY, A, B = 0x11, 0x12, 0x13, 0x14, 0x15
SHA256_DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420")

MakeCard = Callable[..., VirtualCard]


def opened(make_card: MakeCard, **changes: object) -> Talk:
    talk = Talk(make_card(**changes))
    talk.select(AID)
    return talk


@pytest.fixture
def text(make_card: MakeCard) -> Talk:
    return opened(make_card)


@pytest.fixture
def unlocked(text: Talk) -> Talk:
    assert text.verify(PIN, INPUT_SUPPORT_PIN) == "9000"
    return text


def verifies(key: RSAPublicKey, signature: bytes, message: bytes) -> None:
    key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())


def issuer_key(talk: Talk) -> RSAPublicKey:
    return CvCertificate.parse(talk.read(CERTIFICATE)).public_key


@pytest.mark.parametrize(
    ("secret", "sfi", "readable"),
    [
        (INPUT_SUPPORT_PIN, PIN, {NUMBER, ATTRIBUTES, SIGNATURES, SESSION_KEY, OWN_KEY, RESERVED}),
        (NUMBER_A, A, {NUMBER, SIGNATURES, SESSION_KEY, OWN_KEY, RESERVED}),
        (NUMBER_B, B, {ATTRIBUTES, SIGNATURES, SESSION_KEY, OWN_KEY, RESERVED}),
    ],
)
def test_each_secret_opens_what_the_sheet_says_and_no_more(
    text: Talk, secret: str, sfi: int, readable: set[int]
) -> None:
    free = {CERTIFICATE, INFO}
    before = {file for file in range(1, 9) if text.read_status(file) == "9000"}
    assert before == free
    assert text.verify(sfi, secret) == "9000"
    statuses = {file: text.read_status(file) for file in range(1, 9)}
    assert {file for file, status in statuses.items() if status == "9000"} == free | readable
    assert set(statuses.values()) <= {"9000", "6982"}


def test_the_number_is_15_bytes_with_2_of_filler(unlocked: Talk) -> None:
    assert unlocked.read(NUMBER) == b"\xff\x10\x0c" + NUMBER_A.encode() + b"\xff\xff"


def test_the_attributes_stand_behind_a_table_of_where_they_begin(unlocked: Talk) -> None:
    content = unlocked.read(ATTRIBUTES)
    ((tag, inner),) = tlv.decode(content)
    (table_tag, table), *fields = tlv.decode(inner)
    assert (tag, table_tag) == (0xFF20, 0xDF21)
    assert [value.decode() for _, value in fields] == [
        HANAKO.name,
        HANAKO.address,
        "19800217",
        "2",
    ]
    offsets = [int.from_bytes(table[place : place + 2], "big") for place in range(0, 8, 2)]
    assert [content[offset : offset + 2].hex() for offset in offsets] == [
        *("df22", "df23", "df24", "df25")
    ]


def test_short_attributes_have_a_length_of_one_byte_and_long_ones_of_three(
    make_card: MakeCard,
) -> None:
    def header(address: str) -> bytes:
        face = replace(hanako_face(), holder=replace(HANAKO, address=address))
        talk = opened(make_card, face=face)
        talk.verify(PIN, INPUT_SUPPORT_PIN)
        return talk.read(ATTRIBUTES)[:5]

    assert header("模擬県")[:4] == bytes.fromhex("FF2038DF")
    assert header("模擬" * 20)[:5] == bytes.fromhex("FF208200A7")


def test_the_signed_record_covers_the_physical_number_and_the_attributes(unlocked: Talk) -> None:
    record = unlocked.read(SIGNATURES)
    assert (len(record), record[:5].hex()) == (336, "ff3082014b")
    ((_, inner),) = tlv.decode(record)
    fields = dict(tlv.decode(inner))
    attributes = unlocked.read(ATTRIBUTES)[3 + 11 :]
    assert fields[0xDF31] == hashlib.sha256(unlocked.read(NUMBER)).digest()
    assert fields[0xDF32] == hashlib.sha256(attributes).digest()
    verifies(issuer_key(unlocked), fields[0xDF33], inner[:70])


def test_the_certificate_of_the_signing_key_leads_to_the_simulated_root(text: Talk) -> None:
    encoded = text.read(CERTIFICATE)
    assert (len(encoded), encoded[:5].hex()) == (568, "7f21820233")
    certificate = CvCertificate.parse(encoded)
    assert certificate.is_signed_by(authorities().root.public_key())
    assert not certificate.is_signed_by(certificate.public_key)
    assert certificate.issuer_key_id[:2] == b"99", "no real key's name begins so"


def test_the_information_is_164_bytes_with_filler_up_to_256(text: Talk) -> None:
    content = text.read(INFO)
    assert (len(content), set(content[164:])) == (256, {0xFF})
    ((_, inner),) = tlv.decode(content[:164])
    fields = dict(tlv.decode(inner))
    assert fields[0xDF41].hex() == "01030e01"
    assert (len(fields[0xDF42]), len(fields[0xDF43])) == (16, 128)


def test_the_public_keys_have_their_sizes_and_the_second_is_signed(unlocked: Talk) -> None:
    assert len(unlocked.read(SESSION_KEY)) == 269
    record = unlocked.read(OWN_KEY)
    assert len(record) == 536
    ((_, inner),) = tlv.decode(record)
    verifies(issuer_key(unlocked), inner[-256:], inner[:-261])


@pytest.mark.parametrize("command", ["802A0000", "802A0093"])
def test_the_signing_key_asks_for_no_pin(text: Talk, command: str) -> None:
    digest = hashlib.sha256(b"challenge").digest()
    asked = bytes.fromhex(command + "33") + SHA256_DIGEST_INFO + digest + b"\x00"
    signature, status = text.answer(asked)
    assert status == "9000"
    text.verify(PIN, INPUT_SUPPORT_PIN)
    ((_, inner),) = tlv.decode(text.read(OWN_KEY))
    own = read_public_key(dict(tlv.decode(inner))[0xDF51])
    verifies(own, signature, b"challenge")


def test_the_signing_key_knows_no_other_mode(text: Talk) -> None:
    assert text("802A0393 01 00 00") == "6A86"


def test_the_reserved_file_is_16_bytes_of_ff(unlocked: Talk) -> None:
    assert unlocked.read(RESERVED) == b"\xff" * 16


def test_one_pin_is_blocked_on_every_card(text: Talk) -> None:
    assert (text.tries(BLOCKED), text.verify(BLOCKED, "1234")) == ("63C0", "6984")


def test_the_tries_are_3_for_the_pin_and_10_for_the_numbers(text: Talk) -> None:
    assert [text.tries(sfi) for sfi in (PIN, A, B)] == ["63C3", "63CA", "63CA"]


def test_how_many_tries_the_numbers_have_is_a_switch(make_card: MakeCard) -> None:
    text = opened(make_card, behaviour=Behaviour(number_tries=3))
    assert [text.tries(sfi) for sfi in (PIN, A, B)] == ["63C3", "63C3", "63C3"]
    assert [text.verify(A, "0" * 12) for _ in range(4)] == ["63C2", "63C1", "63C0", "6984"]
    with pytest.raises(ValueError, match="1 to 15"):
        Behaviour(number_tries=16)


def test_the_pin_is_changed_as_in_jpki_and_the_numbers_are_not(unlocked: Talk) -> None:
    assert unlocked("00240191 04 35353535") == "9000"
    assert unlocked.verify(PIN, INPUT_SUPPORT_PIN) == "63C2"
    assert unlocked.verify(PIN, "5555") == "9000"
    assert unlocked.verify(A, NUMBER_A) == "9000"
    assert unlocked("00240194 0C" + "31" * 12) == "6A81"
    assert unlocked("80320091 04 35353535") == "6A81"


def test_the_office_gives_the_tries_back(text: Talk) -> None:
    for _ in range(3):
        text.verify(PIN, "0000")
    assert text.verify(PIN, INPUT_SUPPORT_PIN) == "6984"
    text.card.office_reset(PIN_REFERENCE)
    assert text.verify(PIN, INPUT_SUPPORT_PIN) == "9000"


def test_filler_follows_the_attributes_where_the_image_says_so(make_card: MakeCard) -> None:
    text = opened(make_card, behaviour=Behaviour(filler=7))
    text.verify(PIN, INPUT_SUPPORT_PIN)
    assert text.read(ATTRIBUTES).endswith(b"\xff" * 7)


def test_secure_messaging_is_not_simulated(unlocked: Talk) -> None:
    assert unlocked("80AE0000 01 00") == "6982"


def test_a_phone_has_jpki_only(make_card: MakeCard) -> None:
    talk = Talk(make_card(kind=CardKind.IPHONE))
    for aid in (AID, "D3921000310001010402", "D3921000310001010100", "D3921000310001010401"):
        assert talk(f"00A4040C0A {aid}") == "6A82"
