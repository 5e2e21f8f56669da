"""再確認待ち: who has to be checked again, and from which day that is worth the trouble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from clinic_client.visits.visit import Visit


@dataclass(frozen=True, slots=True)
class CatchUpEntry:
    """A visit whose eligibility is still to be checked."""

    visit: Visit
    """The person's newest visit without a valid answer."""
    since: date
    """The day of the first such visit."""
    check_from: date | None
    """The day from which a check is worth the trouble; None where it depends on the patient.
    It is the day of visibility where the simulation's view tells that, as no real clinic knows."""

    def due(self, on: date) -> bool:
        """Tell whether a check on ``on`` is worth the trouble."""
        return self.check_from is not None and self.check_from <= on
