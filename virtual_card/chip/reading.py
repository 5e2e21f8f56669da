"""READ BINARY, READ RECORD and GET DATA."""

from reader.description.status import StatusWord
from virtual_card.chip.command import Command, Refusal
from virtual_card.chip.files import CONTACT_ATR_TAG
from virtual_card.chip.state import ChipState

_ONE_RECORD, _RECORDS_FROM, _RECORDS_UP_TO = 0x04, 0x05, 0x06


def read_binary(state: ChipState, command: Command) -> bytes:
    """READ BINARY; a read beyond the end is short, one that begins there is 6B00 (item 3)."""
    expected = _expected(command)
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
    return file.content[offset : offset + expected]


def read_record(state: ChipState, command: Command) -> bytes:
    """READ RECORD: one record by its number, of the current file or by short identifier.

    Several records at once are 6A81, which JICSAP allows a card.
    """
    expected = _expected(command)
    sfi, mode = command.p2 >> 3, command.p2 & 0x07
    if mode in (_RECORDS_FROM, _RECORDS_UP_TO):
        raise Refusal(StatusWord.FUNCTION_NOT_SUPPORTED)
    if mode != _ONE_RECORD:
        raise Refusal(StatusWord.WRONG_P1_P2)
    file = state.readable_records(state.select_short(sfi) if sfi else state.file)
    if not 1 <= command.p1 <= len(file.records):
        raise Refusal(StatusWord.RECORD_NOT_FOUND)
    return file.records[command.p1 - 1][:expected]


def get_data(state: ChipState, command: Command) -> bytes:
    """GET DATA: data objects of the power-on application, without tag and length.

    The contact ATR is told whatever application is current. What OpenSC and others probe for is
    6A88 (section 0, item 7).
    """
    tag = command.p1 << 8 | command.p2
    told_by = state.applications[0] if tag == CONTACT_ATR_TAG else state.application
    make = told_by.objects.get(tag)
    if make is None:
        raise Refusal(StatusWord.REFERENCED_DATA_NOT_FOUND)
    return make()[: _expected(command)]


def get_data_by_list(_state: ChipState, _command: Command) -> bytes:
    """GET DATA in its other form (INS CB), which finds nothing."""
    raise Refusal(StatusWord.REFERENCED_DATA_NOT_FOUND)


def _expected(command: Command) -> int:
    if command.data or command.expected is None:
        raise Refusal(StatusWord.WRONG_LENGTH)
    return command.expected
