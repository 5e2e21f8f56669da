"""Runs in the guest: does what the host asks, with the project's own reader client.

Host and guest speak over a serial port, one JSON object a line. The host sends requests, one
after the other; the guest answers each, and tells of events in between. A PIN comes over this
line, becomes a `Pin`, and is written nowhere.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import tty
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from smartcard import scard

from reader import connection as connections
from reader.card_pins import tries_of
from reader.description.layout import AUTHENTICATION_PIN
from reader.errors import ReaderError
from reader.own_card import prove_own_card, recognise
from reader.pcsc.identity import read_identity
from reader.pcsc.monitor import ReaderEvent, ReaderMonitor
from reader.pcsc.pcsc_connection import PcscConnection, list_readers
from reader.pin import Pin
from reader.session import look, prove_identity

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


USB_DEVICES = Path("/sys/bus/usb/devices")
MODEL = ("08e6", "4433")
"""Vendor and product as which QEMU's reader introduces itself."""


def unplug_last_reader() -> None:
    """Have the kernel take the reader that came last for unplugged, as when its cable is pulled."""
    there = [
        device
        for device in USB_DEVICES.iterdir()
        if (device / "idVendor").exists()
        and ((device / "idVendor").read_text().strip(), (device / "idProduct").read_text().strip())
        == MODEL
    ]
    last = max(there, key=lambda device: int((device / "devnum").read_text()))
    (last / "remove").write_text("1")


class TimedConnection:
    """Wraps the connection; keeps what each exchange took."""

    def __init__(self, inner: PcscConnection, unplugged_at: int | None = None) -> None:
        self._inner = inner
        self._unplugged_at = unplugged_at
        self.exchanges: list[dict[str, Any]] = []

    def send(self, apdu: bytes, /) -> tuple[bytes, int]:
        # VERIFY without a PIN only asks for its tries.
        if apdu[1] == self._unplugged_at and len(apdu) > 5:
            unplug_last_reader()
        begun = time.perf_counter()
        data, status = self._inner.send(apdu)
        took = time.perf_counter() - begun
        self.exchanges.append({"instruction": apdu[1], "answer": len(data), "ms": took * 1000})
        return data, status

    def transaction(self, *, reset: bool) -> AbstractContextManager[None]:
        return self._inner.transaction(reset=reset)

    @property
    def longest_answer(self) -> int:
        return connections.longest_answer(self._inner)

    def close(self) -> None:
        self._inner.close()


class Agent:
    """Answers the host."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self._requests = requests
        self._answers = answers
        self._writing = threading.Lock()

    def serve(self) -> None:
        """Answer until the host says no more."""
        with ReaderMonitor(self._tell):
            for line in self._requests:
                self._write(self._answer(json.loads(line)))

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        begun = time.perf_counter()
        try:
            answer = getattr(self, f"do_{request.pop('do')}")(**request)
        except ReaderError as error:
            answer = {
                "error": type(error).__name__,
                "kinds": [kind.__name__ for kind in type(error).__mro__],
                "japanese": error.ja,
                "english": error.en,
                "next_step": error.next_step,
                "status_word": error.status_word,
                "attempts_remaining": error.attempts_remaining,
            }
        except Exception as error:  # noqa: BLE001 - shown out there; no error carries a PIN
            answer = {"error": type(error).__name__, "english": str(error)}
        return {**answer, "ms": (time.perf_counter() - begun) * 1000}

    def do_look(self, reader: str | None = None) -> dict[str, Any]:
        """Look at the card as the desk does."""
        with PcscConnection(reader) as connection:
            glance = look(connection)
        return {"kind": glance.kind.name, "tries": glance.tries}

    def do_recognise(self) -> dict[str, Any]:
        """Say whether it is a My Number Card, and what its certificate is."""
        with PcscConnection() as connection:
            own = recognise(connection)
        if own is None:
            return {"certificate": None}
        return {"certificate": own.certificate.der.hex(), "tries": own.tries}

    def do_tries(self) -> dict[str, Any]:
        """Say how many tries the authentication PIN has."""
        with PcscConnection() as connection:
            return {"tries": tries_of(connection, AUTHENTICATION_PIN)}

    def do_prove_own(self, pin: str, certificate: str) -> dict[str, Any]:
        """Have somebody's own card, which has this certificate, compare its PIN and sign."""
        with PcscConnection() as connection:
            prove_own_card(
                connection,
                Pin.authentication(pin),
                lambda shown: shown.der.hex() == certificate,
            )
        return {}

    def do_identify(self, reader: str | None = None) -> dict[str, Any]:
        """Say by what the card is known again."""
        if reader is None:
            (reader,) = list_readers()
        identity = read_identity(reader)
        return {
            "reader": reader,
            "kind": identity.kind,
            "value": identity.value.hex(),
            "changes": identity.changes,
        }

    def do_prove(
        self,
        pin: str,
        challenge: str,
        *,
        reader: str | None = None,
        confirmed_last_try: bool = False,
        unplugged_at: int | None = None,
    ) -> dict[str, Any]:
        """Have the holder prove who they are; the reader is unplugged before an instruction."""
        with PcscConnection(reader) as inner:
            connection = TimedConnection(inner, unplugged_at)
            proof = prove_identity(
                connection,
                Pin.authentication(pin),
                bytes.fromhex(challenge),
                confirmed_last_try=confirmed_last_try,
            )
        return {
            "reader": inner.reader,
            "certificate": proof.certificate.der.hex(),
            "signature": proof.signature.hex(),
            "exchanges": connection.exchanges,
        }

    def do_send(self, apdus: list[str]) -> dict[str, Any]:
        """Send plain commands, in one connection; the answers as they came from PC/SC."""
        with PcscConnection() as connection:
            answers = [connection.send(bytes.fromhex(apdu)) for apdu in apdus]
        return {"answers": [[data.hex(), status] for data, status in answers]}

    def do_send_around_reset(self, before: list[str], after: list[str]) -> dict[str, Any]:
        """Send plain commands, some before and some after a reset under power."""
        with PcscConnection() as connection:
            answers = [connection.send(bytes.fromhex(apdu)) for apdu in before]
            scard.SCardReconnect(
                connection._card,
                scard.SCARD_SHARE_SHARED,
                scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
                scard.SCARD_RESET_CARD,
            )
            answers += [connection.send(bytes.fromhex(apdu)) for apdu in after]
        return {"answers": [[data.hex(), status] for data, status in answers]}

    def do_run(self, command: list[str]) -> dict[str, Any]:
        """Run a program of the guest."""
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return {"status": done.returncode, "said": done.stdout + done.stderr}

    def _tell(self, event: ReaderEvent) -> None:
        self._write({"event": event.kind, "reader": event.reader})

    def _write(self, what: dict[str, Any]) -> None:
        with self._writing:
            self._answers.write(json.dumps(what).encode() + b"\n")
            self._answers.flush()


def main() -> None:
    """Serve on the serial port that the command line names."""
    port = Path(sys.argv[1])
    with port.open("rb") as requests, port.open("wb") as answers:
        tty.setraw(requests)
        Agent(requests, answers).serve()


main()
