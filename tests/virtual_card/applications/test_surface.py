"""券面事項確認: the printed face as pictures, who may read it, and who vouches for it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from PIL import Image

from tests.equipment.talk import Talk
from tests.faces import BIRTHDATE, NUMBER_A, NUMBER_B, authorities, hanako_face
from virtual_card.card import VirtualCard
from virtual_card.encoding import tlv
from virtual_card.encoding.cv_certificate import CvCertificate
from virtual_card.image.behaviour import Behaviour

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

AID = "D3921000310001010402"
AGE, FACE, INFO, CERTIFICATE, NUMBER, RESERVED = range(1, 7)
BIRTHDATE_KEY, B, A = 0x11, 0x12, 0x13

MakeCard = Callable[..., VirtualCard]


@pytest.fixture
def surface(make_card: MakeCard) -> Talk:
    talk = Talk(make_card())
    talk.select(AID)
    return talk


@pytest.fixture
def unlocked(surface: Talk) -> Talk:
    assert surface.verify(A, NUMBER_A) == "9000"
    return surface


def fields_of(record: bytes) -> dict[int, bytes]:
    ((_, inner),) = tlv.decode(record)
    return dict(tlv.decode(inner))


def issuer_key(talk: Talk) -> RSAPublicKey:
    certificate = CvCertificate.parse(talk.read(CERTIFICATE))
    assert certificate.is_signed_by(authorities().root.public_key())
    return certificate.public_key


def unpadded(key: RSAPublicKey, signature: bytes) -> bytes:
    return key.recover_data_from_signature(signature, padding.PKCS1v15(), None)


@pytest.mark.parametrize(
    ("secret", "sfi", "readable"),
    [
        (BIRTHDATE, BIRTHDATE_KEY, {AGE}),
        (NUMBER_B, B, {FACE, RESERVED}),
        (NUMBER_A, A, {FACE, NUMBER, RESERVED}),
    ],
)
def test_each_secret_opens_what_the_sheet_says_and_no_more(
    surface: Talk, secret: str, sfi: int, readable: set[int]
) -> None:
    assert surface.verify(sfi, secret) == "9000"
    statuses = {file: surface.read_status(file) for file in range(1, 7)}
    opened = {file for file, status in statuses.items() if status == "9000"}
    assert opened == {INFO, CERTIFICATE} | readable
    assert set(statuses.values()) <= {"9000", "6982"}


def test_the_numbers_stand_in_another_order_than_in_the_text(surface: Talk) -> None:
    assert surface.verify(B, NUMBER_A) == "63C9"
    assert surface.verify(A, NUMBER_B) == "63C9"


def test_the_age_record_says_the_birthdate_and_is_signed(surface: Talk) -> None:
    surface.verify(BIRTHDATE_KEY, BIRTHDATE)
    record = surface.read(AGE)
    fields = fields_of(record)
    assert record[:5].hex() == "ff1082021e"
    assert fields[0xDF11] == b"19800217"
    signed = record[5:-261]
    issuer_key(surface).verify(fields[0xDF13], signed, padding.PKCS1v15(), hashes.SHA256())


def test_the_face_is_signed_in_three_groups(unlocked: Talk) -> None:
    fields = fields_of(unlocked.read(FACE))
    groups = ((0xDF22, 0xDF23, 0xDF24), (0xDF25, 0xDF26), (0xDF27,))
    digests = b"".join(
        hashlib.sha256(b"".join(tlv.encode(tag, fields[tag]) for tag in group)).digest()
        for group in groups
    )
    digest_info = bytes.fromhex("3071300D060960864801650304020105000460")
    assert unpadded(issuer_key(unlocked), fields[0xDF28]) == digest_info + digests
    assert (fields[0xDF22], fields[0xDF23], fields[0xDF29]) == (b"19800217", b"2", b"20350217")


def test_the_face_has_a_table_of_nine_offsets(unlocked: Talk) -> None:
    content = unlocked.read(FACE)
    table = fields_of(content)[0xDF21]
    offsets = [int.from_bytes(table[place : place + 2], "big") for place in range(0, 18, 2)]
    assert [content[offset : offset + 2].hex() for offset in offsets] == [
        *("df22", "df23", "df24", "df25", "df26", "df27", "df28", "df29", "df2a")
    ]


def test_the_photo_is_a_grey_jpeg_2000_and_the_texts_are_pngs_of_one_bit(unlocked: Talk) -> None:
    fields = fields_of(unlocked.read(FACE))
    photo = Image.open(io.BytesIO(fields[0xDF27]))
    assert (photo.format, photo.mode, photo.size) == ("JPEG2000", "L", (240, 320))
    number = fields_of(unlocked.read(NUMBER))[0xDF41]
    for encoded in (fields[0xDF25], fields[0xDF26], fields[0xDF2A], number):
        picture = Image.open(io.BytesIO(encoded))
        assert (picture.format, picture.mode) == ("PNG", "1")
        black = picture.convert("L").histogram()[0]
        assert black, "something is written on it"


def test_a_face_of_several_kilobytes_is_read_in_parts_of_256(unlocked: Talk) -> None:
    whole = unlocked.read(FACE)
    assert 5_000 < len(whole) < 0x8000
    assert unlocked("00A4020C020002") == "9000"
    parts, status = b"", "9000"
    while status == "9000":
        offset = len(parts).to_bytes(2, "big")
        part, status = unlocked.answer(b"\x00\xb0" + offset + b"\x00")
        parts += part
    assert (parts, status) == (whole, "6B00")


def test_the_card_of_an_infant_has_no_photo_and_still_verifies(make_card: MakeCard) -> None:
    face = hanako_face()
    talk = Talk(make_card(face=replace(face, pictures=replace(face.pictures, photo=b""))))
    talk.select(AID)
    talk.verify(A, NUMBER_A)
    fields = fields_of(talk.read(FACE))
    assert fields[0xDF27] == b""
    empty = hashlib.sha256(bytes.fromhex("DF2700")).digest()
    assert unpadded(issuer_key(talk), fields[0xDF28]).endswith(empty)


def test_all_records_carry_the_same_key_and_it_signs_without_a_pin(unlocked: Talk) -> None:
    unlocked.verify(BIRTHDATE_KEY, BIRTHDATE)
    keys = {
        fields_of(unlocked.read(file))[tag]
        for file, tag in ((AGE, 0xDF12), (FACE, 0xDF24), (NUMBER, 0xDF42))
    }
    assert len(keys) == 1
    signature, status = unlocked.answer("802A0000 03 010203 00")
    assert (len(signature), status) == (256, "9000")


def test_the_information_names_the_municipality(surface: Talk) -> None:
    fields = fields_of(surface.read(INFO))
    assert (fields[0xDF31].hex(), fields[0xDF34]) == ("06030e01", b"99001")
    assert len(fields[0xDF35]) == 16 + 256


def test_filler_follows_the_face_where_the_image_says_so(make_card: MakeCard) -> None:
    talk = Talk(make_card(behaviour=Behaviour(filler=9)))
    talk.select(AID)
    talk.verify(A, NUMBER_A)
    assert talk.read(FACE).endswith(b"\xff" * 9)


def test_a_changed_text_in_the_image_still_verifies(make_card: MakeCard) -> None:
    face = hanako_face()
    renamed = replace(face, holder=replace(face.holder, sex="9"))
    talk = Talk(make_card(face=renamed))
    talk.select(AID)
    talk.verify(A, NUMBER_A)
    assert fields_of(talk.read(FACE))[0xDF23] == b"9"
    fields = fields_of(talk.read(FACE))
    person = b"".join(tlv.encode(tag, fields[tag]) for tag in (0xDF22, 0xDF23, 0xDF24))
    assert hashlib.sha256(person).digest() in unpadded(issuer_key(talk), fields[0xDF28])
