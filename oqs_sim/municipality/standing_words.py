"""How a card or phone stands, in one sentence: the clerk reads it out, the portal shows it.

There is one source for both, so that nobody is told two things. Each writes days in its own way.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from eligibility.card.certificates import CertificateState, grace_end, renewable_from
from eligibility.days.dates import TOKYO
from eligibility.days.eras import era_day
from oqs_sim.municipality.course import day_of
from wire.dates import write_day
from wire.vocabulary.consoles.municipality import CarrierStanding, StopCause
from wire.vocabulary.jlis import CertificatePurpose

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from oqs_sim.municipality.person_file import HeldCarrier


def moment(at: datetime, day: Callable[[date], str] = era_day) -> str:
    """Write an instant as a clerk reads it."""
    local = at.astimezone(TOKYO)
    return f"{day(local.date())}{local.hour}時{local.minute:02}分"


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


def sentence_of(one: HeldCarrier, now: datetime, day: Callable[[date], str] = era_day) -> str:
    """Say in one sentence how a carrier stands; ``day`` writes the days in it."""
    if one.revoked:
        last = max(at for at in (each.revoked_at for each in one.certificates) if at)
        return f"{day(day_of(last))}に失効しました。もう使えません。"
    identifying = one.identifying
    if identifying is None:
        return "利用者証明用電子証明書がないため、マイナ保険証としては使えません。"
    stop = one.stop(now)
    if stop is not None and stop[1] <= now:
        return _stopped(one, *stop, now, day)
    said = _by_dates(one, identifying.expires_on, day_of(now), day)
    return said if stop is None else said + _to_come(*stop, day)


def _stopped(
    one: HeldCarrier, cause: StopCause, since: datetime, now: datetime, day: Callable[[date], str]
) -> str:
    since_day = day(day_of(since))
    if cause is StopCause.LOST:
        return (
            f"{moment(since, day)}から一時停止中です。見つかれば解除でき、見つからなければ再交付を"
            "申請します。"
        )
    if cause is StopCause.LEFT_COUNTRY:
        return f"国外継続利用の申請がないまま国外転出予定日になり、{since_day}に失効しました。"
    lapses_at = one.rest.lapses_at if one.rest else None
    if one.lapsed(now) and lapses_at is not None:
        why = {
            StopCause.MOVED_OUT: "転入届が期限までになく",
            StopCause.MOVED_IN_LATE: "転入届が期限を過ぎていたため",
        }.get(cause or StopCause.NOT_CONTINUED, "継続利用の手続きが期限までになく")
        lapsed_on = day(day_of(lapses_at))
        first = "転入届がまだなら先に出し、" if cause is StopCause.MOVED_OUT else ""
        return f"{why}、{lapsed_on}に失効しました。{first}作り直しを申請してください。"
    assert lapses_at is not None, "a card that rests lapses some day"
    last = day(day_of(lapses_at - timedelta(seconds=1)))
    return (
        f"転出予定日を迎え、{since_day}から休止しています。"
        f"{last}までに転入届を出すと、また使えます。"
    )


def _to_come(cause: StopCause, since: datetime, day: Callable[[date], str]) -> str:
    since_day = day(day_of(since))
    if cause is StopCause.MOVED_OUT:
        return f"転出届が出ているため、{since_day}から休止します。"
    if cause is StopCause.LEFT_COUNTRY:
        return f"国外継続利用の申請がないため、{since_day}に失効します。"
    last = day(day_of(since - timedelta(seconds=1)))
    return f"{last}までに継続利用の手続きをしないと失効します。"


def _by_dates(
    one: HeldCarrier, certificate_expires_on: date, today: date, day: Callable[[date], str]
) -> str:
    expires_on = one.ends_on
    card_ends = one.is_card and one.card.expires_on <= certificate_expires_on
    what, to_do = ("カード", "新しいカードを申請") if card_ends else ("電子証明書", "更新")
    last = day(expires_on)
    state = one.state(today)
    if one.kind.is_phone:
        if state is CertificateState.LAPSED:
            return f"{what}は{last}が期限でした。スマートフォンに猶予はなく、使えません。"
        return f"使えます。{what}の期限は{last}です（スマートフォンに猶予はありません）。"
    match state:
        case CertificateState.VALID:
            opens = day(renewable_from(expires_on))
            return f"使えます。{what}の期限は{last}で、{opens}から{to_do}できます。"
        case CertificateState.VALID_ALERT:
            return f"使えます。{what}は{last}が期限です。いま{to_do}できます。"
        case CertificateState.GRACE:
            return (
                f"{what}は{last}が期限でした。{day(grace_end(expires_on))}までは"
                f"資格の確認にだけ使えます。{to_do}してください。"
            )
        case CertificateState.LAPSED:
            return (
                f"{what}は{last}が期限で、3か月後の月末も過ぎ、マイナ保険証としては使えません。"
                f"{'新しいカードを申請して受け取った' if card_ends else '更新した'}あと、"
                "利用登録からやり直します。"
            )
