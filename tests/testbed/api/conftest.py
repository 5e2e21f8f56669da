"""A testbed beside the readers of a machine, and the cards that somebody puts on them.

A second PC/SC service of ours is the machine's own here, and its slots are the real readers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from testbed.app import build_app
from testbed.cards.card_store import CardStore
from testbed.readers.private_pcscd import PcscStack
from testbed.settings import Settings
from tests.equipment.served import Served
from tests.testbed.api.real_readers import SECONDS, RealReaders
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from virtual_card.image.card_image import CardImage


@contextmanager
def own_machine() -> Iterator[PcscStack]:
    with tempfile.TemporaryDirectory(prefix="oqs-real-") as place, PcscStack(Path(place)) as stack:
        yield stack


@pytest.fixture(scope="module")
def machine() -> Iterator[PcscStack]:
    with own_machine() as stack:
        yield stack


@pytest.fixture
def readers(machine: PcscStack) -> Iterator[RealReaders]:
    readers = RealReaders(machine)
    yield readers
    readers.clear()
    for slot in range(machine.slots):
        assert machine.wait_until_empty(slot)


Begin = Callable[[str | None], httpx2.Client]


@contextmanager
def beside(pcsc_stack: PcscStack, card_image: CardImage, place: Path) -> Iterator[Begin]:
    """Start testbeds beside the PC/SC service of real readers, and end them."""
    store = CardStore(place / "cards")
    for name in ("hanako", "ichiro"):
        store.add(name, card_image)
    with ExitStack() as stay:

        def begin(service: str | None) -> httpx2.Client:
            settings = Settings(
                store.directory,
                pcsc_stack.directory,
                "http://127.0.0.1:9",
                stand_ins=place / "stand-ins.json",
                real_service=service,
            )
            listening = stay.enter_context(bind("127.0.0.1", 0))
            listener = Listener(listening)
            stay.enter_context(Served(build_app(settings), listener))
            return stay.enter_context(
                httpx2.Client(base_url=listener.url, timeout=SECONDS, trust_env=False)
            )

        yield begin
    for slot in range(pcsc_stack.slots):
        assert pcsc_stack.wait_until_empty(slot)


@pytest.fixture
def begin(pcsc_stack: PcscStack, card_image: CardImage, tmp_path: Path) -> Iterator[Begin]:
    with beside(pcsc_stack, card_image, tmp_path) as begin:
        yield begin


@pytest.fixture
def testbed(begin: Begin, readers: RealReaders) -> httpx2.Client:
    return begin(str(readers.stack.socket))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("own-cards")


@pytest.fixture(scope="module")
def lasting_testbed(
    pcsc_stack: PcscStack, card_image: CardImage, machine: PcscStack, place: Path
) -> Iterator[httpx2.Client]:
    """Start one testbed for the tests of a module."""
    with beside(pcsc_stack, card_image, place) as begin:
        yield begin(str(machine.socket))
