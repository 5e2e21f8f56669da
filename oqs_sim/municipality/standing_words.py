"""How a card or phone stands, in one sentence: the clerk reads it out, the portal shows it.

There is one source for both, so that nobody is told two things.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from eligibility.card.certificates import CertificateState, grace_end, renewable_from
from eligibility.days.dates import TOKYO
from eligibility.days.eras import era_day, long_day, long_moment
from eligibility.sentence import Sentence
from oqs_sim.municipality.course import day_of
from wire.dates import write_day
from wire.vocabulary.consoles.municipality import CarrierStanding, StopCause
from wire.vocabulary.jlis import CertificatePurpose

if TYPE_CHECKING:
    from datetime import date, datetime

    from oqs_sim.municipality.person_file import HeldCarrier


def moment(at: datetime) -> str:
    """Write an instant as a clerk reads it."""
    local = at.astimezone(TOKYO)
    return f"{era_day(local.date())}{local.hour}時{local.minute:02}分"


def standing(one: HeldCarrier, now: datetime) -> CarrierStanding:
    """Say how a carrier stands."""
    stop = one.stop(now)
    return CarrierStanding(
        serial_number=one.card.serial_number,
        kind=one.kind,
        expires_on=write_day(one.card.expires_on),
        works=one.works(now),
        sentence=sentence_of(one, now).ja,
        stop_cause=stop[0] if stop else None,
        stops_from=stop[1] if stop else None,
        lapses_at=one.rest.lapses_at if one.rest else None,
        certificates={
            CertificatePurpose(certificate.purpose): write_day(certificate.expires_on)
            for certificate in one.certificates
            if certificate.revoked_at is None
        },
    )


def sentence_of(one: HeldCarrier, now: datetime) -> Sentence:
    """Say in one sentence how a carrier stands."""
    if one.revoked:
        last = long_day(
            day_of(max(at for at in (each.revoked_at for each in one.certificates) if at))
        )
        return Sentence(
            f"{last.ja}に失効しました。もう使えません。",
            f"It was revoked on {last.en} and can no longer be used.",
        )
    identifying = one.identifying
    if identifying is None:
        return Sentence(
            "利用者証明用電子証明書がないため、マイナ保険証としては使えません。",
            "It has no certificate for identification (利用者証明用電子証明書), so it cannot be "
            "used as a health insurance card.",
        )
    stop = one.stop(now)
    if stop is not None and stop[1] <= now:
        return _stopped(one, *stop, now)
    said = _by_dates(one, identifying.expires_on, day_of(now))
    return said if stop is None else said + _to_come(*stop)


_LAPSED = {
    StopCause.MOVED_OUT: Sentence(
        "転入届が期限までになく", "as the move in (転入届) was not filed in time"
    ),
    StopCause.MOVED_IN_LATE: Sentence(
        "転入届が期限を過ぎていたため", "as the move in (転入届) was filed too late"
    ),
    StopCause.NOT_CONTINUED: Sentence(
        "継続利用の手続きが期限までになく", "as its further use (継続利用) was not filed in time"
    ),
}
_APPLY = Sentence("作り直しを申請してください。", "Apply for a new one.")
_MOVE_AND_APPLY = Sentence(
    "転入届がまだなら先に出し、作り直しを申請してください。",
    "File the move in first if you have not yet, then apply for a new one.",
)


def _stopped(one: HeldCarrier, cause: StopCause, since: datetime, now: datetime) -> Sentence:
    since_day = long_day(day_of(since))
    if cause is StopCause.LOST:
        return Sentence(
            f"{moment(since)}から一時停止中です。見つかれば解除でき、見つからなければ再交付を"
            "申請します。",
            f"It has been suspended (一時停止) since {long_moment(since).en}. If it is found, that "
            "is lifted; if not, apply for a new one.",
        )
    if cause is StopCause.LEFT_COUNTRY:
        return Sentence(
            f"国外継続利用の申請がないまま国外転出予定日になり、{since_day.ja}に失効しました。",
            f"It was revoked on {since_day.en}, the day of leaving Japan, as its use abroad had "
            "not been applied for.",
        )
    lapses_at = one.rest.lapses_at if one.rest else None
    if one.lapsed(now) and lapses_at is not None:
        why = _LAPSED.get(cause, _LAPSED[StopCause.NOT_CONTINUED])
        lapsed_on = long_day(day_of(lapses_at))
        apply = _MOVE_AND_APPLY if cause is StopCause.MOVED_OUT else _APPLY
        said = Sentence(
            f"{why.ja}、{lapsed_on.ja}に失効しました。",
            f"It was revoked on {lapsed_on.en}, {why.en}.",
        )
        return said + apply
    assert lapses_at is not None, "a card that rests lapses some day"
    last = long_day(day_of(lapses_at - timedelta(seconds=1)))
    return Sentence(
        f"転出予定日を迎え、{since_day.ja}から休止しています。"
        f"{last.ja}までに転入届を出すと、また使えます。",
        f"It has rested since {since_day.en}, the day of moving out. File the move in (転入届) by "
        f"{last.en}, and it can be used again.",
    )


def _to_come(cause: StopCause, since: datetime) -> Sentence:
    since_day = long_day(day_of(since))
    if cause is StopCause.MOVED_OUT:
        return Sentence(
            f"転出届が出ているため、{since_day.ja}から休止します。",
            f"It will rest from {since_day.en}, as a move out (転出届) has been filed.",
        )
    if cause is StopCause.LEFT_COUNTRY:
        return Sentence(
            f"国外継続利用の申請がないため、{since_day.ja}に失効します。",
            f"It will be revoked on {since_day.en}, as its use abroad has not been applied for.",
        )
    last = long_day(day_of(since - timedelta(seconds=1)))
    return Sentence(
        f"{last.ja}までに継続利用の手続きをしないと失効します。",
        f"It will be revoked unless its further use (継続利用) is filed by {last.en}.",
    )


_CARD = (
    Sentence("カード", "The card"),
    Sentence("新しいカードを申請", "apply for a new card"),
)
_CERTIFICATE = (Sentence("電子証明書", "The certificate"), Sentence("更新", "renew it"))
"""What ends, and what is done about it."""


def _by_dates(one: HeldCarrier, certificate_expires_on: date, today: date) -> Sentence:
    expires_on = one.ends_on
    card_ends = one.is_card and one.card.expires_on <= certificate_expires_on
    what, to_do = _CARD if card_ends else _CERTIFICATE
    last = long_day(expires_on)
    state = one.state(today)
    if one.kind.is_phone:
        if state is CertificateState.LAPSED:
            return Sentence(
                f"{what.ja}は{last.ja}が期限でした。スマートフォンに猶予はなく、使えません。",
                f"{what.en} ended on {last.en}. A phone has no grace period: it cannot be used.",
            )
        return Sentence(
            f"使えます。{what.ja}の期限は{last.ja}です（スマートフォンに猶予はありません）。",
            f"It can be used. {what.en} ends on {last.en} (a phone has no grace period).",
        )
    match state:
        case CertificateState.VALID:
            opens = long_day(renewable_from(expires_on))
            return Sentence(
                f"使えます。{what.ja}の期限は{last.ja}で、{opens.ja}から{to_do.ja}できます。",
                f"It can be used. {what.en} ends on {last.en}; you can {to_do.en} from {opens.en} "
                "on.",
            )
        case CertificateState.VALID_ALERT:
            return Sentence(
                f"使えます。{what.ja}は{last.ja}が期限です。いま{to_do.ja}できます。",
                f"It can be used. {what.en} ends on {last.en}. You can {to_do.en} now.",
            )
        case CertificateState.GRACE:
            grace = long_day(grace_end(expires_on))
            return Sentence(
                f"{what.ja}は{last.ja}が期限でした。{grace.ja}までは"
                f"資格の確認にだけ使えます。{to_do.ja}してください。",
                f"{what.en} ended on {last.en}. Until {grace.en} it only shows your eligibility. "
                f"Please {to_do.en}.",
            )
        case CertificateState.LAPSED:
            done = (
                Sentence("新しいカードを申請して受け取った", "apply for and receive a new card")
                if card_ends
                else Sentence("更新した", "renew it")
            )
            return Sentence(
                f"{what.ja}は{last.ja}が期限で、3か月後の月末も過ぎ、マイナ保険証としては使えません。"
                f"{done.ja}あと、利用登録からやり直します。",
                f"{what.en} ended on {last.en}, and so did the three months after: it cannot be "
                f"used as a health insurance card. First {done.en}, then register it anew.",
            )
