"""Making the card that the window hands over, of what J-LIS sent and what its holder chose."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from reader.description.layout import CardKind
from testbed.cards.printing import FaceOrder, print_face
from virtual_card.image.card_image import CardImage
from virtual_card.image.credential import Credential, HolderSecrets
from virtual_card.image.face import Face, Holder, key_bytes
from wire.dates import read_day
from wire.vocabulary.codes import Sex
from wire.vocabulary.jlis import Carrier

if TYPE_CHECKING:
    from testbed.cards.personas import Persona
    from wire.vocabulary.jlis import CardCertificateIssued, CardContent

    Issued = tuple[x509.Certificate, x509.Certificate, rsa.RSAPrivateKey]

KINDS = {
    Carrier.CARD: CardKind.MY_NUMBER_CARD,
    Carrier.FACE_AUTHENTICATION_CARD: CardKind.MY_NUMBER_CARD,
    Carrier.ANDROID: CardKind.ANDROID_PHONE,
    Carrier.IPHONE: CardKind.IPHONE,
    Carrier.RESIDENT_REGISTER_CARD: CardKind.RESIDENT_REGISTER_CARD,
}
"""What J-LIS calls a kind, and what its token says.

How a client tells a 顔認証マイナンバーカード from another card is not public. Here its token is
that of any card, and it shows that no PIN is set: authentication PIN, signature password and text
PIN have no tries, and there is no signature certificate.
"""
_SEX_ON_CARD = {Sex.MALE: "1", Sex.FEMALE: "2", Sex.UNSET: "9"}
"""A certificate and J-LIS write 1, 2, 3; the card's text has JIS X 0303."""


def make_image(persona: Persona, sent: CardContent) -> CardImage:
    """Make the image of a card that J-LIS sent.

    Its keys and pictures take a fifth of a second.

    Raises:
        FontMissing: there is no Japanese font, or none with a character of the name or address.
        ImageError: the persona has a PIN that nobody could choose.
    """
    kind = KINDS[sent.kind]
    expires_on = read_day(sent.expires_on)
    holder = Holder(
        persona.individual_number,
        sent.name,
        sent.address,
        read_day(sent.birthdate),
        _SEX_ON_CARD[sent.sex1],
    )
    printed = kind is CardKind.MY_NUMBER_CARD
    return CardImage.build(
        label=persona.label,
        serial=sent.serial_number,
        municipality=sent.municipality_code,
        authentication=_issued(sent.authentication),
        authentication_pin=persona.authentication_pin,
        signature=_issued(sent.signature),
        signature_password=persona.signature_password if sent.signature else "",
        kind=kind,
        expires_on=expires_on,
        face=_face(holder, sent) if printed else None,
        secrets=HolderSecrets.build(
            input_support_pin=persona.input_support_pin,
            resident_register_pin=persona.resident_register_pin,
            holder=holder if printed else None,
            expires_on=expires_on,
            security_code=sent.security_code,
        ),
        terminal_authority=b"" if kind.is_phone else _public_der(sent.terminal_authority),
    )


def renewed(credential: Credential | None, sent: CardCertificateIssued | None) -> Credential | None:
    """Put a renewed certificate in the place of an old one; the PIN stays."""
    issued = _issued(sent)
    if issued is None:
        return None
    return Credential.build(*issued, credential.secret if credential else None)


def _face(holder: Holder, sent: CardContent) -> Face:
    order = FaceOrder(holder, sent.security_code, read_day(sent.issued_on), photo=sent.photo)
    return Face(
        holder,
        print_face(order),
        key_bytes(rsa.generate_private_key(65537, 2048)),
        key_bytes(_private_key(sent.issuer.private_key)),
        base64.b64decode(sent.issuer.certificate),
    )


def _issued(sent: CardCertificateIssued | None) -> Issued | None:
    if sent is None:
        return None
    return (
        x509.load_pem_x509_certificate(sent.certificate.encode()),
        x509.load_pem_x509_certificate(sent.authority.encode()),
        _private_key(sent.private_key),
    )


def _private_key(pem: str) -> rsa.RSAPrivateKey:
    # It comes from the system's own J-LIS; to prove its numbers takes longer than to make the card.
    key = serialization.load_pem_private_key(
        pem.encode(), None, unsafe_skip_rsa_key_validation=True
    )
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _public_der(pem: str) -> bytes:
    return serialization.load_pem_public_key(pem.encode()).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
