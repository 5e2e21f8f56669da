"""Use of a card (カードの利用): whether a My Number card can identify its holder on a day.

Section 6 of the rule catalogue, step 1: certificate and body (P-003, P-006), suspension (P-013),
moving (R-112 to R-114), leaving the country (R-119) and protection (P-031), the first obstacle
winning. Registration comes after that: `eligibility.registration.state_machine`.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from eligibility.card.certificates import CertificateState, RevocationStatus, health_card_state
from eligibility.card.moving import Move, MovingState, moving_state, usable_abroad
from eligibility.card.protection import Protection


class Obstacle(StrEnum):
    """Why the card cannot be used."""

    REVOKED = "revoked"
    """失効."""
    SUSPENDED = "suspended"
    """一時停止."""
    LAPSED = "lapsed"
    """有効期限から3か月後の月末を過ぎた."""
    MOVED_OUT = "moved_out"
    """転出予定日を過ぎて転入届がない."""
    MOVE_LAPSED = "move_lapsed"
    """転入届か継続利用の期限を過ぎた."""
    LEFT_COUNTRY = "left_country"
    """国外転出."""
    PROTECTED = "protected"
    """自己情報提供不可."""


@dataclass(frozen=True, slots=True)
class Card:
    """What decides about one physical card; the last days are its own."""

    certificate_expires_on: date
    card_expires_on: date
    revocation: RevocationStatus = RevocationStatus.IN_FORCE
    move: Move | None = None
    leaving_country_on: date | None = None
    filed_abroad_on: date | None = None


@dataclass(frozen=True, slots=True)
class CardUse:
    """What a card is good for on a day; `obstacle` is None where it can be used."""

    state: CertificateState
    obstacle: Obstacle | None = None

    @property
    def can_check_eligibility(self) -> bool:
        """Whether eligibility can be checked with it."""
        return self.obstacle is None

    @property
    def medical_information(self) -> bool:
        """Whether medical information can be provided with it (P-002)."""
        return self.obstacle is None and self.state.medical_information


def card_use(
    on: date,
    card: Card,
    protection: Protection = Protection.NONE,
    *,
    suspension_blocks: bool = True,
    rests_between: bool = True,
) -> CardUse:
    """Return what the card is good for on the day (P-003, P-013, R-112, R-113, R-119, P-031).

    The parameters are those of `health_card_state` and of `moving_state`.
    """
    state = health_card_state(
        on,
        card.certificate_expires_on,
        card.card_expires_on,
        card.revocation,
        suspension_blocks=suspension_blocks,
    )
    obstacle = (
        _stopped(card, state, suspension_blocks=suspension_blocks)
        or _moved(on, card, rests_between=rests_between)
        or (None if protection.card_works else Obstacle.PROTECTED)
    )
    return CardUse(state, obstacle)


def _stopped(card: Card, state: CertificateState, *, suspension_blocks: bool) -> Obstacle | None:
    if state.can_check_eligibility:
        return None
    if card.revocation is RevocationStatus.REVOKED:
        return Obstacle.REVOKED
    if card.revocation is RevocationStatus.SUSPENDED and suspension_blocks:
        return Obstacle.SUSPENDED
    return Obstacle.LAPSED


def _moved(on: date, card: Card, *, rests_between: bool) -> Obstacle | None:
    if card.move is not None:
        match moving_state(on, card.move, rests_between=rests_between):
            case MovingState.MOVED_OUT:
                return Obstacle.MOVED_OUT
            case MovingState.LAPSED:
                return Obstacle.MOVE_LAPSED
            case MovingState.USABLE:
                pass
    if card.leaving_country_on is not None and not usable_abroad(
        on, card.leaving_country_on, card.filed_abroad_on
    ):
        return Obstacle.LEFT_COUNTRY
    return None
