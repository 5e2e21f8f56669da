"""Command chaining (ISO 7816-4): a command too long for one message comes in parts."""

from dataclasses import replace

from reader.description.status import StatusWord
from virtual_card.chip.command import Command, Refusal

CHAINED = 0x10
"""The bit of CLA that says that more parts follow."""
CHAINABLE = frozenset({0x82, 0xA2})
"""Instructions whose data do not fit into 255 bytes."""
_LONGEST = 2048


class Chain:
    """The parts of a command that have come so far."""

    def __init__(self) -> None:
        """Begin with none."""
        self._first: Command | None = None
        self._parts = b""

    @property
    def unfinished(self) -> bool:
        """Whether more parts of a command are to come."""
        return self._first is not None

    def join(self, command: Command) -> Command | None:
        """Take a command; return the whole one, or None where more parts follow.

        Another command in the middle lets go of the parts. Refuses a chain that grows too long
        (6700).
        """
        begun, parts = self._first, self._parts
        self._first, self._parts = None, b""
        if command.ins not in CHAINABLE:
            return command
        follows = begun is not None and _header(begun) == _header(command)
        collected = parts + command.data if follows else command.data
        if len(collected) > _LONGEST:
            raise Refusal(StatusWord.WRONG_LENGTH)
        if command.cla & CHAINED:
            self._first, self._parts = command, collected
            return None
        return replace(command, data=collected)


def _header(command: Command) -> tuple[int, int, int, int]:
    return command.cla & ~CHAINED, command.ins, command.p1, command.p2
