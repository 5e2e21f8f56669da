"""A command as it arrives at the card, and the refusal to carry it out."""

from dataclasses import dataclass

from reader.description.status import StatusWord, describe


class Refusal(Exception):
    """The card answers with this status word and no data."""

    def __init__(self, status: int) -> None:
        super().__init__(describe(status))
        self.status = status


class Tampering(Refusal):
    """A refusal of what only an attacker does, see `Behaviour.tampering_limit`."""


@dataclass(frozen=True)
class Command:
    """A command APDU (ISO 7816-4) in its parts."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes
    expected: int | None
    """Le: how many bytes the answer may have at most; None where no answer is asked for."""
    extended: bool
    """Whether its lengths were written in the extended form."""


def parse(apdu: bytes) -> Command:
    """Take a command apart; refuses with 6700 what has no valid length."""
    if len(apdu) < 4:
        raise Refusal(StatusWord.WRONG_LENGTH)
    body = apdu[4:]
    extended = len(body) > 2 and body[0] == 0
    data, expected = _extended_body(body[1:]) if extended else _short_body(body)
    cla, ins, p1, p2 = apdu[:4]
    return Command(cla, ins, p1, p2, data, expected, extended)


def _short_body(body: bytes) -> tuple[bytes, int | None]:
    if not body:
        return b"", None
    length = body[0]
    if len(body) == 1:
        return b"", length or 0x100
    if length and len(body) == 1 + length:
        return body[1:], None
    if length and len(body) == 2 + length:
        return body[1:-1], body[-1] or 0x100
    raise Refusal(StatusWord.WRONG_LENGTH)


def _extended_body(body: bytes) -> tuple[bytes, int | None]:
    length = int.from_bytes(body[:2], "big")
    if len(body) == 2:
        return b"", length or 0x10000
    if length and len(body) == 2 + length:
        return body[2:], None
    if length and len(body) == 4 + length:
        return body[2:-2], int.from_bytes(body[-2:], "big") or 0x10000
    raise Refusal(StatusWord.WRONG_LENGTH)
