"""The applications 共通カード and 住基, and what the card tells before any is selected."""

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from reader.description.layout import (
    COMMON_PIN,
    RESIDENT_REGISTER_PIN,
    Application,
    CommonFile,
    ResidentRegisterFile,
)
from virtual_card.chip.files import (
    CONTACT_ATR_TAG,
    AuthenticationKeyFile,
    DedicatedFile,
    File,
    InternalFile,
    PinFile,
    RecordFile,
)
from virtual_card.encoding.cv_certificate import CvCertificate, key_id
from virtual_card.image.card_image import CardImage
from virtual_card.image.face import Face

if TYPE_CHECKING:
    from collections.abc import Callable

_KEY_REFERENCE = key_id("9900010")
"""The record that 共通カード and 住基 have alike; which key it names is not known."""
_CARD_RECOGNITION = bytes.fromhex("730906072A864886FC6B01")
"""GlobalPlatform's card recognition data with its own identifier only."""


def common_application(image: CardImage, expires_on: date) -> DedicatedFile:
    """Lay out 共通カード (section 1): its records, its PIN, its key.

    Real cards keep a key for INTERNAL AUTHENTICATE whose public half is nowhere; here it is the
    card's own key, and a card without a printed face has none.
    """
    identity = f"{image.serial}{image.municipality}{expires_on:%Y%m%d}".encode("ascii")
    face = image.face
    key: tuple[File, ...] = ()
    if face is not None:
        key = (AuthenticationKeyFile(CommonFile.INTERNAL_AUTHENTICATION_KEY, lambda: face.chip),)
    return DedicatedFile(
        Application.COMMON,
        (
            RecordFile(CommonFile.CARD_RECORD, (b"\x01" + bytes((len(identity),)) + identity,)),
            RecordFile(CommonFile.KEY_REFERENCE, (_KEY_REFERENCE,)),
            *key,
            PinFile.of(COMMON_PIN, image.secrets.resident_register, COMMON_PIN.tries),
            InternalFile(CommonFile.INTERNAL),
        ),
    )


def resident_register_application(image: CardImage) -> DedicatedFile:
    """Lay out 住基: one record of unknown meaning, and its PIN, which opens nothing here."""
    return DedicatedFile(
        Application.RESIDENT_REGISTER,
        (
            RecordFile(ResidentRegisterFile.RECORD, (_KEY_REFERENCE,)),
            PinFile.of(
                RESIDENT_REGISTER_PIN,
                image.secrets.resident_register,
                RESIDENT_REGISTER_PIN.tries,
            ),
        ),
    )


def issuer_security_domain(image: CardImage, expires_on: date | None) -> DedicatedFile:
    """Lay out what is current when the card gets power: no file, but data objects."""
    told = {
        0x0045: image.serial.encode("ascii"),
        0x0066: _CARD_RECOGNITION,
        0x00F0: image.municipality.encode("ascii"),
        CONTACT_ATR_TAG: image.atr[1:],
    }
    if expires_on is not None:
        told[0x00F2] = f"{expires_on:%Y%m%d}".encode("ascii")
    objects: dict[int, Callable[[], bytes]] = {
        tag: partial(bytes, content) for tag, content in told.items()
    }
    face = image.face
    if face is not None:
        upper = face.certificate
        objects |= {
            0x0042: lambda: upper.issuer_key_id,
            0x00F7: lambda: upper.subject_key_id,
            0x00F8: lambda: upper.fields,
            0x7F21: lambda: _own_certificate(face, image.serial).fields,
        }
    return DedicatedFile(Application.ISSUER_SECURITY_DOMAIN, objects=objects)


def _own_certificate(face: Face, serial: str) -> CvCertificate:
    """Certify the card's own key, one step below the municipality's."""
    return CvCertificate.issue(
        face.signer,
        face.certificate.subject_key_id,
        face.chip.public_key(),
        key_id(serial[-7:], "000"),
    )
