"""Commands to the card, as bytes (spec section 2 of the card)."""

from reader.layout import Application, SignatureMode
from reader.pin import Pin

LONGEST_SHORT = 256
"""Bytes that Le can ask for in its short form."""


def select_application(application: Application) -> bytes:
    """SELECT by AID, without an answer's data."""
    return _case_3(0x00, 0xA4, 0x04, 0x0C, application.aid)


def select_file(file: int) -> bytes:
    """SELECT an EF of the current application by its identifier, without an answer's data."""
    return _case_3(0x00, 0xA4, 0x02, 0x0C, file.to_bytes(2, "big"))


def read_binary(offset: int, length: int) -> bytes:
    """READ BINARY of the current EF; offset below 32768, length 1 to 65536 bytes."""
    return bytes((0x00, 0xB0, offset >> 8, offset & 0xFF)) + _expected(length)


def read_binary_of(sfi: int, length: int) -> bytes:
    """READ BINARY from the start of the EF with this short identifier, which becomes current."""
    return bytes((0x00, 0xB0, 0x80 | sfi, 0x00)) + _expected(length)


def retry_counter() -> bytes:
    """VERIFY without data: asks for the tries left of the current PIN and uses none."""
    return bytes((0x00, 0x20, 0x00, 0x80))


def verify(pin: Pin) -> bytes:
    """VERIFY the current PIN. The bytes hold the secret: send them, keep them nowhere."""
    return _case_3(0x00, 0x20, 0x00, 0x80, pin.reveal())


def sign(message: bytes, mode: SignatureMode = SignatureMode.VERBATIM) -> bytes:
    """Sign with the current key; see `SignatureMode` for what the message must be."""
    return _case_3(0x80, 0x2A, mode, 0x80, message) + b"\x00"


def get_response(length: int) -> bytes:
    """Fetch an answer that the reader holds back (61xx on T=0)."""
    return bytes((0x00, 0xC0, 0x00, 0x00)) + _expected(length)


def is_verify(apdu: bytes) -> bool:
    """Whether these bytes are a command whose data is a secret (VERIFY, PIN change)."""
    return len(apdu) > 5 and apdu[1] in (0x20, 0x24, 0x32)


def _case_3(cla: int, ins: int, p1: int, p2: int, data: bytes) -> bytes:
    return bytes((cla, ins, p1, p2, len(data))) + data


def _expected(length: int) -> bytes:
    """Write Le: one byte to 256, extended (three bytes) above."""
    if length <= LONGEST_SHORT:
        return bytes((length & 0xFF,))
    return b"\x00" + (length & 0xFFFF).to_bytes(2, "big")
