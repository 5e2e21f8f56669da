"""Watching the readers of a real pcscd."""

import queue
import time
from collections.abc import Callable, Iterator

import pytest

from reader.pcsc.monitor import ReaderEvent, ReaderEventKind, ReaderMonitor
from testbed.readers.private_pcscd import PcscStack
from virtual_card.card import VirtualCard
from virtual_card.plugs.vpcd import VpcdPlug

MakeCard = Callable[..., VirtualCard]
FIRST, SECOND = "Virtual PCD 00 00", "Virtual PCD 00 01"
Kind = ReaderEventKind


class Listener:
    def __init__(self) -> None:
        self._events: queue.Queue[ReaderEvent] = queue.Queue()

    def __call__(self, event: ReaderEvent) -> None:
        self._events.put(event)

    def next(self) -> tuple[Kind, str | None]:
        event = self._events.get(timeout=10)
        assert event.at_monotonic <= time.monotonic()
        return event.kind, event.reader

    @property
    def is_silent(self) -> bool:
        return self._events.empty()


@pytest.fixture
def listener(pcsc_stack: PcscStack) -> Listener:
    assert pcsc_stack.readers == (FIRST, SECOND)
    return Listener()


@pytest.fixture
def plug(pcsc_stack: PcscStack, make_card: MakeCard) -> Iterator[VpcdPlug]:
    plug = VpcdPlug(make_card(), pcsc_stack.connect)
    yield plug
    plug.remove()


def test_a_card_is_seen_to_come_and_go(listener: Listener, plug: VpcdPlug) -> None:
    with ReaderMonitor(listener, "00 00"):
        assert [listener.next(), listener.next()] == [
            (Kind.SERVICE_UP, None),
            (Kind.READER_ATTACHED, FIRST),
        ]
        for _ in range(2):
            plug.insert()
            assert listener.next() == (Kind.CARD_INSERTED, FIRST)
            plug.remove()
            assert listener.next() == (Kind.CARD_REMOVED, FIRST)
    assert listener.is_silent


def test_a_card_that_is_there_already_is_told_at_the_start(
    listener: Listener, make_card: MakeCard, insert: Callable[..., VpcdPlug]
) -> None:
    insert(make_card(), slot=1)
    with ReaderMonitor(listener):
        assert {listener.next() for _ in range(4)} == {
            (Kind.SERVICE_UP, None),
            (Kind.READER_ATTACHED, FIRST),
            (Kind.READER_ATTACHED, SECOND),
            (Kind.CARD_INSERTED, SECOND),
        }


def test_a_service_that_goes_takes_readers_and_cards_and_comes_back_with_them(
    listener: Listener, plug: VpcdPlug, pcsc_stack: PcscStack
) -> None:
    with ReaderMonitor(listener, FIRST):
        plug.insert()
        came = [listener.next() for _ in range(3)]
        assert came[-1] == (Kind.CARD_INSERTED, FIRST)
        pcsc_stack.stop()
        assert [listener.next() for _ in range(3)] == [
            (Kind.CARD_REMOVED, FIRST),
            (Kind.READER_DETACHED, FIRST),
            (Kind.SERVICE_DOWN, None),
        ]
        pcsc_stack.start()
        assert [listener.next() for _ in range(2)] == came[:2]
        plug.remove()
        plug.insert()
        assert listener.next() == (Kind.CARD_INSERTED, FIRST)
        plug.remove()
        assert listener.next() == (Kind.CARD_REMOVED, FIRST)


def test_closing_is_quick_and_final(listener: Listener) -> None:
    took = []
    for _ in range(20):
        monitor = ReaderMonitor(listener).start()
        listener.next()
        started = time.perf_counter()
        monitor.close()
        took.append(time.perf_counter() - started)
        monitor.close()
    # Half of them: what else this machine does at the moment is not the monitor's delay.
    assert sorted(took)[10] < 0.5


def test_an_error_in_the_listener_does_not_end_the_watch(
    listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(event: ReaderEvent) -> None:
        listener(event)
        message = "the page is gone"
        raise RuntimeError(message)

    with ReaderMonitor(failing):
        assert len({listener.next() for _ in range(3)}) == 3
    assert "The listener failed on service-up" in caplog.text
