"""Which instruction does what. Each function returns the data of the answer.

Section numbers are those of the card's specification sheet; where it is silent the docstring
says that the answer is our reading.
"""

from collections.abc import Callable
from dataclasses import dataclass

from reader.description.status import StatusWord
from virtual_card.chip import key_use, reading, selecting, terminal, verifying
from virtual_card.chip.chaining import CHAINABLE, CHAINED
from virtual_card.chip.command import Command, Refusal
from virtual_card.chip.state import ChipState


def execute(state: ChipState, command: Command) -> bytes:
    """Carry out a command; raises `Refusal` with the status word where the card refuses it."""
    given = state.challenge
    try:
        return _carry_out(state, command)
    finally:
        # A challenge is good for the command after it only, in however many parts that comes.
        if state.challenge is given and not state.chain.unfinished:
            state.challenge = b""


def _carry_out(state: ChipState, command: Command) -> bytes:
    if not state.asked:
        state.asked = True
        if state.behaviour.first_command_fails:
            raise Refusal(StatusWord.NO_PRECISE_DIAGNOSIS)
    instruction = _INSTRUCTIONS.get(command.ins)
    _check_class(command, instruction)
    if instruction is None:
        raise Refusal(StatusWord.INSTRUCTION_NOT_SUPPORTED)
    whole = state.chain.join(command)
    return b"" if whole is None else instruction.carry_out(state, whole)


@dataclass(frozen=True)
class _Instruction:
    carry_out: Callable[[ChipState, Command], bytes]
    cla: int = 0x00
    secured: StatusWord = StatusWord.SECURE_MESSAGING_REFUSED
    """The answer to the same instruction under secure messaging, which the card lacks here."""


_INSTRUCTIONS = {
    0x20: _Instruction(verifying.verify),
    0x24: _Instruction(verifying.change_reference_data),
    0x2A: _Instruction(key_use.compute_signature, cla=0x80),
    0x32: _Instruction(verifying.change_key, cla=0x80),
    0x82: _Instruction(terminal.external_authenticate),
    0x84: _Instruction(key_use.get_challenge),
    0x88: _Instruction(key_use.internal_authenticate),
    0xA2: _Instruction(terminal.set_public_ic_key, cla=0x80),
    0xA4: _Instruction(selecting.select, secured=StatusWord.SECURE_MESSAGING_NOT_SUPPORTED),
    0xAE: _Instruction(key_use.set_session_key, cla=0x80),
    0xB0: _Instruction(reading.read_binary),
    0xB2: _Instruction(reading.read_record),
    0xCA: _Instruction(reading.get_data),
    0xCB: _Instruction(reading.get_data_by_list),
}


def _check_class(command: Command, instruction: _Instruction | None) -> None:
    """Check CLA: 0x and 8x are known, their last two bits a channel, the two above SM.

    1x and 9x say that more parts of the command follow, where an instruction may have parts.
    """
    if 0x40 <= command.cla < 0x80 or (not command.cla & 0x70 and command.cla & 0x03):
        raise Refusal(StatusWord.CHANNEL_NOT_SUPPORTED)
    chained = CHAINED if command.ins in CHAINABLE else 0
    if command.cla & 0x70 & ~chained:
        raise Refusal(StatusWord.CLASS_NOT_SUPPORTED)
    if instruction is None:
        return
    if command.cla & 0x80 != instruction.cla:
        raise Refusal(StatusWord.CLASS_NOT_SUPPORTED)
    if command.cla & 0x0C:
        raise Refusal(instruction.secured)
