"""被保険者資格申立書: prefilled, kept, printed, accepted by, and deleted (P-084 to P-086)."""

import shutil
import subprocess
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from clinic_client.store import open_store
from clinic_client.store.schema import metadata
from clinic_client.store.visit_store import MIGRATIONS
from eligibility.days.dates import TOKYO
from eligibility.reception.declaration import kept_until

Open = Callable[..., Any]
DECLARED = {
    "Name": "佐藤　花子",
    "Birthdate": "19800217",
    "Sex1": "2",
    "Address": "架空県最上町一丁目1番1号",
    "Telephone": "000-0000-0000",
    "InsurerKind": "kumiai",
    "Workplace": "模擬商事",
    "GivenWhen": "11月1日に入社",
}


def declare(clinic: Any, visit: Any, **changes: Any) -> Any:
    return clinic.http.put(
        f"/api/visits/{visit['VisitId']}/declaration", json={**DECLARED, **changes}
    )


def declaration(clinic: Any, visit: Any) -> Any:
    return clinic.get(f"/api/visits/{visit['VisitId']}/declaration")


@pytest.mark.rules("P-084")
def test_it_is_prefilled_with_what_the_visit_knows(with_card: Open, oqs: Any) -> None:
    clinic = with_card()
    clinic.visit()
    oqs.stop()  # or it would be confirmed by itself
    visit = clinic.unchecked("device")
    state = declaration(clinic, visit)
    assert (state["Kept"], state["Deleted"]) == (False, False)
    content = state["Content"]
    assert (content["Name"], content["Birthdate"], content["Sex1"]) == (
        "佐藤　花子", "19800217", "2",
    )  # fmt: skip
    assert (content["InsurerKind"], content["Ratio"]) == ("kokuho", 3)
    assert content["Address"] == "", "the check tells none to the desk; the patient does"
    page = clinic.page(f"/visits/{visit['VisitId']}/declaration")
    assert 'name="Name" value="佐藤　花子"' in page
    assert f'href="/visits/{visit["VisitId"]}/declaration"' in clinic.page()


@pytest.mark.rules("P-084")
def test_the_insurer_of_an_eligibility_that_has_ended_stays_open(
    with_card: Open, oqs: Any, world: Any
) -> None:
    from testbed.cards.personas import personas  # noqa: PLC0415

    clinic = with_card()
    oqs.insure(world.hanako, personas()["hanako"], Version=2, DisqualificationDate="20261111")
    content = declaration(clinic, clinic.visit())["Content"]
    assert (content["InsurerName"], content["InsurerKind"], content["Ratio"]) == ("", None, None)


@pytest.mark.rules("P-085", "P-086")
def test_a_visit_is_accepted_by_it_with_the_declared_share(open_clinic: Open) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("device")
    incomplete = declare(clinic, visit, Address="", Accept=True)
    assert incomplete.status_code == 422
    assert "住所" in incomplete.json()["japanese"]
    assert [one["field"] for one in incomplete.json()["fields"]] == ["body.Address"]
    assert declare(clinic, visit, Address="").json()["Kept"], "what is known is noted all the same"
    assert declare(clinic, visit, Accept=True).json()["KeptUntil"] == "20270228"
    now = clinic.get(f"/api/visits/{visit['VisitId']}")
    assert now["Decision"]["Accepted"] == "declaration"
    assert (now["Decision"]["Ratio"], now["Decision"]["Claim"]["Mode"]) == (3, "unknown")
    assert now["NotedName"] == "佐藤　花子", "the lists call the patient by the name on the card"
    assert "申立書を開く" in clinic.page(f"/visits/{visit['VisitId']}")


def test_a_date_of_birth_is_taken_as_it_is_typed_and_comes_back_as_on_papers(
    open_clinic: Open,
) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("network")
    assert (
        declare(clinic, visit, Birthdate="昭55.2.17").json()["Content"]["Birthdate"] == "19800217"
    )
    path = f"/visits/{visit['VisitId']}/declaration"
    assert 'name="Birthdate" value="昭和55年2月17日"' in clinic.page(path)
    assert 'name="Birthdate" value="1980-02-17"' in clinic.page(f"{path}?lang=en")
    unreadable = declare(clinic, visit, Birthdate="昭和55年").json()
    assert [one["field"] for one in unreadable["fields"]] == ["body.Birthdate"]
    assert "日付として読めません" in unreadable["fields"][0]["japanese"]
    both = declare(
        clinic, visit, Birthdate="昭和55年", Address="", Workplace="1234 5678 9012", Accept=True
    )
    assert {one["field"] for one in both.json()["fields"]} == {
        "body.Birthdate", "body.Address", "body.Workplace",
    }, "all at once"  # fmt: skip
    assert "1234" not in both.text
    future = declare(clinic, visit, Birthdate="令和20年1月1日").json()
    assert [one["field"] for one in future["fields"]] == ["body.Birthdate"]


@pytest.mark.rules("P-085")
def test_a_declared_share_counts_from_seventy_on(open_clinic: Open) -> None:
    clinic = open_clinic()
    for born, declared, ratio in (("19800217", 3, 3), ("19530217", 3, 3), ("19530217", None, 2)):
        visit = clinic.unchecked("device")
        declare(clinic, visit, Birthdate=born, Ratio=declared, Accept=True).raise_for_status()
        assert clinic.get(f"/api/visits/{visit['VisitId']}")["Decision"]["Ratio"] == ratio


@pytest.mark.rules("P-031")
def test_nothing_is_written_down_of_a_protected_person_nor_where_all_is_confirmed(
    with_card: Open,
) -> None:
    clinic = with_card()
    for visit in (clinic.visit(), clinic.unchecked("blocked")):
        path = f"/visits/{visit['VisitId']}/declaration"
        assert declare(clinic, visit).status_code == 422
        assert not declaration(clinic, visit)["Kept"]
        assert clinic.http.get(f"/api{path}.pdf").status_code == 404
        assert "申立書を使いません" in clinic.page(path)
        assert path not in clinic.page(f"/visits/{visit['VisitId']}")


@pytest.mark.parametrize(
    "number",
    [
        "123456789018", "１２３４ ５６７８ ９０１８", "1234-5678-9018", "1234‐5678‐9018",
        "1234・5678・9018", "1234ー5678ー9018", "1234　/ 5678　/ 9018", "三丁目4-5 1234 5678 9018",
    ],
)  # fmt: skip
def test_an_individual_number_is_refused_and_never_repeated(open_clinic: Open, number: str) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("device")
    refused = declare(clinic, visit, Address=f"一丁目 {number}")
    assert refused.status_code == 422
    (field,) = refused.json()["fields"]
    assert "個人番号" in field["japanese"]
    assert "9018" not in refused.text
    named = clinic.http.put(
        f"/api/visits/{visit['VisitId']}/noted-name", json={"NotedName": number}
    )
    assert named.status_code == 422
    assert not declaration(clinic, visit)["Kept"]


@pytest.mark.rules("P-084")
def test_it_is_deleted_when_the_clock_passes_its_last_day_or_the_payment_is_confirmed(
    open_clinic: Open, oqs: Any, new_database: Callable[..., str]
) -> None:
    url = new_database(metadata, MIGRATIONS)
    clinic = open_clinic(database_url=url)
    first, second = clinic.unchecked("device"), clinic.unchecked("device")
    for visit in (first, second):
        declare(clinic, visit).raise_for_status()
    paid = f"/api/visits/{first['VisitId']}/declaration"
    assert clinic.http.delete(paid).status_code == 204
    assert clinic.http.delete(paid).status_code == 404
    assert declaration(clinic, first)["Deleted"]
    oqs.set_clock(datetime(2027, 2, 28, 23, tzinfo=TOKYO))
    clinic.wait_until(lambda state: state["Clock"]["Today"] == "20270228")
    assert declaration(clinic, second)["Kept"]
    oqs.set_clock(datetime(2027, 3, 1, tzinfo=TOKYO))
    kept = open_store(url)
    clinic.wait_until(
        # As of the day before: a look that hides nothing, so that it is gone and not only hidden.
        lambda _: kept.declarations.of_visit(second["VisitId"], date(2027, 2, 28)).draft is None
    )
    kept.close()
    assert declaration(clinic, second) == {
        "VisitId": second["VisitId"], "Content": None, "Kept": False, "KeptUntil": "20270228",
        "Deleted": True,
    }  # fmt: skip
    assert "廃棄しました" in clinic.page(f"/visits/{second['VisitId']}/declaration")
    assert clinic.http.get(f"/api/visits/{second['VisitId']}/declaration.pdf").status_code == 404
    late = declare(clinic, second)
    assert late.status_code == 422, "it would be deleted at once"
    assert "保管期限は2027年2月28日（日）で、過ぎました" in late.json()["japanese"]
    assert declaration(clinic, second)["Deleted"]


@pytest.mark.rules("P-084")
def test_it_is_kept_to_the_end_of_a_month_that_a_setting_names() -> None:
    assert kept_until(date(2026, 11, 30)) == date(2027, 2, 28)
    assert kept_until(date(2026, 11, 1), 1) == date(2026, 12, 31)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
def test_the_paper_can_be_read_aloud_and_has_every_character(
    open_clinic: Open, tmp_path: Path
) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("network")
    declare(clinic, visit, Name="𠮷田　髙子", Workplace="").raise_for_status()
    answer = clinic.http.get(f"/api/visits/{visit['VisitId']}/declaration.pdf").raise_for_status()
    assert answer.headers["Content-Type"] == "application/pdf"
    (tmp_path / "d.pdf").write_bytes(answer.content)

    def run(*command: str) -> str:
        return subprocess.run(
            [*command], cwd=tmp_path, check=True, capture_output=True, text=True, errors="replace"
        ).stdout

    about = run("pdfinfo", "-enc", "UTF-8", "d.pdf")
    assert "被保険者資格申立書（模擬 / SIMULATION）" in about
    assert "Tagged:          yes" in about
    assert "Pages:           1" in about
    assert b"(ja-JP)" in answer.content
    text = run("pdftotext", "-raw", "d.pdf", "-")
    for written in ("𠮷田", "髙子", "昭和55年2月17日", "健康保険組合", "11月1日に入社", "署名"):
        assert written in text
    assert "TH" in run("pdfinfo", "-enc", "UTF-8", "-struct-text", "d.pdf")
    declare(clinic, visit, Name="\ue000田").raise_for_status()
    refused = clinic.http.get(f"/api/visits/{visit['VisitId']}/declaration.pdf")
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-CHARACTER-NOT-PRINTABLE")
    assert "U+E000" in refused.json()["detail"]


@pytest.mark.rules("P-082", "P-084", "P-086")
def test_without_the_card_none_is_offered_as_none_would_be_accepted(open_clinic: Open) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("no_card")
    link = f'href="/visits/{visit["VisitId"]}/declaration"'
    assert link not in clinic.page()
    refused = declare(clinic, visit)
    assert refused.status_code == 422
    assert "カードが手元にないか" in refused.json()["japanese"]
    for cause in ("device", "smartphone"):
        without = clinic.unchecked(cause, CardAtHand=False)
        assert f"/visits/{without['VisitId']}/declaration" not in clinic.page()
    disaster = clinic.unchecked("disaster")
    assert f"/visits/{disaster['VisitId']}/declaration" in clinic.page(), "as it is told"
    assert declare(clinic, disaster).status_code == 200


@pytest.mark.rules("P-070", "P-085")
def test_a_share_that_the_patient_does_not_know_is_said_to_be_of_the_age(open_clinic: Open) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("device")
    declare(clinic, visit, Accept=True).raise_for_status()
    page = clinic.page()
    assert '<b id="ratio">3割</b><small>年齢から</small>' in page
    assert "分かったら、この窓口にお知らせください" in page
    assert "支払いが確認できるまで保管します" in page
    declare(clinic, visit, Accept=True, Birthdate="S30.3.5", Ratio=3).raise_for_status()
    assert '<b id="ratio">3割</b><small>被保険者資格申立書から</small>' in clinic.page()
    declare(clinic, visit, Accept=True, Birthdate="S30.3.5").raise_for_status()
    page = clinic.page()
    assert '<b id="ratio">2割</b><small>仮・年齢から</small>' in page
    (claim,) = clinic.get("/api/claims")["Claims"]
    assert claim["Target"] == "shiharai_kikin"
    assert claim["Remarks"] == (
        "不詳　住所：架空県最上町一丁目1番1号　事業所名：模擬商事　連絡先：000-0000-0000"
    )
    path = f"/api/visits/{visit['VisitId']}/shown"
    by_notice = {"Presented": [{"Document": "notice", "Ratio": 3}]}
    clinic.http.put(path, json=by_notice).raise_for_status()
    page = clinic.page()
    assert '<b id="ratio">3割</b><small>資格情報のお知らせから</small>' in page
    assert "支払いが確認できるまで保管します" not in page


@pytest.mark.rules("R-096", "P-088")
def test_who_pays_all_is_told_why_and_what_to_keep(open_clinic: Open) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("no_card")
    path = f"/api/visits/{visit['VisitId']}/shown"
    nothing = {"NotAtHand": ["certificate", "employer_proof"], "CardAtHand": False}
    clinic.http.put(path, json=nothing).raise_for_status()
    page = clinic.page()
    assert "全額で受け付けました" in page
    for word in ("資格が分かるものがないため", "領収書と明細書", "療養費を申請"):
        assert word in page
