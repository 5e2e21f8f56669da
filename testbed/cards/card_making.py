"""Making the card that the window hands over, of what J-LIS sent and what its holder chose."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from reader.description.layout import CardKind
from testbed.cards.printing import FaceOrder, print_face
from virtual_card.image.card_image import CardImage
from virtual_card.image.credential import Credential, HolderSecrets
from virtual_card.image.face import Face, Holder, key_bytes
from wire.dates import read_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from testbed.cards.personas import Persona

    Issued = tuple[x509.Certificate, x509.Certificate, rsa.RSAPrivateKey]

KINDS = {
    "card": CardKind.MY_NUMBER_CARD,
    "face_authentication_card": CardKind.MY_NUMBER_CARD,
    "android": CardKind.ANDROID_PHONE,
    "iphone": CardKind.IPHONE,
    "resident_register_card": CardKind.RESIDENT_REGISTER_CARD,
}
"""What J-LIS calls a kind, and what its token says.

How a client tells a 顔認証マイナンバーカード from another card is not public. Here its token is
that of any card, and it shows that no PIN is set: authentication PIN, signature password and text
PIN have no tries, and there is no signature certificate.
"""
_SEX_ON_CARD = {"1": "1", "2": "2", "3": "9"}
"""A certificate and J-LIS write 1, 2, 3; the card's text has JIS X 0303."""


def make_image(persona: Persona, sent: Mapping[str, Any]) -> CardImage:
    """Make the image of a card that J-LIS sent.

    Its keys and pictures take a fifth of a second.

    Raises:
        FontMissing: there is no Japanese font.
        ImageError: the persona has a PIN that nobody could choose.
    """
    kind = KINDS[sent["Kind"]]
    expires_on = read_day(sent["ExpiresOn"])
    holder = Holder(
        persona.individual_number,
        sent["Name"],
        sent["Address"],
        read_day(sent["Birthdate"]),
        _SEX_ON_CARD[sent["Sex1"]],
    )
    printed = kind is CardKind.MY_NUMBER_CARD
    return CardImage.build(
        label=persona.label,
        serial=sent["SerialNumber"],
        municipality=sent["MunicipalityCode"],
        authentication=_issued(sent.get("Authentication")),
        authentication_pin=persona.authentication_pin,
        signature=_issued(sent.get("Signature")),
        signature_password=persona.signature_password if "Signature" in sent else "",
        kind=kind,
        expires_on=expires_on,
        face=_face(holder, sent) if printed else None,
        secrets=HolderSecrets.build(
            input_support_pin=persona.input_support_pin,
            resident_register_pin=persona.resident_register_pin,
            holder=holder if printed else None,
            expires_on=expires_on,
            security_code=sent["SecurityCode"],
        ),
        terminal_authority=b"" if kind.is_phone else _public_der(sent["TerminalAuthority"]),
    )


def renewed(credential: Credential | None, sent: Mapping[str, str] | None) -> Credential | None:
    """Put a renewed certificate in the place of an old one; the PIN stays."""
    issued = _issued(sent)
    if issued is None:
        return None
    return Credential.build(*issued, credential.secret if credential else None)


def _face(holder: Holder, sent: Mapping[str, Any]) -> Face:
    order = FaceOrder(
        holder, sent["SecurityCode"], read_day(sent["IssuedOn"]), photo=bool(sent["Photo"])
    )
    issuer = sent["Issuer"]
    return Face(
        holder,
        print_face(order),
        key_bytes(rsa.generate_private_key(65537, 2048)),
        key_bytes(_private_key(issuer["PrivateKey"])),
        base64.b64decode(issuer["Certificate"]),
    )


def _issued(sent: Mapping[str, str] | None) -> Issued | None:
    if sent is None:
        return None
    return (
        x509.load_pem_x509_certificate(sent["Certificate"].encode()),
        x509.load_pem_x509_certificate(sent["Authority"].encode()),
        _private_key(sent["PrivateKey"]),
    )


def _private_key(pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _public_der(pem: str) -> bytes:
    return serialization.load_pem_public_key(pem.encode()).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
