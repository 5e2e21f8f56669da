"""How members' cards stood when OQS was asked last, while a clock that was advanced is followed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eligibility.card.certificates import alert_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from intermediate_server.procedures.person import CardStanding

MOST_KEPT = 200_000
"""Of how many persons it is kept; of others OQS is asked each time."""


@dataclass
class KnownCards:
    """Answers of OQS, of which those of a day serve all runs of that day.

    A certificate whose end is far off concerns no run that looks at ends, and nothing that runs do
    brings its end nearer: of those OQS is not asked again while the same advance is followed.
    """

    _cards: dict[str, CardStanding] = field(default_factory=dict)
    _asked_on: dict[str, date] = field(default_factory=dict)
    """For which day OQS was asked."""

    def unknown(self, references: Iterable[str], on: date, *, ends_only: bool) -> list[str]:
        """Return of whom OQS has to be asked on a day; ``ends_only`` where far ends do not matter.

        Whoever has no certificate has none that ends.
        """
        return [
            one
            for one in references
            if one not in self._cards
            or (self._asked_on[one] != on and not (ends_only and self._is_far(one, on)))
        ]

    def with_answers(
        self, references: Sequence[str], answers: Mapping[str, CardStanding], on: date
    ) -> dict[str, CardStanding]:
        """Return how the cards of persons stand, of some as OQS has just answered; keep that."""
        found = {one: answers[one] if one in answers else self._cards[one] for one in references}
        if len(self._cards) + len(answers) <= MOST_KEPT:
            self._cards |= answers
            self._asked_on |= dict.fromkeys(answers, on)
        return found

    def _is_far(self, reference: str, on: date) -> bool:
        expires_on = self._cards[reference].certificate_expires_on
        return expires_on is None or on < alert_start(expires_on)
