"""From a wrong answer at the desk to the insurer's word on it (R-098), on a real line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.clinic_client.conftest import MOGAMI, SECONDS
from wire.line_credentials import INTERMEDIATE_SERVER, credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clinic_client.conftest import Clinic, Intermediate

REPORT = {
    "Differing": [
        {"Kind": "ratio", "ShouldBe": "2割"},
        {"Kind": "name", "ShouldBe": "佐藤　華子"},
    ],
    "Name": "佐藤　花子",
    "Birthdate": "昭和55年2月17日",
    "Sex1": "2",
    "Address": "模擬県模擬市一番町1-1",
    "InsuredNumber": "最上 1234567 01",
    "RatioPaid": 3,
}


def answer(there: Intermediate, ticket: str, finding: str, text: str) -> None:
    context = credentials(there.certificates, f"insurer-{MOGAMI}").client_context(
        INTERMEDIATE_SERVER
    )
    with httpx2.Client(
        base_url=there.line_url, verify=context, timeout=SECONDS, trust_env=False
    ) as line:
        said = {"Finding": finding, "Text": text}
        line.post(f"/discrepancies/{ticket}/answer", json=said).raise_for_status()


def tell(clinic: Clinic, visit: Any, **more: Any) -> httpx2.Response:
    return clinic.http.post(
        f"/api/visits/{visit['VisitId']}/discrepancies", json={**REPORT, **more}
    )


@pytest.mark.rules("R-098")
def test_what_is_wrong_is_told_once_each_and_its_answer_is_seen_in_the_visit(
    with_card: Callable[..., Clinic], intermediate: Intermediate
) -> None:
    clinic = with_card(intermediate_line_url=intermediate.line_url)
    visit = clinic.visit()
    page = f"/visits/{visit['VisitId']}"
    assert f'href="{page}/discrepancy"' in clinic.page()
    form = clinic.page(f"{page}/discrepancy")
    for known in ("佐藤　花子", "最上 1234567 01", "昭和55年2月17日", "3割"):
        assert known in form
    assert clinic.page(f"{page}/tickets") == ""

    told = tell(clinic, visit)
    assert told.status_code == 201, told.text
    ratio, name = told.json()["Tickets"]
    assert (ratio["Kind"], ratio["OnCheck"], ratio["ShouldBe"]) == ("ratio", "3割", "2割")
    assert (name["OnCheck"], name["Finding"]) == ("佐藤　花子", None)
    assert "精算" in ratio["Charge"]["Japanese"]
    again = tell(clinic, visit).json()["Tickets"]
    assert [one["Ticket"] for one in again] == [ratio["Ticket"], name["Ticket"]], "taken once"
    waiting = clinic.page(f"{page}/tickets")
    assert waiting.count("回答待ち") == 2
    assert "画面: 3割 → 正しくは: 2割" in waiting
    assert "差額を精算" in waiting

    answer(intermediate, ratio["Ticket"], "paper_right", "8月から2割です")
    ratio, name = clinic.get(f"/api{page}/discrepancies")["Tickets"]
    assert (ratio["Finding"], ratio["Answer"]) == ("paper_right", "8月から2割です")
    assert name["Finding"] is None
    seen = clinic.page(f"{page}/tickets")
    assert "申し出のとおり" in seen
    assert "8月から2割です" in seen
    assert seen.count("回答待ち") == 1


@pytest.mark.rules("R-098", "P-085")
def test_of_another_persons_record_nothing_shown_is_used(
    with_card: Callable[..., Clinic], intermediate: Intermediate
) -> None:
    clinic = with_card(intermediate_line_url=intermediate.line_url)
    visit = clinic.visit()
    another = [{"Kind": "person", "ShouldBe": "田中　一子 昭和60年1月1日"}]
    patient = {"Name": "田中　一子", "Birthdate": "S60.1.1", "Differing": another}
    (ticket,) = tell(clinic, visit, **patient).raise_for_status().json()["Tickets"]
    assert ticket["OnCheck"] == "佐藤　花子 昭和55年2月17日"
    assert "申立書" in ticket["Charge"]["Japanese"]
    assert "医療情報も開きません" in ticket["Charge"]["Japanese"]


WRONG: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"Name": ""}, "Name", ""),
    ({"Birthdate": "きのう"}, "Birthdate", ""),
    ({"Birthdate": "20300101"}, "Birthdate", "受診日より後"),
    ({"Birthdate": "きのう", "Name": "1234567890123 123456789012"}, "Name", "12桁"),
    ({"Address": "１２３４５６７８９０１８"}, "Address", "個人番号"),
    ({"Differing": [{"Kind": "name", "ShouldBe": "123456789018"}]}, "ShouldBe", "個人番号"),
    ({"Differing": []}, "Differing", ""),
    ({"Differing": [{"Kind": "birthdate", "ShouldBe": "あした"}]}, "0.ShouldBe", "日付として"),
    ({"Differing": [{"Kind": "birthdate", "ShouldBe": "20300101"}]}, "0.ShouldBe", "受診日より後"),
    (
        {"Name": "", "Differing": [{"Kind": "birthdate", "ShouldBe": "S99.99.99"}]},
        "0.ShouldBe",
        "という日はありません",
    ),
    ({"RatioPaid": 11}, "RatioPaid", ""),
)


def test_with_the_line_down_it_can_be_told_again_and_what_must_not_be_told_is_refused_by_name(
    with_card: Callable[..., Clinic],
) -> None:
    clinic = with_card(intermediate_line_url="https://127.0.0.1:9")
    visit = clinic.visit()
    refused = tell(clinic, visit)
    assert refused.json()["code"] == "SIM-SERVICE-UNREACHABLE"
    assert "二重には届きません" in refused.json()["japanese"]
    assert clinic.get(f"/api/visits/{visit['VisitId']}/discrepancies") == {"Tickets": []}
    day = [{"Kind": "birthdate", "ShouldBe": "昭55.2.18"}]
    assert tell(clinic, visit, Differing=day).json()["code"] == "SIM-SERVICE-UNREACHABLE"
    for wrong, field, says in WRONG:
        refused = tell(clinic, visit, **wrong)
        assert refused.status_code == 422, wrong
        assert any(one["field"].endswith(field) for one in refused.json()["fields"]), wrong
        assert says in refused.json()["japanese"], wrong


def test_where_there_is_no_line_to_insurers_it_is_not_offered(
    with_card: Callable[..., Clinic],
) -> None:
    clinic = with_card()
    visit = clinic.visit()
    assert "/discrepancy" not in clinic.page()
    refused = tell(clinic, visit)
    assert refused.status_code == 404
    assert "保険者に問い合わせて" in refused.json()["japanese"]
    assert "送れません" in clinic.page(f"/visits/{visit['VisitId']}/discrepancy")
