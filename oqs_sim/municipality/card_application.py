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
            "この理由では特急発行を申請できません。オンライン・郵便・証明写真機で申請します。"
        )
    if asked.reason_on > today:
        raise refused("理由の生じた日が今日より後です。日付を確かめてください。")
    comes = express(reason, asked.reason_on, today, own_fault=asked.own_fault)
    if comes is None:
        last = era_day(express_apply_by(asked.reason_on))
        raise refused(
            f"特急発行を申請できるのは、理由の生じた日を含めて30日以内（{last}まで）でした。"
            "オンライン・郵便・証明写真機で申請します。"
        )
    fee = f"手数料は{comes.fee_yen:,}円です。" if comes.fee_yen else "手数料はかかりません。"
    return Ready(
        comes.soonest_on,
        f"特急発行を申請しました。最短で{era_day(comes.soonest_on)}、原則"
        f"{era_day(comes.usually_on)}に交付できます。{fee}",
    )


def refused(sentence: str, detail: str | None = None) -> Problem:
    """Return the problem that the counter cannot do something now, and why."""
    return Problem(Catalogue.COUNTER_REFUSED, detail, japanese=sentence)


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
            raise refused("この方にはもうカードがあります。理由を選び直してください。")
        case ApplicationReason.INFANT if age_on(file.resident.birthdate, today) >= 1:
            raise refused("1歳の誕生日を過ぎています。理由を選び直してください。")
        case ApplicationReason.LOST if current is not None and not (
            current.suspended(now) or current.lapsed(now)
        ):
            raise refused("先に紛失の届けを受け付け、カードを一時停止してください。")
        case ApplicationReason.EXPIRED if current is not None and today < (
            opens := add_months(current.card.expires_on, -EARLY_RENEWAL_MONTHS)
        ):
            raise refused(f"期限による作り直しを申請できるのは{era_day(opens)}からです。")
        case ApplicationReason.LAPSED if current is not None and not current.lapsed(now):
            raise refused("カードは失効していません。理由を選び直してください。")
        case _:
            return


def _check_kind(asked: Asked, file: PersonFile, today: date) -> None:
    """Refuse a kind that nobody issues, or that an infant cannot have (P-010, P-011)."""
    if asked.kind not in {Carrier.CARD, Carrier.FACE_AUTHENTICATION_CARD}:
        raise refused("窓口で申請できるのはマイナンバーカードです。")
    try:
        card_make(
            file.resident.birthdate,
            today,
            face_only=asked.kind is Carrier.FACE_AUTHENTICATION_CARD,
        )
    except ValueError:
        raise refused(
            "1歳未満のカードには顔写真がないため、顔認証マイナンバーカードにはできません。"
        ) from None
