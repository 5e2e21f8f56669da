"""Releasing the use registration: who applies, with which papers, and a day that is moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from eligibility.days.dates import TOKYO
from eligibility.registration.release_application import Applicant, ApplicationChannel
from intermediate_server.policies import load_policies
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.memberships import pending_release
from intermediate_server.procedures.use_release import application_wanted
from tests.intermediate_server.conftest import KITAMURA as KITAMURA_DIGITS
from tests.intermediate_server.procedures.test_procedure_kinds import (
    JOIN,
    KITAMURA,
    TSUCHIURA,
    Desk,
    day,
    procedure,
)
from wire.vocabulary.changes import RegistrationOrder

if TYPE_CHECKING:
    from eligibility.policy.insurer_policy import InsurerPolicy

RELEASE = ProcedureKind.RELEASE_USE
MAIL, WINDOW = ApplicationChannel.MAIL, ApplicationChannel.WINDOW


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.file(JOIN._replace(filed_on=date(2026, 4, 1)))
    return made


@pytest.mark.rules("R-028")
@pytest.mark.parametrize("papers", [(1, 0), (0, 2), (1, 1)])
def test_one_paper_with_a_photograph_is_enough_or_two_without(
    desk: Desk, papers: tuple[int, int]
) -> None:
    asked = procedure(RELEASE, photo_papers=papers[0], other_papers=papers[1])
    assert desk.file(asked).order is RegistrationOrder.RELEASE


@pytest.mark.rules("R-028")
@pytest.mark.parametrize("papers", [(0, 0), (0, 1)])
def test_no_paper_or_one_without_a_photograph_is_too_little(
    desk: Desk, papers: tuple[int, int]
) -> None:
    asked = procedure(RELEASE, photo_papers=papers[0], other_papers=papers[1])
    assert "R-028" in desk.refused(asked)


@pytest.mark.rules("R-028")
def test_a_proxy_applies_with_papers_of_their_own_and_it_is_written_down(desk: Desk) -> None:
    made = desk.file(
        procedure(RELEASE, applicant=Applicant.PROXY, proxy_name="試験　次郎", other_papers=2)
    )
    assert made.reason == (
        "申請者: 代理人 試験　次郎（窓口）\u3000身分証明書: 顔写真つき1点・顔写真なし2点"
    )


@pytest.mark.rules("R-025")
def test_by_mail_copies_are_enclosed_where_the_insurer_takes_applications_so(desk: Desk) -> None:
    assert "apply at the window" in desk.refused(procedure(RELEASE, applied_by=MAIL))
    city = Desk()
    city.file(procedure(ProcedureKind.JOIN, TSUCHIURA, filed_on=date(2026, 4, 1)))
    without = procedure(RELEASE, TSUCHIURA, applied_by=MAIL, photo_papers=0)
    assert "copies by mail" in city.refused(without)
    made = city.file(without._replace(photo_papers=1))
    assert made.reason == "申請者: 本人（郵送）\u3000身分証明書の写し: 顔写真つき1点"


@pytest.mark.rules("R-028")
def test_nothing_is_taken_before_the_first_day() -> None:
    early = Desk(now=datetime(2024, 12, 1, 10, tzinfo=TOKYO))
    early.file(JOIN._replace(qualified_on=date(2024, 4, 1), filed_on=date(2024, 4, 1)))
    assert "from 2024-12-02 on" in early.refused(procedure(RELEASE))
    early.now = datetime(2024, 12, 2, 10, tzinfo=TOKYO)
    assert early.file(procedure(RELEASE)).visible_from == day(3, 2, 2025)


@pytest.mark.rules("R-024")
def test_who_has_joined_another_insurer_applies_there_also_while_the_old_one_knows_no_loss(
    desk: Desk,
) -> None:
    desk.file(procedure(ProcedureKind.JOIN, KITAMURA, qualified_on=date(2026, 11, 1)))
    assert "R-024" in desk.refused(procedure(RELEASE))
    assert desk.file(procedure(RELEASE, KITAMURA)).number[0] == KITAMURA_DIGITS


@pytest.mark.rules("R-027", "PP-01")
def test_a_union_releases_later_than_three_months_where_the_system_cannot_earlier(
    desk: Desk,
) -> None:
    desk.file(procedure(RELEASE))
    moved = desk.file(procedure(ProcedureKind.MOVE_RELEASE, effective_on=date(2027, 3, 15)))
    assert (moved.order, moved.visible_from) == (RegistrationOrder.KEEP, desk.now)
    last = pending_release(desk.history, desk.now)
    assert last is not None
    assert (last.order, last.visible_from) == (RegistrationOrder.RELEASE, day(3, 15, 2027))
    assert "3月15日" in last.reason


@pytest.mark.rules("R-026", "R-027", "PP-01")
def test_where_the_day_is_promised_it_is_only_ever_later() -> None:
    city = Desk()
    city.file(procedure(ProcedureKind.JOIN, TSUCHIURA, filed_on=date(2026, 4, 1)))
    city.file(procedure(RELEASE, TSUCHIURA))
    earlier = procedure(ProcedureKind.MOVE_RELEASE, TSUCHIURA, effective_on=date(2026, 12, 1))
    assert "planned for 2026-12-31" in city.refused(earlier)
    city.file(earlier._replace(effective_on=date(2027, 1, 31)))


def test_without_a_release_on_its_way_there_is_no_day_to_move(desk: Desk) -> None:
    move = procedure(ProcedureKind.MOVE_RELEASE, effective_on=date(2027, 1, 31))
    assert "No release is on its way" in desk.refused(move)


@pytest.mark.rules("R-027", "C-008")
def test_a_moved_release_states_again_what_is_on_its_way(desk: Desk) -> None:
    desk.file(procedure(RELEASE))
    desk.file(procedure(ProcedureKind.ADDRESS, address="模擬県2"))
    desk.file(procedure(ProcedureKind.MOVE_RELEASE, effective_on=date(2027, 3, 15)))
    known = desk.at_oqs(day(11, 18)), desk.at_oqs(day(11, 19)), desk.at_oqs(day(3, 15, 2027))
    assert [one and one.person.address for one in known] == ["模擬県1", "模擬県2", "模擬県2"]


@pytest.mark.rules("R-025", "R-028")
def test_over_the_line_a_release_without_papers_is_refused_with_what_is_missing(
    deployment: Any,
) -> None:
    deployment.register()
    deployment.file(FiledOn="20261101")
    refused = deployment.file(Kind="release_use")
    assert refused.status_code == 409
    assert "身分証明書が足りません" in refused.text
    assert "代理人）に、身分証明書（郵送ではその写し）を求めてください" in refused.text
    assert "顔写真つきなら1点、写真のないものだけなら2点" in refused.text
    unread = deployment.file(Kind="release_use", Applicant="隣人")
    assert unread.status_code == 422
    assert "本人・代理人" in unread.text


@pytest.mark.rules("R-028")
def test_who_the_proxy_is_stays_on_record(desk: Desk) -> None:
    by_proxy = procedure(
        RELEASE, applicant=Applicant.PROXY, proxy_name="試験　次郎", photo_papers=1
    )
    assert "check Applicant" in desk.refused(by_proxy._replace(applicant=Applicant.PERSON))
    assert "give ProxyName" in desk.refused(by_proxy._replace(proxy_name=None))
    desk.file(by_proxy)
    assert desk.history[-1].reason.startswith("申請者: 代理人 試験　次郎（窓口）")


@pytest.mark.parametrize("policy", list(load_policies(None)), ids=lambda one: one.key)
def test_what_an_insurer_wants_is_said_before_anything_is_refused(policy: InsurerPolicy) -> None:
    wanted = policy.release_procedure
    said = application_wanted(wanted).ja
    assert f"顔写真つきなら{wanted.photo_papers}点" in said
    assert ("郵送" in said) is (ApplicationChannel.MAIL in wanted.channels)
    assert ("代理人は申請できません" in said) is not wanted.proxies
    without = application_wanted(replace(wanted, proxies=False))
    assert "代理人は申請できません" in without.ja
    assert "may not apply" in without.en
