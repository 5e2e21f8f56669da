"""SELECT: which application and which file is current."""

from reader.description.status import StatusWord
from virtual_card.chip.command import Command, Refusal
from virtual_card.chip.files import DedicatedFile
from virtual_card.chip.state import ChipState
from virtual_card.encoding import tlv

_FCI, _NAME, _IDENTIFIER = 0x6F, 0x84, 0x83


def select(state: ChipState, command: Command) -> bytes:
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
        # File control information; its content is not documented.
        said = identity if state.behaviour.names_what_is_selected else b""
        return tlv.encode(_FCI, said)[: command.expected]
    return b""


def _select_application(state: ChipState, command: Command) -> bytes:
    """Select by AID or by the beginning of one (the first that matches)."""
    if len(command.data) > 16:
        raise Refusal(StatusWord.WRONG_LENGTH)
    found = _application(state, command.data)
    if found is None:
        raise Refusal(StatusWord.NOT_FOUND)
    state.enter(found)
    return tlv.encode(_NAME, found.application.aid)


def _application(state: ChipState, prefix: bytes) -> DedicatedFile | None:
    for candidate in state.applications:
        if candidate.application.aid.startswith(prefix):
            return candidate
    return None


def _select_file(state: ChipState, command: Command) -> bytes:
    if len(command.data) != 2:
        raise Refusal(StatusWord.WRONG_LENGTH)
    found = state.application.file(int.from_bytes(command.data, "big"))
    if found is None:
        raise Refusal(StatusWord.NOT_FOUND)
    state.file = found
    return tlv.encode(_IDENTIFIER, command.data)


def _select_master_file(state: ChipState, command: Command) -> bytes:
    """Answer `00 A4 00 00`: 6A86 after power-on, without effect in an application; no 3F00."""
    if command.data:
        raise Refusal(StatusWord.NOT_FOUND)
    if state.in_power_on_application:
        raise Refusal(StatusWord.WRONG_P1_P2)
    return b""
