"""A reader with a PIN pad at the lowest seam: its driver, and the holder who types."""

from collections.abc import Sequence

import pytest
from smartcard import scard

from reader.pcsc import pcsc_connection

GET_FEATURES = scard.SCARD_CTL_CODE(3400)
VERIFY_CODE, MODIFY_CODE = 0x42330006, 0x42330007


class Pad:
    """The driver of a reader with a pad, and the holder who types at it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.typed: list[bytes | int] = []
        """What happens at the pad, one after the other: digits, or the reader's own word."""
        self.structures: list[tuple[int, bytes]] = []
        monkeypatch.setattr(pcsc_connection.scard, "SCardControl", self.control)

    def control(self, card: int, code: int, sent: Sequence[int]) -> tuple[int, list[int]]:
        if code == GET_FEATURES:
            features = f"0604{VERIFY_CODE:08X}0704{MODIFY_CODE:08X}"
            return scard.SCARD_S_SUCCESS, list(bytes.fromhex(features))
        structure = bytes(sent)
        self.structures.append((code, structure))
        typed = self.typed.pop(0)
        if isinstance(typed, int):
            return scard.SCARD_S_SUCCESS, list(typed.to_bytes(2, "big"))
        at = {VERIFY_CODE: 19, MODIFY_CODE: 24}[code]
        command = structure[at : at + 5] + typed
        result, answer = scard.SCardTransmit(card, scard.SCARD_PCI_T1, list(command))
        return result, answer
