"""Cards put in and taken out many times: nothing leaks, nothing hangs."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from bench.insertions import Usage, through_pcscd
from virtual_card.plugs.inprocess import InProcessConnection
from virtual_card.wrappers.faulty import FaultyCard
from virtual_card.wrappers.timing import TimedCard
from virtual_card.wrappers.trace import TracedCard

if TYPE_CHECKING:
    from collections.abc import Callable

    from virtual_card.card import VirtualCard
    from virtual_card.image.card_image import CardImage

SELECT_JPKI = bytes.fromhex("00A4040C0AD392F000260100000001")


@pytest.mark.pcscd
def test_thirty_insertions_through_several_services_leave_nothing(card_image: CardImage) -> None:
    """The bench goes round a thousand times."""
    seen = through_pcscd(30, 3, card_image)
    assert seen.cycles == 30
    assert seen.leaked.descriptors <= 0
    assert seen.leaked.threads <= 0
    assert seen.leaked.kibibytes <= 3 * 1024


def test_a_thousand_insertions_in_one_process_leave_nothing(
    make_card: Callable[..., VirtualCard],
) -> None:
    connection = InProcessConnection(TracedCard(FaultyCard(TimedCard(make_card()))))
    threads, before = threading.active_count(), Usage.of(os.getpid())
    for _ in range(1000):
        assert connection.send(SELECT_JPKI) == (b"", 0x9000)
        connection.remove()
        connection.insert()
    assert threading.active_count() == threads
    assert Usage.of(os.getpid()).since(before).descriptors <= 0
