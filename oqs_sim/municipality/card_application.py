"""Applying for a card (交付申請・再交付): who may, by which way, and when it can be handed over.

Rules R-110, R-117, R-120 and P-008 to P-012.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from eligibility.card.certificates import EARLY_RENEWAL_MONTHS
from eligibility.card.lost_card import ReissueReason, express, express_apply_by, fetched_on
from eligibility.card.makes import card_make
from eligibility.days.birthdays import age_on
from eligibility.days.eras import era_day
from eligibility.days.office_calendar import add_months
from eligibility.sentence import Sentence
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.consoles.municipality import ApplicationChannel, ApplicationReason
from wire.vocabulary.jlis import Carrier

if TYPE_CHECKING:
    from datetime import date, datetime

    from oqs_sim.municipality.person_file import PersonFile

ORDINARY_CARD_DAYS = 30
"""Days until a card can be handed over that was not ordered by 特急発行: about a month
[unverified]."""


class Ready(NamedTuple):
    """When a card can be handed over, and what it costs."""

    on: date
    sentence: str


class Asked(NamedTuple):
    """What somebody applies for."""

    reason: ApplicationReason
    channel: ApplicationChannel
    kind: Carrier
    reason_on: date
    own_fault: bool


def ready(asked: Asked, file: PersonFile, now: datetime, today: date, ordinary_days: int) -> Ready:
    """Return when the card that is applied for can be handed over.

    Raises:
        Problem: COUNTER_REFUSED, with the sentence why.
    """
    _check_reason(asked, file, now, today)
    _check_kind(asked, file, today)
    if asked.channel is not ApplicationChannel.COUNTER:
        on = fetched_on(today + timedelta(days=ordinary_days))
        return Ready(on, f"{_WAYS[asked.channel]}で申請しました。交付は{era_day(on)}ごろからです。")
    reason = _EXPRESS.get(asked.reason)
    if reason is None or not reason.express:
        raise refused(
            Sentence(
                "この理由では特急発行を申請できません。オンライン・郵便・証明写真機で申請します。",
                "For this reason there is no 特急発行; apply online, by mail or at a photo booth.",
            )
        )
    if asked.reason_on > today:
        raise refused(
            Sentence(
                "理由の生じた日が今日より後です。日付を確かめてください。",
                "The day on which the reason arose lies after today; look at it again.",
            )
        )
    comes = express(reason, asked.reason_on, today, own_fault=asked.own_fault)
    if comes is None:
        last = express_apply_by(asked.reason_on)
        raise refused(
            Sentence(
                "特急発行を申請できるのは、理由の生じた日を含めて30日以内"
                f"（{era_day(last)}まで）でした。オンライン・郵便・証明写真機で申請します。",
                "特急発行 could be applied for within 30 days from the day of the reason "
                f"(until {last}); apply online, by mail or at a photo booth.",
            )
        )
    fee = f"手数料は{comes.fee_yen:,}円です。" if comes.fee_yen else "手数料はかかりません。"
    return Ready(
        comes.soonest_on,
        f"特急発行を申請しました。最短で{era_day(comes.soonest_on)}、原則"
        f"{era_day(comes.usually_on)}に交付できます。{fee}",
    )


def refused(why: Sentence) -> Problem:
    """Return the problem that the counter cannot do something now, and why."""
    return Problem(Catalogue.COUNTER_REFUSED, why.en, japanese=why.ja)


_EXPRESS = {
    ApplicationReason.INFANT: ReissueReason.INFANT,
    ApplicationReason.LOST: ReissueReason.LOST,
    ApplicationReason.DAMAGED: ReissueReason.DAMAGED,
    ApplicationReason.NOTES_FULL: ReissueReason.NOTES_FULL,
    ApplicationReason.FROM_ABROAD: ReissueReason.FROM_ABROAD,
    ApplicationReason.EXPIRED: ReissueReason.EXPIRED,
}
_WAYS = {
    ApplicationChannel.ONLINE: "オンライン",
    ApplicationChannel.MAIL: "郵便",
    ApplicationChannel.PHOTO_BOOTH: "証明写真機",
}


def _check_reason(asked: Asked, file: PersonFile, now: datetime, today: date) -> None:
    """Refuse a reason that the record contradicts."""
    current = file.current
    match asked.reason:
        case ApplicationReason.FIRST if current is not None:
            raise refused(
                Sentence(
                    "この方にはもうカードがあります。理由を選び直してください。",
                    "The person has a card already; choose another reason.",
                )
            )
        case ApplicationReason.INFANT if age_on(file.resident.birthdate, today) >= 1:
            raise refused(
                Sentence(
                    "1歳の誕生日を過ぎています。理由を選び直してください。",
                    "The child is one year old or older; choose another reason.",
                )
            )
        case ApplicationReason.LOST if current is not None and not (
            current.suspended(now) or current.lapsed(now)
        ):
            raise refused(
                Sentence(
                    "先に紛失の届けを受け付け、カードを一時停止してください。",
                    "First take the report of the loss, which suspends the card.",
                )
            )
        case ApplicationReason.EXPIRED if current is not None and today < (
            opens := add_months(current.card.expires_on, -EARLY_RENEWAL_MONTHS)
        ):
            raise refused(
                Sentence(
                    f"期限による作り直しを申請できるのは{era_day(opens)}からです。",
                    f"A card that is about to end is made anew from {opens} on.",
                )
            )
        case ApplicationReason.LAPSED if current is not None and not current.lapsed(now):
            raise refused(
                Sentence(
                    "カードは失効していません。理由を選び直してください。",
                    "The card has not lapsed; choose another reason.",
                )
            )
        case _:
            return


def _check_kind(asked: Asked, file: PersonFile, today: date) -> None:
    """Refuse a kind that nobody issues, or that an infant cannot have (P-010, P-011)."""
    if asked.kind not in {Carrier.CARD, Carrier.FACE_AUTHENTICATION_CARD}:
        raise refused(
            Sentence(
                "窓口で申請できるのはマイナンバーカードです。",
                "What is applied for at the counter is a My Number Card.",
            )
        )
    try:
        card_make(
            file.resident.birthdate,
            today,
            face_only=asked.kind is Carrier.FACE_AUTHENTICATION_CARD,
        )
    except ValueError:
        raise refused(
            Sentence(
                "1歳未満のカードには顔写真がないため、顔認証マイナンバーカードにはできません。",
                "The card of an infant has no portrait, so it cannot be a "
                "顔認証マイナンバーカード.",
            )
        ) from None
