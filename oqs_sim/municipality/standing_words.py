"""How a card or phone stands, in one sentence that a clerk reads out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from eligibility.card.certificates import CertificateState, grace_end, renewable_from
from eligibility.days.dates import TOKYO, japanese_date
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
    return f"{japanese_date(local.date())}{local.hour}時{local.minute:02}分"


def standing(one: HeldCarrier, now: datetime) -> CarrierStanding:
    """Say how a carrier stands."""
    stop = one.stop(now)
    return CarrierStanding(
        serial_number=one.card.serial_number,
        kind=one.kind,
        expires_on=write_day(one.card.expires_on),
        works=one.works(now),
        sentence=sentence_of(one, now),
        stop_cause=stop[0] if stop else None,
        stops_from=stop[1] if stop else None,
        lapses_at=one.rest.lapses_at if one.rest else None,
        certificates={
            CertificatePurpose(certificate.purpose): write_day(certificate.expires_on)
            for certificate in one.certificates
            if certificate.revoked_at is None
        },
    )


def sentence_of(one: HeldCarrier, now: datetime) -> str:
    """Say in one sentence how a carrier stands."""
    if one.revoked:
        last = max(at for at in (each.revoked_at for each in one.certificates) if at)
        return f"{japanese_date(day_of(last))}に失効しました。もう使えません。"
    identifying = one.identifying
    if identifying is None:
        return "利用者証明用電子証明書がないため、マイナ保険証としては使えません。"
    stop = one.stop(now)
    if stop is not None and stop[1] <= now:
        return _stopped(one, *stop, now)
    said = _by_dates(one, identifying.expires_on, day_of(now))
    return said if stop is None else said + _to_come(*stop)


def _stopped(one: HeldCarrier, cause: StopCause, since: datetime, now: datetime) -> str:
    day = japanese_date(day_of(since))
    if cause is StopCause.LOST:
        return (
            f"{moment(since)}から一時停止中です。見つかれば解除でき、見つからなければ再交付を"
            "申請します。"
        )
    if cause is StopCause.LEFT_COUNTRY:
        return f"国外継続利用の申請がないまま国外転出予定日になり、{day}に失効しました。"
    lapses_at = one.rest.lapses_at if one.rest else None
    if one.lapsed(now) and lapses_at is not None:
        why = {
            StopCause.MOVED_OUT: "転入届が期限までになく",
            StopCause.MOVED_IN_LATE: "転入届が期限を過ぎていたため",
        }.get(cause, "継続利用の手続きが期限までになく")
        lapsed_on = japanese_date(day_of(lapses_at))
        return f"{why}、{lapsed_on}に失効しました。作り直しを申請してください。"
    assert lapses_at is not None, "a card that rests lapses some day"
    last = japanese_date(day_of(lapses_at - timedelta(seconds=1)))
    return f"転出予定日を迎え、{day}から休止しています。{last}までに転入届を出すと、また使えます。"


def _to_come(cause: StopCause, since: datetime) -> str:
    day = japanese_date(day_of(since))
    if cause is StopCause.MOVED_OUT:
        return f"転出届が出ているため、{day}から休止します。"
    if cause is StopCause.LEFT_COUNTRY:
        return f"国外継続利用の申請がないため、{day}に失効します。"
    last = japanese_date(day_of(since - timedelta(seconds=1)))
    return f"{last}までに継続利用の手続きをしないと失効します。"


def _by_dates(one: HeldCarrier, certificate_expires_on: date, today: date) -> str:
    expires_on = min(certificate_expires_on, one.card.expires_on)
    what = "カード" if one.card.expires_on < certificate_expires_on else "電子証明書"
    last = japanese_date(expires_on)
    state = one.state(today)
    if one.kind.is_phone:
        if state is CertificateState.LAPSED:
            return f"{what}は{last}が期限でした。スマートフォンに猶予はなく、使えません。"
        return f"使えます。{what}の期限は{last}です（スマートフォンに猶予はありません）。"
    match state:
        case CertificateState.VALID:
            opens = japanese_date(renewable_from(expires_on))
            return f"使えます。{what}の期限は{last}で、{opens}から更新できます。"
        case CertificateState.VALID_ALERT:
            return f"使えます。{what}は{last}が期限です。いま更新できます。"
        case CertificateState.GRACE:
            return (
                f"{what}は{last}が期限でした。{japanese_date(grace_end(expires_on))}までは"
                "資格の確認にだけ使えます。更新してください。"
            )
        case CertificateState.LAPSED:
            return (
                f"{what}は{last}が期限で、3か月後の月末も過ぎ、マイナ保険証としては使えません。"
                "更新したあと、利用登録からやり直します。"
            )
