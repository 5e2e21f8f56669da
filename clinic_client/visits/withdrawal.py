"""取消: a visit that was made by mistake is withdrawn, and this can be undone.

The visit stays on record, marked, with who withdrew it, when and why. It counts nowhere any more:
nothing is claimed for it, nobody waits because of it, and no later visit is compared with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

NOTE_LONGEST = 100
STAFF_LONGEST = 40


class WithdrawalReason(StrEnum):
    """Why a visit is withdrawn."""

    WRONG_PATIENT = "wrong_patient"
    """It was made with somebody else's card or number."""
    DUPLICATE = "duplicate"
    """The same visit is there twice."""
    LEFT = "left"
    """The patient went home without being treated."""
    TRIAL = "trial"
    """Somebody tried or practised the desk."""
    OTHER = "other"
    """Something else, which the note tells."""


@dataclass(frozen=True, slots=True)
class Withdrawing:
    """What the receptionist says when a visit is withdrawn."""

    reason: WithdrawalReason
    note: str
    """More of it, in their words; it may be empty, but for `OTHER`."""
    staff: str
    """Who withdraws it (担当)."""


@dataclass(frozen=True, slots=True)
class Withdrawal(Withdrawing):
    """A withdrawal as it is on record."""

    at: datetime
    """The business instant."""
