"""What a check says of a card that is suspended, by why it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wire.catalogue import Catalogue, Problem
from wire.vocabulary.municipality import StopCause

if TYPE_CHECKING:
    from datetime import datetime

    from oqs_sim.store.municipality.rests import Rest


def stopped(why: Rest | None, now: datetime) -> Problem:
    """Return the refusal of a suspended card (P-013), of one that rests, or has lapsed by a move.

    Rules R-112, R-113, R-114 and R-119. Without a reason of the counter it is a 一時停止.
    """
    if why is not None and why.cause == StopCause.LEFT_COUNTRY:
        return Problem(Catalogue.CARD_LEFT_COUNTRY)
    if why is not None and why.cause != StopCause.LOST:
        if why.lapses_at is not None and why.lapses_at <= now:
            return Problem(Catalogue.CARD_LAPSED_BY_MOVE)
        if why.cause == StopCause.MOVED_OUT:
            return Problem(Catalogue.CARD_MOVED_OUT)
    return Problem(Catalogue.CERTIFICATE_REVOKED, "It is suspended (一時停止).")
