"""What is refused of a visit that was withdrawn, or that nobody came for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clinic_client.visits.visit import CheckChannel
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from clinic_client.visits.visit import Visit


def is_withdrawable(visit: Visit) -> bool:
    """Tell whether a visit can be withdrawn: what was checked by itself goes with its visit."""
    return visit.channel is not CheckChannel.CATCH_UP


def require_withdrawable(visit: Visit) -> None:
    """Refuse to withdraw, or to bring back, what nobody came for.

    Raises:
        Problem: NOBODY_CAME.
    """
    if not is_withdrawable(visit):
        raise Problem(Catalogue.NOBODY_CAME)


def require_standing(visit: Visit) -> None:
    """Refuse to go on with a visit that was withdrawn.

    Raises:
        Problem: VISIT_WITHDRAWN.
    """
    if visit.withdrawal is not None:
        raise Problem(Catalogue.VISIT_WITHDRAWN)
