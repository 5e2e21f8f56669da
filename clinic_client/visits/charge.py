"""The amount at the window (窓口の支払い) for given points (P-074, R-096).

It is reckoned as the desk decided, and once a visit is confirmed afterwards, as that says. It
is for one visit: a monthly limit (限度額) and 公費 are the billing computer's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clinic_client.visits.settlement import Contradicted
from eligibility.cost.burden import FULL, YEN_PER_POINT, base_ratio, refund, window_charge
from eligibility.reception.decision import RatioSource
from eligibility.reception.options import FallbackOptionId
from eligibility.sentence import Sentence

if TYPE_CHECKING:
    from clinic_client.visits.claims import VisitStanding
    from clinic_client.visits.visit import Visit

MOST_POINTS = 9_999_999
"""More than any visit has."""


@dataclass(frozen=True, slots=True)
class Afterwards:
    """That a charge is reckoned by what was confirmed afterwards, and what was reckoned before."""

    visit_id: str
    """The later visit by which it is confirmed."""
    insurer_name: str
    then: Charge
    """As the desk decided at the visit."""
    to_settle: bool
    """Whether the difference is still to be put right (精算)."""
    dropped: bool
    """Whether it never will be, as the visit is withdrawn."""
    certain: bool
    """Whether what is confirmed held on the visit's day already, and need not be asked for."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What a patient pays."""

    points: int
    """点数, at ten yen each."""
    ratio: int | None
    """In tenths; None where it is not known."""
    yen: int | None
    """Rounded to ten; None with the ratio."""
    refund: int | None = None
    """療養費, yen: what comes back of a whole cost, as far as the age tells the share."""
    by_ticket: bool = False
    """Whether the patient pays what a medical ticket says, whatever the points (P-032)."""
    afterwards: Afterwards | None = None
    """None of what rests on the desk's decision."""

    @property
    def difference(self) -> int | None:
        """What is to be collected, or below nought paid back, in yen; None where nobody can tell.

        It is what lies between the two amounts, whether or not it is settled.
        """
        if self.afterwards is None or None in {self.yen, (then := self.afterwards.then).yen}:
            return None
        return (self.yen or 0) - (then.yen or 0)

    @property
    def text(self) -> Sentence:
        """What the receptionist reads."""
        if self.afterwards is None or self.settling is None:
            return self._amount
        name, amount, settling = self.afterwards.insurer_name, self._amount, self.settling
        return Sentence(
            f"あとで確認できた資格（{name}）で計算しました。{amount.ja}{settling.ja}",
            f"By what was confirmed afterwards ({name}): {amount.en} {settling.en}",
        )

    @property
    def settling(self) -> Sentence | None:
        """What was reckoned at the visit, and the difference; None where nothing was confirmed."""
        afterwards, difference = self.afterwards, self.difference
        if afterwards is None:
            return None
        then = afterwards.then
        if then.yen is None:
            return _LOOK_UP_THEN if afterwards.to_settle else _THEN_UNKNOWN
        if difference == 0:
            return _THEN_SAME
        by = _BY_TICKET_THEN if then.by_ticket else _share_text(then.ratio)
        told = Sentence(
            f"受付のときは{by.ja}で {then.yen:,}円でした。",
            f"At the visit it was {then.yen:,} yen ({by.en}).",
        )
        if difference is None:
            return told
        if afterwards.dropped:
            return Sentence(f"{told.ja}{_NO_DIFFERENCE.ja}", f"{told.en} {_NO_DIFFERENCE.en}")
        act = _act(difference, settled=not afterwards.to_settle, certain=afterwards.certain)
        return Sentence(f"{told.ja}{act.ja}", f"{told.en} {act.en}")

    @property
    def _amount(self) -> Sentence:
        if self.by_ticket:
            return _BY_TICKET if self.yen is None else _paid_by_ticket(self.yen)
        if self.yen is None:
            return Sentence(
                "負担割合がまだ分からないため、計算できません。",
                "The share is not known yet, so there is no amount.",
            )
        share = _share_text(self.ratio)
        told = Sentence(
            f"窓口の支払いは {self.yen:,}円（{self.points:,}点の{share.ja}）です。",
            f"The patient pays {self.yen:,} yen ({share.en} of {self.points:,} points).",
        )
        if self.refund is None:
            return told
        return Sentence(
            f"{told.ja}あとで保険者に申請すると、{self.refund:,}円戻る見込みです。",
            f"{told.en} On application the insurer is likely to pay back {self.refund:,} yen.",
        )


_BY_TICKET = Sentence(
    "医療券・調剤券の本人支払額だけを受け取ります。点数では決まりません。",
    "The patient pays what the medical ticket says, whatever the points.",
)


def _paid_by_ticket(yen: int) -> Sentence:
    return Sentence(
        f"窓口の支払いは、医療券の本人支払額の {yen:,}円です。",
        f"The patient pays {yen:,} yen, as the medical ticket says.",
    )


_BY_TICKET_THEN = Sentence("医療券", "medical ticket")
_THEN_UNKNOWN = Sentence(
    "受付のときは金額が分かりませんでした。", "At the visit there was no amount yet."
)
_LOOK_UP_THEN = Sentence(
    f"{_THEN_UNKNOWN.ja}受け取った金額を確かめ、足りなければ受け取り、多ければ返します。",
    f"{_THEN_UNKNOWN.en} Look up what was taken, and collect or refund the difference.",
)
_THEN_SAME = Sentence("受付のときと同じ金額です。", "It is the amount of the visit.")


def _share_text(ratio: int | None) -> Sentence:
    return Sentence("全額", "all") if ratio == FULL else Sentence(f"{ratio}割", f"{ratio}0%")


def _act(difference: int, *, settled: bool, certain: bool) -> Sentence:
    yen = f"{abs(difference):,}"
    if settled:
        return Sentence(
            f"差額の {yen}円は精算済みです。", f"The difference of {yen} yen is settled."
        )
    act = (
        Sentence(f"差額の {yen}円を受け取ります。", f"Collect {yen} yen.")
        if difference > 0
        else Sentence(f"差額の {yen}円を返します。", f"Refund {yen} yen.")
    )
    if certain:
        return act
    return Sentence(
        f"対象になった日を確かめてから、{act.ja}", f"Find out since when it holds, then: {act.en}"
    )


def charge_of(standing: VisitStanding, points: int) -> Charge:
    """Return what is paid at a visit for so many points, by what is confirmed of it."""
    visit, confirmed = standing.visit, standing.confirmed_by
    decision = visit.decision
    if decision.ratio_source is RatioSource.TICKET:
        then = _by_ticket(points, decision.self_pay)
    else:
        then = _by_share(points, decision.ratio, _share(visit))
    if confirmed is None:
        return then
    whole = decision.accepted is FallbackOptionId.SELF_PAY
    told = standing.ratio_told
    if confirmed.decision.ratio_source is RatioSource.TICKET:
        now = then if whole else _by_ticket(points, confirmed.decision.self_pay)
    elif told is None:
        now = then
    else:
        share = _share(confirmed) if told == FULL else told
        now = _by_share(points, FULL if whole else told, share)
    withdrawn = visit.withdrawal is not None
    open_points = [one for one in standing.contradictions if one.what is Contradicted.CHARGE]
    return replace(
        now,
        afterwards=Afterwards(
            confirmed.visit_id,
            confirmed.coverage.insurer_name if confirmed.coverage else "",
            then,
            to_settle=bool(open_points) and not withdrawn,
            dropped=bool(open_points) and withdrawn,
            certain=all(one.certain for one in open_points),
        ),
    )


_LOOK_UP = Sentence(
    "窓口で受け取った金額は、ここでは分かりません。領収書かレセコンで確かめて、受け取っていれば返します。",
    "It is not known here what was taken. Look it up (receipt, billing record), and pay it back.",
)
_NOTHING_TAKEN = Sentence(
    "受け取ったお金はありません。返すものはありません。", "Nothing was taken; nothing is paid back."
)
_NO_DIFFERENCE = Sentence(
    "まだ精算していない差額は、受け取りも返しもしません。",
    "The difference that is not settled yet is neither collected nor refunded.",
)
_DIFFERENCE_TOO = Sentence(
    "精算した差額も入れて確かめます。", "Count in the difference that was settled."
)


def to_give_back(standing: VisitStanding) -> Sentence | None:
    """Say what of a withdrawn visit is to be given back; None where no amount was ever known.

    The amount is what was said when it was withdrawn, else what a medical ticket says (P-032).
    """
    visit, decision = standing.visit, standing.visit.decision
    by_ticket = decision.ratio_source is RatioSource.TICKET
    paid = decision.self_pay if visit.paid is None and by_ticket else visit.paid
    is_open = any(one.what is Contradicted.CHARGE for one in standing.contradictions)
    if paid is None and decision.ratio is None and not by_ticket and not is_open:
        return None
    if paid is None:
        told = _LOOK_UP
    elif paid:
        told = Sentence(f"受け取った {paid:,}円を返します。", f"Pay {paid:,} yen back.")
    else:
        told = _NOTHING_TAKEN
    more = _NO_DIFFERENCE if is_open else _DIFFERENCE_TOO if visit.settled and paid != 0 else None
    return Sentence(f"{told.ja}{more.ja}", f"{told.en} {more.en}") if more else told


def _by_ticket(points: int, self_pay: int | None) -> Charge:
    return Charge(points, None, self_pay, by_ticket=True)


def _by_share(points: int, ratio: int | None, share: int | None) -> Charge:
    """Return the amount by a share; ``share`` is that of who pays all for now."""
    if ratio is None:
        return Charge(points, None, None)
    back = None if ratio != FULL or share is None else refund(points * YEN_PER_POINT, share)
    return Charge(points, ratio, window_charge(points, ratio), back)


def _share(visit: Visit) -> int | None:
    """Return the share of who pays all for now: as it was answered or recorded, else by age."""
    case = visit.case
    if case.ratio is not None:
        return case.ratio
    return base_ratio(case.birthdate, case.on) if case.birthdate else None
