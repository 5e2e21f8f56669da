"""The application 券面事項確認 (the printed face as pictures) as data, made from a card image."""

import hashlib
from datetime import date
from functools import partial

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo

from reader.description.layout import (
    SURFACE_BIRTHDATE,
    SURFACE_NUMBER_A,
    SURFACE_NUMBER_B,
    Application,
    SignatureMode,
    SurfaceFile,
)
from virtual_card.applications.signed_record import signed, with_offsets
from virtual_card.chip.access import FREE, opened_by
from virtual_card.chip.files import DataFile, DedicatedFile, KeyFile, PinFile
from virtual_card.encoding import tlv
from virtual_card.encoding.cv_certificate import key_id, public_key_fields
from virtual_card.image.card_image import CardImage
from virtual_card.image.face import Face

_INFO = bytes.fromhex("06030E01")
_INFO_KEY_ID, _BLOCK_KEY_ID = key_id("9900024"), key_id("9900025")
_INFO_VERSION = b"\x00"
_DIGEST_INFO_OF_96 = bytes.fromhex("3071300D060960864801650304020105000460")
"""DigestInfo of SHA-256 around an octet string of 96 bytes, three hashes instead of one."""


def surface_application(image: CardImage, face: Face, expires_on: date) -> DedicatedFile:
    """Lay out the files of 券面事項確認 (section 1) for this card."""
    number_a = opened_by(SurfaceFile.NUMBER_A)
    either = opened_by(SurfaceFile.NUMBER_A, SurfaceFile.NUMBER_B)
    tries, secrets = image.behaviour.number_tries, image.secrets
    filler = b"\xff" * image.behaviour.filler
    return DedicatedFile(
        Application.CARD_SURFACE,
        (
            DataFile(
                SurfaceFile.AGE,
                lambda: age_record(face) + filler,
                opened_by(SurfaceFile.BIRTHDATE),
            ),
            DataFile(SurfaceFile.FACE, lambda: face_record(face, expires_on) + filler, either),
            DataFile(
                SurfaceFile.APPLICATION_INFO,
                partial(_application_info, image.serial, image.municipality),
                FREE,
            ),
            DataFile(SurfaceFile.CARD_CERTIFICATE, face.signing_certificate, FREE),
            DataFile(SurfaceFile.INDIVIDUAL_NUMBER, lambda: number_record(face) + filler, number_a),
            DataFile(SurfaceFile.RESERVED, b"\xff" * 16, either),
            PinFile.of(SURFACE_BIRTHDATE, secrets.birthdate, tries),
            PinFile.of(SURFACE_NUMBER_B, secrets.number_b, tries),
            PinFile.of(SURFACE_NUMBER_A, secrets.number_a, tries),
        ),
        # Measured: `80 2A 00 00` signs with the key of the records. In which file it lies is
        # not known, so it lies in none.
        default_key=KeyFile(0, lambda: face.chip, FREE, frozenset({SignatureMode.VERBATIM})),
    )


def age_record(face: Face) -> bytes:
    """Write EF 0001: birthdate, the card's key, and the signature over both."""
    fields = _birthdate(0xDF11, face) + _public_key(0xDF12, face)
    return signed(face.signer, 0xFF10, 0xDF13, fields)


def face_record(face: Face, expires_on: date) -> bytes:
    """Write EF 0002. Expiry and security code stand after the signature and are not covered."""
    person = [
        _birthdate(0xDF22, face),
        tlv.encode(0xDF23, face.holder.sex.encode("ascii")),
        _public_key(0xDF24, face),
    ]
    printed = [
        tlv.encode(0xDF25, face.pictures.name),
        tlv.encode(0xDF26, face.pictures.address),
    ]
    photo = [tlv.encode(0xDF27, face.pictures.photo)]
    hashes = b"".join(
        hashlib.sha256(b"".join(group)).digest() for group in (person, printed, photo)
    )
    signature = face.signer.sign(_DIGEST_INFO_OF_96 + hashes, padding.PKCS1v15(), NoDigestInfo())
    unsigned = [
        tlv.encode(0xDF28, signature),
        tlv.encode(0xDF29, f"{expires_on:%Y%m%d}".encode("ascii")),
        tlv.encode(0xDF2A, face.pictures.security_code),
    ]
    return with_offsets(0xFF20, 0xDF21, [*person, *printed, *photo, *unsigned])


def number_record(face: Face) -> bytes:
    """Write EF 0005: the number as a picture, the card's key, and the signature over both."""
    fields = tlv.encode(0xDF41, face.pictures.individual_number) + _public_key(0xDF42, face)
    return signed(face.signer, 0xFF40, 0xDF43, fields)


def _birthdate(tag: int, face: Face) -> bytes:
    return tlv.encode(tag, f"{face.holder.birthdate:%Y%m%d}".encode("ascii"))


def _public_key(tag: int, face: Face) -> bytes:
    return tlv.encode(tag, public_key_fields(face.chip.public_key()))


def _application_info(serial: str, municipality: str) -> bytes:
    """Write EF 0003; the 256 bytes in DF35 have no known meaning and are made up."""
    made_up = hashlib.shake_256(f"SIMULATION {serial}".encode()).digest(256)
    return tlv.encode(
        0xFF30,
        tlv.encode(0xDF31, _INFO)
        + tlv.encode(0xDF32, _INFO_KEY_ID)
        + tlv.encode(0xDF33, _INFO_VERSION)
        + tlv.encode(0xDF34, municipality.encode("ascii"))
        + tlv.encode(0xDF35, _BLOCK_KEY_ID + made_up),
    )
