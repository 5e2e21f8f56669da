"""Settling (精算): what a later confirmation says otherwise than the desk went by at a visit.

What was taken without an answer rests on the last visit, a paper or the age. Where the confirmation
of the visit's day contradicts that, money is owed or too much was paid, and nobody must have to
find it out by themselves (P-070 to P-072, P-080, R-159).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from eligibility.cost.burden import SPECIAL_EXPENSES_RATIO, ratio_on
from eligibility.cost.claims import ClaimMode
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
    sentence: Sentence


def contradictions(visit: Visit, confirmed: Visit, told_of: date) -> tuple[Contradiction, ...]:
    """Return what a visit was taken for otherwise than the visit that confirmed it says.

    ``told_of`` is the day of which the confirmation tells. Nothing is left of what is settled. Who
    paid all as nothing could be shown asks their insurer for it, and not the clinic (R-096).
    """
    if visit.settled_by == confirmed.visit_id:
        return ()
    return tuple(_contradictions(visit, confirmed, told_of))


def _contradictions(visit: Visit, confirmed: Visit, told_of: date) -> Iterator[Contradiction]:
    decision = visit.decision
    paid = decision.ratio
    right = _ratio_of_day(visit, confirmed, told_of)
    whole_cost = decision.accepted is FallbackOptionId.SELF_PAY
    if None not in {paid, right} and paid != right and not whole_cost:
        assert paid is not None
        assert right is not None
        certain = visit.day == told_of or not confirmed.case.special_expenses
        yield Contradiction(
            Contradicted.CHARGE, _charge(visit.day, paid, right, confirmed, certain=certain)
        )
    then, now = visit.coverage, confirmed.coverage
    # Where the old number was known to be old, or none was, the claim waited for the new one.
    taken_for_current = (
        decision.claim.mode is ClaimMode.NORMAL
        and decision.accepted in {None, FallbackOptionId.ORAL_NO_CHANGE}
    ) or decision.ratio_source is RatioSource.SPECIAL_EXPENSES
    if taken_for_current and then and now and then.insurer_number != now.insurer_number:
        yield Contradiction(
            Contradicted.INSURER,
            Sentence(
                f"{_ja(visit.day)}の受診は{then.insurer_name}（{then.insurer_number}）として受け付けましたが、"
                f"確認した保険者は{now.insurer_name}（{now.insurer_number}）です。"
                "請求は確認した保険者に出します。レセコンの登録を直します。",
                f"The visit of {visit.day} was received under {then.insurer_name} "
                f"({then.insurer_number}); the confirmed insurer is {now.insurer_name} "
                f"({now.insurer_number}). Claim from that one, and mend the billing record.",
            ),
        )


def _ratio_of_day(visit: Visit, confirmed: Visit, told_of: date) -> int | None:
    """Return the share of the visit's day as the confirmation tells it; None where it does not."""
    if confirmed.case.special_expenses:
        return SPECIAL_EXPENSES_RATIO
    ratio, patient = confirmed.case.ratio, confirmed.patient
    if ratio is None or patient is None or confirmed.decision.ratio_source is RatioSource.TICKET:
        return None
    if visit.day < patient.birthdate:
        return None
    return ratio_on(visit.day, ratio, told_of, patient.birthdate)


def _charge(day: date, paid: int, right: int, confirmed: Visit, *, certain: bool) -> Sentence:
    why = Sentence("（特別療養費の対象）", " (in arrears)")
    if not confirmed.case.special_expenses:
        why = Sentence("", "")
    begin = Sentence(
        f"{_ja(day)}の受診は{paid}割で受け取りましたが、確認では{right}割{why.ja}です。",
        f"Of the visit of {day} {paid}0% was taken, but {right}0%{why.en} is right.",
    )
    act = (
        Sentence("差額を患者さんから受け取ります。", "Collect the difference from the patient.")
        if right > paid
        else Sentence("差額を患者さんに返します。", "Refund the difference to the patient.")
    )
    if not certain:
        act = Sentence(
            f"対象になった日を保険者に確かめてから、{act.ja}",
            f"Ask the insurer since when, then: {act.en}",
        )
    return Sentence(f"{begin.ja}{act.ja}", f"{begin.en} {act.en}")


def _ja(day: date) -> str:
    return f"{day.month}月{day.day}日"
