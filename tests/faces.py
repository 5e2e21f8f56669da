"""The printed face of the tests' card, with the keys of its issuer and of its terminals."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

from testbed.cards.printing import FaceOrder, print_face
from virtual_card.encoding.cv_certificate import CvCertificate, key_id
from virtual_card.image.credential import HolderSecrets
from virtual_card.image.face import Face, Holder, key_bytes

EXPIRES_ON = dt.date(2035, 2, 17)
SECURITY_CODE = "2285"
HANAKO = Holder("990000000019", "佐藤　花子", "模擬県模擬市一番町1-1", dt.date(1980, 2, 17), "2")
NUMBER_A, NUMBER_B, BIRTHDATE = "990000000019", "55021720352285", "550217"
INPUT_SUPPORT_PIN, RESIDENT_REGISTER_PIN = "4321", "6789"


@dataclass(frozen=True)
class Authorities:
    """Private keys that no card holds."""

    root: rsa.RSAPrivateKey
    """Vouches for municipalities."""
    terminals: rsa.RSAPrivateKey
    """Vouches for terminals."""


@cache
def authorities() -> Authorities:
    return Authorities(new_key(), new_key())


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def hanako_face() -> Face:
    signer = new_key()
    certificate = CvCertificate.issue(
        authorities().root, key_id("9900023"), signer.public_key(), key_id("9900121", "000")
    )
    pictures = print_face(FaceOrder(HANAKO, SECURITY_CODE, dt.date(2026, 4, 1), photo=True))
    return Face(HANAKO, pictures, key_bytes(new_key()), key_bytes(signer), certificate.encode())


def hanako_secrets() -> HolderSecrets:
    return HolderSecrets.build(
        input_support_pin=INPUT_SUPPORT_PIN,
        resident_register_pin=RESIDENT_REGISTER_PIN,
        holder=HANAKO,
        expires_on=EXPIRES_ON,
        security_code=SECURITY_CODE,
    )
