"""A visit to the reader (R-090): put the card in, identify, consent, take it out.

What a patient has reached stays reached: who takes the card out before the consent has been
identified, and gives no consent [interp]. Instructions of the staff come before all this.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

from eligibility.terminal.consent import Consent


class ReaderStep(IntEnum):
    """How far the patient has come."""

    WAITING = 0
    """カードを待っている."""
    CARD_IN = 1
    """①カード読み取り."""
    IDENTIFIED = 2
    """②本人確認: face or PIN."""
    CONSENT_ANSWERED = 3
    """③同意: agreed or declined."""
    COMPLETED = 4
    """④完了: 「確認が完了しました」."""


@dataclass(frozen=True, slots=True)
class ReaderVisit:
    """One visit; `consent` is None of who declined or was not asked."""

    step: ReaderStep = ReaderStep.WAITING
    consent: Consent | None = None

    def reach(self, step: ReaderStep) -> "ReaderVisit":
        """Go on to the next step; any other order is a `ValueError`."""
        if step != self.step + 1:
            raise ValueError(f"after {self.step.name} comes no {step.name}")
        return replace(self, step=step)

    def answer_consent(self, consent: Consent | None) -> "ReaderVisit":
        """Answer the question of consent, None to decline: the visit goes on (P-036)."""
        return replace(self.reach(ReaderStep.CONSENT_ANSWERED), consent=consent)

    @property
    def eligibility_confirmed(self) -> bool:
        """Whether the card may be taken out without losing the check of eligibility."""
        return self.step >= ReaderStep.IDENTIFIED
