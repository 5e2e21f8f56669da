"""Which papers go out together, and in which order (PP-09)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.documents import Delivery

if TYPE_CHECKING:
    from datetime import date

    from eligibility.documents import DocumentKind

POSTING_ORDER = (
    Delivery.RECORDED_MAIL,
    Delivery.REGISTERED_MAIL,
    Delivery.ORDINARY_MAIL,
    Delivery.VIA_EMPLOYER,
    Delivery.COUNTER,
)
"""By which way first; within a way by postal code and address."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which papers go out together: an insurer's, decided on between two days."""

    insurer_number: str
    first: date
    last: date
    kinds: frozenset[DocumentKind]
    deliveries: frozenset[Delivery]
    unsent: bool = True
    """Whether those that have been sent or handed over are left out."""
