"""The application 券面入力補助 (the printed attributes as text) as data, made from a card image."""

import hashlib
from functools import partial

from reader.description.layout import (
    INPUT_SUPPORT_NUMBER_A,
    INPUT_SUPPORT_NUMBER_B,
    INPUT_SUPPORT_PIN,
    Application,
    InputSupportFile,
    SignatureMode,
)
from virtual_card.applications.signed_record import signed, with_offsets
from virtual_card.chip.access import FREE, opened_by
from virtual_card.chip.files import DataFile, DedicatedFile, KeyFile, PinFile
from virtual_card.encoding import tlv
from virtual_card.encoding.cv_certificate import key_id, public_key_fields
from virtual_card.image.card_image import CardImage
from virtual_card.image.face import Face, Holder

_NUMBER_FILLER = b"\xff" * 2
_INFO_LENGTH = 256
"""Physical bytes of EF 0005; those after its content are FF (section 0, item 5)."""
_INFO = bytes.fromhex("01030E01")
"""Version 1, extended APDUs, maker 0E, option 1, as on the cards that were measured."""
_INFO_KEY_ID = key_id("9900034")
_INFO_TRAILER = b"\xff" * 96
"""After 32 bytes of unknown meaning in DF43."""


def input_support_application(image: CardImage, face: Face) -> DedicatedFile:
    """Lay out the files of 券面入力補助 (section 1) for this card.

    Who may read EF 0008 is not known; here it is whoever may read the other signed files.
    """
    number_or_pin = opened_by(InputSupportFile.PIN, InputSupportFile.NUMBER_A)
    any_of_three = opened_by(
        InputSupportFile.PIN, InputSupportFile.NUMBER_A, InputSupportFile.NUMBER_B
    )
    attributes_or_pin = opened_by(InputSupportFile.PIN, InputSupportFile.NUMBER_B)
    signing = KeyFile(
        InputSupportFile.SIGNING_KEY,
        lambda: face.chip,
        FREE,
        frozenset({SignatureMode.VERBATIM}),
    )
    tries = image.behaviour.number_tries
    secrets = image.secrets
    filler = b"\xff" * image.behaviour.filler
    return DedicatedFile(
        Application.CARD_INPUT_SUPPORT,
        (
            DataFile(InputSupportFile.INDIVIDUAL_NUMBER, number_file(face.holder), number_or_pin),
            DataFile(
                InputSupportFile.ATTRIBUTES,
                attributes_file(face.holder) + filler,
                attributes_or_pin,
            ),
            DataFile(InputSupportFile.SIGNATURES, partial(_signatures, face), any_of_three),
            DataFile(InputSupportFile.CARD_CERTIFICATE, face.signing_certificate, FREE),
            DataFile(InputSupportFile.APPLICATION_INFO, _application_info(image.serial), FREE),
            DataFile(InputSupportFile.SESSION_KEY, partial(_session_key, face), any_of_three),
            DataFile(
                InputSupportFile.APPLICATION_KEY, partial(_application_key, face), any_of_three
            ),
            DataFile(InputSupportFile.RESERVED, b"\xff" * 16, any_of_three),
            PinFile.of(INPUT_SUPPORT_PIN, secrets.input_support, INPUT_SUPPORT_PIN.tries),
            PinFile(InputSupportFile.BLOCKED_PIN, None, 4, 4, 0),
            PinFile.of(INPUT_SUPPORT_NUMBER_A, secrets.number_a, tries),
            PinFile.of(INPUT_SUPPORT_NUMBER_B, secrets.number_b, tries),
            signing,
        ),
        default_key=signing,
    )


def number_file(holder: Holder) -> bytes:
    """Write EF 0001: the number, then two bytes of filler; 17 bytes."""
    return tlv.encode(0xFF10, holder.individual_number.encode("ascii")) + _NUMBER_FILLER


def attributes_file(holder: Holder) -> bytes:
    """Write EF 0002: where each attribute begins in the file, then the attributes."""
    return with_offsets(0xFF20, 0xDF21, _attributes(holder))


def _attributes(holder: Holder) -> list[bytes]:
    return [
        tlv.encode(0xDF22, holder.name.encode()),
        tlv.encode(0xDF23, holder.address.encode()),
        tlv.encode(0xDF24, f"{holder.birthdate:%Y%m%d}".encode("ascii")),
        tlv.encode(0xDF25, holder.sex.encode("ascii")),
    ]


def _signatures(face: Face) -> bytes:
    """Write EF 0003: hashes of the two files before it, and the signature; 336 bytes.

    The first is over the physical file with its filler, the second over the attributes without
    the table of offsets.
    """
    attributes = b"".join(_attributes(face.holder))
    digests = tlv.encode(0xDF31, hashlib.sha256(number_file(face.holder)).digest()) + tlv.encode(
        0xDF32, hashlib.sha256(attributes).digest()
    )
    return signed(face.signer, 0xFF30, 0xDF33, digests)


def _application_info(serial: str) -> bytes:
    """Write EF 0005: 164 bytes, then filler up to 256. The first half of DF43 is made up."""
    made_up = hashlib.sha256(f"SIMULATION {serial}".encode()).digest()
    content = tlv.encode(
        0xFF40,
        tlv.encode(0xDF41, _INFO)
        + tlv.encode(0xDF42, _INFO_KEY_ID)
        + tlv.encode(0xDF43, made_up + _INFO_TRAILER),
    )
    return content.ljust(_INFO_LENGTH, b"\xff")


def _session_key(face: Face) -> bytes:
    """Write EF 0006, 269 bytes."""
    return tlv.encode(0xA1, public_key_fields(face.chip.public_key()))


def _application_key(face: Face) -> bytes:
    """Write EF 0007: the public half of EF 0013 and the signature over it; 536 bytes."""
    fields = tlv.encode(0xDF51, public_key_fields(face.chip.public_key()))
    return signed(face.signer, 0xFF50, 0xDF52, fields)
