"""What the desk makes of the reader's events, without any reader."""

import asyncio
from collections.abc import Callable

import pytest

from clinic_client.events import Bulletin, LineChanged
from clinic_client.reader.patient_steps import identity_offer
from clinic_client.reader.station import ReaderStation, StationState
from eligibility.card.makes import CardMake
from eligibility.terminal.identity import Method
from reader.connection import CardConnection
from reader.description.layout import AUTHENTICATION_PIN, StandInKind
from reader.errors import CardFault, CardRemoved, NextStep, NoReader, NoService, PinNotSent
from reader.pcsc.monitor import ReaderEvent, ReaderEventKind
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pin import Pin
from testbed.readers.private_pcscd import PcscStack
from tests.presence import wait_until
from virtual_card.card import VirtualCard
from virtual_card.chip.memory import VolatileMemory
from virtual_card.image.card_image import CONTACT_ATR, CardImage
from virtual_card.plugs.inprocess import InProcessConnection
from virtual_card.plugs.vpcd import VpcdPlug
from virtual_card.stand_in import OwnCard, stand_in_atr

pytestmark = pytest.mark.asyncio

FIRST, SECOND = "Sim Reader 00 00", "Sim Reader 00 01"
UP, DOWN = ReaderEventKind.SERVICE_UP, ReaderEventKind.SERVICE_DOWN
ATTACHED, DETACHED = ReaderEventKind.READER_ATTACHED, ReaderEventKind.READER_DETACHED
INSERTED, REMOVED = ReaderEventKind.CARD_INSERTED, ReaderEventKind.CARD_REMOVED
Story = list[tuple[ReaderEventKind, str | None]]


def faulty(_: str | None) -> CardConnection:
    raise CardFault("a test")


async def follow(
    story: Story, connect: Callable[[str | None], CardConnection] = faulty
) -> list[StationState]:
    """Tell a station a story; return the states it went through."""
    states: list[StationState] = []
    settled = asyncio.Event()

    def on_change(state: StationState) -> None:
        states.append(state)
        settled.set()

    station = ReaderStation(None, on_change, connect)
    for kind, reader in story:
        station.notice(ReaderEvent(kind, reader, 1.0))
    while station.state.card_present and not (station.state.card or station.state.card_error):
        settled.clear()
        await settled.wait()
    await station.stop()
    return states


async def test_without_a_service_the_trouble_is_the_service() -> None:
    assert isinstance(StationState().trouble, NoService)
    (_, state) = await follow([(UP, None), (DOWN, None)])
    assert isinstance(state.trouble, NoService)


async def test_without_a_reader_the_trouble_is_the_reader() -> None:
    (state,) = await follow([(UP, None)])
    assert isinstance(state.trouble, NoReader)


async def test_one_reader_is_taken() -> None:
    state = (await follow([(UP, None), (ATTACHED, FIRST)]))[-1]
    assert (state.reader, state.trouble) == (FIRST, None)


async def test_of_two_readers_none_is_guessed() -> None:
    story: Story = [(UP, None), (ATTACHED, FIRST), (ATTACHED, SECOND), (INSERTED, SECOND)]
    state = (await follow(story))[-1]
    assert state.reader is None
    assert not state.card_present
    assert isinstance(state.trouble, NoReader)
    assert state.trouble.readers == (FIRST, SECOND)
    assert (await follow([*story, (DETACHED, SECOND)]))[-1].reader == FIRST


async def test_a_card_that_cannot_be_looked_at_says_so() -> None:
    state = (await follow([(UP, None), (ATTACHED, FIRST), (INSERTED, FIRST)]))[-1]
    assert isinstance(state.card_error, CardFault)


async def test_a_card_shows_its_tries(make_card: Callable[..., VirtualCard]) -> None:
    card = make_card()
    story: Story = [(UP, None), (ATTACHED, FIRST), (INSERTED, FIRST)]
    states = await follow(story, lambda _: InProcessConnection(card))
    assert states[-2].card is None, "the insertion is told before the card has been looked at"
    assert states[-1].card is not None
    assert states[-1].card.tries == 3


async def test_a_card_that_goes_takes_what_was_known_of_it() -> None:
    for last in ((REMOVED, FIRST), (DETACHED, FIRST), (DOWN, None)):
        state = (await follow([(UP, None), (ATTACHED, FIRST), (INSERTED, FIRST), last]))[-1]
        assert not state.card_present
        assert (state.card, state.card_error) == (None, None)


async def test_a_listener_that_falls_behind_is_let_go() -> None:
    bulletin = Bulletin()
    with bulletin.listen() as slow, bulletin.listen() as quick:
        for number in range(100):
            bulletin.publish(LineChanged(up=bool(number % 2)))
            await quick.get()
        assert slow.get_nowait() is None
        bulletin.close()
        assert await quick.get() is None


@pytest.mark.parametrize("kind", list(ReaderEventKind))
async def test_no_event_is_too_early(kind: ReaderEventKind) -> None:
    assert await follow([(kind, FIRST)])


async def test_a_pin_goes_to_no_card_that_came_before_the_monitor_told_of_it(
    make_card: Callable[..., VirtualCard],
    insert: Callable[..., VpcdPlug],
    pcsc_stack: PcscStack,
) -> None:
    reader, pin = pcsc_stack.readers[0], Pin.authentication("9999")
    plug = insert(make_card())
    with PcscConnection(reader) as first:
        count = first.insertion_count
    looked = asyncio.Event()
    station = ReaderStation(reader, lambda state: state.card and looked.set())
    for kind in (UP, ATTACHED, INSERTED):
        station.notice(ReaderEvent(kind, reader, 1.0, count))
    await looked.wait()
    plug.remove()
    await asyncio.to_thread(wait_until, reader, present=False)
    stranger = make_card()
    await asyncio.to_thread(insert, stranger)
    for insertion in (station.state.insertion, "an earlier one"):
        with pytest.raises(CardRemoved):
            await station.prove(pin, b"challenge", insertion, confirmed_last_try=True)
        assert await station.certificate(insertion) is None
    assert stranger.tries_left(AUTHENTICATION_PIN) == 3
    await station.stop()


async def test_a_stand_in_is_known_by_its_answer_to_reset_until_it_leaves() -> None:
    station = ReaderStation(None, lambda _: None, faulty)
    for event in (
        ReaderEvent(UP, None, 1.0),
        ReaderEvent(ATTACHED, FIRST, 1.0),
        ReaderEvent(INSERTED, FIRST, 1.0, 1, stand_in_atr(StandInKind.ANY_CARD)),
    ):
        station.notice(event)
    assert station.state.stand_in
    station.notice(ReaderEvent(REMOVED, FIRST, 1.0))
    assert not station.state.stand_in
    station.notice(ReaderEvent(INSERTED, FIRST, 1.0, 3, CONTACT_ATR))
    assert not station.state.stand_in
    await station.stop()


class Elsewhere:
    """An own card's PIN, with as many tries as are said."""

    def __init__(self, left: int | None) -> None:
        self.left = left
        self.presented = 0

    def tries(self) -> int | None:
        return self.left

    def present(self, _: bytes, /) -> int:
        self.presented += 1
        return 0x9000


@pytest.mark.parametrize(
    ("left", "said"), [(1, "あと1回間違えると"), (None, "残り回数が分かりません")]
)
async def test_the_last_try_of_somebodys_own_card_is_not_used_whoever_confirms_it(
    card_image: CardImage, left: int | None, said: str
) -> None:
    own = Elsewhere(left)
    card = OwnCard(card_image, VolatileMemory(), own)
    looked = asyncio.Event()
    station = ReaderStation(
        None, lambda state: state.card and looked.set(), lambda _: InProcessConnection(card)
    )
    for event in (
        ReaderEvent(UP, None, 1.0),
        ReaderEvent(ATTACHED, FIRST, 1.0),
        ReaderEvent(INSERTED, FIRST, 1.0, 1, card.atr),
    ):
        station.notice(event)
    await looked.wait()
    state = station.state
    assert state.pin_is_real
    assert state.keeps_last_try
    with pytest.raises(PinNotSent) as kept:
        await station.prove(
            Pin.authentication("8264"), b"challenge", state.insertion, confirmed_last_try=True
        )
    assert said in kept.value.ja
    assert kept.value.next_step is NextStep.USE_FACE_OR_VISUAL_CHECK
    assert own.presented == 0
    assert state.card is not None
    offered = identity_offer("1", state.card, CardMake.STANDARD, keeps_last_try=True)
    assert offered.methods == (Method.FACE, Method.VISUAL)
    own.left = 2
    await station.glance()
    assert not station.state.keeps_last_try
    await station.prove(
        Pin.authentication("8264"), b"challenge", state.insertion, confirmed_last_try=False
    )
    assert own.presented == 1
    await station.stop()
