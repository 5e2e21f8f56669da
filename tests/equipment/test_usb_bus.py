"""The power line that reads QEMU's USB packets, with packets as QEMU writes them."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.equipment.usb_bus import UsbBus
from virtual_card.plugs.ccid import PowerChange

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 4160, 220)
BULK, INTERRUPT, CONTROL = 3, 1, 2
OUT, IN = 0x03, 0x82
LONGEST_KEPT = 256
"""Bytes of a packet that QEMU writes; of a longer one it writes the length only."""

POWER_ON, POWER_OFF, COMMAND, STATUS = 0x62, 0x63, 0x6F, 0x65


def packet(content: bytes, *, event: bytes = b"S", kind: int = BULK, endpoint: int = OUT) -> bytes:
    kept = content[:LONGEST_KEPT]
    usbmon = struct.pack(
        "=QcBBBHcbqiiII8siiII",
        *(0, event, kind, endpoint, 1, 0, b"\0", 61, 0, 0, 0),
        *(len(content), len(kept) + 64, bytes(8), 0, 0, 0, 0),
    )
    record = struct.pack("=IIII", 0, 0, len(usbmon) + len(kept), len(usbmon) + len(content))
    return record + usbmon + kept


def message(kind: int, follows: bytes = b"") -> bytes:
    return struct.pack("<BIBB3s", kind, len(follows), 0, 0, bytes(3)) + follows


@pytest.fixture
def bus() -> Iterator[UsbBus]:
    with tempfile.TemporaryDirectory() as place:
        bus = UsbBus(Path(place) / "bus")
        yield bus
        bus.close()


def write(bus: UsbBus, stream: bytes) -> None:
    with bus.path.open("wb", buffering=0) as pipe:
        pipe.write(stream)


def test_power_is_told_in_its_order_and_once(bus: UsbBus) -> None:
    kinds = (POWER_ON, POWER_ON, POWER_OFF, POWER_ON)
    write(bus, HEADER + b"".join(packet(message(kind)) for kind in kinds))
    told = [PowerChange.ON, PowerChange.RESET, PowerChange.OFF, PowerChange.ON]
    assert bus.changes() == told
    assert bus.changes() == []


@pytest.mark.parametrize(
    "other",
    [
        packet(message(POWER_ON), event=b"C"),
        packet(message(POWER_ON), endpoint=IN),
        packet(message(POWER_ON), kind=INTERRUPT),
        packet(message(POWER_ON), kind=CONTROL),
        packet(message(STATUS)),
        packet(b""),
        packet(message(COMMAND, bytes((POWER_ON,)) * 20)),
    ],
    ids=["completion", "to the host", "interrupt", "control", "status", "empty", "command"],
)
def test_nothing_else_is_taken_for_power(bus: UsbBus, other: bytes) -> None:
    write(bus, HEADER + other + packet(message(POWER_OFF)))
    assert bus.changes() == [PowerChange.OFF]


@pytest.mark.parametrize("size", [64, 300, 5000], ids="{}-byte packets".format)
def test_a_long_command_is_no_change_of_power_wherever_it_is_cut(bus: UsbBus, size: int) -> None:
    command = message(COMMAND, bytes((POWER_ON,)) * 3000)
    pieces = [command[start : start + size] for start in range(0, len(command), size)]
    write(bus, HEADER + b"".join(map(packet, pieces)) + packet(message(POWER_OFF)))
    assert bus.changes() == [PowerChange.OFF]


@given(st.lists(st.integers(1, 120), min_size=1))
def test_packets_may_arrive_in_any_pieces(sizes: list[int]) -> None:
    stream = HEADER + packet(message(POWER_ON)) + packet(message(COMMAND, b"1")) * 2
    stream += packet(message(POWER_OFF))
    told = []
    with tempfile.TemporaryDirectory() as place:
        bus = UsbBus(Path(place) / "bus")
        with bus.path.open("wb", buffering=0) as pipe:
            for size in sizes:
                pipe.write(stream[:size])
                stream = stream[size:]
                told += bus.changes()
            pipe.write(stream)
            told += bus.changes()
        bus.close()
    assert told == [PowerChange.ON, PowerChange.OFF]


def test_a_bus_that_nobody_asks_never_fills(bus: UsbBus) -> None:
    packets = packet(message(COMMAND, bytes(200))) * 100
    write(bus, HEADER + packets * 100)  # far more than a pipe holds
    assert bus.changes() == []


def test_a_bus_without_a_machine_closes() -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    with tempfile.TemporaryDirectory() as place:
        before = open_files()
        UsbBus(Path(place) / "bus").close()
        assert open_files() == before
