"""How a certificate stands by its record: stopped, expired, waiting for its link, or usable."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from eligibility.card.certificates import (
    CertificateState,
    certificate_state,
    expiry_known_at,
    grace_end,
    renewal_reflected_at,
)
from eligibility.days.dates import TOKYO
from eligibility.days.eras import era_date, era_day
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.consoles.municipality import StopCause
from wire.vocabulary.jlis import StopReason

if TYPE_CHECKING:
    from datetime import date, datetime

    from oqs_sim.store.cards import StoppedCertificate
    from oqs_sim.store.inquiries import KnownCertificate
    from oqs_sim.store.municipality.rests import Rest

_SUPERSEDED = (
    "このカードの電子証明書は、新しいものに替わっています。新しいカード（スマートフォンは申し込み"
    "なおしたもの）で確認してください。なければ、資格確認書などで確認してください。"
)
_NO_PHONE = (
    "スマートフォンの電子証明書の期限が切れています。スマートフォンには猶予期間がありません。"
    "マイナンバーカードで確認してください。"
)


def refuse_stopped(
    known: KnownCertificate | StoppedCertificate, now: datetime, rest: Rest | None
) -> None:
    """Refuse a certificate that is revoked (失効) or suspended (一時停止), at once (P-013).

    A sentence at the desk gives a reason only where it helps: the patient may not be alone there.
    ``rest`` is why it rests by a move now, if it does; what is for good is told first, then a
    suspension.

    Raises:
        Problem: CERTIFICATE_REVOKED, with the reason as a member, CERTIFICATE_SUSPENDED, or why a
            card rests or has lapsed by a move (R-112 to R-114, R-119).
    """
    if known.revoked_at is not None and known.revoked_at <= now:
        reason = StopReason(known.stop_reason or StopReason.UNSPECIFIED)
        raise Problem(
            Catalogue.CERTIFICATE_REVOKED,
            f"It is revoked (失効): {reason}.",
            japanese=_SUPERSEDED if reason is StopReason.SUPERSEDED else None,
            reason=reason.value,
        )
    if rest is not None and rest.lapsed(now):
        left = rest.cause == StopCause.LEFT_COUNTRY
        raise Problem(Catalogue.CARD_LEFT_COUNTRY if left else Catalogue.CARD_LAPSED_BY_MOVE)
    if known.suspended_at is not None and known.suspended_at <= now:
        raise Problem(
            Catalogue.CERTIFICATE_SUSPENDED,
            f"It is suspended (一時停止) since {known.suspended_at.isoformat()}.",
        )
    if rest is not None:
        raise Problem(Catalogue.CARD_MOVED_OUT)


class RenewalToCome(NamedTuple):
    """A renewal (更新) that checks do not know of yet (P-007): nobody has to renew once more."""

    renewed_at: datetime
    seen_from: datetime

    @property
    def japanese(self) -> str:
        """When it was, and from when it is seen."""
        seen = self.seen_from.astimezone(TOKYO)
        return (
            f"このカードの電子証明書は{era_day(self.renewed_at.astimezone(TOKYO).date())}に更新されて"
            f"います。確認に反映されるのは、{era_day(seen.date())}{seen.hour}時{seen.minute:02}分ごろから"
            "です。"
        )


def renewal_to_come(
    known: KnownCertificate, now: datetime, renewal_hours: int
) -> RenewalToCome | None:
    """Return the renewal that took place and is not seen yet; None where there is none."""
    if known.renewed_at is None or known.replaced_expiry is None:
        return None
    seen_from = renewal_reflected_at(known.renewed_at, renewal_hours)
    return RenewalToCome(known.renewed_at, seen_from) if now < seen_from else None


def usable_until(known: KnownCertificate, now: datetime, renewal_hours: int) -> date:
    """Return the last day of a certificate, as far as checks know of its renewal (P-007).

    Raises:
        Problem: CERTIFICATE_LAPSED, after the grace (P-002), of which a phone has none (P-015).
    """
    today = now.astimezone(TOKYO).date()
    expires_on = known.expires_on
    if known.renewed_at is not None and known.replaced_expiry is not None:
        expires_on = expiry_known_at(
            now, known.replaced_expiry, known.renewed_at, expires_on, renewal_hours
        )
    # The grace is reckoned only where there may be one.
    if today > expires_on and (
        not known.grace or certificate_state(today, expires_on) is CertificateState.LAPSED
    ):
        detail, japanese = f"It expired on {expires_on.isoformat()}.", None
        if renewal := renewal_to_come(known, now, renewal_hours):
            detail += f" Its renewal is seen from {renewal.seen_from.isoformat()} on."
            japanese = f"{renewal.japanese}それまでは資格確認書などで確認してください。"
        elif not known.grace:
            japanese = _NO_PHONE
        raise Problem(Catalogue.CERTIFICATE_LAPSED, detail, japanese=japanese)
    return expires_on


class Notice(NamedTuple):
    """What is told beside a check that went well (付帯情報)."""

    code: str
    message: str
    """Japanese, for the desk."""


def renewal_notice(
    now: datetime, expires_on: date, renewal: RenewalToCome | None = None
) -> Notice | None:
    """Return what a check says of a certificate to renew: from three months before, in the grace.

    Rules P-002 and P-003. Who has renewed it is told from when that is seen (P-007), and not to do
    so again. That there is a ProcessingResultCode on success is public, which one is not.
    """
    state = certificate_state(now.astimezone(TOKYO).date(), expires_on)
    if not state.asks_for_renewal:
        return None
    if state is CertificateState.VALID_ALERT:
        entry = Catalogue.CERTIFICATE_EXPIRES_SOON.kind
        until_then = ""
        told = f"電子証明書の有効期限は{era_date(expires_on)}です。"
    else:
        entry = Catalogue.CERTIFICATE_IN_GRACE.kind
        until_then = "それまで、診療・薬剤・健診情報は見られません。"
        told = (
            f"電子証明書の有効期限（{era_date(expires_on)}）が切れています。"
            f"保険証として使えるのは{era_date(grace_end(expires_on))}までです。"
        )
    if renewal is not None:
        return Notice(entry.code, f"{renewal.japanese}{until_then}")
    return Notice(entry.code, f"{told}{entry.japanese}")
