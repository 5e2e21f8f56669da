"""Programs that use the card beside the desk, and know nothing of it."""

import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from smartcard import scard

SELECT_JPKI = bytes.fromhex("00A4040C0AD392F000260100000001")
READ_CERTIFICATE = bytes.fromhex("00B08A0000")
ANY_PROTOCOL = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
_WAS_RESET = {0x80100067, 0x80100068}
_SHARING_VIOLATION = 0x8010000B
_TURNS = 5
_DISPOSITIONS = (scard.SCARD_UNPOWER_CARD, scard.SCARD_RESET_CARD, scard.SCARD_LEAVE_CARD)
"""How a program may leave a card; it need not say so to anybody."""
_PROGRAM_ENDS_WITHIN = 60
WITHOUT_POWER = "without power"
"""What pcscd 1.9.9 refuses everybody with, until somebody gives the card its power back: the greedy
program left it without, and before anybody connected, the sharing one reconnected and left it so,
which pcscd takes for a card in use."""
_NO_POWER = "Unresponsive card"
"""OpenSC's words for SCARD_W_UNPOWERED_CARD."""

AGAIN = "right another time"
"""What a program finds that the greedy one struck: pcscd resets the card for a program that
disconnects even beneath a transaction that has only just begun, or beneath a connecting. OpenSC's
module for PKCS #11 then fails in words of its own (CKR_DEVICE_ERROR, CKR_BUFFER_TOO_SMALL), seldom
twice in a row; so it does where nobody of ours is there."""
_TIMES_AGAIN = 3


class ForeignProgram(threading.Thread):
    """One program, which does the same again and again, and counts what came of it.

    What fails is done again, some times.
    """

    def __init__(self, name: str, once: Callable[[int], str], pause: float = 0.0) -> None:
        super().__init__(name=name, daemon=True)
        self.outcomes: Counter[str] = Counter()
        self.struck: Counter[str] = Counter()
        """What came of it where it was done again."""
        self._once, self._pause = once, pause
        self._end = threading.Event()

    def run(self) -> None:
        turn = 0
        while not self._end.wait(self._pause):
            came = self._came_of(turn)
            for _ in range(_TIMES_AGAIN):
                if not came.startswith(("failed", "wrong")):
                    break
                self.struck[came] += 1
                came = self._came_of(turn)
                came = AGAIN if came == "right" else came
            self.outcomes[came] += 1
            turn += 1

    def _came_of(self, turn: int) -> str:
        try:
            return self._once(turn)
        except Exception as error:  # noqa: BLE001 - the test shows it
            return f"failed: {error!r}"

    def end(self) -> Counter[str]:
        """Let it finish what it does; return what it counted."""
        self._end.set()
        self.join(_PROGRAM_ENDS_WITHIN)
        return self.outcomes


def opensc(command: tuple[str | Path, ...], expected: str, environment: dict[str, str]) -> str:
    """Run a program of OpenSC; say whether it found what is on the card.

    It knows no way to a card without power, as a client of ours does.
    """
    done = subprocess.run(
        command,
        env={"PATH": "/usr/bin:/bin", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_PROGRAM_ENDS_WITHIN,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip()
        return WITHOUT_POWER if _NO_POWER in said else f"failed: {said[-200:]}"
    return "right" if expected in done.stdout else f"wrong: {done.stdout[:200]}"


class SharingProgram:
    """Holds the card shared for good, and reconnects with LEAVE and RESET in turn."""

    def __init__(self, reader: str, certificate: bytes) -> None:
        self._reader = reader
        self._expected = [*certificate[:256], 0x90, 0x00]
        self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)[1]
        self._card = 0

    def use(self, turn: int) -> str:
        """Reconnect, and read the certificate alone."""
        if not self._card:
            result, card, _ = scard.SCardConnect(
                self._context, self._reader, scard.SCARD_SHARE_SHARED, ANY_PROTOCOL
            )
            if result & 0xFFFFFFFF == _SHARING_VIOLATION:
                return "in use"
            _demand(result)
            self._card = card
        self._reconnect(scard.SCARD_RESET_CARD if turn % 2 else scard.SCARD_LEAVE_CARD)
        result = scard.SCardBeginTransaction(self._card)
        for _ in range(_TURNS):
            if result & 0xFFFFFFFF not in _WAS_RESET:
                break
            self._reconnect(scard.SCARD_LEAVE_CARD)
            result = scard.SCardBeginTransaction(self._card)
        if result & 0xFFFFFFFF in _WAS_RESET:
            return "reset too often"
        _demand(result)
        try:
            return self._read()
        finally:
            scard.SCardEndTransaction(self._card, scard.SCARD_LEAVE_CARD)

    def close(self) -> None:
        """Let go of the card."""
        scard.SCardDisconnect(self._card, scard.SCARD_LEAVE_CARD)
        scard.SCardReleaseContext(self._context)

    def _read(self) -> str:
        for command in (SELECT_JPKI, READ_CERTIFICATE):
            result, answer = scard.SCardTransmit(self._card, scard.SCARD_PCI_T1, list(command))
            _demand(result)
        return "right" if answer == self._expected else f"wrong: {bytes(answer[-2:]).hex()}"

    def _reconnect(self, initialization: int) -> None:
        result, _ = scard.SCardReconnect(
            self._card, scard.SCARD_SHARE_SHARED, ANY_PROTOCOL, initialization
        )
        _demand(result)


class GreedyProgram:
    """Now and then keeps the card to itself: in a transaction, or by an exclusive connection.

    It leaves the card without power, reset, or as it is.
    """

    def __init__(self, reader: str, held: float) -> None:
        self._reader, self._held = reader, held
        self._never = threading.Event()

    def use(self, turn: int) -> str:
        """Take the card, hold it, and let it go."""
        exclusive = turn % 3 == 2
        share = scard.SCARD_SHARE_EXCLUSIVE if exclusive else scard.SCARD_SHARE_SHARED
        context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)[1]
        try:
            result, card, _ = scard.SCardConnect(context, self._reader, share, ANY_PROTOCOL)
            if result & 0xFFFFFFFF == _SHARING_VIOLATION:
                return "in use"
            _demand(result)
            if scard.SCardBeginTransaction(card) == scard.SCARD_S_SUCCESS:
                self._never.wait(self._held)
                scard.SCardEndTransaction(card, scard.SCARD_LEAVE_CARD)
            scard.SCardDisconnect(card, _DISPOSITIONS[turn % len(_DISPOSITIONS)])
            return "held alone" if exclusive else "held"
        finally:
            scard.SCardReleaseContext(context)


def _demand(result: int) -> None:
    if result != scard.SCARD_S_SUCCESS:
        raise AssertionError(f"0x{result & 0xFFFFFFFF:08X} {scard.SCardGetErrorMessage(result)}")
