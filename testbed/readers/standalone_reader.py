"""Cards in a reader of their own, without a testbed: for a test of somebody's card software."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from testbed.readers.inserted_card import Handling, Occupant
from testbed.readers.private_pcscd import PcscStack, PcscStackError
from virtual_card.card import VirtualCard
from virtual_card.plugs.vpcd import VpcdPlug
from virtual_card.wrappers.script import ScriptedCard
from virtual_card.wrappers.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TRACE_SUFFIX = ".jsonl"


@dataclass(frozen=True)
class Holding:
    """Cards that are in the slots of a private PC/SC service."""

    stack: PcscStack
    occupants: tuple[Occupant, ...]


def occupant_of(path: Path, handling: Handling) -> Occupant:
    """Take a card image, or a trace (``.jsonl``) to be played again.

    Raises:
        ImageError, MemoryFileError, TraceError: the file cannot be used.
    """
    if path.suffix == TRACE_SUFFIX:
        return Occupant(path.name, ScriptedCard(Trace.load(path)), handling)
    card = VirtualCard.from_file(path)
    return Occupant(card.image.label, card, handling)


@contextmanager
def held(occupants: Sequence[Occupant]) -> Iterator[Holding]:
    """Put cards into the slots of a new PC/SC service, and end it all with the block.

    Within the block, PC/SC has seen the cards.

    Raises:
        PcscStackError: the service cannot be used.
    """
    with ExitStack() as stay:
        place = Path(stay.enter_context(tempfile.TemporaryDirectory(prefix="oqs-card-")))
        stack = stay.enter_context(PcscStack(place / "pcsc"))
        for slot, occupant in enumerate(occupants):
            stay.callback(occupant.leave)
            plug = VpcdPlug(occupant.card, partial(stack.connect, slot), on_gone=occupant.leave)
            stay.enter_context(plug)
        for slot in range(len(occupants)):
            if not stack.wait_until_card(slot):
                raise PcscStackError(
                    f"pcscd does not see the card in slot {slot}. "
                    "Look whether the machine is very busy, and try again."
                )
        yield Holding(stack, tuple(occupants))
