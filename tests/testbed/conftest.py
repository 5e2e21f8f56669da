"""A testbed over HTTP, with two cards in its store and a real reader."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest
import uvicorn

from testbed.app import build_app
from testbed.cards.card_store import CardStore
from testbed.settings import Settings
from wire.serving.serve import bind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from testbed.readers.private_pcscd import PcscStack
    from virtual_card.image.card_image import CardImage

SECONDS = 20.0


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets: object = None) -> None:
        await super().startup(sockets)  # type: ignore[arg-type]
        self.up.set()


@pytest.fixture
def testbed_url(pcsc_stack: PcscStack, card_image: CardImage, tmp_path: Path) -> Iterator[str]:
    store = CardStore(tmp_path / "cards")
    for name in ("hanako", "ichiro"):
        store.add(name, card_image)
    settings = Settings(
        store.directory, pcsc_stack.directory, "http://127.0.0.1:9", answer_limit=0.1
    )
    listening = bind("127.0.0.1", 0)
    server = _Server(uvicorn.Config(build_app(settings), log_level="warning"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
    thread.start()
    assert server.up.wait(SECONDS)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(SECONDS)
    assert not thread.is_alive()
    for slot in range(pcsc_stack.slots):
        assert pcsc_stack.wait_until_empty(slot)
