"""Settling (精算): what a later confirmation says otherwise than the desk went by at a visit.

What was taken without an answer rests on the last visit, a paper or the age. Where the confirmation
of the visit's day contradicts that, money is owed or too much was paid, and nobody must have to
find it out by themselves (P-070 to P-072, P-080, R-159).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from clinic_client.visits.visit import CheckChannel
from eligibility.cost.burden import SPECIAL_EXPENSES_RATIO, ratio_on
from eligibility.cost.claims import ClaimMode
from eligibility.identifiers.numbers import InsurerKind
from eligibility.reception.decision import RatioSource
from eligibility.reception.options import FallbackOptionId
from eligibility.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from clinic_client.visits.visit import Visit


class Contradicted(StrEnum):
    """What a confirmation contradicts."""

    CHARGE = "charge"
    """The share that the patient paid."""
    INSURER = "insurer"
    """The insurer that was taken for the current one."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What is to be put right of a visit, and how."""

    what: Contradicted
    key: str
    """By which it is known again, whichever confirmation says it."""
    sentence: Sentence
    certain: bool = True
    """Whether it is known to hold since before the visit, and need not be asked for."""


def contradictions(visit: Visit, confirmed: Visit, told_of: date) -> tuple[Contradiction, ...]:
    """Return what a visit was taken for otherwise than the visit that confirmed it says.

    ``told_of`` is the day of which the confirmation tells. Nothing is left of what is settled. Who
    paid all as nothing could be shown asks their insurer for it, and not the clinic (R-096).
    """
    found = (*_of_charge(visit, confirmed, told_of), *_of_insurer(visit, confirmed))
    return tuple(one for one in found if one.key not in visit.settled)


def ratio_of_day(visit: Visit, confirmed: Visit, told_of: date) -> int | None:
    """Return the share of the visit's day as the confirmation tells it; None where it does not."""
    if confirmed.case.special_expenses:
        return SPECIAL_EXPENSES_RATIO
    ratio, patient = confirmed.case.ratio, confirmed.patient
    if ratio is None or patient is None or confirmed.decision.ratio_source is RatioSource.TICKET:
        return None
    if visit.day < patient.birthdate:
        return None
    since = confirmed.coverage.qualified_on if confirmed.coverage else None
    late_elderly = (
        confirmed.case.insurers == {InsurerKind.KOUKI} and since is not None and since <= visit.day
    )
    return ratio_on(visit.day, ratio, told_of, patient.birthdate, late_elderly=late_elderly)


@dataclass(frozen=True, slots=True)
class _Paid:
    """What is paid: a share, or what a medical ticket says (P-032)."""

    ratio: int | None
    yen: int | None = None
    in_arrears: bool = False

    @property
    def text(self) -> Sentence:
        """How it is said."""
        if self.ratio is None:
            amount = "" if self.yen is None else f" {self.yen:,}円"
            en = "what the medical ticket says" if self.yen is None else f"{self.yen:,} yen"
            return Sentence(f"医療券の本人支払額{amount}", f"{en} (medical ticket)")
        why = Sentence("（特別療養費の対象）", " (in arrears)")
        why = why if self.in_arrears else Sentence("", "")
        return Sentence(f"{self.ratio}割{why.ja}", f"{self.ratio}0%{why.en}")


def _of_charge(visit: Visit, confirmed: Visit, told_of: date) -> Iterator[Contradiction]:
    then, now = visit.decision, confirmed.decision
    if then.accepted is FallbackOptionId.SELF_PAY:
        return
    right = ratio_of_day(visit, confirmed, told_of)
    by_ticket = now.ratio_source is RatioSource.TICKET
    should = _Paid(right, now.self_pay if by_ticket else None, confirmed.case.special_expenses)
    paid = _Paid(then.ratio, then.self_pay)
    was_ticket = then.ratio_source is RatioSource.TICKET
    certain = visit.day == told_of or not (confirmed.case.special_expenses or by_ticket)
    if right is None and not by_ticket:
        return
    if paid.ratio is None and not was_ticket:
        # What the desk confirms on the day itself, it confirms to know what to take.
        if confirmed.channel is CheckChannel.CATCH_UP or confirmed.day != visit.day:
            yield Contradiction(
                Contradicted.CHARGE,
                f"charge unknown > {should.text.en}",
                _look_up(visit.day, should.text, certain=certain, by_ticket=by_ticket),
                certain,
            )
        return
    if was_ticket and by_ticket:
        same = None in {paid.yen, should.yen} or paid.yen == should.yen
        more = not same and (should.yen or 0) > (paid.yen or 0)
    else:
        same = paid.ratio == right
        # A ticket asks for less than any share.
        more = was_ticket or (not by_ticket and (right or 0) > (paid.ratio or 0))
    if same:
        return
    yield Contradiction(
        Contradicted.CHARGE,
        f"charge {paid.text.en} > {should.text.en}",
        _charge(visit.day, paid.text, should.text, more=more, certain=certain, by_ticket=by_ticket),
        certain,
    )


def _charge(
    day: date, paid: Sentence, right: Sentence, *, more: bool, certain: bool, by_ticket: bool
) -> Sentence:
    begin = Sentence(
        f"{_ja(day)}の受診は{paid.ja}で受け取りましたが、確認では{right.ja}です。",
        f"Of the visit of {day} {paid.en} was taken, but {right.en} is right.",
    )
    act = (
        Sentence("差額を患者さんから受け取ります。", "Collect the difference from the patient.")
        if more
        else Sentence("差額を患者さんに返します。", "Refund the difference to the patient.")
    )
    act = act if certain else _once_asked(act, by_ticket=by_ticket)
    return Sentence(f"{begin.ja}{act.ja}", f"{begin.en} {act.en}")


def _look_up(day: date, right: Sentence, *, certain: bool, by_ticket: bool) -> Sentence:
    begin = Sentence(
        f"{_ja(day)}の受診は割合が分からないまま受け付けましたが、確認では{right.ja}です。",
        f"The visit of {day} was received without a share, and {right.en} is right.",
    )
    act = Sentence(
        "受け取った金額を確かめ、足りなければ受け取り、多ければ返します。",
        "Look up what was taken, and collect or refund the difference.",
    )
    act = act if certain else _once_asked(act, by_ticket=by_ticket)
    return Sentence(f"{begin.ja}{act.ja}", f"{begin.en} {act.en}")


def _once_asked(act: Sentence, *, by_ticket: bool) -> Sentence:
    whom = Sentence("保険者", "the insurer")
    whom = Sentence("福祉事務所", "the welfare office") if by_ticket else whom
    return Sentence(
        f"対象になった日を{whom.ja}に確かめてから、{act.ja}",
        f"Ask {whom.en} since when, then: {act.en}",
    )


def _of_insurer(visit: Visit, confirmed: Visit) -> Iterator[Contradiction]:
    decision, then, now = visit.decision, visit.coverage, confirmed.coverage
    paper = decision.numbered.insurer_number if decision.numbered else ""
    number = paper or (then.insurer_number if then else "")
    name = then.insurer_name if then and then.insurer_number == number else ""
    # Where the old number was known to be old, or none was, the claim waited for the new one.
    taken_for_current = (
        decision.claim.mode is ClaimMode.NORMAL
        and (bool(paper) or decision.accepted in {None, FallbackOptionId.ORAL_NO_CHANGE})
    ) or decision.ratio_source is RatioSource.SPECIAL_EXPENSES
    confirms = number in {one.insurer_number for one in confirmed.coverages}
    if not taken_for_current or not number or now is None or confirms:
        return
    yield Contradiction(
        Contradicted.INSURER,
        f"insurer {number} > {now.insurer_number}",
        Sentence(
            f"{_ja(visit.day)}の受診は{name}（{number}）として受け付けましたが、"
            f"確認した保険者は{now.insurer_name}（{now.insurer_number}）です。"
            "請求は確認した保険者に出します。レセコンの登録を直します。",
            f"The visit of {visit.day} was received under {name or 'another insurer'} ({number}); "
            f"the confirmed insurer is {now.insurer_name} ({now.insurer_number}). "
            "Claim from that one, and mend the billing record.",
        ),
    )


def _ja(day: date) -> str:
    return f"{day.month}月{day.day}日"
