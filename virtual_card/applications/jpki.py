"""The JPKI application (公的個人認証) as data, made from a card image."""

import struct

from reader.description.layout import (
    AUTHENTICATION_PIN,
    SIGNATURE_PASSWORD,
    Application,
    CardKind,
    JpkiFile,
    PinReference,
)
from virtual_card.chip.access import FREE, NEVER, Access, opened_by
from virtual_card.chip.files import (
    DataFile,
    DedicatedFile,
    File,
    KeyFile,
    PinFile,
    TerminalAuthorityFile,
)
from virtual_card.image.card_image import CardImage, Credential

_PRESENT = 0x8F
"""JPKI EF 0008: a certificate is there; 00: it is not."""


def jpki_application(image: CardImage) -> DedicatedFile:
    """Lay out the files of JPKI (section 1) for this card.

    A certificate that the card lacks (a child's signature certificate) has neither its file
    nor its key; its PIN is there, blocked. That is our reading.
    """
    # A phone shows even the authentication certificate only after the PIN.
    free_or_pin = opened_by(JpkiFile.AUTHENTICATION_PIN) if image.kind.is_phone else FREE
    signature, authentication = image.signature, image.authentication
    present = bytes((_PRESENT if signature else 0, _PRESENT if authentication else 0, 0))
    return DedicatedFile(
        Application.JPKI,
        (
            *_credential_files(
                signature,
                SIGNATURE_PASSWORD,
                certificate=JpkiFile.SIGNATURE_CERTIFICATE,
                ca_certificate=JpkiFile.SIGNATURE_CA_CERTIFICATE,
                key=JpkiFile.SIGNATURE_KEY,
                read=opened_by(JpkiFile.SIGNATURE_PASSWORD),
                use=opened_by(JpkiFile.SIGNATURE_PASSWORD),
                filler=image.behaviour.filler,
            ),
            *_credential_files(
                authentication,
                AUTHENTICATION_PIN,
                certificate=JpkiFile.AUTHENTICATION_CERTIFICATE,
                ca_certificate=JpkiFile.AUTHENTICATION_CA_CERTIFICATE,
                key=JpkiFile.AUTHENTICATION_KEY,
                read=free_or_pin,
                # An authorised terminal stands in for the PIN, see `terminal`.
                use=opened_by(JpkiFile.AUTHENTICATION_PIN, JpkiFile.TERMINAL_CA_KEY),
                filler=image.behaviour.filler,
            ),
            DataFile(JpkiFile.TOKEN_INFO, token_info(image.kind, image.serial), FREE),
            DataFile(JpkiFile.CERTIFICATES_PRESENT, present, FREE),
            DataFile(JpkiFile.PROTECTED, b"", NEVER),
            TerminalAuthorityFile(JpkiFile.TERMINAL_CA_KEY, image.terminal_authority_key),
        ),
    )


def token_info(kind: CardKind, serial: str) -> bytes:
    """Write JPKI EF 0006, a serialised CK_TOKEN_INFO of 160 bytes.

    Maker and model say that it is no real card; the flags and sizes are a real card's.
    """
    unlimited = 0xFFFFFFFF
    sizes = (0x040D, 1, 0, 1, 0, 16, 6, unlimited, unlimited, unlimited, unlimited)
    return struct.pack(
        ">32s32s16s16s11I2s2s16s",
        kind.label,
        b"SIMULATION OQS-SIM".ljust(32),
        b"VIRTUAL CARD".ljust(16),
        serial.encode("ascii")[-16:].ljust(16),
        *sizes,
        b"03",
        b"01",
        b"9" * 16,
    )


def _credential_files(
    credential: Credential | None,
    reference: PinReference,
    *,
    certificate: JpkiFile,
    ca_certificate: JpkiFile,
    key: JpkiFile,
    read: Access,
    use: Access,
    filler: int,
) -> tuple[File, ...]:
    pin = PinFile.of(
        reference,
        credential.secret if credential else None,
        reference.tries if credential else 0,
    )
    if credential is None:
        return (pin,)
    padding = b"\xff" * filler
    return (
        DataFile(certificate, credential.certificate + padding, read),
        DataFile(ca_certificate, credential.ca_certificate + padding, FREE),
        KeyFile(key, credential.load_private_key, use),
        pin,
    )
