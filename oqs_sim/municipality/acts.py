"""The acts of the counter: what each is called, by which rules it goes, and when it is possible."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from eligibility.card.certificates import RenewalOpens, renewable_from
from eligibility.card.moving import abroad_file_by
from eligibility.days.eras import era_day
from eligibility.sentence import Sentence
from oqs_sim.jlis.card_register import renewal_refusal
from oqs_sim.jlis.outage import outage_refusal
from oqs_sim.municipality.course import day_of
from wire.vocabulary.consoles.municipality import CounterAct, PossibleAct
from wire.vocabulary.jlis import Carrier

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from oqs_sim.municipality.person_file import HeldCarrier, PersonFile
    from wire.catalogue import Problem


class ActWords(NamedTuple):
    """What an act is called, and by which rules it goes."""

    japanese: str
    rules: tuple[str, ...]
    hint: str
    """What a clerk has to know of it, in a sentence."""


ACTS = MappingProxyType(
    {
        CounterAct.RESET_PIN: ActWords(
            "暗証番号の初期化",
            ("P-017",),
            "間違いの回数が元に戻り、新しい暗証番号になります。暗証番号はカードにだけ書きます。",
        ),
        CounterAct.RENEW: ActWords(
            "電子証明書の更新",
            ("P-001", "P-003", "P-007"),
            "期限の3か月前から。医療機関で新しい期限になるのは約24時間後です。",
        ),
        CounterAct.MOVE_OUT: ActWords(
            "転出届", ("R-112",), "転出予定日から転入届まで、カードは休止します。"
        ),
        CounterAct.MOVE_IN: ActWords(
            "転入届",
            ("R-112", "R-114", "P-016"),
            "引っ越しから14日以内、かつ転出予定日から30日以内。署名用電子証明書は失効します。",
        ),
        CounterAct.CONTINUE_USE: ActWords(
            "継続利用", ("R-113", "R-114"), "転入届から90日以内。閉庁日なら次の開庁日まで。"
        ),
        CounterAct.LEAVE_COUNTRY: ActWords(
            "国外転出届", ("R-119",), "継続利用の申請がないと、転出予定日に失効します。"
        ),
        CounterAct.CONTINUE_ABROAD: ActWords(
            "国外継続利用の申請", ("R-119",), "国外転出予定日の前日まで。"
        ),
        CounterAct.COME_BACK: ActWords(
            "国外からの転入届", ("R-119", "P-012"), "失効していれば、特急発行も申請できます。"
        ),
        CounterAct.REPORT_LOSS: ActWords(
            "紛失・一時停止",
            ("R-115", "R-116", "P-013"),
            "届けたその時から止まります。フリーダイヤル 0120-95-0178 は24時間365日。",
        ),
        CounterAct.REPORT_FOUND: ActWords(
            "発見・一時停止の解除", ("R-115",), "本人であることを確かめて、一時停止を解きます。"
        ),
        CounterAct.APPLY: ActWords(
            "カードの申請",
            ("R-110", "R-117", "R-120", "P-008", "P-009", "P-010", "P-011", "P-012"),
            "オンライン・郵便・証明写真機のどれか。窓口での申請は特急発行（最短5日）です。",
        ),
        CounterAct.HAND_OVER: ActWords(
            "カードの交付", ("R-110", "R-117"), "前のカードとスマートフォンの証明書は失効します。"
        ),
        CounterAct.GIVE_BACK: ActWords("返納", ("P-013",), "カードは失効し、元に戻せません。"),
    }
)
"""All acts, in the order of the page."""


NEED_JLIS = frozenset(
    {
        CounterAct.RENEW,
        CounterAct.REPORT_LOSS,
        CounterAct.REPORT_FOUND,
        CounterAct.HAND_OVER,
        CounterAct.GIVE_BACK,
    }
)
"""What has J-LIS issue, stop or revoke certificates: while its systems are down, no counter hands
cards over, nor issues, renews or revokes certificates (notice on www.jpki.go.jp). A form that moves
a person, an application and a PIN go on."""


def refusal_while_out(act: CounterAct, file: PersonFile, now: datetime) -> Problem | None:
    """Return why an act has to wait for J-LIS (SIM-JLIS-OUT), or None."""
    if act not in NEED_JLIS:
        return None
    meanwhile = f"「{ACTS[act].japanese}」は受け付けていません。カードは前のままです。"
    return outage_refusal(file.outage, now, meanwhile=meanwhile)


def possible_acts(
    file: PersonFile,
    now: datetime,
    opens: RenewalOpens = RenewalOpens.THREE_MONTHS_BEFORE,
    closed: Sentence | None = None,
) -> tuple[PossibleAct, ...]:
    """Say of each act whether it can be done now, for a carrier that the person has.

    ``closed`` is why the counter does nothing now; a loss is told at any hour (R-116).
    """
    found = []
    for act, words in ACTS.items():
        why = why_not(act, file, now, opens=opens)
        if why is not None and fit_for(act, file, now):
            why = None
        if why is None and closed and act is not CounterAct.REPORT_LOSS:
            why = closed
        if why is None and (out := refusal_while_out(act, file, now)) is not None:
            why = Sentence(out.japanese, out.detail or out.entry.kind.title)
        found.append(
            PossibleAct(
                act=act,
                possible=why is None,
                sentence=words.hint if why is None else why.ja,
                rules=words.rules,
            )
        )
    return tuple(found)


def fit_for(act: CounterAct, file: PersonFile, now: datetime) -> tuple[HeldCarrier, ...]:
    """Return the carriers that may be lost, found or given back now; a phone is one too."""
    if act not in _OF_A_CARRIER:
        return ()
    return tuple(one for one in file.carriers if why_not(act, file, now, one) is None)


def why_not(
    act: CounterAct,
    file: PersonFile,
    now: datetime,
    carrier: HeldCarrier | None = None,
    opens: RenewalOpens = RenewalOpens.THREE_MONTHS_BEFORE,
) -> Sentence | None:
    """Say why an act cannot be done now, or None.

    ``carrier`` is the card that it is about; without one it is that which the person has.
    """
    if act is CounterAct.RENEW:
        return _not_renewed(file, now, carrier, opens)
    return _REASONS[act](file, now, carrier or file.current)


_OF_A_CARRIER = {CounterAct.REPORT_LOSS, CounterAct.REPORT_FOUND, CounterAct.GIVE_BACK}
_Reason = Sentence | None


def _no_reset(file: PersonFile, now: datetime, one: HeldCarrier | None) -> _Reason:
    if one is None or one.revoked:
        return Sentence("使えるカードがありません。", "There is no card that could be used.")
    if one.kind is Carrier.FACE_AUTHENTICATION_CARD:
        return Sentence(
            "顔認証マイナンバーカードには暗証番号がありません。",
            "A 顔認証マイナンバーカード has no PIN.",
        )
    if not one.is_card:
        return Sentence(
            "スマートフォンの暗証番号は、窓口では扱えません。",
            "The counter does nothing with a phone's PIN.",
        )
    return _out_of_use(file, one, now)


def _not_renewed(
    file: PersonFile, now: datetime, carrier: HeldCarrier | None, opens: RenewalOpens
) -> _Reason:
    one, today = carrier or file.current, day_of(now)
    if one is None or not one.is_card or one.revoked:
        return Sentence("更新できるカードがありません。", "There is no card that could be renewed.")
    if (why := _out_of_use(file, one, now)) is not None:
        return why
    identifying = one.identifying
    if identifying is not None:
        first = renewable_from(identifying.expires_on, opens)
        if today < first:
            return Sentence(
                f"更新できるのは{era_day(first)}からです。", f"It can be renewed from {first} on."
            )
    return None


def _out_of_use(file: PersonFile, one: HeldCarrier, now: datetime) -> _Reason:
    """Say why nothing can be done with the card itself: it is stopped, or has ended."""
    if one.lapsed(now):
        then = _to_a_new_card(file)
        return Sentence(f"このカードは失効しています。{then.ja}", f"The card has lapsed. {then.en}")
    refusal = renewal_refusal(one.card, one.certificates, one.rest, day_of(now), now)
    if refusal is None:
        return None
    return Sentence(refusal.japanese, refusal.detail or refusal.entry.kind.title)


def _to_a_new_card(file: PersonFile) -> Sentence:
    """Say what leads to a new card, where the present one has lapsed."""
    if file.course.awaits_moving_in:
        return Sentence(
            "先に転入届を受け付け、それから新しいカードを申請してください。",
            "First take 転入届, then apply for a new card.",
        )
    if file.course.abroad:
        return Sentence(
            "帰国の転入届のあとに、新しいカードを申請できます。",
            "A new card can be applied for after the person has come back.",
        )
    return Sentence("新しいカードを申請してください。", "Apply for a new card.")


def _no_moving_out(file: PersonFile, _now: datetime, _one: HeldCarrier | None) -> _Reason:
    if file.course.awaits_moving_in:
        return Sentence(
            "転出届はもう出ています。次は転入届です。",
            "転出届 was filed already; 転入届 comes next.",
        )
    if file.course.abroad:
        return Sentence(
            "国外転出届が出ています。", "国外転出届 was filed: the person has left the country."
        )
    return None


def _no_moving_in(file: PersonFile, _now: datetime, _one: HeldCarrier | None) -> _Reason:
    if not file.course.awaits_moving_in:
        return Sentence(
            "転出届が出ていません。先に前の市区町村で転出届を出します。",
            "No 転出届 was filed; first file it where the person lived before.",
        )
    return None


def _not_continued(file: PersonFile, now: datetime, one: HeldCarrier | None) -> _Reason:
    move = file.course.move
    if file.course.lapsed is not None or (one is not None and one.lapsed(now)):
        then = _to_a_new_card(file)
        return Sentence(f"カードは失効しています。{then.ja}", f"The card has lapsed. {then.en}")
    if one is None:
        return Sentence("使えるカードがありません。", "There is no card that could be used.")
    if move is None or move.continue_by is None:
        return Sentence("転入届のあとの手続きです。", "This comes after 転入届.")
    if move.continued_on is not None:
        return Sentence("継続利用の手続きは済んでいます。", "継続利用 is done already.")
    if day_of(now) > move.continue_by:
        return Sentence(
            f"期限は{era_day(move.continue_by)}でした。カードは失効しています。",
            f"The last day was {move.continue_by}; the card has lapsed.",
        )
    return None


def _no_leaving(file: PersonFile, _now: datetime, _one: HeldCarrier | None) -> _Reason:
    if file.course.abroad:
        return Sentence("国外転出届はもう出ています。", "国外転出届 was filed already.")
    if file.course.awaits_moving_in:
        return Sentence(
            "転出届が出ていて、転入届がまだです。", "転出届 was filed, and 転入届 is still to come."
        )
    return None


def _not_continued_abroad(file: PersonFile, now: datetime, _one: HeldCarrier | None) -> _Reason:
    leaving = file.course.leaving
    if leaving is None or not file.course.abroad:
        return Sentence("国外転出届のあとの手続きです。", "This comes after 国外転出届.")
    if leaving.card_goes_on:
        return Sentence("申請は済んでいます。", "It was applied for already.")
    last = abroad_file_by(leaving.on)
    if day_of(now) > last:
        return Sentence(
            f"申請できるのは{era_day(last)}まででした。", f"It could be applied for until {last}."
        )
    return None


def _no_coming_back(file: PersonFile, _now: datetime, _one: HeldCarrier | None) -> _Reason:
    return (
        None
        if file.course.abroad
        else Sentence("国外転出届が出ていません。", "No 国外転出届 was filed.")
    )


def _no_loss(_file: PersonFile, now: datetime, one: HeldCarrier | None) -> _Reason:
    if one is None or one.revoked:
        return Sentence("止めるカードがありません。", "There is no card that could be stopped.")
    if one.lapsed(now):
        return Sentence(
            "このカードは失効しています。止める必要はありません。",
            "The card has lapsed; it need not be stopped.",
        )
    if one.suspended(now):
        return Sentence("もう一時停止しています。", "It is suspended already.")
    return None


def _not_found(_file: PersonFile, now: datetime, one: HeldCarrier | None) -> _Reason:
    if one is None or one.revoked:
        return Sentence("一時停止中のカードがありません。", "There is no suspended card.")
    return (
        None if one.suspended(now) else Sentence("一時停止していません。", "It is not suspended.")
    )


def _no_application(file: PersonFile, now: datetime, _one: HeldCarrier | None) -> _Reason:
    if file.course.application is not None:
        ready_on = file.course.application.ready_on
        return Sentence(
            f"申請中です。{era_day(ready_on)}から交付できます。",
            f"A card was applied for; it can be handed over from {ready_on} on.",
        )
    move = file.course.move if file.course.awaits_moving_in else None
    if move is not None and move.stops_on <= day_of(now):
        return Sentence(
            "転出して転入届がまだです。先に転入届を受け付けてください。",
            "The person has moved out, and 転入届 is still to come; take that first.",
        )
    if file.course.abroad:
        return Sentence(
            "国外転出届が出ています。帰国の転入届のあとに申請します。",
            "国外転出届 was filed; a card is applied for after the person has come back.",
        )
    return None


def _no_handing_over(file: PersonFile, now: datetime, _one: HeldCarrier | None) -> _Reason:
    application = file.course.application
    if application is None:
        return Sentence("申請がありません。", "No card was applied for.")
    if day_of(now) < application.ready_on:
        return Sentence(
            f"カードはまだ届いていません。交付できるのは{era_day(application.ready_on)}から。",
            f"The card has not come yet; it can be handed over from {application.ready_on} on.",
        )
    return None


def _no_giving_back(_file: PersonFile, _now: datetime, one: HeldCarrier | None) -> _Reason:
    return (
        Sentence("返すカードがありません。", "There is no card to give back.")
        if one is None or one.revoked
        else None
    )


_REASONS: dict[CounterAct, Callable[[PersonFile, datetime, HeldCarrier | None], _Reason]] = {
    CounterAct.RESET_PIN: _no_reset,
    CounterAct.MOVE_OUT: _no_moving_out,
    CounterAct.MOVE_IN: _no_moving_in,
    CounterAct.CONTINUE_USE: _not_continued,
    CounterAct.LEAVE_COUNTRY: _no_leaving,
    CounterAct.CONTINUE_ABROAD: _not_continued_abroad,
    CounterAct.COME_BACK: _no_coming_back,
    CounterAct.REPORT_LOSS: _no_loss,
    CounterAct.REPORT_FOUND: _not_found,
    CounterAct.APPLY: _no_application,
    CounterAct.HAND_OVER: _no_handing_over,
    CounterAct.GIVE_BACK: _no_giving_back,
}
