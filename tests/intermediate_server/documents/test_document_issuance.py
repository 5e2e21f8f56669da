"""Documents that follow from procedures, on application, and in runs over all members."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, delete, insert

from eligibility.days.dates import TOKYO
from eligibility.documents import Occasion
from eligibility.documents.content import SPECIAL_EXPENSES
from intermediate_server.store.schema import document
from oqs_sim.store.schema import registration
from storage import bucket_of
from testbed.launch.line_certificates import make_line
from tests.intermediate_server.conftest import (
    KITAMURA,
    MOGAMI,
    MONDAY,
    TSUCHIURA,
    individual_number,
)
from tests.intermediate_server.filing.test_file_intake import file_of, joining, send

if TYPE_CHECKING:
    import httpx2

CHOSHI = "06990030"


def documents(response: httpx2.Response) -> list[tuple[str | None, str]]:
    assert response.status_code == 201, response.text
    return [(one.get("Kind"), one["Occasion"]) for one in response.json().get("Documents", [])]


def give_card(deployment: Any, person: int = 1) -> None:
    """Issue a card and register it, as OQS has it; no card is needed for that."""
    order = {"IndividualNumber": individual_number(person), "IssuedOn": "20260101"}
    deployment.oqs.post("/sim/jlis/cards", json=order).raise_for_status()


ASKED_BY_CLERKS = {
    Occasion.LAST_FOUR_CHECK,
    Occasion.ELECTRONIC_CERTIFICATE_ENDS,
    Occasion.ELECTRONIC_CERTIFICATE_LAPSES,
}


def register_use(deployment: Any, reference: str) -> None:
    """Write the registration as the portal does."""
    engine = deployment.faults.app.state.engine
    with engine.begin() as connection:
        connection.execute(
            insert(registration),
            {
                "bucket": bucket_of(reference),
                "person_reference": reference,
                "channel": "portal",
                "registered_at": MONDAY,
            },
        )


def client_of(deployment: Any, insurer: str = MOGAMI) -> httpx2.Client:
    client: httpx2.Client = deployment.client(deployment.line.url, f"insurer-{insurer}")
    return client


def ask(deployment: Any, occasion: str, insurer: str = MOGAMI, **more: Any) -> Any:
    return client_of(deployment, insurer).post(
        "/documents",
        json={
            "InsurerNumber": insurer,
            "IndividualNumber": individual_number(1),
            "InsuredCardSymbol": "最上",
            "InsuredIdentificationNumber": "1234561",
            "InsuredBranchNumber": "01",
            "Occasion": occasion,
            **more,
        },
    )


def run(deployment: Any, kind: str, insurer: str = MOGAMI) -> Any:
    asked = {"InsurerNumber": insurer, "Kind": kind}
    answer = client_of(deployment, insurer).post("/runs", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["Outcome"]


def register_of(deployment: Any, reference: str) -> Any:
    return deployment.pages.get(f"/sim/persons/{reference}").json()["Documents"]


@pytest.fixture
def member(deployment: Any) -> Any:
    deployment.reference = deployment.register()
    return deployment


@pytest.mark.rules("R-040", "R-042", "R-043")
def test_one_who_joins_without_a_card_gets_a_certificate_by_recorded_mail(member: Any) -> None:
    (made,) = member.file().json()["Documents"]
    assert made["Kind"] == "certificate"
    assert (made["IssuedOn"], made["ExpiresOn"]) == ("20261116", "20270731")
    assert "申請なしで交付" in made["Reason"]
    assert "R-040" in made["Rules"]


@pytest.mark.rules("R-070")
def test_one_who_joins_with_a_registered_card_gets_a_notice(member: Any) -> None:
    give_card(member)
    register_use(member, member.reference)
    (made,) = member.file().json()["Documents"]
    assert made["Kind"] == "notice"
    assert "ExpiresOn" not in made


def test_what_was_accepted_says_whether_a_mark_was_set_or_taken_back(member: Any) -> None:
    member.file(FiledOn="20261101").raise_for_status()
    form = {
        "InsurerNumber": MOGAMI, "IndividualNumber": individual_number(1), "Kind": "card_lost",
        "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "1234561",
        "InsuredBranchNumber": "01",
    }  # fmt: skip
    for flag, said in (("あり", "手元にない"), ("なし", "手元にある")):
        shown = member.pages.post("/file", data={**form, "Flag": flag}, follow_redirects=True).text
        assert f"カード紛失（{said}）を受け付けました。" in shown


def test_a_paper_is_asked_for_of_the_membership_in_force_first(member: Any) -> None:
    """Whichever was recorded first, and of whichever there are several periods."""
    lost = {"DisqualificationDate": "20261105", "ReasonOfLoss": "03"}
    member.file(QualificationDate="20260401").raise_for_status()
    member.file(Kind="leave", **lost).raise_for_status()
    now = member.file(KITAMURA, QualificationDate="20261105").raise_for_status()
    assert now.json()["Documents"]
    page = member.pages.get(f"/persons/{member.reference}").text
    select = page.split('<select id="membership"')[1].split("</select>")[0]
    (first, *_) = re.findall(r'<option value="(\d)">([^<]*)</option>', select)
    assert "北村" in first[1], select
    sent = {"Membership": first[0], "Occasion": "support_needed"}
    asked = member.pages.post(f"/persons/{member.reference}/documents", data=sent)
    assert asked.status_code == 200
    *_, made = register_of(member, member.reference)
    assert (made["Occasion"], made["Kind"]) == ("support_needed", "certificate")


@pytest.mark.rules("R-025", "R-028", "PP-09")
@pytest.mark.parametrize("by_file", [False, True])
@pytest.mark.parametrize(("channel", "way"), [("郵送", "特定記録郵便"), ("窓口", "窓口交付")])
def test_the_certificate_of_a_release_that_came_by_mail_goes_by_mail(
    member: Any,
    channel: str,
    way: str,
    by_file: bool,  # noqa: FBT001 # of the parameters
) -> None:
    give_card(member)
    register_use(member, member.reference)
    member.file(TSUCHIURA, FiledOn="20261101").raise_for_status()
    if by_file:
        lines = (
            "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,申請方法,身分証・写真つき",
            f"利用登録解除,{TSUCHIURA},{individual_number(1)},20261116,最上,1234561,01,{channel},1",
        )
        client = client_of(member, TSUCHIURA)
        sent = client.post("/procedures/file", content="\r\n".join(lines).encode())
        assert "受付" in sent.text, sent.text
        run(member, "changes", TSUCHIURA)
    else:
        asked = {"Kind": "release_use", "ApplicationChannel": channel, "PapersWithPhoto": "1"}
        assert documents(member.file(TSUCHIURA, **asked)) == [("certificate", "release_applied")]
    *_, made = register_of(member, member.reference)
    assert (made["Occasion"], made["Delivery"]) == ("release_applied", way)


@pytest.mark.rules("R-056", "R-159")
@pytest.mark.parametrize("by_file", [False, True])
@pytest.mark.parametrize(("holder", "kind"), [(False, "certificate"), (True, "notice")])
def test_who_pays_all_first_gets_a_paper_that_says_so_and_another_when_it_ends(
    member: Any,
    holder: bool,  # noqa: FBT001 # of the parameters
    kind: str,
    by_file: bool,  # noqa: FBT001 # of the parameters
) -> None:
    if holder:
        give_card(member)
        register_use(member, member.reference)
    member.file(FiledOn="20261101").raise_for_status()
    for on in ("あり", "なし"):
        if by_file:
            lines = (
                "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,設定",
                f"特別療養費,{MOGAMI},{individual_number(1)},20261116,最上,1234561,01,{on}",
            )
            sent = client_of(member).post("/procedures/file", content="\r\n".join(lines).encode())
            assert "受付" in sent.text, sent.text
            run(member, "changes")
        else:
            assert documents(member.file(Kind="arrears", Flag=on)) == [(kind, "special_expenses")]
    papers = register_of(member, member.reference)
    assert [(one["Kind"], one["Occasion"]) for one in papers[1:]] == [
        (kind, "special_expenses")
    ] * 2
    program = shutil.which("pdftotext")
    assert program
    pages = [
        subprocess.run(
            [program, "-raw", "-", "-"],
            input=member.pages.get(f"/documents/{member.reference}/{number}.pdf").content,
            capture_output=True,
            check=True,
        ).stdout.decode()
        for number in (2, 3)
    ]
    assert [SPECIAL_EXPENSES in page for page in pages] == [True, False]


@pytest.mark.rules("R-016")
@pytest.mark.parametrize(
    ("accepted", "kind"), [("20241129", "old_card"), ("20241202", "certificate")]
)
def test_a_newborns_document_depends_on_the_day_of_acceptance_not_of_birth(
    deployment: Any, accepted: str, kind: str
) -> None:
    newborn = {
        "Kind": "newborn", "InsurerNumber": MOGAMI, "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "1", "InsuredBranchNumber": "03", "Name": "試験　一",
        "NameKana": "ｼｹﾝ ﾊｼﾞﾒ", "Sex1": "1", "Birthdate": "20241128", "Address": "模擬県",
        "FiledOn": accepted,
    }  # fmt: skip
    answer = client_of(deployment).post("/procedures", json=newborn)
    old = kind == "old_card"
    followed = [("certificate", "old_card_ends")] if old else []
    assert documents(answer) == [(kind, "joined"), *followed]
    receipt = answer.json()
    made = receipt["Documents"][0]
    assert made["IssuedOn"] == ("20241129" if old else "20261116"), "none is issued after its day"
    assert made["ExpiresOn"] == ("20250731" if old else "20270731")
    assert receipt["PersonReference"].startswith("NEW-")


@pytest.mark.rules("R-040", "R-043", "R-057")
@pytest.mark.parametrize("has_card", [True, False])
def test_who_is_entered_after_the_end_of_old_cards_gets_a_first_document_at_once(
    member: Any,
    has_card: bool,  # noqa: FBT001 # of the parameters
) -> None:
    if has_card:
        give_card(member)
        register_use(member, member.reference)
    kind = "notice" if has_card else "certificate"
    answer = member.file(FiledOn="20210915", QualificationDate="20210915")
    assert documents(answer) == [("old_card", "joined"), (kind, "old_card_ends")]
    first = answer.json()["Documents"][1]
    assert first["IssuedOn"] == "20261116"
    assert first.get("ExpiresOn") == (None if has_card else "20270731")
    assert run(member, "old_cards")["Issued"] == {}, "once is enough"
    assert run(member, "renewal")["Issued"] == {}


@pytest.mark.rules("R-040", "R-043", "R-057")
def test_who_was_left_with_an_expired_old_card_gets_a_first_document_by_its_run_done_again(
    member: Any,
) -> None:
    """As earlier programs left those who were entered after the run of the end of old cards."""
    member.file(FiledOn="20210915", QualificationDate="20210915")
    engine = create_engine(member.database_url)
    with engine.begin() as connection:
        first = document.c.occasion == Occasion.OLD_CARD_ENDS.value
        assert connection.execute(delete(document).where(first)).rowcount == 1
    engine.dispose()
    assert run(member, "old_cards")["Issued"] == {"certificate": 1}
    assert run(member, "old_cards")["Issued"] == {}, "once is enough"
    kinds = [(one.get("Kind"), one["Occasion"]) for one in register_of(member, member.reference)]
    assert kinds == [("old_card", "joined"), ("certificate", "old_card_ends")]


@pytest.mark.rules("R-040", "R-043", "R-057")
def test_who_comes_in_a_file_after_the_end_of_old_cards_gets_a_first_document_by_the_next_run(
    member: Any,
) -> None:
    late = joining(1).replace("20261116", "20210915").replace("20261101", "20210915")
    send(member, file_of(late)).raise_for_status()
    assert run(member, "changes")["Issued"] == {"old_card": 1, "certificate": 1}
    assert run(member, "changes")["Issued"] == {}, "once is enough"
    assert run(member, "old_cards")["Issued"] == {}


@pytest.mark.rules("R-028", "R-029")
def test_a_release_brings_a_certificate_on_the_spot_or_after_confirmation(member: Any) -> None:
    give_card(member)
    register_use(member, member.reference)
    member.file(FiledOn="20261101")
    assert documents(member.file(Kind="release_use", PapersWithPhoto="1")) == [
        ("certificate", "release_applied")
    ]


@pytest.mark.rules("R-029")
def test_where_a_release_must_be_confirmed_the_run_after_it_brings_the_certificate(
    prepare: Any, certificates: Any
) -> None:
    make_line(certificates, [], ["06990022"])
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service()
    deployment.start_worker()
    reference = deployment.register()
    give_card(deployment)
    register_use(deployment, reference)
    deployment.file("06990022", FiledOn="20261101")
    assert documents(deployment.file("06990022", Kind="release_use", PapersWithPhoto="1")) == [
        (None, "release_applied")
    ]
    assert run(deployment, "releases", "06990022")["Issued"] == {}
    deployment.advance(To="2026-12-31T09:00:00+09:00").raise_for_status()
    assert run(deployment, "releases", "06990022")["Issued"] == {"certificate": 1}
    assert run(deployment, "releases", "06990022")["Issued"] == {}, "once is enough"


@pytest.mark.rules("R-044", "R-047", "R-048")
def test_a_lost_card_brings_an_emergency_certificate_that_is_not_renewed(member: Any) -> None:
    give_card(member)
    register_use(member, member.reference)
    member.file(FiledOn="20261101")
    (made,) = member.file(Kind="card_lost").json()["Documents"]
    assert (made["Kind"], made["ExpiresOn"]) == ("certificate", "20270331")


@pytest.mark.rules("R-046", "P-063")
def test_who_needs_consideration_gets_a_certificate_though_holding_a_card(member: Any) -> None:
    give_card(member)
    register_use(member, member.reference)
    member.file(FiledOn="20261101")
    assert documents(member.file(Kind="consideration")) == [("certificate", "support_needed")]
    assert documents(member.file(Kind="consideration", Flag="なし")) == []


@pytest.mark.rules("P-031")
def test_blocking_brings_a_certificate_ex_officio(member: Any) -> None:
    member.file(FiledOn="20261101")
    assert documents(member.file(Kind="block")) == [("certificate", "self_information_blocked")]


@pytest.mark.rules("R-045", "P-060")
def test_a_spare_certificate_is_refused_with_its_reason(member: Any) -> None:
    give_card(member)
    register_use(member, member.reference)
    member.file(FiledOn="20261101")
    refused = ask(member, "fear_of_loss")
    assert documents_of(refused) == (None, "fear_of_loss")
    assert "利用登録の解除" in refused.json()["Reason"]


def documents_of(response: httpx2.Response) -> tuple[str | None, str]:
    assert response.status_code == 201, response.text
    made = response.json()
    return made.get("Kind"), made["Occasion"]


@pytest.mark.rules("R-051", "R-010")
def test_no_certificate_to_spare_while_an_old_card_works(prepare: Any) -> None:
    """Seed 002, Q13."""
    deployment = prepare()
    deployment.start_oqs(datetime(2025, 2, 3, 9, tzinfo=TOKYO))
    deployment.start_service()
    deployment.start_worker()
    deployment.register()
    deployment.file(FiledOn="20241101", QualificationDate="20241101")
    refused = ask(deployment, "spare")
    assert documents_of(refused) == (None, "spare")
    assert "R-051" in refused.json()["Rules"]
    assert documents_of(ask(deployment, "old_card_lost")) == ("certificate", "old_card_lost")


@pytest.mark.rules("R-045", "P-060")
@pytest.mark.parametrize("occasion", ["spare", "fear_of_loss", "unwilling", "cannot_log_in"])
def test_who_has_a_certificate_gets_no_second_one_to_be_safe(member: Any, occasion: str) -> None:
    member.file()
    refused = ask(member, occasion)
    assert documents_of(refused) == (None, occasion)
    assert "すでに交付しているため" in refused.json()["Reason"]
    assert documents_of(ask(member, "certificate_lost")) == ("certificate", "certificate_lost")


@pytest.mark.rules("R-054", "R-076")
def test_a_lost_document_is_issued_again_on_application(member: Any) -> None:
    member.file()
    assert documents_of(ask(member, "certificate_lost")) == ("certificate", "certificate_lost")
    numbers = [one["Number"] for one in register_of(member, member.reference)]
    assert numbers == [1, 2]


@pytest.mark.rules("R-045", "P-060")
@pytest.mark.parametrize(
    "occasion", ["card_lost", "card_renewing", "card_returned", "notice_lost", "old_card_lost"]
)
def test_who_has_a_certificate_gets_a_second_one_for_its_loss_alone(
    member: Any, occasion: str
) -> None:
    member.file()
    if occasion == "card_lost":
        assert documents(member.file(Kind="card_lost")) == [(None, "card_lost")]
    refused = ask(member, occasion)
    assert documents_of(refused) == (None, occasion)
    assert "交付" in refused.json()["Reason"]


@pytest.mark.rules("R-054", "R-076")
@pytest.mark.parametrize("registered", [False, True])
def test_what_the_member_never_had_is_not_issued_again(
    member: Any,
    registered: bool,  # noqa: FBT001 # of the parameters
) -> None:
    if registered:
        give_card(member)
        register_use(member, member.reference)
    member.file()
    never = {"old_card_lost", "certificate_lost" if registered else "notice_lost"}
    for occasion in never:
        refused = ask(member, occasion)
        assert documents_of(refused) == (None, occasion)
        assert "ため、再交付はしません" in refused.json()["Reason"] or occasion == "old_card_lost"
    if registered:
        assert documents_of(ask(member, "notice_lost")) == ("notice", "notice_lost")


def test_nobody_applies_for_a_membership_that_is_not_there(member: Any) -> None:
    assert ask(member, "certificate_lost").json()["code"] == "SIM-PROCEDURE-REFUSED"
    member.file()
    assert ask(member, "certificate_lost", TSUCHIURA).json()["code"] == "SIM-PROCEDURE-REFUSED"


@pytest.mark.rules("R-042")
def test_what_came_by_file_is_decided_by_a_run_and_only_once(member: Any) -> None:
    member.register(2)
    send(member, file_of(joining(1), joining(2)))
    assert "Documents" not in member.pages.get(f"/sim/persons/{member.reference}").json()
    report = run(member, "changes")
    assert (report["Members"], report["Issued"]) == (2, {"certificate": 2})
    assert run(member, "changes") == {
        "Members": 0, "Issued": {}, "NotIssued": {}, "Recorded": {}, "Left": 0, "LeftMembers": [],
    }  # fmt: skip


@pytest.mark.rules("R-042", "R-043")
def test_the_yearly_run_renews_in_the_month_in_which_documents_end(member: Any) -> None:
    member.file()
    assert run(member, "renewal")["Issued"] == {}
    member.advance(To="2027-07-01T09:00:00+09:00").raise_for_status()
    assert run(member, "renewal")["Issued"] == {"certificate": 1}
    assert run(member, "renewal")["Issued"] == {}, "the renewed one ends a year later"
    old, new = register_of(member, member.reference)
    assert old["ExpiresOn"] == "20270731"
    assert (new["IssuedOn"], new["ExpiresOn"]) == ("20270801", "20280731")


def test_who_has_left_is_not_renewed(member: Any) -> None:
    member.file(FiledOn="20261101")
    member.file(Kind="leave", DisqualificationDate="20261116", ReasonOfLoss="99")
    member.advance(To="2027-07-01T09:00:00+09:00").raise_for_status()
    assert run(member, "renewal")["Issued"] == {}


@pytest.mark.rules("P-005")
def test_who_lets_the_electronic_certificate_lapse_is_sent_a_certificate(member: Any) -> None:
    give_card(member)
    register_use(member, member.reference)
    member.file()
    assert run(member, "lapses")["Issued"] == {}
    member.advance(To="2031-05-31T09:00:00+09:00").raise_for_status()
    assert run(member, "lapses")["Issued"] == {"certificate": 1}
    assert run(member, "lapses")["Issued"] == {}


@pytest.mark.rules("R-111", "P-002", "P-003")
def test_whose_electronic_certificate_ends_soon_is_written_to(member: Any) -> None:
    give_card(member)
    register_use(member, member.reference)
    member.file()
    assert documents_of(ask(member, "electronic_certificate_ends"))[0] is None, "years before"
    member.advance(To="2030-01-15T09:00:00+09:00").raise_for_status()
    made = ask(member, "electronic_certificate_ends").json()
    assert (made["Kind"], made["ExpiresOn"]) == ("expiry_notice", "20300217")
    content = member.pages.get(made["Pdf"]).content
    program = shutil.which("pdftotext")
    assert program
    text = subprocess.run(
        [program, "-raw", "-", "-"], input=content, capture_output=True, check=True
    ).stdout.decode()
    assert "令和12年2月17日" in text
    assert "令和12年5月31日" in text
    assert run(member, "renewal")["Issued"] == {"notice": 1}, "the letter hides no renewal"


def test_the_pdf_is_to_be_had_on_the_console_and_by_its_insurer_only(member: Any) -> None:
    path = member.file().json()["Documents"][0]["Pdf"]
    answer = member.pages.get(path)
    assert answer.headers["content-type"] == "application/pdf"
    assert client_of(member).get(path).content == answer.content
    foreign = client_of(member, KITAMURA).get(path)
    assert foreign.json()["code"] == "SIM-NOT-PRINTED"
    program = shutil.which("pdftotext")
    assert program
    text = subprocess.run(
        [program, "-raw", "-", "-"], input=answer.content, capture_output=True, check=True
    ).stdout.decode()
    assert "令和9年7月31日" in text
    assert "1234561" in text


@pytest.mark.parametrize("path", ["nobody/1.pdf", "nobody/x.pdf", "nobody/0.pdf"])
def test_what_was_never_issued_has_no_pdf(deployment: Any, path: str) -> None:
    assert deployment.pages.get(f"/documents/{path}").status_code in {404, 422}


@pytest.mark.rules("R-049")
def test_the_register_says_what_was_sent_how_and_what_came_back(member: Any) -> None:
    reference = member.reference
    (made,) = member.file().json()["Documents"]
    assert made["Delivery"] == "特定記録郵便"
    client = client_of(member)
    member.set_clock(Mode="frozen", Now="2026-11-24T10:00:00+09:00")
    for event in ({"Event": "sent", "On": "2026-11-17"},
                  {"Event": "undelivered", "On": "20261124", "Note": "あて所不明"}):  # fmt: skip
        answer = client.post(f"/documents/{reference}/1/events", json=event)
        assert answer.status_code == 201, answer.text
    assert answer.json() == {
        "Number": 1, "Event": "undelivered", "On": "20261124", "Note": "あて所不明",
    }  # fmt: skip
    other = client_of(member, KITAMURA).post(
        f"/documents/{reference}/1/events", json={"Event": "sent", "On": "20261117"}
    )
    assert other.json()["code"] == "SIM-NOT-PRINTED"


@pytest.mark.parametrize("on", ["18680908", "20261115", "20261117", "99991231"])
def test_what_became_of_a_paper_lies_between_its_decision_and_today(member: Any, on: str) -> None:
    assert member.file().status_code == 201
    answer = client_of(member).post(
        f"/documents/{member.reference}/1/events", json={"Event": "sent", "On": on}
    )
    assert answer.status_code in {409, 422}, answer.text
    assert "On" in answer.json()["detail"]
    assert "日" in answer.json()["japanese"]


def test_nothing_becomes_of_a_paper_that_was_cut_up(member: Any) -> None:
    assert member.file().status_code == 201
    path = f"/documents/{member.reference}/1/events"
    line = client_of(member)
    for event in ("sent", "given_back", "destroyed"):
        answer = line.post(path, json={"Event": event, "On": "20261116"})
        assert answer.status_code == 201, answer.text
    after = line.post(path, json={"Event": "sent", "On": "20261116"})
    assert after.status_code == 409
    assert "処分" in after.json()["japanese"]
    page = member.pages.post(
        f"/persons/{member.reference}/documents/1", data={"Event": "undelivered"}
    )
    assert page.status_code == 409
    assert "処分" in page.text


@pytest.mark.rules("PP-09")
def test_of_many_clicks_at_the_same_moment_one_sends_the_paper(member: Any) -> None:
    assert member.file().status_code == 201
    line, on_page = client_of(member), f"/persons/{member.reference}/documents/1"
    path = f"/documents/{member.reference}/1/events"
    clicks = 6
    together = threading.Barrier(clicks, timeout=30)

    def click(place: int) -> int:
        together.wait()
        if place % 2:
            answer = member.pages.post(on_page, data={"Event": "sent"}, follow_redirects=False)
        else:
            answer = line.post(path, json={"Event": "sent", "On": "20261116"})
        return int(answer.status_code)

    with ThreadPoolExecutor(clicks) as threads:
        for _ in range(4):
            answers = list(threads.map(click, range(clicks)))
            assert sorted(answers)[1:] == [409] * (clicks - 1), answers
            again = line.post(path, json={"Event": "back_to_post", "On": "20261116"})
            assert again.status_code == 201, again.text


@pytest.mark.parametrize(
    "occasion", sorted({one for one in Occasion if not one.applied} - ASKED_BY_CLERKS)
)
def test_what_no_member_asks_for_is_refused(member: Any, occasion: Occasion) -> None:
    assert member.file().status_code == 201
    answer = ask(member, occasion.value)
    assert answer.status_code == 409, answer.text
    assert "届出か定期処理" in answer.json()["japanese"]
    data = {"Membership": "0", "Occasion": occasion.value}
    page = member.pages.post(f"/persons/{member.reference}/documents", data=data)
    assert page.status_code == 409
    assert len(register_of(member, member.reference)) == 1


def test_who_has_no_card_has_no_certificate_that_lapses(member: Any) -> None:
    assert member.file().status_code == 201
    answer = ask(member, "electronic_certificate_lapses")
    assert answer.status_code == 201, answer.text
    assert "Kind" not in answer.json()
