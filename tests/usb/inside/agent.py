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
from reader.errors import ReaderError
from reader.pcsc.identity import read_identity
from reader.pcsc.monitor import ReaderEvent, ReaderMonitor
from reader.pcsc.pcsc_connection import PcscConnection, list_readers
from reader.pin import Pin
from reader.session import look, prove_identity

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class TimedConnection:
    """Wraps the connection; keeps what each exchange took."""

    def __init__(self, inner: PcscConnection) -> None:
        self._inner = inner
        self.exchanges: list[dict[str, Any]] = []

    def send(self, apdu: bytes, /) -> tuple[bytes, int]:
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

    def do_look(self) -> dict[str, Any]:
        """Look at the card as the desk does."""
        with PcscConnection() as connection:
            glance = look(connection)
        return {"kind": glance.kind.name, "tries": glance.tries}

    def do_identify(self) -> dict[str, Any]:
        """Say by what the card is known again."""
        (reader,) = list_readers()
        identity = read_identity(reader)
        return {
            "reader": reader,
            "kind": identity.kind,
            "value": identity.value.hex(),
            "changes": identity.changes,
        }

    def do_prove(
        self, pin: str, challenge: str, *, confirmed_last_try: bool = False
    ) -> dict[str, Any]:
        """Have the holder prove who they are."""
        with PcscConnection() as inner:
            connection = TimedConnection(inner)
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
