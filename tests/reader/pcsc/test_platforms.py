"""Nothing in `reader` is for Linux only: a PC/SC module as Windows and macOS have it."""

import os
import queue
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from reader import apdu
from reader.errors import (
    CardFault,
    CardInUse,
    CardRemoved,
    NextStep,
    NoCard,
    NoReader,
    NoService,
    ReaderError,
)
from reader.pcsc import monitor, pcsc_connection
from reader.pcsc.features import read_features
from reader.pcsc.monitor import ReaderEvent, ReaderEventKind, ReaderMonitor
from reader.pcsc.result import PcscResult, check, error_of
from reader.pin import Pin

ROOT = Path(__file__).parents[3]

WINDOWS = """
import sys, types

scard = types.ModuleType("smartcard.scard")
# What each system's pyscard has; of the results only success, as their names differ.
for name, value in dict(
    SCARD_S_SUCCESS=0, SCARD_SCOPE_USER=0, SCARD_SHARE_SHARED=2, SCARD_SHARE_DIRECT=3,
    SCARD_PROTOCOL_T0=1, SCARD_PROTOCOL_T1=2, SCARD_PCI_T0=1, SCARD_PCI_T1=2,
    SCARD_LEAVE_CARD=0, SCARD_UNPOWER_CARD=2, SCARD_STATE_UNAWARE=0, SCARD_STATE_CHANGED=2,
    SCARD_STATE_UNKNOWN=4, SCARD_STATE_PRESENT=32, SCARD_STATE_INUSE=256,
    SCARD_STATE_MUTE=512,
).items():
    setattr(scard, name, value)
scard.SCARD_CTL_CODE = lambda code: 0x31 << 16 | code << 2
scard.SCardEstablishContext = lambda scope: (0x8010001D - (1 << 32), 0)  # negative, as on Windows
package = types.ModuleType("smartcard")
package.scard = scard
sys.modules["smartcard"], sys.modules["smartcard.scard"] = package, scard
for module in ("fcntl", "grp", "pwd", "termios", "resource", "pty", "syslog"):
    sys.modules[module] = None  # an import of any of these fails
sys.platform = "win32"
"""


@pytest.mark.deployment
def test_every_module_works_with_the_names_that_all_systems_have() -> None:
    script = WINDOWS + textwrap.dedent("""
        import importlib, pkgutil
        import reader

        names = [found.name for found in pkgutil.walk_packages(reader.__path__, "reader.")]
        assert len(names) > 20
        for name in names:
            importlib.import_module(name)
        from reader.errors import NoService
        from reader.pcsc.pcsc_connection import list_readers

        try:
            list_readers()
        except NoService as error:
            print(error)
    """)
    system_s = {name: value for name, value in os.environ.items() if name != "PCSCLITE_CSOCK_NAME"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=system_s,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "SCardSvr" in done.stdout


@pytest.mark.parametrize(
    ("result", "kind", "step"),
    [
        (0x8010001D, NoService, NextStep.START_SERVICE),
        (0x8010001E, NoService, NextStep.START_SERVICE),
        (0x8010006A, NoService, NextStep.SET_PERMISSION),
        (0x80100009, NoReader, NextStep.CONNECT_READER),
        (0x80100017, NoReader, NextStep.CONNECT_READER),
        (0x16, NoReader, NextStep.CONNECT_READER),
        (0x8010000C, NoCard, NextStep.PLACE_CARD),
        (0x80100069, CardRemoved, NextStep.PLACE_CARD),
        (0x8010000B, CardInUse, NextStep.CLOSE_OTHER_PROGRAM),
        (0x80100066, CardFault, NextStep.PLACE_CARD),
        (0x8010002F, CardFault, NextStep.PLACE_CARD),
    ],
)
def test_a_result_means_the_same_as_a_positive_and_as_a_negative_number(
    result: int, kind: type[ReaderError], step: NextStep
) -> None:
    for given in (result, result - (1 << 32)):
        error = error_of(given, "a test")
        assert type(error) is kind
        assert error.next_step is step
    check(PcscResult.SUCCESS, "nothing")


def test_a_mute_card_is_told_from_a_removed_one() -> None:
    assert "端子" in error_of(PcscResult.UNRESPONSIVE_CARD, "connecting").ja


def test_features_are_asked_for_by_the_system_s_own_numbers() -> None:
    windows = {
        0x313520: bytes.fromhex("0604003136B0 120400313700"),
        0x313700: bytes.fromhex("0A0400000100"),
    }
    found = read_features(lambda code, _: windows[code], 0x313520)
    assert found.verify_pin == 0x3136B0
    assert found.modify_pin is None
    assert found.longest_data == 0x10000
    assert not read_features(lambda _code, _sent: b"\x06", 1).has_pin_pad
    assert not read_features(lambda _code, _sent: b"", 1).has_pin_pad


class SystemWithoutNotification:
    """PC/SC of macOS: it does not know the pseudo reader that tells of new readers."""

    def __init__(self, *, refuses: bool) -> None:
        self.readers: list[str] = []
        self.present: set[str] = set()
        self._refuses = refuses

    def install(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(pcsc_connection.scard, "SCardEstablishContext", lambda _scope: (0, 1))
        patch.setattr(pcsc_connection.scard, "SCardReleaseContext", lambda _context: 0)
        patch.setattr(pcsc_connection.scard, "SCardCancel", lambda _context: 0)
        patch.setattr(
            pcsc_connection.scard, "SCardListReaders", lambda _context, _groups: (0, self.readers)
        )
        patch.setattr(pcsc_connection.scard, "SCardGetStatusChange", self.status)
        patch.setattr(monitor, "_LOOK_EVERY", 10)

    def status(
        self, _context: int, patience: int, watched: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        asked_of_new = any(name.startswith("\\\\?PnP") for name, _ in watched)
        if asked_of_new and self._refuses:
            return PcscResult.UNKNOWN_READER - (1 << 32), []
        states = []
        for name, _ in watched:
            unknown = name.startswith("\\\\?PnP") or name not in self.readers
            state = 0x4 | 0x2 if unknown else (0x20 if name in self.present else 0x10)
            states.append((name, state, []))
        if not asked_of_new:
            assert patience == 10, "without being told of readers it must look by itself"
            if all(
                before == state for (_, before), (_, state, _) in zip(watched, states, strict=True)
            ):
                threading.Event().wait(0.001)  # the system's own wait
                return PcscResult.TIMEOUT, []
        return 0, states


@pytest.mark.parametrize("refuses", [False, True], ids=["unknown state", "unknown reader"])
def test_readers_are_seen_to_come_and_go_where_the_system_does_not_tell(
    monkeypatch: pytest.MonkeyPatch,
    refuses: bool,  # noqa: FBT001 - pytest's way
) -> None:
    system = SystemWithoutNotification(refuses=refuses)
    system.install(monkeypatch)
    events: queue.SimpleQueue[ReaderEvent] = queue.SimpleQueue()

    def following() -> tuple[ReaderEventKind, str | None]:
        event = events.get(timeout=10)
        return event.kind, event.reader

    kind = ReaderEventKind
    with ReaderMonitor(events.put):
        assert following() == (kind.SERVICE_UP, None)
        system.readers = ["Reader of a Mac"]
        assert following() == (kind.READER_ATTACHED, "Reader of a Mac")
        system.present = {"Reader of a Mac"}
        assert following() == (kind.CARD_INSERTED, "Reader of a Mac")
        system.present = set()
        assert following() == (kind.CARD_REMOVED, "Reader of a Mac")
        system.readers = []
        assert following() == (kind.READER_DETACHED, "Reader of a Mac")


def test_on_t0_a_command_with_data_goes_without_le() -> None:
    signing = apdu.sign(bytes(51), sfi=0x17)
    assert pcsc_connection._length_on_t0(signing) == len(signing) - 1
    for whole in (
        apdu.select_file(0x0018),
        apdu.retry_counter(0x18),
        apdu.read_binary(0, 256),
        apdu.verify(Pin.authentication("1234"), 0x18),
        apdu.get_challenge(16),
    ):
        assert pcsc_connection._length_on_t0(whole) == len(whole)
