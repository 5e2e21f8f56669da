"""What is filed at the counter without the card itself: moves, losses, applications, returns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from eligibility.card.certificates import RENEWAL_REFLECTED_HOURS, RenewalOpens
from eligibility.card.hotline import NUMBER, Call, answered
from eligibility.card.moving import abroad_file_by
from eligibility.days.eras import era_day
from eligibility.sentence import Sentence
from oqs_sim.jlis.card_register import lift, revoke, suspend
from oqs_sim.jlis.resident_register import change_resident
from oqs_sim.municipality.card_application import ORDINARY_CARD_DAYS, Asked, ready, refused
from oqs_sim.municipality.course import Course, day_of
from oqs_sim.municipality.standing_words import moment
from oqs_sim.store.municipality.filings import CounterProcedure
from wire.catalogue import Catalogue, Problem
from wire.dates import read_day
from wire.vocabulary.consoles.municipality import CounterAct, LossChannel
from wire.vocabulary.jlis import StopReason

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from oqs_sim.municipality.person_file import HeldCarrier, PersonFile
    from wire.vocabulary.consoles.municipality import CounterRequest

PLANNED_AHEAD_DAYS, PLANNED_BEFORE_DAYS = 366, 30
"""How far ahead, and back, a planned day of moving out may lie; assumed."""
MOVED_BEFORE_DAYS = 3660
"""How far back the day of a move may lie, that a late 転入届 names; assumed."""


@dataclass(frozen=True)
class CounterRules:
    """What a deployment chooses, where the real rule is open."""

    rests_between: bool = True
    """Whether a card rests between the planned day of moving out and the 転入届 [interp]."""
    renewal_opens: RenewalOpens = RenewalOpens.THREE_MONTHS_BEFORE
    """From when certificates can be renewed; public pages differ (P-003)."""
    ordinary_card_days: int = ORDINARY_CARD_DAYS
    """Days until an ordinary card can be handed over [unverified]."""
    renewal_hours: int = RENEWAL_REFLECTED_HOURS
    """Hours until checks go by a renewed certificate (P-007)."""
    keeps_hours: bool = False
    """Whether the counter refuses while it is closed, see `counter_hours` [unverified]."""


@dataclass(frozen=True)
class Filing:
    """An act that is carried out in one transaction, and needs no card in hand."""

    connection: Connection
    file: PersonFile
    carrier: HeldCarrier | None
    asked: CounterRequest
    now: datetime
    rules: CounterRules

    @property
    def today(self) -> date:
        """The day of the act."""
        return day_of(self.now)

    def procedure(self) -> CounterProcedure:  # noqa: C901 - one case for each act
        """Carry it out; return what is to be written down, still without its number."""
        match self.asked.act:
            case CounterAct.MOVE_OUT:
                return self._move_out()
            case CounterAct.MOVE_IN:
                return self._move_in()
            case CounterAct.CONTINUE_USE:
                return self._done("継続利用の手続きを受け付けました。カードはこのまま使えます。")
            case CounterAct.LEAVE_COUNTRY:
                return self._leave_country()
            case CounterAct.CONTINUE_ABROAD:
                return self._done(_CARD_ABROAD)
            case CounterAct.COME_BACK:
                return self._come_back()
            case CounterAct.REPORT_LOSS:
                return self._report_loss()
            case CounterAct.REPORT_FOUND:
                return self._report_found()
            case CounterAct.APPLY:
                return self._apply_for_card()
            case CounterAct.GIVE_BACK:
                return self._give_back()
            case _:
                raise Problem(Catalogue.INVALID_REQUEST, f"{self.asked.act} is not filed so.")

    def _done(self, sentence: str, **members: object) -> CounterProcedure:
        card = self.carrier.card.serial_number if self.carrier else None
        return replace(
            CounterProcedure(0, self.asked.act, self.now, card),
            sentence=sentence,
            **members,  # type: ignore[arg-type] # members of a procedure
        )

    def _planned(self) -> date:
        on = _day(self.asked.planned_on)
        if on is None:
            raise refused(
                Sentence("転出予定日を入れてください。", "Give the day of the move (転出予定日).")
            )
        for days, ja, en in (
            (
                (self.today - on).days - PLANNED_BEFORE_DAYS,
                f"{PLANNED_BEFORE_DAYS}日より前",
                f"more than {PLANNED_BEFORE_DAYS} days ago",
            ),
            (
                (on - self.today).days - PLANNED_AHEAD_DAYS,
                f"{PLANNED_AHEAD_DAYS}日より先",
                f"more than {PLANNED_AHEAD_DAYS} days ahead",
            ),
        ):
            if days > 0:
                raise refused(
                    Sentence(
                        f"転出予定日 {era_day(on)}は、今日から{ja}です。"
                        "年・月・日を確かめてください。",
                        f"The day of the move (転出予定日), {on.isoformat()}, lies {en}; look at "
                        "the year, month and day.",
                    )
                )
        return on

    def _move_out(self) -> CounterProcedure:
        planned = self._planned()
        done = self._done("", planned_on=planned)
        after = Course.of((*self.file.procedures, done), rests_between=self.rules.rests_between)
        assert after.move is not None
        said = "転出届を受け付けました。"
        if self.carrier is not None and self.rules.rests_between:
            said += f"カードは{era_day(after.move.stops_on)}から、転入届まで休止します。"
        last = era_day(after.move.move_in_by)
        said += f"転入届は、引っ越しから14日以内、かつ{last}までに出してください。"
        return replace(done, sentence=said)

    def _move_in(self) -> CounterProcedure:
        moved_on = _day(self.asked.moved_on) or self.today
        if moved_on > self.today:
            raise refused(
                Sentence(
                    "住み始めた日が今日より後です。転入届は引っ越しのあとに出します。",
                    "The day of moving in lies after today; 転入届 is filed after the move.",
                )
            )
        if moved_on < self.today - timedelta(days=MOVED_BEFORE_DAYS):
            raise refused(
                Sentence(
                    "住み始めた日が古すぎます。年・月・日を確かめてください。",
                    "The day of moving in is too long ago; look at year, month and day.",
                )
            )
        if self.asked.address is None:
            raise refused(Sentence("新しい住所を入れてください。", "Give the new address."))
        self._change_address()
        done = self._done("", moved_on=moved_on, continued=self.asked.continued)
        after = Course.of((*self.file.procedures, done), rests_between=self.rules.rests_between)
        move = after.move
        assert move is not None, "moving in is refused without one"
        assert move.continue_by is not None, "it is known with the 転入届"
        said = "転入届を受け付けました。署名用電子証明書は失効しました。"
        if self.carrier is None:
            said = "転入届を受け付けました。"
        elif after.lapsed is not None or self.today > move.move_in_by:
            said += (
                f"期限（{era_day(move.move_in_by)}）を過ぎたため、カードは失効しました。"
                "新しいカードを申請してください。"
            )
        elif self.asked.continued:
            said += "継続利用の手続きも済み、カードはまた使えます。"
        else:
            said += (
                f"カードはまた使えます。{era_day(move.continue_by)}までに継続利用の手続きが"
                "要ります。"
            )
        return replace(done, sentence=said)

    def _leave_country(self) -> CounterProcedure:
        planned = self._planned()
        last = abroad_file_by(planned)
        if self.asked.continued and self.today > last:
            raise refused(
                Sentence(
                    f"国外継続利用を申請できるのは{era_day(last)}まででした。"
                    "申請なしで国外転出届だけを受け付けます。",
                    f"国外継続利用 could be applied for until {last}; "
                    "file 国外転出届 alone, without it.",
                )
            )
        said = "国外転出届を受け付けました。"
        if self.asked.continued:
            said += _CARD_ABROAD
        elif self.carrier is not None:
            said += (
                f"{era_day(last)}までに国外継続利用を申請しないと、カードは"
                f"{era_day(planned)}に失効します。"
                if self.today <= last
                else f"カードは{era_day(max(planned, self.today))}に失効します。"
            )
        return self._done(said, planned_on=planned, continued=self.asked.continued)

    def _come_back(self) -> CounterProcedure:
        if self.asked.address is None:
            raise refused(Sentence("新しい住所を入れてください。", "Give the new address."))
        self._change_address()
        done = self._done("", moved_on=self.today)
        after = Course.of((*self.file.procedures, done), rests_between=self.rules.rests_between)
        works = self.carrier is not None and after.lapsed is None
        said = "国外からの転入届を受け付けました。"
        said += (
            "カードはこのまま使えます。"
            if works
            else "使えるカードがないため、申請が必要です（特急発行ができます）。"
        )
        return replace(done, sentence=said)

    def _change_address(self) -> None:
        asked = self.asked
        written = {
            "address": asked.address,
            "post_number": asked.post_number,
            "municipality_code": asked.municipality_code,
        }
        changes = {name: value for name, value in written.items() if value is not None}
        change_resident(self.connection, self.file.resident.person_reference, changes, self.now)

    def _report_loss(self) -> CounterProcedure:
        assert self.carrier is not None, "a loss is refused without a card"
        suspend(self.connection, self.carrier.card, self.now)
        channel = self.asked.loss_channel
        assert answered(self.now, Call.LOSS), "somebody answers at any hour (R-116)"
        by = f"フリーダイヤル（{NUMBER}）" if channel is LossChannel.HOTLINE else "窓口"
        said = (
            f"{by}で紛失を受け付け、{moment(self.now)}に一時停止しました。見つかったら解除できます。"
            "見つからなければ再交付を申請してください（特急発行は届け出の日から30日以内）。"
        )
        return self._done(said, channel=channel)

    def _report_found(self) -> CounterProcedure:
        assert self.carrier is not None, "finding is refused without a card"
        lift(self.connection, self.carrier.card)
        said = "一時停止を解除しました。"
        if self.carrier.lapsed(self.now):
            said += "ただし、カードは失効しています。新しいカードを申請してください。"
        elif self.carrier.rests(self.now):
            said += "カードは休止中のままです。転入届を出すと、また使えます。"
        return self._done(said)

    def _apply_for_card(self) -> CounterProcedure:
        asked = self.asked
        if asked.reason is None or asked.channel is None:
            raise refused(
                Sentence(
                    "申請の理由と方法を選んでください。",
                    "Choose the reason and the way of the application.",
                )
            )
        reason_on = _day(asked.moved_on) or self.today
        what = Asked(asked.reason, asked.channel, asked.kind, reason_on, asked.own_fault)
        comes = ready(what, self.file, self.now, self.today, self.rules.ordinary_card_days)
        stay_ends_on = _day(asked.stay_ends_on)
        if stay_ends_on is not None and stay_ends_on < comes.on:
            raise refused(
                Sentence(
                    "交付の前に在留期間が終わります。在留期間の満了日を確かめてください。",
                    "The stay ends before the card can be handed over; look at its last day.",
                )
            )
        return self._done(
            comes.sentence,
            channel=asked.channel,
            reason=asked.reason,
            kind=asked.kind,
            moved_on=reason_on,
            stay_ends_on=stay_ends_on,
            ready_on=comes.on,
        )

    def _give_back(self) -> CounterProcedure:
        assert self.carrier is not None, "giving back is refused without a card"
        revoke(self.connection, self.carrier.card, StopReason.RETURNED, self.now)
        return self._done("返納を受け付け、カードは失効しました。")


_CARD_ABROAD = (
    "国外継続利用を受け付けました。国外転出者向けマイナンバーカードとして、そのまま使えます。"
)


def _day(text: str | None) -> date | None:
    return None if text is None else read_day(text)
