"""Checking again (再確認): when it is worth the trouble, and how the desk is told.

Rules P-007, P-012, P-013, P-025, P-030, P-087 and P-091.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from eligibility.card.certificates import (
    RENEWAL_REFLECTED_HOURS,
    CertificateState,
    certificate_state,
    grace_end,
)
from eligibility.card.lost_card import EXPRESS_SOONEST_DAYS
from eligibility.card.use import Obstacle
from eligibility.days.dates import japanese_date
from eligibility.days.office_calendar import add_business_days
from eligibility.reception.case import ReceptionCase
from eligibility.reception.contacts import OUTAGE_CALL_CENTRE
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.situation import Situation
from eligibility.sentence import Sentence


@dataclass(frozen=True, slots=True)
class CheckAgain:
    """When to ask once more; `on` is None where it depends on the patient."""

    on: date | None
    text: Sentence


OPEN_DAYS_BETWEEN = (1, 1, 2, 3, 5, 8, 13, 20)
"""開庁日 between two checks that find nothing new, the last for good [ours]: what is late is rarely
there the next day, and nobody should ask for a year every day."""


def next_check(on: date, attempts: int) -> date:
    """Return the day of the next check after one on a day, and ``attempts`` before it, in vain."""
    days = OPEN_DAYS_BETWEEN[min(attempts, len(OPEN_DAYS_BETWEEN) - 1)]
    return add_business_days(on, days)


_ONCE_IT_WORKS = Sentence(
    "直りしだい、きょうのうちに記号・番号で確認しなおします。",
    "Once it works again, check by symbol and number, still today.",
)
_ONCE_THE_LINE_WORKS = Sentence(
    "つながりしだい、番号の分かる人は自動で、ほかの人は記号・番号を聞いて確認しなおします。"
    "長引くときは、コールセンター"
    f"（{OUTAGE_CALL_CENTRE.telephone}）に緊急時の確認機能を使えるか尋ねます。",
    "Once it works again, those whose number is known are checked by themselves; check the others "
    "by symbol and number. If it takes long, ask the call "
    f"centre ({OUTAGE_CALL_CENTRE.telephone}) whether the emergency function is open.",
)
_AFTER_THE_DISASTER = Sentence(
    "復旧したら、緊急時の確認機能か記号・番号で確認します。",
    "Once all works again, check by the emergency function, or by symbol and number.",
)
_ONCE_USABLE = Sentence(
    "市区町村の窓口で手続きが済むと使えるようになります。次の来院のときに確認します。",
    "It works again after a procedure at the municipality; check at the next visit.",
)
_ONCE_THERE_IS_A_NEW_CARD = Sentence(
    "新しいカードを受け取ると使えます。次の来院のときに確認します。",
    "A new card is needed; check at the next visit.",
)
_USABLE_AGAIN: Mapping[Obstacle | None, Sentence] = {
    Obstacle.LAPSED: Sentence(
        f"更新から約{RENEWAL_REFLECTED_HOURS}時間で使えるようになります。"
        "次の来院のときに確認します。",
        f"A renewed certificate works after about {RENEWAL_REFLECTED_HOURS} hours; "
        "check at the next visit.",
    ),
    Obstacle.SUSPENDED: Sentence(
        "一時停止が解除されるか、再発行された新しいカードを受け取ると使えます。再発行は急ぐ場合"
        f"（特急発行）で最短{EXPRESS_SOONEST_DAYS}日ほどです。次の来院のときに確認します。",
        "It works again once the suspension is lifted, or a new card is fetched: by express in as "
        f"little as {EXPRESS_SOONEST_DAYS} days. Check at the next visit.",
    ),
    Obstacle.REVOKED: Sentence(
        "新しいカードか、新しい電子証明書で使えます。次の来院のときに確認します。",
        "A new card or a new certificate is needed; check at the next visit.",
    ),
    Obstacle.MOVED_OUT: Sentence(
        "転入届が出ると使えるようになります。次の来院のときに確認します。",
        "It works again once moving in is filed; check at the next visit.",
    ),
    Obstacle.MOVE_LAPSED: _ONCE_THERE_IS_A_NEW_CARD,
    Obstacle.LEFT_COUNTRY: _ONCE_THERE_IS_A_NEW_CARD,
}
"""When a certificate can be used again (P-007, P-012, P-013, R-112 to R-119), by what OQS tells."""


def renewal(case: ReceptionCase) -> Sentence | None:
    """Ask for a renewal where the certificate ends soon or has ended (P-002, P-003)."""
    expiry = case.certificate_expires_on
    if expiry is None:
        return None
    match certificate_state(case.on, expiry):
        case CertificateState.VALID_ALERT:
            return Sentence(
                f"確認できました。カードの電子証明書の期限は{japanese_date(expiry)}です。"
                "お住まいの市区町村の窓口で更新してください。",
                f"All is well. Your card's certificate expires on {expiry.isoformat()}; "
                "please renew it at your municipality.",
            )
        case CertificateState.GRACE:
            last = grace_end(expiry)
            return Sentence(
                f"確認できました。カードの電子証明書は{japanese_date(expiry)}に期限が切れています。"
                f"保険証として使えるのは{japanese_date(last)}までです。更新してください。",
                f"All is well. Your card's certificate expired on {expiry.isoformat()}; it works "
                f"for health insurance until {last.isoformat()}. Please renew it.",
            )
        case CertificateState.VALID | CertificateState.LAPSED:
            return None


def check_again(
    case: ReceptionCase, situation: Situation, accepted: FallbackOptionId | None = None
) -> CheckAgain | None:
    """Return when to ask once more; None where there is nothing to wait for.

    Who could only be checked by what they bring next time, and is ``accepted`` by 資格確認書, which
    is enough by itself (R-041), is not waited for.
    """
    again = _when(case, situation)
    if accepted is FallbackOptionId.CERTIFICATE and again is not None and again.on is None:
        return None
    return again


def _when(case: ReceptionCase, situation: Situation) -> CheckAgain | None:
    match situation:
        case Situation.VALID | Situation.WELFARE | Situation.NO_READER | Situation.BLOCKED:
            return None
        case (
            Situation.LAG
            | Situation.NEW_EXISTS
            | Situation.NOT_FOUND
            | Situation.SEVERAL_INSURERS
            | Situation.VIEW_STOPPED
        ):
            return _when_visible(case)
        case Situation.DEVICE:
            return CheckAgain(case.on, _ONCE_IT_WORKS)
        case Situation.NETWORK:
            return CheckAgain(case.on, _ONCE_THE_LINE_WORKS)
        case Situation.DISASTER:
            return CheckAgain(None, _AFTER_THE_DISASTER)
        case Situation.SEVERAL | Situation.NOT_REGISTERED:
            return CheckAgain(
                case.on,
                Sentence("このあとすぐに確認しなおします。", "Check again right afterwards."),
            )
        case Situation.AUTHENTICATION | Situation.NO_CARD | Situation.SMARTPHONE:
            return CheckAgain(
                None,
                Sentence(
                    "次の来院のときに、カードで確認します。", "Check by card at the next visit."
                ),
            )
        case Situation.CERTIFICATE:
            return CheckAgain(None, _USABLE_AGAIN.get(case.obstacle, _ONCE_USABLE))


def _when_visible(case: ReceptionCase) -> CheckAgain:
    if case.visible_on is not None and case.visible_on > case.on:
        return CheckAgain(
            case.visible_on,
            Sentence(
                f"{japanese_date(case.visible_on)}から見える予定です。その日に確認しなおします。",
                f"It should be visible from {case.visible_on.isoformat()}; check again then.",
            ),
        )
    following = add_business_days(case.on, 1)
    return CheckAgain(
        following,
        Sentence(
            f"{japanese_date(following)}に確認しなおし、見えるまで間をあけて繰り返します。"
            "番号が分かったら知らせてもらいます。",
            f"Check again on {following.isoformat()}, and at growing distance until it is visible; "
            "ask the patient to tell the number once it is known.",
        ),
    )
