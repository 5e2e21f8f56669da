"""The guest: a QEMU process of ours, its serial console, and the line to the agent inside."""

from __future__ import annotations

import json
import os
import queue
import select
import shutil
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from tests.equipment.usb_bus import UsbBus
from tests.usb.guest_image import ROOT, GuestImage, archive
from virtual_card.plugs.ccid import open_slot

INSIDE = Path(__file__).with_name("inside")

STARTS_WITHIN = 20.0
BOOTS_WITHIN = 240.0
ANSWERS_WITHIN = 90.0
SEES_WITHIN = 30.0
"""Seconds, far beyond what an emulated processor on a busy machine needs."""


class GuestFailed(Exception):
    """The guest did not do what was asked; its console says more."""


@dataclass(frozen=True)
class SecondReader:
    """A reader that was plugged into the running guest."""

    name: str
    """As PC/SC has it."""
    usb: str
    """As QEMU has it."""
    slot: Path

    def connect(self) -> socket.socket:
        """Open a way into it for a card."""
        return open_slot(self.slot)


class Guest:
    """A virtual machine with an emulated USB reader, from `start` to `stop`.

    QEMU is a child of this process and ends with it, however that ends.
    """

    def __init__(self, image: GuestImage, directory: Path) -> None:
        """Take what to boot, and a directory with a short name for sockets and the console."""
        self._image = image
        self._directory = directory
        self._console = directory / "console"
        self.addition = directory / "ours.cpio"
        """What the guest's file system has besides the Debian packages."""
        self._slot = directory / "slot"
        self._attached = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._said: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._events: list[dict[str, Any]] = []
        self.bus: UsbBus | None = None
        """The reader's power line."""

    @property
    def console(self) -> str:
        """What the guest's console has shown so far."""
        return self._console.read_text(errors="replace") if self._console.exists() else "(none)"

    @property
    def pid(self) -> int:
        """The process of QEMU."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> Self:
        """Switch it on; return when QEMU runs."""
        self.bus = UsbBus(self._directory / "bus")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(self._directory / "agent"))
            listener.listen()
            with self._file_system() as file_system:
                self._process = subprocess.Popen(
                    self._command(file_system.fileno()),
                    stdin=subprocess.DEVNULL,
                    pass_fds=(file_system.fileno(),),
                )
            if not self._calls(listener):
                self.stop()
                raise GuestFailed("QEMU did not start; its own words are above.")
            self._line, _ = listener.accept()
        threading.Thread(target=self._listen, args=(self._line,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Switch it off."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._line is not None:
            self._line.close()
        if self.bus is not None:
            self.bus.close()
            self.bus = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def connect(self) -> socket.socket:
        """Open a way into the reader for a card."""
        return open_slot(self._slot)

    def attach_reader(self) -> SecondReader:
        """Plug a second reader of the same model in; return when the monitor has told of it."""
        self._attached += 1
        # QEMU does not give back the socket of a card reader that was taken out.
        slot, usb = f"slot-{self._attached}", f"reader-{self._attached}"
        path = self._directory / slot
        address = {"type": "unix", "data": {"path": str(path)}}
        backend = {"type": "socket", "data": {"addr": address, "server": True, "wait": False}}
        self._command_qemu("chardev-add", id=slot, backend=backend)
        self._command_qemu("device_add", driver="usb-ccid", id=usb)
        self._command_qemu("device_add", driver="ccid-card-passthru", bus=f"{usb}.0", chardev=slot)
        return SecondReader(str(self.wait_for("reader-attached")["reader"]), usb, path)

    def detach_reader(self, reader: SecondReader) -> None:
        """Pull the cable of the second reader; returns at once.

        No command may be under way in it: QEMU 7.2 dies of that.
        """
        self._command_qemu("device_del", id=reader.usb)

    def _command_qemu(self, command: str, **arguments: object) -> None:
        """Have QEMU's monitor (QMP) do something."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as monitor:
            monitor.settimeout(STARTS_WITHIN)
            monitor.connect(str(self._directory / "monitor"))
            lines = monitor.makefile("rwb")
            json.loads(lines.readline())  # its greeting
            for execute, with_ in (("qmp_capabilities", {}), (command, arguments)):
                request = {"execute": execute, "arguments": with_}
                lines.write(json.dumps(request).encode() + b"\n")
                lines.flush()
                said = json.loads(lines.readline())
                while "event" in said:
                    said = json.loads(lines.readline())
                if "error" in said:
                    raise GuestFailed(f"QEMU refuses {execute}: {said['error']}")

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        """Have the agent do something; return its answer. Events meanwhile are kept."""
        assert self._line is not None
        self._line.sendall(json.dumps({"do": do, **request}).encode() + b"\n")
        deadline = time.monotonic() + ANSWERS_WITHIN
        while "event" in (said := self._next(deadline, f"an answer to {do!r}")):
            self._events.append(said)
        return said

    def wait_for(self, event: str, within: float = SEES_WITHIN) -> dict[str, Any]:
        """Wait for the guest's reader monitor to tell of something; what came before is gone."""
        deadline = time.monotonic() + within
        while True:
            told = self._events.pop(0) if self._events else self._next(deadline, event)
            if told.get("event") == event:
                return told

    def _calls(self, listener: socket.socket) -> bool:
        """Wait until QEMU has opened its lines; return False when it ended or never did."""
        ended = os.pidfd_open(self.pid)
        try:
            said, _, _ = select.select([listener.fileno(), ended], [], [], STARTS_WITHIN)
        finally:
            os.close(ended)
        return listener.fileno() in said

    def _next(self, deadline: float, what: str) -> dict[str, Any]:
        try:
            said = self._said.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise GuestFailed(f"The guest did not say in time: {what}.") from None
        if said is None:
            raise GuestFailed(f"The guest ended before it said: {what}. {self._ended()}")
        return said

    def _ended(self) -> str:
        """Say how QEMU ended: by the guest's own wish it is 0, by a fault of its own a signal."""
        try:
            status = self._process.wait(5) if self._process is not None else None
        except subprocess.TimeoutExpired:
            return "QEMU still runs."
        return f"QEMU ended with {status}."

    def _listen(self, line: socket.socket) -> None:
        with line.makefile("rb") as lines:
            for said in lines:
                self._said.put(json.loads(said))
        self._said.put(None)

    def _command(self, file_system: int) -> list[str]:
        return [
            *("setpriv", "--pdeathsig", "KILL", "--", "qemu-system-x86_64"),
            *("-machine", "q35", "-accel", "tcg", "-cpu", "max", "-m", "768", "-nodefaults"),
            *("-no-user-config", "-no-reboot", "-display", "none"),
            *("-kernel", str(self._image.kernel), "-initrd", f"/dev/fd/{file_system}"),
            *("-append", "console=ttyS0 quiet panic=-1 rdinit=/init mitigations=off"),
            *("-chardev", f"socket,id=slot,path={self._slot},server=on,wait=off"),
            *("-chardev", f"socket,id=agent,path={self._directory}/agent"),
            *("-qmp", f"unix:{self._directory}/monitor,server=on,wait=off"),
            *("-device", "qemu-xhci"),
            *("-device", f"usb-ccid,pcap={self._directory}/bus"),
            *("-device", "ccid-card-passthru,chardev=slot"),
            *("-serial", f"file:{self._console}", "-serial", "chardev:agent"),
        ]

    def _file_system(self) -> BinaryIO:
        """Put what is ours behind the Debian packages: the first process, agent and reader.

        The whole is in memory only, so that a run that is killed leaves nothing large behind.
        """
        ours = self._directory / "ours"
        (ours / "oqs-sim").mkdir(parents=True)
        shutil.copy(INSIDE / "init", ours)
        shutil.copy(INSIDE / "agent.py", ours / "oqs-sim")
        shutil.copytree(
            ROOT / "reader", ours / "oqs-sim" / "reader", ignore=shutil.ignore_patterns("__*__")
        )
        archive(ours, self.addition)
        whole = os.fdopen(os.memfd_create("file-system"), "wb")
        for part in (self._image.file_system, self.addition):
            with part.open("rb") as content:
                shutil.copyfileobj(content, whole)
        whole.flush()
        return whole
