"""Whatever arrives on the line of a virtual reader, the plug answers or leaves; it never breaks."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import cases
from virtual_card.card import VirtualCard
from virtual_card.plugs.ccid import CcidPlug
from virtual_card.plugs.contact import LONGEST_PIECE, contact_atr
from virtual_card.plugs.vpcd import VpcdPlug
from virtual_card.plugs.vsc import (
    SUCCESS,
    Message,
    MessageLine,
    MessageType,
    VscError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from virtual_card.image.card_image import CardImage

SELECT = bytes.fromhex("00A4040C0AD392F000260100000001")
COMMAND = st.one_of(
    st.just(SELECT),
    st.just(bytes.fromhex("00B0860020")),
    st.binary(min_size=2, max_size=300),
    st.binary(min_size=4, max_size=8).map(lambda rest: b"\x00\xb0" + rest),
)
CONTROL = st.sampled_from([b"", b"\x00", b"\x01", b"\x02", b"\x04"])
ENDS_WITHIN = 10.0
"""Seconds that a test waits for what comes at once, before it calls it a hang."""


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[BaseException | None]]:
    """Collect what a plug's thread dies of."""
    found: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: found.append(args.exc_value))
    yield found
    assert not found


@pytest.fixture
def lines() -> Iterator[Callable[[], tuple[socket.socket, socket.socket]]]:
    """Give connected pairs: the reader's end, and the plug's."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def pair() -> tuple[socket.socket, socket.socket]:
            plug = socket.create_connection(server.getsockname())
            reader, _ = server.accept()
            reader.settimeout(ENDS_WITHIN)
            return reader, plug

        yield pair


def frame(message: bytes) -> bytes:
    return len(message).to_bytes(2, "big") + message


def exactly(line: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        piece = line.recv(length - len(received))
        assert piece, "the plug has closed the line"
        received += piece
    return received


def answer_on(line: socket.socket) -> bytes:
    return exactly(line, int.from_bytes(exactly(line, 2), "big"))


@pytest.mark.long
@pytest.mark.timeout(0)
def test_each_frame_of_vpcd_is_answered_however_it_is_cut(
    card_image: CardImage,
    lines: Callable[[], tuple[socket.socket, socket.socket]],
    failures: list[BaseException | None],
) -> None:
    @settings(max_examples=cases(300), deadline=None)
    @given(
        messages=st.lists(st.one_of(COMMAND, CONTROL, st.binary(max_size=3)), max_size=20),
        cuts=st.lists(st.integers(1, 7), min_size=1, max_size=5),
        rest=st.one_of(st.just(b""), st.binary(max_size=12), st.just(b"\xff\xff\x00")),
    )
    def holds(messages: list[bytes], cuts: list[int], rest: bytes) -> None:
        reader, end = lines()
        with closing(reader), VpcdPlug(VirtualCard(card_image), lambda: end) as plug:
            stream, at = b"".join(map(frame, messages)), 0
            while at < len(stream):
                step = cuts[at % len(cuts)]
                reader.sendall(stream[at : at + step])
                at += step
            for message in messages:
                if message not in (b"", b"\x00", b"\x01", b"\x02"):
                    answer = answer_on(reader)
                    assert message == b"\x04" or len(answer) >= 2
            # Half a frame, or one that announces more than ever comes, and the end.
            reader.sendall(rest[:2] if len(rest) < 3 else b"\xff\xff" + rest[2:])
            reader.shutdown(socket.SHUT_WR)
            assert plug._thread
            plug._thread.join(ENDS_WITHIN)
            assert not plug._thread.is_alive()
        assert not failures

    holds()


@pytest.mark.long
@pytest.mark.timeout(0)
def test_no_bytes_in_the_place_of_vsc_messages_are_more_than_an_error(
    lines: Callable[[], tuple[socket.socket, socket.socket]],
) -> None:
    @settings(max_examples=cases(500), deadline=None)
    @given(content=st.binary(max_size=60))
    def holds(content: bytes) -> None:
        reader, end = lines()
        with closing(reader), closing(end):
            end.settimeout(ENDS_WITHIN)
            reader.sendall(content)
            reader.shutdown(socket.SHUT_WR)
            line, left = MessageLine(end), len(content)
            try:
                while (message := line.read()) is not None:
                    left -= len(bytes(message))
                    assert left >= 0
                    assert message.introduces in (True, False)
                    assert message.code >= 0
            except VscError as error:
                assert str(error).endswith(".")  # noqa: PT017 - or there is none

    holds()


MESSAGES = st.lists(
    st.builds(
        Message,
        st.one_of(st.sampled_from(list(MessageType)), st.integers(0, 0xFFFFFFFF)),
        st.one_of(COMMAND, st.binary(max_size=40)),
        st.integers(0, 0xFFFFFFFF),
    ),
    max_size=12,
)


@pytest.mark.long
@pytest.mark.timeout(0)
def test_a_usb_reader_that_sends_anything_is_answered_until_it_goes(
    card_image: CardImage,
    lines: Callable[[], tuple[socket.socket, socket.socket]],
    failures: list[BaseException | None],
) -> None:
    @settings(max_examples=cases(200), deadline=None)
    @given(messages=MESSAGES, rest=st.binary(max_size=20))
    def holds(messages: list[Message], rest: bytes) -> None:
        reader, end = lines()
        gone = threading.Event()
        card = VirtualCard(card_image)
        plug = CcidPlug(card, lambda: end, on_gone=gone.set)
        with closing(reader):
            line = MessageLine(reader)
            welcome(reader)
            plug.insert()
            for expected in (MessageType.INIT, MessageType.READER_ADD, MessageType.ATR):
                told = line.read()
                assert told
                assert told.type == expected
            assert told
            assert told.payload == contact_atr(card.atr)
            for message in messages:
                line.write(message)
                if message.type == MessageType.READER_REMOVE:
                    break
                if message.type == MessageType.APDU:
                    answer = line.read()
                    assert answer
                    assert answer.type == MessageType.APDU
                    assert 2 <= len(answer.payload) <= LONGEST_PIECE + 2
                elif message.type != MessageType.ERROR:
                    assert line.read() is not None
            else:
                with suppress(OSError):  # what is no message at all makes the plug go by itself
                    reader.sendall(rest)
                    reader.shutdown(socket.SHUT_WR)
            assert gone.wait(ENDS_WITHIN)
        assert not plug.inserted
        assert not failures

    holds()


def welcome(reader: socket.socket) -> None:
    """Answer ahead what the plug says first: it waits for each answer."""
    success = Message.error(SUCCESS)
    reader.sendall(bytes(Message.init()) + bytes(success) + bytes(success))
