"""Commands to the card, as bytes (spec section 2 of the card)."""

from collections.abc import Iterator

from reader.description.layout import Application, PinReference, SignatureMode
from reader.pin import Pin

LONGEST_SHORT = 256
"""Bytes that Le can ask for in its short form."""

LONGEST_SHORT_DATA = 255
"""Bytes of data that a command carries in its short form."""

LONGEST_DATA = 0xFFFF
"""Bytes of data that a command carries in its extended form."""

LONGEST_ANSWER = 0x10000
"""Bytes of data that Le can ask for in its extended form."""

LARGEST_FILE = 0x8000
"""Bytes that READ BINARY reaches: an offset has 15 bits, and with the sixteenth P1 names a file."""

CURRENT_FILE = 0
"""Instead of a short file identifier: the EF that is current."""

_CHAINED = 0x10
"""The bit of CLA that says that more of the same command follows (ISO 7816-4)."""


class SecretCommand(bytes):
    """A command whose data is a secret: it shows itself, also in a crash report, as `***`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{self[:4].hex(' ').upper()} ***>"

    __str__ = __repr__


def select_application(application: Application) -> bytes:
    """SELECT by AID, without an answer's data."""
    return _case_3(0x00, 0xA4, 0x04, 0x0C, application.aid)


def select_file(file: int) -> bytes:
    """SELECT an EF of the current application by its identifier, without an answer's data."""
    return _case_3(0x00, 0xA4, 0x02, 0x0C, file.to_bytes(2, "big"))


def read_binary(offset: int, length: int) -> bytes:
    """READ BINARY of the current EF; offset below 32768, length 1 to 65536 bytes.

    Raises ValueError for others: they would name another file, or ask for something else.
    """
    if not 0 <= offset < LARGEST_FILE:
        raise ValueError(f"READ BINARY reaches offsets below {LARGEST_FILE}, not {offset}")
    return bytes((0x00, 0xB0, offset >> 8, offset & 0xFF)) + _expected(length)


def read_binary_of(sfi: int, length: int) -> bytes:
    """READ BINARY from the start of the EF with this short identifier, which becomes current."""
    return bytes((0x00, 0xB0, 0x80 | sfi, 0x00)) + _expected(length)


def read_record_of(sfi: int, record: int) -> bytes:
    """READ RECORD of the EF with this short identifier, which becomes current."""
    return bytes((0x00, 0xB2, record, sfi << 3 | 0x04, 0x00))


def retry_counter(sfi: int = CURRENT_FILE) -> bytes:
    """VERIFY without data: asks for the tries left of a PIN and uses none."""
    return verify_header(sfi)


def verify_header(sfi: int = CURRENT_FILE) -> bytes:
    """Return CLA, INS, P1 and P2 of VERIFY."""
    return bytes((0x00, 0x20, 0x00, 0x80 | sfi))


def verify(pin: Pin, sfi: int = CURRENT_FILE) -> SecretCommand:
    """VERIFY a PIN. The bytes hold the secret: send them, keep them nowhere."""
    return SecretCommand(verify_header(sfi) + _with_length(pin.reveal()))


def change(new: Pin) -> SecretCommand:
    """Put a new PIN in the place of the current, verified one. The bytes hold the secret."""
    return SecretCommand(change_header(new.reference) + _with_length(new.reveal()))


def change_header(reference: PinReference) -> bytes:
    """Return CLA, INS, P1 and P2 of the command that changes a PIN, its EF being current."""
    assert reference.change_instruction is not None
    return bytes((*reference.change_instruction, 0x80))


def sign(
    message: bytes, mode: SignatureMode = SignatureMode.VERBATIM, sfi: int = CURRENT_FILE
) -> bytes:
    """Sign with a key; see `SignatureMode` for what the message must be.

    Up to 255 bytes; the modes in which the card hashes take more in an extended command.
    """
    if len(message) <= LONGEST_SHORT_DATA:
        return _case_3(0x80, 0x2A, mode, 0x80 | sfi, message) + b"\x00"
    header = bytes((0x80, 0x2A, mode, 0x80 | sfi))
    return header + _with_length(message) + b"\x00\x00"


def get_challenge(length: int) -> bytes:
    """GET CHALLENGE: random bytes of the card, 1 to 256; the card refuses the extended form."""
    return bytes((0x00, 0x84, 0x00, 0x00)) + _expected(length)


def set_public_key(certificate: bytes, sfi: int) -> bytes:
    """SET PUBLIC IC KEY: show a terminal's card-verifiable certificate, to be checked."""
    return bytes((0x80, 0xA2, 0x00, 0x80 | sfi)) + _with_length(certificate)


def external_authenticate(signature: bytes, sfi: int) -> bytes:
    """EXTERNAL AUTHENTICATE: answer the card's challenge with the terminal's signature."""
    return bytes((0x00, 0x82, 0x00, 0x80 | sfi)) + _with_length(signature)


def get_response(length: int) -> bytes:
    """Fetch an answer that the reader holds back (61xx on T=0)."""
    return bytes((0x00, 0xC0, 0x00, 0x00)) + _expected(length)


def expected(command: bytes) -> int | None:
    """Return how many bytes a command's Le asks for; None for one without Le.

    The four cases, short and extended, are those of ISO 7816-4, 5.1; what is none of them asks
    for nothing.
    """
    body = command[4:]
    match _length_of_le(command):
        case 1:
            return body[-1] or LONGEST_SHORT
        case 2:
            return int.from_bytes(body[-2:], "big") or LONGEST_ANSWER
    return None


def with_expected(command: bytes, length: int) -> bytes:
    """Write a command that has an Le with another one, 1 to 256 bytes, in the same form."""
    size = _length_of_le(command)
    return command[:-size] + (length & (0xFF if size == 1 else 0xFFFF)).to_bytes(size, "big")


def _length_of_le(command: bytes) -> int:
    """Return the bytes at the end of a command that are its Le; 0 where it has none."""
    body = command[4:]
    if len(body) == 1:
        return 1  # case 2, short
    if len(body) < 3:
        return 0
    if body[0]:
        return 1 if len(body) == 1 + body[0] + 1 else 0
    if len(body) == 3:
        return 2  # case 2, extended
    return 2 if len(body) == 3 + int.from_bytes(body[1:3], "big") + 2 else 0


def chained(command: bytes) -> Iterator[bytes]:
    """Divide a command without Le that is too long for its short form (ISO 7816-4, 5.1.1.1).

    All parts but the last say by CLA that more follows; a short command is its own only part.
    """
    cla, header, rest = command[0], command[1:4], command[4:]
    data = rest[3:] if len(rest) > LONGEST_SHORT_DATA + 1 else rest[1:]
    parts = [
        data[at : at + LONGEST_SHORT_DATA] for at in range(0, len(data), LONGEST_SHORT_DATA)
    ] or [b""]
    for part in parts[:-1]:
        yield bytes((cla | _CHAINED,)) + header + _with_length(part)
    yield bytes((cla,)) + header + _with_length(parts[-1])


def _case_3(cla: int, ins: int, p1: int, p2: int, data: bytes) -> bytes:
    return bytes((cla, ins, p1, p2, len(data))) + data


def _with_length(data: bytes) -> bytes:
    """Write Lc and the data: one byte to 255, extended (three bytes) above."""
    if len(data) <= LONGEST_SHORT_DATA:
        return bytes((len(data),)) + data
    return b"\x00" + len(data).to_bytes(2, "big") + data


def _expected(length: int) -> bytes:
    """Write Le: one byte to 256, extended (three bytes) above; raises ValueError for none."""
    if not 1 <= length <= LONGEST_ANSWER:
        raise ValueError(f"Le asks for 1 to {LONGEST_ANSWER} bytes, not {length}")
    if length <= LONGEST_SHORT:
        return bytes((length & 0xFF,))
    return b"\x00" + (length & 0xFFFF).to_bytes(2, "big")
