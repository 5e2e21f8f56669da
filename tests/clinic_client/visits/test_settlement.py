"""What a later confirmation contradicts, and what it leaves as it was (精算)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from clinic_client.visits.catch_up import question_shown
from clinic_client.visits.claims import VisitStanding, claim_line
from clinic_client.visits.coverage import Coverage
from clinic_client.visits.visit import CheckChannel
from eligibility.cost.assistance import PublicAssistance
from eligibility.documents.kinds import DocumentKind
from eligibility.identifiers.insured_number import InsuredNumber
from eligibility.identifiers.numbers import InsurerKind
from eligibility.reception.case import Cause
from eligibility.reception.decision import decide
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.presented import Presented
from tests.clinic_client.store.test_visit_list import ONE, confirmed, single

if TYPE_CHECKING:
    from clinic_client.visits.visit import Visit

TICKET = Presented(DocumentKind.MEDICAL_TICKET, self_pay=0)
CERTIFICATE = Presented(DocumentKind.CERTIFICATE, InsurerKind.KOKUHO, ratio=3)


def received(**known: object) -> Visit:
    """Somebody who was received in an outage."""
    one = single("1", Cause.NETWORK)
    case = replace(one.case, **known)
    return replace(one, case=case, decision=decide(case))


def assisted(self_pay: int | None) -> Visit:
    welfare = Coverage("12990012", "福祉", "", "", "", date(2024, 4, 1), None, None)
    return confirmed("2", 1, welfare, assistance=PublicAssistance(self_pay))


def said(then: Visit, now: Visit) -> str:
    found = VisitStanding(then, confirmed_by=now).contradictions
    return " ".join(one.sentence.ja for one in found if one.what == "charge")


@pytest.mark.rules("P-032")
def test_a_share_and_a_medical_ticket_contradict_one_another() -> None:
    by_ticket = received(presented=(TICKET,))
    assert "0円で受け取りましたが、確認では3割です" in said(by_ticket, confirmed("2", 1))
    assert "患者さんから受け取ります" in said(by_ticket, confirmed("2", 1))
    by_share = received(ratio=3, revisit=True)
    refund = said(by_share, assisted(0))
    assert "3割で受け取りましたが、確認では医療券の本人支払額 0円です" in refund
    assert "福祉事務所に確かめてから、差額を患者さんに返します" in refund
    assert said(by_ticket, assisted(0)) == ""
    assert "本人支払額 500円" in said(by_ticket, assisted(500))
    assert said(by_ticket, assisted(None)) == "", "what the ticket says is not known"


@pytest.mark.rules("P-070", "P-092")
def test_what_was_taken_while_no_share_was_known_is_looked_up_once_one_is() -> None:
    unknown = received(ratio=None, birthdate=None, revisit=False)
    assert unknown.decision.ratio is None
    standing = VisitStanding(unknown, confirmed_by=confirmed("2", 1))
    assert "charge" in claim_line(standing).open_points
    assert "割合が分からないまま受け付けましたが、確認では3割です" in said(
        unknown, confirmed("2", 1)
    )
    assert "受け取った金額を確かめ" in said(unknown, confirmed("2", 1))
    by_itself = replace(confirmed("2", 0), channel=CheckChannel.CATCH_UP)
    assert said(unknown, by_itself) != ""
    assert said(unknown, confirmed("2", 0)) == "", "the desk has just seen it, with the patient"
    keys = frozenset(one.key for one in standing.contradictions)
    assert said(replace(unknown, settled=keys), confirmed("2", 1)) == ""
    assert "医療券の本人支払額 500円です" in said(unknown, assisted(500))


@pytest.mark.rules("R-096")
def test_the_whole_cost_stays_the_whole_cost() -> None:
    case = replace(single("1", Cause.NO_CARD).case, card_at_hand=False)
    case = replace(case, ruled_out=frozenset(FallbackOptionId) - {FallbackOptionId.SELF_PAY})
    visit = replace(single("1", Cause.NO_CARD), case=case, decision=decide(case))
    assert visit.decision.accepted is FallbackOptionId.SELF_PAY
    standing = VisitStanding(visit, confirmed_by=confirmed("2", 1))
    assert (standing.contradictions, standing.ratio) == ((), 10)


@pytest.mark.rules("P-070", "P-071", "P-072")
def test_the_share_is_that_of_the_visit_s_day() -> None:
    then = received(ratio=3, revisit=True)
    now = confirmed("2", 12, replace(ONE, ratio=2))
    assert now.patient
    elderly = replace(now.patient, birthdate=then.day.replace(year=1956))  # 2割 from December on
    standing = VisitStanding(then, confirmed_by=replace(now, patient=elderly))
    assert (standing.contradictions, standing.ratio, standing.ratio_told) == ((), 3, 3)
    old = replace(now.patient, birthdate=date(1953, 1, 1))
    july = replace(then, at=then.at.replace(month=7), case=replace(then.case, on=date(2026, 7, 1)))
    untold = VisitStanding(july, confirmed_by=replace(now, patient=old))
    assert (untold.contradictions, untold.ratio, untold.ratio_told) == ((), 3, None)


@pytest.mark.rules("R-052", "P-080")
def test_a_paper_of_another_insurer_than_the_confirmed_one_is_to_be_mended() -> None:
    paper = replace(CERTIFICATE, insurer_number="06990014")
    visit = received(presented=(paper,))
    found = VisitStanding(visit, confirmed_by=confirmed("2", 1)).contradictions
    assert [one.what for one in found] == ["insurer"]
    assert "06990014" in found[0].sentence.ja
    assert "レセコンの登録を直します" in found[0].sentence.ja
    same = received(presented=(replace(CERTIFICATE, insurer_number=ONE.insurer_number),))
    assert VisitStanding(same, confirmed_by=confirmed("2", 1)).contradictions == ()


def test_what_is_settled_is_known_again_whichever_confirmation_says_it() -> None:
    visit = received(ratio=2, revisit=True)
    first = VisitStanding(visit, confirmed_by=confirmed("2", 1))
    settled = replace(visit, settled=frozenset(one.key for one in first.contradictions))
    again = confirmed("3", 2)
    assert VisitStanding(settled, confirmed_by=again).contradictions == ()
    worse = confirmed("4", 2, special_expenses=True)
    assert VisitStanding(settled, confirmed_by=worse).contradictions != ()
    assert again.day - visit.day == timedelta(days=2)


@pytest.mark.rules("P-032", "P-080")
def test_beside_a_medical_ticket_the_number_of_the_other_paper_is_claimed_and_asked_for() -> None:
    insured = InsuredNumber("最上", "7654321", "01")
    paper = replace(CERTIFICATE, insurer_number=ONE.insurer_number, insured=insured)
    visit = received(presented=(TICKET, paper))
    assert visit.decision.self_pay == 0
    coverage = claim_line(VisitStanding(visit)).coverage
    assert coverage is not None
    assert (coverage.insurer_number, coverage.number) == (ONE.insurer_number, "7654321")
    asked = question_shown(visit)
    assert asked is not None
    assert asked.insured_identification_number == "7654321"
