"""What a card costs: one command and a whole session, through the real pcscd.

The baseline is the same card in a program that does not set ``TCP_QUICKACK``, as other virtual
cards are: the kernel then waits before it acknowledges the first half of each command.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.insertions import through_pcscd
from bench.people import card_image
from bench.presence import Presence
from bench.table import Row
from reader.apdu import select_application
from reader.description.layout import Application
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pin import Pin
from reader.session import prove_identity
from testbed.launch.processes import spawn, stop
from testbed.readers.private_pcscd import SLOTS, PcscStack
from virtual_card.card import VirtualCard
from virtual_card.plugs.inprocess import InProcessConnection
from virtual_card.plugs.vpcd import VpcdPlug

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from virtual_card.image.card_image import CardImage

COMMANDS, SESSIONS = 400, 100
SLOW_COMMANDS, SLOW_SESSIONS = 40, 6
"""Of the baseline, which takes some hundred times as long."""
SESSION_TARGET_MS, ALONE_TARGET_MS = 3.0, 1.0
CYCLES, SERVICES = 1000, 20
MEMORY_KIB = 1024
"""What one service and its cards may grow by; measured growth is that of the allocators."""
PIN = "1234"
CHALLENGE = bytes(40)


def median_ms(act: Callable[[], object], times: int) -> float:
    """Return the median duration of an act, in milliseconds."""
    durations = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        durations.append(time.perf_counter() - begun)
    return statistics.median(durations) * 1000


@contextmanager
def card_in(
    stack: PcscStack, presence: Presence, image: CardImage, *, quickack: bool
) -> Iterator[None]:
    """Have a process of its own hold a card in slot 0; it is seen to come and to go."""

    def hold(started: Callable[[], None]) -> None:
        card = VirtualCard(image)
        VpcdPlug(card, lambda: stack.connect(0), quickack=quickack).insert()
        started()
        threading.Event().wait()

    holder = spawn("card", hold, (OSError,))
    try:
        holder.wait_until_ready(time.monotonic() + 10)
        presence.wait(present=True)
        yield
    finally:
        stop([holder])
        presence.wait(present=False)


def session() -> None:
    """Connect, read the certificate, verify the PIN, have the challenge signed, disconnect."""
    with PcscConnection("Virtual PCD 00 00") as connection:
        prove_identity(connection, Pin.authentication(PIN), CHALLENGE)


def measure() -> list[Row]:
    """Measure commands and sessions with and without immediate acknowledgement."""
    image = card_image(PIN)
    select = select_application(Application.JPKI)
    command_ms, session_ms = {}, {}
    with (
        tempfile.TemporaryDirectory() as place,
        PcscStack(Path(place) / "stack") as stack,
        ExitStack() as stay,
    ):
        os.environ.update(stack.environment())
        presence = stay.enter_context(Presence(stack.readers[0]))
        for quickack in (True, False):
            commands, sessions = (
                (COMMANDS, SESSIONS) if quickack else (SLOW_COMMANDS, SLOW_SESSIONS)
            )
            with card_in(stack, presence, image, quickack=quickack):
                with PcscConnection("Virtual PCD 00 00") as connection:
                    command_ms[quickack] = median_ms(lambda: connection.send(select), commands)
                session_ms[quickack] = median_ms(session, sessions)
    in_process = InProcessConnection(VirtualCard(image))
    pin = Pin.authentication(PIN)
    alone_ms = median_ms(lambda: prove_identity(in_process, pin, CHALLENGE), SESSIONS)
    return [
        Row(
            "one command (SELECT) through pcscd",
            f"{command_ms[True]:.3f} ms",
            f"{command_ms[False]:.1f} ms without TCP_QUICKACK",
            f"1/{command_ms[False] / command_ms[True]:.0f}",
            "≤ 1/4",
            command_ms[True] <= command_ms[False] / 4,
        ),
        Row(
            "card session through pcscd, connect to disconnect",
            f"{session_ms[True]:.2f} ms",
            f"{session_ms[False]:.0f} ms without TCP_QUICKACK",
            f"1/{session_ms[False] / session_ms[True]:.0f}",
            f"≤ {SESSION_TARGET_MS:.0f} ms",
            session_ms[True] <= SESSION_TARGET_MS,
        ),
        Row(
            "the same session in one process",
            f"{alone_ms:.2f} ms",
            f"{session_ms[True]:.2f} ms through pcscd",
            f"1/{session_ms[True] / alone_ms:.1f}",
            f"≤ {ALONE_TARGET_MS:.0f} ms",
            alone_ms <= ALONE_TARGET_MS,
        ),
        _insertions(image),
    ]


def _insertions(image: CardImage) -> Row:
    """Put cards in and take them out, on many slots at once."""
    seen = through_pcscd(CYCLES, SERVICES, image)
    grown = seen.leaked.kibibytes / SERVICES
    return Row(
        f"{seen.cycles:,} insertions and removals through pcscd, on {SERVICES * SLOTS} slots of "
        f"{SERVICES} services side by side",
        f"{seen.median_ms:.0f} ms each, {seen.seconds:.0f} s in all; left: "
        f"{seen.leaked.descriptors} files, {seen.leaked.threads} threads, {grown:+.0f} KiB each",
        "800 ms: pcscd looks every 400 ms",
        "",
        f"0 files, 0 threads, ≤ {MEMORY_KIB} KiB",
        seen.leaked.descriptors <= 0 and seen.leaked.threads <= 0 and grown <= MEMORY_KIB,
    )
