"""Use of the authentication key by an authorised terminal, without a PIN: a simulation.

What a face-recognition reader (顔認証付きカードリーダー) says to a card is not public. Known are a
file with the key of a terminals' authority, and a command that takes a card-verifiable
certificate. The rest is this project's own; docs/reference/card-simulation.md has the bytes.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from reader.description.layout import JpkiFile
from reader.description.status import StatusWord
from virtual_card.chip.command import Command, Refusal, Tampering
from virtual_card.chip.files import TerminalAuthorityFile
from virtual_card.chip.state import ChipState
from virtual_card.encoding.cv_certificate import CvCertificate

CHALLENGE_LENGTH = 16
"""Bytes of the challenge that a terminal signs."""
_BY_SHORT_IDENTIFIER = 0x80 | JpkiFile.TERMINAL_CA_KEY.sfi


def set_public_ic_key(state: ChipState, command: Command) -> bytes:
    """SET PUBLIC IC KEY `80 A2 00 96`: take the terminal's certificate, and with it its key.

    6A80 where it cannot be read, 6300 where the authority has not signed it.
    """
    authority = _authority(state, command)
    state.terminal = None
    state.verified.discard(authority.id)
    try:
        certificate = CvCertificate.parse(command.data)
    except ValueError:
        raise Refusal(StatusWord.WRONG_DATA) from None
    if authority.key is None:
        raise Refusal(StatusWord.CONDITIONS_NOT_SATISFIED)
    if not certificate.is_signed_by(authority.key):
        raise Tampering(StatusWord.VERIFY_FAILED)
    state.terminal = certificate.public_key
    return b""


def external_authenticate(state: ChipState, command: Command) -> bytes:
    """EXTERNAL AUTHENTICATE `00 82 00 96`: the terminal's signature over the fresh challenge.

    6985 without a certificate or a challenge of 16 bytes from the command before, 6300 where the
    signature is wrong. Success opens the use of the authentication key, as its PIN does, and
    nothing else.
    """
    authority = _authority(state, command)
    state.verified.discard(authority.id)
    if state.terminal is None or len(state.challenge) != CHALLENGE_LENGTH:
        raise Refusal(StatusWord.CONDITIONS_NOT_SATISFIED)
    try:
        state.terminal.verify(command.data, state.challenge, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise Tampering(StatusWord.VERIFY_FAILED) from None
    state.verified.add(authority.id)
    return b""


def _authority(state: ChipState, command: Command) -> TerminalAuthorityFile:
    if command.p1 or command.p2 != _BY_SHORT_IDENTIFIER:
        raise Refusal(StatusWord.WRONG_P1_P2)
    file = state.select_short(JpkiFile.TERMINAL_CA_KEY.sfi)
    if not isinstance(file, TerminalAuthorityFile):
        raise Refusal(StatusWord.WRONG_FILE_TYPE)
    return file
