"""What the card does with its keys, and the random bytes that it gives."""

import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from reader.description.layout import Application, SignatureMode
from reader.description.status import StatusWord
from virtual_card.chip.command import Command, Refusal
from virtual_card.chip.signing import sign
from virtual_card.chip.state import ChipState

_NO_KEY_DELIVERY = frozenset({Application.COMMON, Application.CARD_SURFACE})
"""Applications that have nothing configured to receive a session key, as measured."""


def compute_signature(state: ChipState, command: Command) -> bytes:
    """`80 2A`: sign with a private key, see `SignatureMode` for P1.

    Whether the card would answer without Le is not documented; it does here.
    """
    try:
        mode = SignatureMode(command.p1)
    except ValueError:
        raise Refusal(StatusWord.WRONG_P1_P2) from None
    file = state.key(command.p2)
    if mode not in file.modes:
        raise Refusal(StatusWord.WRONG_P1_P2)
    return _whole(sign(file.key, mode, command.data), command)


def internal_authenticate(state: ChipState, command: Command) -> bytes:
    """Sign a challenge for INTERNAL AUTHENTICATE `00 88 00 99` (RSASSA-PKCS1-v1_5, SHA-256)."""
    if command.p1:
        raise Refusal(StatusWord.WRONG_P1_P2)
    file = state.authentication_key(command.p2)
    if not command.data:
        raise Refusal(StatusWord.WRONG_LENGTH)
    return _whole(file.key.sign(command.data, padding.PKCS1v15(), hashes.SHA256()), command)


def get_challenge(state: ChipState, command: Command) -> bytes:
    """GET CHALLENGE: 1 to 256 random bytes; the extended form is 6985."""
    if command.p1 or command.p2:
        raise Refusal(StatusWord.WRONG_P1_P2)
    if command.extended:
        raise Refusal(StatusWord.CONDITIONS_NOT_SATISFIED)
    if command.data or command.expected is None:
        raise Refusal(StatusWord.WRONG_LENGTH)
    state.challenge = os.urandom(command.expected)
    return state.challenge


def set_session_key(state: ChipState, _command: Command) -> bytes:
    """SET SESSION KEY `80 AE`, which begins secure messaging; it is not simulated.

    共通カード and 券面事項確認 have nothing configured (66F1); elsewhere a condition is not met
    (6982), which a real 券面入力補助 answers too until its PIN is verified.
    """
    if state.application.application in _NO_KEY_DELIVERY:
        raise Refusal(StatusWord.SECURITY_ENVIRONMENT_FAULTY)
    raise Refusal(StatusWord.SECURITY_STATUS_NOT_SATISFIED)


def _whole(signature: bytes, command: Command) -> bytes:
    if command.expected is not None and command.expected < len(signature):
        raise Refusal(StatusWord.WRONG_LENGTH)
    return signature
