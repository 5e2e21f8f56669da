"""Cards in a reader of their own, without a testbed: for a test of somebody's card software."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from eligibility.sentence import Sentence
from testbed.mistakes import as_mistake
from testbed.readers.inserted_card import CardConditions, InsertedCard
from testbed.readers.private_pcscd import PcscStack, PcscStackError
from testbed.readers.returning_plug import ReturningPlug
from virtual_card.card import VirtualCard
from virtual_card.chip.memory import MemoryFileError
from virtual_card.image.card_image import ImageError
from virtual_card.wrappers.script import ScriptedCard
from virtual_card.wrappers.trace import Trace, TraceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TRACE_SUFFIX = ".jsonl"


@dataclass(frozen=True)
class StandaloneReader:
    """A private PC/SC service, and the cards in its slots."""

    stack: PcscStack
    cards: tuple[InsertedCard, ...]
    """Slot by slot."""


def card_from_file(path: Path, conditions: CardConditions) -> InsertedCard:
    """Take a card image, or a trace (``.jsonl``) to be played again.

    Raises:
        Mistake: the file, or the one for a new trace, cannot be used.
    """
    with as_mistake(ImageError, MemoryFileError, TraceError):
        if path.suffix == TRACE_SUFFIX:
            return InsertedCard(path.name, ScriptedCard(Trace.load(path)), conditions)
        card = VirtualCard.from_file(path)
        return InsertedCard(card.image.label, card, conditions)


@contextmanager
def standalone_reader(cards: Sequence[InsertedCard]) -> Iterator[StandaloneReader]:
    """Put cards into the slots of a new PC/SC service, and end it all with the block.

    Within the block, PC/SC has seen the cards.

    Raises:
        PcscStackError: the service cannot be used.
    """
    with ExitStack() as stay:
        place = Path(stay.enter_context(tempfile.TemporaryDirectory(prefix="oqs-card-")))
        stack = stay.enter_context(PcscStack(place / "pcsc"))
        for slot, inserted in enumerate(cards):
            stay.callback(inserted.leave)
            plug = ReturningPlug(
                inserted.card, partial(stack.connect, slot), on_gone=inserted.leave
            )
            stay.enter_context(plug)
        for slot in range(len(cards)):
            if not stack.wait_until_card(slot):
                raise PcscStackError(
                    Sentence(
                        f"pcscd にスロット {slot} のカードが見えません。この機械の負荷を確かめて、"
                        "もう一度試してください。",
                        f"pcscd does not see the card in slot {slot}. "
                        "Look whether the machine is very busy, and try again.",
                    )
                )
        yield StandaloneReader(stack, tuple(cards))
