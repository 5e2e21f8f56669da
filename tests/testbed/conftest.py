"""A testbed over HTTP, with two cards in its store and a real reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from testbed.app import build_app
from testbed.cards.card_store import CardStore
from testbed.settings import Settings
from tests.equipment.served import Served
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from testbed.readers.private_pcscd import PcscStack
    from virtual_card.image.card_image import CardImage


@pytest.fixture
def testbed_url(pcsc_stack: PcscStack, card_image: CardImage, tmp_path: Path) -> Iterator[str]:
    store = CardStore(tmp_path / "cards")
    for name in ("hanako", "ichiro"):
        store.add(name, card_image)
    settings = Settings(
        store.directory, pcsc_stack.directory, "http://127.0.0.1:9", answer_limit=0.1
    )
    with (
        bind("127.0.0.1", 0) as listening,
        Served(build_app(settings), listener := Listener(listening)),
    ):
        yield listener.url
    for slot in range(pcsc_stack.slots):
        assert pcsc_stack.wait_until_empty(slot)
