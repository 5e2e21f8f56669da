"""Identity at the reader (本人確認): by face, by PIN, by eye, and what locks which.

Rules R-091, P-017 to P-020 and P-022. A PIN itself is never part of a value here.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from eligibility.card.makes import CardMake
from eligibility.card.smartphones import Phone

PIN_DIGITS = 4

PIN_TRIES = 3
"""Wrong entries in a row that lock the PIN; the card counts them, however long ago (P-017)."""

FACE_TRIES = 10
"""Failures in a row that lock the comparison of faces (P-018)."""

PASSCODE_FROM = date(2025, 4, 1)
"""Visual mode is opened on the reader by the clinic's passcode from 2025-04 (P-019)."""


class Method(StrEnum):
    """Ways to identify the holder: by face or by a PIN of four digits, or by eye (R-091, P-019)."""

    FACE = "face"
    """顔認証."""
    PIN = "pin"
    """暗証番号."""
    VISUAL = "visual"
    """目視確認: staff compare the card's photograph with the person."""
    DEVICE = "device"
    """The phone asks its owner itself (P-014)."""


class Operation(StrEnum):
    """Types of operation (運用), which differ in how they identify and what they show (P-022)."""

    REGULAR = "regular"
    """通常: with a face reader at the desk."""
    HOME_CONSENT = "home_consent"
    """居宅同意取得型: on a mobile device; by eye only in its app."""
    ELIGIBILITY_ONLY = "eligibility_only"
    """資格確認限定型: on a mobile device, without medical information."""

    @property
    def medical_information(self) -> bool:
        """Whether medical information can be shown at all."""
        return self is not Operation.ELIGIBILITY_ONLY

    @property
    def methods(self) -> tuple[Method, ...]:
        """What it can identify by, in the order of offering: face, PIN, eye (P-020) [interp]."""
        if self is Operation.REGULAR:
            return (Method.FACE, Method.PIN, Method.VISUAL)
        return (Method.PIN, Method.VISUAL)


class UnlockPlace(StrEnum):
    """Where someone might have a locked PIN reset."""

    MUNICIPALITY = "municipality"
    """住民票のある市区町村."""
    KIOSK = "kiosk"
    """コンビニエンスストアの端末."""


class VisualKey(StrEnum):
    """What opens visual mode (P-019)."""

    ADMIN_ACCOUNT = "admin_account"
    """The administrator's account on the terminal."""
    PASSCODE = "passcode"
    """The clinic's own 4-digit passcode on the reader; it is not the patient's PIN."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Failures in a row, which outlast a visit; neither count affects the other (P-017, P-018)."""

    wrong_pins: int = 0
    failed_faces: int = 0

    def __post_init__(self) -> None:
        """Refuse counts that no card can have (`ValueError`)."""
        if not (0 <= self.wrong_pins <= PIN_TRIES and 0 <= self.failed_faces <= FACE_TRIES):
            raise ValueError(f"wrong tries go from 0 to {PIN_TRIES} by PIN, {FACE_TRIES} by face")

    @property
    def pin_locked(self) -> bool:
        """Whether only the municipality can help the PIN."""
        return self.wrong_pins == PIN_TRIES

    @property
    def face_locked(self) -> bool:
        """Whether faces are no longer compared."""
        return self.failed_faces == FACE_TRIES

    @property
    def pins_left(self) -> int:
        """Tries that remain before the PIN locks."""
        return PIN_TRIES - self.wrong_pins

    def locked(self, method: Method) -> bool:
        """Tell whether the method is locked; by eye nothing ever locks."""
        match method:
            case Method.PIN:
                return self.pin_locked
            case Method.FACE:
                return self.face_locked
            case _:
                return False

    def after(self, method: Method, *, succeeded: bool) -> "Attempts":
        """Return the counts after a try (P-017, P-018).

        A success resets the count of its own method, one by eye none. A try by what is locked is a
        `ValueError`: nothing may take it.
        """
        if self.locked(method):
            raise ValueError(f"{method} is locked and takes no further try")
        match method:
            case Method.PIN:
                return replace(self, wrong_pins=0 if succeeded else self.wrong_pins + 1)
            case Method.FACE:
                return replace(self, failed_faces=0 if succeeded else self.failed_faces + 1)
            case _:
                return self

    def pin_reset(self) -> "Attempts":
        """Return the counts after the municipality has reset the PIN (P-017)."""
        return replace(self, wrong_pins=0)


def pin_well_formed(entered: str) -> bool:
    """Tell whether what was typed has the shape of a PIN: four digits (R-091).

    Anything else is refused before it reaches the card and costs no try.
    """
    return len(entered) == PIN_DIGITS and entered.isascii() and entered.isdigit()


def pin_resets_at(place: UnlockPlace, *, kiosk_resets: bool = False) -> bool:
    """Tell whether the 4-digit PIN is reset there (P-017); that of kiosks is unverified."""
    return place is UnlockPlace.MUNICIPALITY or kiosk_resets


def visual_key(on: date) -> VisualKey:
    """Return what opens visual mode on the day (P-019)."""
    return VisualKey.PASSCODE if on >= PASSCODE_FROM else VisualKey.ADMIN_ACCOUNT


def methods_offered(
    make: CardMake,
    attempts: Attempts = Attempts(),
    operation: Operation = Operation.REGULAR,
    *,
    in_app: bool = True,
) -> tuple[Method, ...]:
    """Return by what the holder of a physical card can be identified, best first.

    P-017, P-018, P-019, P-020 and P-022. A card without a photograph leaves the PIN only (P-010),
    one without a PIN face and eye (P-011). `in_app` says whether 居宅同意取得型 runs in its app and
    not in a browser. Where nothing is left, the ways of section 6 of the catalogue are.
    """
    return tuple(
        method
        for method in operation.methods
        if _possible(method, make) and not attempts.locked(method)
        if not (method is Method.VISUAL and operation is Operation.HOME_CONSENT and not in_app)
    )


def phone_method(phone: Phone) -> Method:
    """Return by what a phone's owner is identified (P-014): the phone itself, or its PIN."""
    return Method.PIN if phone.asks_for_pin else Method.DEVICE


def _possible(method: Method, make: CardMake) -> bool:
    return make.has_pin if method is Method.PIN else make.has_photo
