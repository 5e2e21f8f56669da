"""What passes on the reader's USB bus, as far as it concerns the card's power.

QEMU writes down each packet of a USB device (its property `pcap`), here into a pipe: nothing
of it, and so no PIN, is ever kept. A packet is written before QEMU acts on it; whatever the
guest did to the power before a command is therefore in the pipe when that command arrives.
"""

from __future__ import annotations

import os
import select
import struct
import threading
from typing import TYPE_CHECKING

from virtual_card.plugs.ccid import PowerChange

if TYPE_CHECKING:
    from pathlib import Path

_FILE_HEADER = 24
_RECORD = struct.Struct("=8xI4x")
"""pcap: of its 16 bytes, the length of what follows."""
_USB = struct.Struct("=8xcBB21xI28x")
"""Linux's usbmon, 64 bytes: S for a submission, kind of transfer, endpoint, length of the data."""
_BULK = 3
_IN = 0x80

_CCID = struct.Struct("<BI5x")
"""The header of a CCID message: its type, and the length of what follows."""
_POWER_ON = 0x62
_POWER_OFF = 0x63


class UsbBus:
    """A `PowerLine` that reads the bus of a running QEMU, from before its start to its end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path, 0o600)
        # Opened before QEMU opens its end, which would wait for us.
        self._pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._lock = threading.Lock()
        self._packets = _Packets()
        self._changes: list[PowerChange] = []
        # Without a card nobody asks for changes; a full pipe would stop QEMU.
        self._thread = threading.Thread(target=self._follow, name="usb-bus", daemon=True)
        self._thread.start()

    def changes(self) -> list[PowerChange]:
        """See `PowerLine`."""
        self._read()
        with self._lock:
            changes, self._changes = self._changes, []
        return changes

    def close(self) -> None:
        """Let go of the bus, when QEMU has ended."""
        # Were QEMU never there, nobody would have hung up yet.
        os.close(os.open(self.path, os.O_WRONLY | os.O_NONBLOCK))
        self._thread.join()
        os.close(self._pipe)

    def _follow(self) -> None:
        readable = select.poll()
        readable.register(self._pipe, select.POLLIN)
        while self._read() or not readable.poll()[0][1] & select.POLLHUP:
            pass

    def _read(self) -> bool:
        """Read all there is without waiting; return whether there was something."""
        with self._lock:
            try:
                piece = os.read(self._pipe, 1 << 20)
            except BlockingIOError:
                return False
            self._changes += self._packets.take(piece)
            return bool(piece)


class _Packets:
    """Finds the changes of power in the stream of packets."""

    def __init__(self) -> None:
        self._stream = b""
        self._to_skip = _FILE_HEADER
        self._of_message = 0
        """Bytes of a CCID message that further packets still bring."""
        self._powered = False

    def take(self, piece: bytes) -> list[PowerChange]:
        """Take some more of the stream, cut anywhere; return what happened to the power."""
        self._stream += piece
        changes = []
        if self._to_skip and len(self._stream) >= self._to_skip:
            self._stream, self._to_skip = self._stream[self._to_skip :], 0
        while not self._to_skip and len(self._stream) >= _RECORD.size:
            end = _RECORD.size + _RECORD.unpack_from(self._stream)[0]
            if len(self._stream) < end:
                break
            changes += self._packet(self._stream[_RECORD.size : end])
            self._stream = self._stream[end:]
        return changes

    def _packet(self, packet: bytes) -> list[PowerChange]:
        event, transfer, endpoint, length = _USB.unpack_from(packet)
        if event != b"S" or transfer != _BULK or endpoint & _IN:
            return []
        if self._of_message:
            self._of_message = max(0, self._of_message - length)
            return []
        content = packet[_USB.size :]
        if len(content) < _CCID.size:
            return []
        kind, follows = _CCID.unpack_from(content)
        self._of_message = max(0, _CCID.size + follows - length)
        if kind == _POWER_OFF:
            self._powered = False
            return [PowerChange.OFF]
        if kind == _POWER_ON:
            # On a card that has power already, this is the warm reset.
            warm, self._powered = self._powered, True
            return [PowerChange.RESET if warm else PowerChange.ON]
        return []
