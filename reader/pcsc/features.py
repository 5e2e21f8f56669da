"""What a reader can do beyond passing commands on (PC/SC part 10, v2.02.09, section 2)."""

from collections.abc import Callable
from dataclasses import dataclass

_VERIFY_PIN_DIRECT = 0x06
_MODIFY_PIN_DIRECT = 0x07
_TLV_PROPERTIES = 0x12
_LONGEST_DATA = 0x0A
"""dwMaxAPDUDataSize, a property: above 256, the reader carries extended length."""


@dataclass(frozen=True)
class ReaderFeatures:
    """The features that a reader's driver offers; control codes differ from system to system."""

    longest_data: int = 0
    """Data bytes that one command or answer may carry; 0 where the driver does not say."""
    verify_pin: int | None = None
    """Control code of FEATURE_VERIFY_PIN_DIRECT; None without a PIN pad."""
    modify_pin: int | None = None
    """Control code of FEATURE_MODIFY_PIN_DIRECT."""

    @property
    def has_pin_pad(self) -> bool:
        """Whether a PIN can be typed at the reader itself."""
        return self.verify_pin is not None


def read_features(control: Callable[[int, bytes], bytes], request: int) -> ReaderFeatures:
    """Ask a driver for its features; `request` is CM_IOCTL_GET_FEATURE_REQUEST of the system.

    `control` sends a control code and returns the answer, empty where there is none. A driver
    that answers with something else has no features.
    """
    codes = {
        tag: int.from_bytes(value, "big")
        for tag, value in _short_tlv(control(request, b"")).items()
    }
    properties: dict[int, bytes] = {}
    if _TLV_PROPERTIES in codes:
        properties = _short_tlv(control(codes[_TLV_PROPERTIES], b""))
    return ReaderFeatures(
        # The properties are the one little-endian part of all this.
        longest_data=int.from_bytes(properties.get(_LONGEST_DATA, b""), "little"),
        verify_pin=codes.get(_VERIFY_PIN_DIRECT),
        modify_pin=codes.get(_MODIFY_PIN_DIRECT),
    )


def _short_tlv(coded: bytes) -> dict[int, bytes]:
    values = {}
    while len(coded) >= 2:
        tag, length = coded[0], coded[1]
        values[tag] = coded[2 : 2 + length]
        coded = coded[2 + length :]
    return values
