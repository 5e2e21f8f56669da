"""有効期限通知書: who is to be told that a certificate ends, and what the letter says (R-111).

In the real system J-LIS sends it, two to three months before; here the counter prints it from three
months before, when the reader begins to ask for renewal (P-003).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from eligibility.card.certificates import EARLY_RENEWAL_MONTHS, alert_start, grace_end
from eligibility.card.hotline import NUMBER, VOICE_GUIDE
from eligibility.days.eras import era_date
from eligibility.days.office_calendar import add_months
from oqs_sim.municipality.course import day_of
from oqs_sim.municipality.person_file import open_file
from oqs_sim.store import cards
from oqs_sim.store.municipality.certificate_ends import ending, note_told
from storage import reading, turn_to_write
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sqlalchemy import Connection, Engine

    from oqs_sim.municipality.person_file import HeldCarrier
    from oqs_sim.store.municipality.certificate_ends import CertificateEnd
    from oqs_sim.store.residents import Resident

SHOWN_AT_MOST = 500
"""How many due notices a list shows."""


@dataclass(frozen=True, slots=True)
class ExpiryNotice:
    """A notice that is due, for a card that is in force."""

    resident: Resident
    card: str
    """製造番号."""
    certificate_expires_on: date
    card_expires_on: date
    sent_on: date | None = None

    @property
    def ends_on(self) -> date:
        """The first of the two last days."""
        return min(self.certificate_expires_on, self.card_expires_on)

    def is_due(self, today: date) -> bool:
        """Tell whether it is due on a day: from when the reader asks for renewal (P-003)."""
        return alert_start(self.ends_on) <= today <= self.ends_on

    @property
    def card_ends(self) -> bool:
        """Whether the card itself ends then, so that a new one is needed."""
        return self.card_expires_on <= self.certificate_expires_on

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """The fields of the letter."""
        return (
            ("製造番号", self.card),
            ("電子証明書の有効期限", era_date(self.certificate_expires_on)),
            ("カードの有効期限", era_date(self.card_expires_on)),
            ("更新できる期間", f"{era_date(alert_start(self.ends_on))}から"),
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the letter says, paragraph by paragraph."""
        return (
            "お持ちのマイナンバーカードの有効期限が近づいていますので、お知らせします。",
            (
                "カードそのものの期限が来ますので、新しいカードを申請してください。オンライン、郵便、"
                "まちなかの証明写真機で申請できます。"
                if self.card_ends
                else "電子証明書の更新は、住民票のある市区町村の窓口でできます。"
                "マイナンバーカードと暗証番号をご用意ください。手数料はかかりません。"
            ),
            (
                f"期限を過ぎても、{era_date(grace_end(self.ends_on))}までは、健康保険の資格の確認にだけ"
                "使えます。そのあとはマイナ保険証として使えなくなり、利用登録からやり直すことになります。"
                "スマートフォンのマイナ保険証に、この猶予はありません。"
            ),
            (
                f"お問い合わせ: マイナンバー総合フリーダイヤル {NUMBER}（音声案内 {VOICE_GUIDE}）。"
                "紛失・一時停止は24時間365日受け付けています。"
            ),
        )


def due_notices(
    engine: Engine, now: datetime, municipality_code: str | None = None
) -> list[ExpiryNotice]:
    """Return the notices that are due now, by the last day, sent ones too.

    A card that was replaced, given back, or renewed meanwhile needs none; nor does one that is
    stopped, rests, or has lapsed, as it cannot be used until the day that the letter names.
    """
    with reading(engine) as connection:
        due = _due(connection, now, municipality_code)
        return [notice for _, notice in islice(due, SHOWN_AT_MOST)]


def send_notices(engine: Engine, now: datetime, municipality_code: str | None = None) -> int:
    """Note that all due notices go out today; return how many had not before."""
    with turn_to_write(engine), engine.begin() as connection:
        due = [end for end, _ in _due(connection, now, municipality_code)]
        return sum(note_told(connection, end, day_of(now)) for end in due)


def find_notice(engine: Engine, card: str, now: datetime) -> ExpiryNotice:
    """Return the notice of a card, where one is due.

    Raises:
        Problem: NOT_FOUND.
    """
    with reading(engine) as connection:
        known = cards.find_card(connection, card)
        if known is not None:
            file = open_file(connection, known.person_reference)
            one = file.carrier(card).identifying
            if one is not None:
                for end in ending(connection, one.expires_on, one.expires_on):
                    notice = _notice(connection, end, now)
                    if notice and notice.card == card and notice.is_due(day_of(now)):
                        return notice
    raise Problem(
        Catalogue.NOT_FOUND,
        "No notice is due for this card.",
        japanese="このカードの有効期限通知書は、いまは出ません。使えるカードに、期限の3か月前から期限の日まで"
        "出せます。",
    )


def _due(
    connection: Connection, now: datetime, municipality_code: str | None
) -> Iterator[tuple[CertificateEnd, ExpiryNotice]]:
    today = day_of(now)
    for end in ending(connection, today, add_months(today, EARLY_RENEWAL_MONTHS)):
        notice = _notice(connection, end, now)
        if notice is not None and municipality_code in {None, notice.resident.municipality_code}:
            yield end, notice


def _notice(connection: Connection, end: CertificateEnd, now: datetime) -> ExpiryNotice | None:
    file = open_file(connection, end.person_reference)
    carrier = next((one for one in file.carriers if _has(one, end)), None)
    if carrier is None or carrier.stop_cause(now) is not None or carrier.lapsed(now):
        return None
    return ExpiryNotice(
        file.resident,
        carrier.card.serial_number,
        end.expires_on,
        carrier.card.expires_on,
        end.notified_on,
    )


def _has(carrier: HeldCarrier, end: CertificateEnd) -> bool:
    one = carrier.identifying
    return one is not None and (one.authority_key, one.serial) == (end.authority_key, end.serial)
