"""The slots of the virtual reader: what is in them, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from testbed.slots import Slots
from wire.problem import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from testbed.pcsc import PcscStack
    from virtual_card.card import VirtualCard


@pytest.fixture
def slots(pcsc_stack: PcscStack) -> Iterator[Slots]:
    slots = Slots(pcsc_stack)
    yield slots
    slots.close()
    for number in range(pcsc_stack.slots):
        assert pcsc_stack.wait_until_empty(number)


def test_a_card_is_in_one_slot_at_a_time(
    slots: Slots, make_card: Callable[..., VirtualCard]
) -> None:
    slots.move("hanako", 0, make_card)
    slots.move("hanako", 1, make_card)
    assert [slot.card for slot in slots.all()] == [None, "hanako"]


def test_a_card_that_is_in_already_stays_as_it_is(
    slots: Slots, make_card: Callable[..., VirtualCard]
) -> None:
    slots.move("hanako", 0, make_card)

    def another() -> VirtualCard:
        raise AssertionError("the card that is in was replaced")

    assert slots.move("hanako", 0, another).card == "hanako"


def test_a_slot_that_is_not_there_is_told(slots: Slots) -> None:
    with pytest.raises(Problem) as refused:
        slots.slot(2)
    assert refused.value.entry is Catalogue.SLOT_UNKNOWN


def test_nothing_can_go_wrong_with_an_empty_slot(slots: Slots) -> None:
    with pytest.raises(Problem, match="Slot 0 is empty"):
        slots.slot(0).pull_after(3)
