"""Whatever bytes arrive in whatever state, the card answers, leaks nothing, gives no try back.

Hypothesis chooses the kind of card, its switches and a seed; from the seed come some hundred
commands and interruptions, most of them close to what a card understands. That is many times
faster than to draw each byte, and a failure names the seed and the last commands.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader.description.layout import PIN_REFERENCES, Application, CardKind
from tests.faces import (
    BIRTHDATE,
    INPUT_SUPPORT_PIN,
    NUMBER_A,
    NUMBER_B,
    RESIDENT_REGISTER_PIN,
    hanako_face,
)
from virtual_card.card import VirtualCard
from virtual_card.chip.command import Command, Refusal, parse
from virtual_card.chip.memory import PinState, VolatileMemory
from virtual_card.image.behaviour import Behaviour
from virtual_card.image.face import load_key
from virtual_card.plug import CardMute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from virtual_card.image.card_image import CardImage

EXAMPLES, COMMANDS = 260, 420
"""Together more than 100,000 commands, besides what else happens to the card."""

RIGHT_IN_ORDER = (
    *("1234", "ABC123", INPUT_SUPPORT_PIN, RESIDENT_REGISTER_PIN, RESIDENT_REGISTER_PIN),
    *(NUMBER_A, NUMBER_B, NUMBER_A, NUMBER_B, BIRTHDATE),
)
"""Of `PIN_REFERENCES`."""
RIGHT_SECRETS = tuple(secret.encode() for secret in RIGHT_IN_ORDER)
NEVER_TOLD = RIGHT_SECRETS[:4]
"""The numbers are data of the card too; what a person chose is on it nowhere."""
WRONG_SECRETS = (b"9999", b"0000", b"WRONG9", b"\x00" * 16, b"1", b"1235 ", b"5" * 14, b"7" * 12)
INSTRUCTIONS = (
    *(0x20, 0x24, 0x2A, 0x32, 0x82, 0x84, 0x88, 0xA2, 0xA4, 0xAE, 0xB0, 0xB2, 0xCA, 0xCB),
    *(0x54, 0xC0, 0xFF),
)
AIDS = tuple(application.aid for application in Application)
FILES = tuple(bytes((0, file)) for file in range(0x20))
SHORT = (*range(1, 0x0C), *range(0x11, 0x1F))
DATA_OBJECTS = tuple(
    map(bytes.fromhex, ("0042", "0045", "0066", "00F0", "00F2", "00F7", "00F8", "7F21", "5F51"))
)
KEYS = tuple(zip(PIN_REFERENCES, (secret.encode() for secret in RIGHT_IN_ORDER), strict=True))
CERTIFICATE = hanako_face().signing_certificate


def interference(choose: random.Random) -> Iterator[bytes | str]:
    """Make commands, and now and then what happens to the card between them."""
    while True:
        fate = choose.random()
        if fate < 0.02:
            yield choose.choice(("power_off", "power_on", "reset", "remove"))
        elif fate < 0.08:
            yield choose.randbytes(choose.randrange(40))
        elif fate < 0.16:
            yield b"\x00\xa4\x04\x0c" + with_length(choose.choice(AIDS))
        elif fate < 0.22:
            place, secret = choose.choice(KEYS)
            yield b"\x00\xa4\x04\x0c" + with_length(place.application.aid)
            yield bytes((0, 0x20, 0, 0x80 | place.file & 0x1F)) + with_length(secret)
            for _ in range(choose.randrange(4)):
                yield bytes((0, 0xB0, 0x80 | choose.choice(SHORT[:11]), 0)) + bytes(3)
                yield bytes((0x80, 0x2A, 0, choose.choice((0, 0x93, 0x97, 0x9A)), 1, 1, 0))
        elif fate < 0.30:
            secret = choose.choice(WRONG_SECRETS)
            yield bytes((0, 0x20, 0, reference(choose))) + with_length(secret)
        else:
            yield likely(choose)


def likely(choose: random.Random) -> bytes:
    ins = choose.choice(INSTRUCTIONS)
    cla = 0x80 if ins in {0x2A, 0x32, 0xA2, 0xAE} else 0x00
    if ins in {0x82, 0xA2} and choose.random() < 0.4:
        cla |= 0x10
    if choose.random() < 0.1:
        cla = choose.choice((0x00, 0x80, 0x01, 0x0C, 0x10, 0x90))
    if ins == 0xB0 and choose.random() < 0.7:
        header = bytes((cla, ins, reference(choose), choose.choice((0, 0, 1, 255))))
        return header + choose.choice((b"\x00", b"\x10", b"\x00\x00\x00", b"\xff"))
    if ins == 0xB2 and choose.random() < 0.7:
        return bytes((cla, ins, choose.randrange(3), choose.randrange(4) << 3 | 4, 0))
    if ins == 0xCA and choose.random() < 0.7:
        return bytes((cla, ins)) + choose.choice(DATA_OBJECTS) + b"\x00"
    if ins == 0x84 and choose.random() < 0.7:
        return bytes((cla, ins, 0, 0, choose.choice((8, 16, 0))))
    p1 = choose.choice((0, 0, 0, 0, 1, 2, 4, choose.randrange(256)))
    return bytes((cla, ins, p1, reference(choose))) + body(choose)


def reference(choose: random.Random) -> int:
    sfi = choose.choice(SHORT)
    return choose.choice((0x80 | sfi, 0x80 | sfi, 0x80, 0x00, choose.randrange(256)))


def body(choose: random.Random) -> bytes:
    expected = choose.choice((b"", b"\x00", bytes((choose.randrange(256),))))
    match choose.randrange(7):
        case 0:
            return expected
        case 1:
            return with_length(choose.choice(FILES)) + expected
        case 2:
            return with_length(choose.choice(RIGHT_SECRETS + WRONG_SECRETS)) + expected
        case 3:
            return with_length(choose.randbytes(choose.randrange(1, 60))) + expected
        case 4:
            start = choose.randrange(len(CERTIFICATE))
            return with_length(CERTIFICATE[start : start + 255]) + expected
        case 5:
            return b"\x00" + choose.randbytes(2)
        case _:
            return choose.randbytes(choose.randrange(20))


def with_length(content: bytes) -> bytes:
    return bytes((len(content),)) + content


class WatchedMemory(VolatileMemory):
    """Lets no tries rise but by the right secret or a change of a verified PIN."""

    def __init__(self) -> None:
        super().__init__()
        self.command = b""
        self.usual = {
            (reference.application, int(reference.file)): reference.tries
            for reference in PIN_REFERENCES
        }

    def write(self, application: Application, file: int, state: PinState) -> None:
        kept = self.read(application, file)
        before = self.usual[application, file] if kept is None else kept.tries
        lost = before - state.tries
        assert lost == 1 or (lost <= 0 and self.may_rise()), (application, file, before, state)
        super().write(application, file, state)

    def may_rise(self) -> bool:
        change = self.command[1:2] in (b"\x24", b"\x32")
        return change or any(secret in self.command for secret in RIGHT_SECRETS)


def private_numbers(image: CardImage) -> list[bytes]:
    """Return the secret numbers of every key on the card, as they would stand in an answer."""
    face = image.face
    assert face
    assert image.authentication
    assert image.signature
    certified = (image.authentication.private_key, image.signature.private_key)
    keys = [
        load_key(der).private_numbers() for der in (*certified, face.chip_key, face.signing_key)
    ]
    return [
        number.to_bytes((number.bit_length() + 7) // 8, "big")[:24]
        for key in keys
        for number in (key.p, key.q, key.dmp1, key.dmq1, key.iqmp, key.d)
    ]


@pytest.fixture(scope="module")
def leaks(card_image: CardImage) -> list[bytes]:
    return [*private_numbers(card_image), *NEVER_TOLD]


behaviours = st.builds(
    Behaviour,
    reselect_keeps_verified=st.booleans(),
    warm_reset_clears=st.booleans(),
    filler=st.sampled_from((0, 40)),
    tells_tries_after_success=st.booleans(),
    names_what_is_selected=st.booleans(),
    first_command_fails=st.booleans(),
)


def test_whatever_happens_the_card_answers_leaks_nothing_and_gives_no_try_back(
    card_image: CardImage, leaks: list[bytes]
) -> None:
    answered = 0

    @given(seed=st.integers(0, 2**64 - 1), behaviour=behaviours, kind=st.sampled_from(CardKind))
    @settings(max_examples=EXAMPLES, deadline=None)
    def live(seed: int, behaviour: Behaviour, kind: CardKind) -> None:
        nonlocal answered
        memory = WatchedMemory()
        card = VirtualCard(replace(card_image, behaviour=behaviour, kind=kind), memory)
        card.power_on()
        events = interference(random.Random(seed))
        history: deque[bytes | str] = deque(maxlen=8)
        for _ in range(COMMANDS):
            event = next(events)
            history.append(event if isinstance(event, str) else event.hex())
            if isinstance(event, str):
                happen(card, event)
                continue
            memory.command = event
            answer = card.process(event)
            answered += 1
            assert len(answer) >= 2, history
            content = answer[:-2]
            if len(content) >= 4:
                assert not any(secret in content for secret in leaks), history
            assert not content or answer.endswith(b"\x90\x00"), history

    live()
    assert answered >= 100_000


def happen(card: VirtualCard, event: str) -> None:
    if event in {"power_off", "remove"}:
        card.power_off()
    if event in {"power_on", "remove"}:
        assert card.power_on() == card.atr
    if event == "reset":
        assert card.reset() == card.atr


def test_a_card_that_fell_silent_never_speaks_again(make_card: Callable[..., VirtualCard]) -> None:
    silenced = 0

    @given(seed=st.integers(0, 2**64 - 1), limit=st.integers(1, 5))
    @settings(max_examples=40, deadline=None)
    def live(seed: int, limit: int) -> None:
        nonlocal silenced
        card = make_card(behaviour=Behaviour(tampering_limit=limit))
        events = interference(random.Random(seed))
        silent = False
        for _ in range(COMMANDS):
            event = next(events)
            try:
                if isinstance(event, str):
                    happen(card, event)
                else:
                    assert len(card.process(event)) >= 2
                    assert not silent
            except CardMute:
                silent = True
        silenced += silent

    live()
    assert silenced >= 10


@given(
    data=st.binary(max_size=600),
    expected=st.none() | st.integers(1, 0x10000),
    extended=st.booleans(),
)
def test_what_is_put_together_comes_apart_the_same(
    data: bytes, expected: int | None, *, extended: bool
) -> None:
    extended = extended or len(data) > 255 or (expected or 0) > 256
    if extended and (data or expected):
        length = b"\x00" + (len(data).to_bytes(2, "big") if data else b"")
        le = b"" if expected is None else (expected & 0xFFFF).to_bytes(2, "big")
    else:
        extended = False
        length = bytes((len(data),)) if data else b""
        le = b"" if expected is None else bytes((expected & 0xFF,))
    parsed = parse(b"\x00\xb0\x01\x02" + length + data + le)
    assert parsed == Command(0x00, 0xB0, 0x01, 0x02, data, expected, extended)


@given(st.binary(max_size=20))
def test_parsing_refuses_or_succeeds(apdu: bytes) -> None:
    try:
        parse(apdu)
    except Refusal as refusal:
        assert refusal.status == 0x6700  # noqa: PT017 - success is fine too
