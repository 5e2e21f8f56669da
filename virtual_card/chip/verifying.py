"""VERIFY and the two commands that change a PIN."""

from dataclasses import replace

from reader.description.layout import LONGEST_PIN
from reader.description.status import StatusWord, with_tries_left
from virtual_card.chip.command import Command, Refusal
from virtual_card.chip.memory import PinState
from virtual_card.chip.state import ChipState
from virtual_card.encoding.secret import PinSecret


def verify(state: ChipState, command: Command) -> bytes:
    """VERIFY. Without data it tells the tries, even of a blocked PIN, and changes nothing.

    With data: a blocked PIN is 6984; a wrong one is 63Cx and loses what was verified; the new
    count is written down before the answer leaves (section 0, item 1).
    """
    if command.p1:
        raise Refusal(StatusWord.WRONG_P1_P2)
    pin = state.pin(command.p2)
    before = state.pin_state(pin)
    if not command.data:
        if pin.id in state.verified and not state.behaviour.tells_tries_after_success:
            return b""
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


def change_reference_data(state: ChipState, command: Command) -> bytes:
    """CHANGE REFERENCE DATA `00 24 01 80`, for the PINs of JPKI and 券面入力補助."""
    return _change(state, command, 0x01)


def change_key(state: ChipState, command: Command) -> bytes:
    """CHANGE KEY `80 32 00 80`, for the PINs of 共通カード and 住基."""
    return _change(state, command, 0x00)


def _change(state: ChipState, command: Command, p1: int) -> bytes:
    """Put a new PIN in place of a verified one.

    That a PIN of another length is 6A80, and one that this command does not change 6A81, is our
    reading.
    """
    if command.p1 != p1:
        raise Refusal(StatusWord.WRONG_P1_P2)
    pin = state.pin(command.p2)
    if pin.change != (command.cla, command.ins, command.p1):
        raise Refusal(StatusWord.FUNCTION_NOT_SUPPORTED)
    if pin.id not in state.verified:
        raise Refusal(StatusWord.SECURITY_STATUS_NOT_SATISFIED)
    if not command.data:
        raise Refusal(StatusWord.WRONG_LENGTH)
    if not pin.shortest <= len(command.data) <= pin.longest:
        raise Refusal(StatusWord.WRONG_DATA)
    state.keep_pin_state(pin, PinState(pin.tries, PinSecret.of_bytes(command.data)))
    return b""
