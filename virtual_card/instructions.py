"""What the card does with each instruction. Each function returns the data of the answer.

Section numbers are those of the card's specification sheet; where it is silent the docstring
says that the answer is our reading.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from reader.layout import LONGEST_PIN, SignatureMode
from reader.status import StatusWord, with_tries_left
from virtual_card.command import Command, Refusal
from virtual_card.files import CardApplication
from virtual_card.memory import PinState
from virtual_card.secret import PinSecret
from virtual_card.signing import sign
from virtual_card.state import CardState


def execute(state: CardState, command: Command) -> bytes:
    """Carry out a command; raises `Refusal` with the status word where the card refuses it."""
    instruction = _INSTRUCTIONS.get(command.ins)
    _check_class(command, instruction)
    if instruction is None:
        raise Refusal(StatusWord.INSTRUCTION_NOT_SUPPORTED)
    return instruction.carry_out(state, command)


def select(state: CardState, command: Command) -> bytes:
    """SELECT; never asks for a PIN (section 0, item 2)."""
    if command.p2 not in (0x00, 0x0C):
        raise Refusal(StatusWord.WRONG_P1_P2)
    match command.p1:
        case 0x04:
            identity = _select_application(state, command)
        case 0x02:
            identity = _select_file(state, command)
        case 0x00:
            return _select_master_file(state, command)
        case _:
            raise Refusal(StatusWord.WRONG_P1_P2)
    if command.p2 == 0x00 and command.expected is not None:
        # File control information; its content is not documented, so it only says the name.
        return bytes((0x6F, len(identity))) + identity
    return b""


def _select_application(state: CardState, command: Command) -> bytes:
    """Select by AID or by the beginning of one (the first that matches)."""
    if len(command.data) > 16:
        raise Refusal(StatusWord.WRONG_LENGTH)
    found = _application(state, command.data)
    if found is None:
        raise Refusal(StatusWord.NOT_FOUND)
    state.enter(found)
    aid = found.application.aid
    return bytes((0x84, len(aid))) + aid


def _application(state: CardState, prefix: bytes) -> CardApplication | None:
    for candidate in state.applications:
        if candidate.application.aid.startswith(prefix):
            return candidate
    return None


def _select_file(state: CardState, command: Command) -> bytes:
    if len(command.data) != 2:
        raise Refusal(StatusWord.WRONG_LENGTH)
    found = state.application.file(int.from_bytes(command.data, "big"))
    if found is None:
        raise Refusal(StatusWord.NOT_FOUND)
    state.file = found
    return b"\x83\x02" + command.data


def _select_master_file(state: CardState, command: Command) -> bytes:
    """Answer `00 A4 00 00`: 6A86 after power-on, without effect in an application; no 3F00."""
    if command.data:
        raise Refusal(StatusWord.NOT_FOUND)
    if state.in_power_on_application:
        raise Refusal(StatusWord.WRONG_P1_P2)
    return b""


def read_binary(state: CardState, command: Command) -> bytes:
    """READ BINARY; a read beyond the end is short, one that begins there is 6B00 (item 3)."""
    if command.data or command.expected is None:
        raise Refusal(StatusWord.WRONG_LENGTH)
    if command.p1 & 0x80:
        if command.p1 & 0x60:
            raise Refusal(StatusWord.WRONG_P1_P2)
        file = state.readable(state.select_short(command.p1 & 0x1F))
        offset = command.p2
    else:
        file = state.readable(state.file)
        offset = command.p1 << 8 | command.p2
    if offset >= len(file.content):
        raise Refusal(StatusWord.OFFSET_OUTSIDE_FILE)
    return file.content[offset : offset + command.expected]


def verify(state: CardState, command: Command) -> bytes:
    """VERIFY. Without data it tells the tries, even of a blocked PIN, and changes nothing.

    With data: a blocked PIN is 6984; a wrong one is 63Cx and loses what was verified; the new
    count is written down before the answer leaves (section 0, item 1).
    """
    if command.p1:
        raise Refusal(StatusWord.WRONG_P1_P2)
    pin = state.pin(command.p2)
    before = state.pin_state(pin)
    if not command.data:
        raise Refusal(with_tries_left(before.tries))
    if len(command.data) > LONGEST_PIN:
        raise Refusal(StatusWord.WRONG_LENGTH)
    if not before.tries:
        raise Refusal(StatusWord.REFERENCED_IEF_BLOCKED)
    state.verified.discard(pin.id)
    if before.secret is None or not before.secret.matches(command.data):
        after = replace(before, tries=before.tries - 1)
        state.keep_pin_state(pin, after)
        raise Refusal(with_tries_left(after.tries))
    if before.tries != pin.tries:
        state.keep_pin_state(pin, replace(before, tries=pin.tries))
    state.verified.add(pin.id)
    return b""


def change_pin(state: CardState, command: Command) -> bytes:
    """CHANGE REFERENCE DATA `00 24 01 80`: a new PIN in place of a verified one.

    That a PIN of another length is 6A80 is our reading.
    """
    if command.p1 != 0x01:
        raise Refusal(StatusWord.WRONG_P1_P2)
    pin = state.pin(command.p2)
    if pin.id not in state.verified:
        raise Refusal(StatusWord.SECURITY_STATUS_NOT_SATISFIED)
    if not command.data:
        raise Refusal(StatusWord.WRONG_LENGTH)
    if not pin.shortest <= len(command.data) <= pin.longest:
        raise Refusal(StatusWord.WRONG_DATA)
    state.keep_pin_state(pin, PinState(pin.tries, PinSecret.of_bytes(command.data)))
    return b""


def compute_signature(state: CardState, command: Command) -> bytes:
    """`80 2A`: sign with a private key, see `SignatureMode` for P1.

    Whether the card would answer without Le is not documented; it does here.
    """
    try:
        mode = SignatureMode(command.p1)
    except ValueError:
        raise Refusal(StatusWord.WRONG_P1_P2) from None
    signature = sign(state.key(command.p2).key, mode, command.data)
    if command.expected is not None and command.expected < len(signature):
        raise Refusal(StatusWord.WRONG_LENGTH)
    return signature


def get_challenge(_state: CardState, command: Command) -> bytes:
    """GET CHALLENGE: 1 to 256 random bytes; the extended form is 6985."""
    if command.p1 or command.p2:
        raise Refusal(StatusWord.WRONG_P1_P2)
    if command.extended:
        raise Refusal(StatusWord.CONDITIONS_NOT_SATISFIED)
    if command.data or command.expected is None:
        raise Refusal(StatusWord.WRONG_LENGTH)
    return os.urandom(command.expected)


def get_data(_state: CardState, _command: Command) -> bytes:
    """GET DATA; what OpenSC and others probe for is not there (item 7)."""
    raise Refusal(StatusWord.REFERENCED_DATA_NOT_FOUND)


@dataclass(frozen=True)
class _Instruction:
    carry_out: Callable[[CardState, Command], bytes]
    cla: int = 0x00
    secured: StatusWord = StatusWord.SECURE_MESSAGING_REFUSED
    """The answer to the same instruction under secure messaging, which the card lacks here."""


_INSTRUCTIONS = {
    0x20: _Instruction(verify),
    0x24: _Instruction(change_pin),
    0x2A: _Instruction(compute_signature, cla=0x80),
    0x84: _Instruction(get_challenge),
    0xA4: _Instruction(select, secured=StatusWord.SECURE_MESSAGING_NOT_SUPPORTED),
    0xB0: _Instruction(read_binary),
    0xCA: _Instruction(get_data),
    0xCB: _Instruction(get_data),
}


def _check_class(command: Command, instruction: _Instruction | None) -> None:
    """Check CLA: 0x and 8x are known, their last two bits a channel, the two above SM."""
    if 0x40 <= command.cla < 0x80 or (not command.cla & 0x70 and command.cla & 0x03):
        raise Refusal(StatusWord.CHANNEL_NOT_SUPPORTED)
    if command.cla & 0x70:
        raise Refusal(StatusWord.CLASS_NOT_SUPPORTED)
    if instruction is None:
        return
    if command.cla & 0x80 != instruction.cla:
        raise Refusal(StatusWord.CLASS_NOT_SUPPORTED)
    if command.cla & 0x0C:
        raise Refusal(instruction.secured)
