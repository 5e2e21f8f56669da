"""The operation page: what its forms do without script, and what it says of what it shows."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest

from oqs_sim.web.operation.pages import SHOWN
from oqs_sim.web.operation.shown import texts
from tests.oqs_sim.conftest import INSTITUTION

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs


def send(oqs: Oqs, do: str, lang: str = "ja", **fields: str) -> Any:
    return oqs.console.post(f"/operation?lang={lang}", data={"do": do, **fields})


def standing(oqs: Oqs) -> dict[str, Any]:
    view: dict[str, Any] = oqs.console.get("/sim/operation").json()
    return view


def test_every_form_does_what_it_says(member: Oqs) -> None:
    assert "何も設定されていません" in member.console.get("/operation").text
    page = send(member, "delay", profile="official").text
    assert "設定しました" in page
    assert "応答の速さ: 公称 3〜7 秒" in page
    assert standing(member)["Delays"][0]["Profile"] == "official"
    send(member, "end_delays")
    assert standing(member)["Delays"] == []
    send(member, "fault", effect="status:status=502", times="1", path="/qualification/*")
    (fault,) = standing(member)["Faults"]
    assert (fault["Effect"], fault["Times"], fault["Path"]) == (
        "status:status=502", 1, "/qualification/*",
    )  # fmt: skip
    send(member, "end_fault", number=str(fault["Number"]))
    send(member, "fault", effect="feed_stopped")
    assert standing(member)["Faults"][0]["Path"] == "/intermediate/changes*"
    send(member, "end_faults")
    assert standing(member)["Faults"] == []
    send(member, "messages", institution=INSTITUTION, order="shuffled", seed="7", encoding="")
    (form,) = standing(member)["Messages"]
    assert (form["Order"], form["Seed"], form["Encoding"]) == ("shuffled", 7, None)
    assert "Order=shuffled, Seed=7" in member.console.get("/operation").text
    send(member, "end_messages", institution=INSTITUTION)
    assert standing(member)["Messages"] == []
    send(member, "open", kind="maintenance", minutes="30", reason="点検")
    (window,) = standing(member)["Windows"]
    assert window["IsOpen"]
    assert window["ClosesAt"] == "2026-11-09T00:30:00Z"
    send(member, "close", number=str(window["Number"]))
    assert not standing(member)["Windows"][0]["IsOpen"]
    assert "この状態を出発点にしました" in send(member, "seed").text
    send(member, "delay", profile="never")
    assert "出発点に戻しました" in send(member, "reset").text
    assert standing(member)["Delays"] == []


def test_the_page_leads_through_the_whole_journal(member: Oqs) -> None:
    for _ in range(SHOWN + 3):
        member.check_number()
    first = member.console.get("/operation?path=number").text
    assert first.count("<tr class") == SHOWN
    assert "最新の記録へ" not in first
    (older,) = re.findall(r'href="(\?[^"]*before=[^"]*)"', first)
    second = member.console.get(f"/operation{html.unescape(older)}").text
    assert second.count("<tr class") == 3
    assert "もっと前の記録" not in second
    assert 'href="?lang=ja&amp;path=number#journal"' in second


def test_a_fault_that_is_over_disturbs_nothing(member: Oqs) -> None:
    send(member, "fault", effect="status:status=502", times="1")
    assert "障害 1 件" in member.console.get("/operation").text
    assert not standing(member)["Faults"][0]["IsOver"]
    assert member.check_number().status_code == 502
    assert standing(member)["Faults"][0]["IsOver"]
    page = member.console.get("/operation").text
    assert "何も設定されていません" in page
    assert "1 / 1 — 終わりました" in page


@pytest.mark.parametrize(
    ("do", "fields", "said"),
    [
        ("fault", {"effect": "explode"}, "is no effect"),
        ("fault", {"effect": "never", "probability": "often"}, "valid number"),
        ("fault", {"effect": "never", "times": "0"}, "greater than or equal to 1"),
        ("open", {"kind": "system_failure"}, "has telephoned"),
        ("open", {"kind": "maintenance", "minutes": "soon"}, "分は 1 から"),
        ("close", {"number": "7"}, "番号のものはありません"),
        ("end_fault", {"number": "x"}, "番号のものはありません"),
        ("reset", {}, "まだ記録されていません"),
        ("messages", {"declaration": "absent"}, "set Encoding to utf-8"),
        ("messages", {"seed": "many"}, "valid integer"),
        ("end_messages", {}, "番号のものはありません"),
        ("dance", {}, "誤りがあります"),
        ("fault", {"effect": "never" * 100}, "誤りがあります"),
        ("delay", {"profile": "later"}, "誤りがあります"),
    ],
)
def test_what_cannot_be_done_is_said_on_the_page(
    oqs: Oqs, do: str, fields: dict[str, str], said: str
) -> None:
    answer = send(oqs, do, **fields)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"].startswith("text/html")
    assert said in answer.text
    view = standing(oqs)
    assert (view["Delays"], view["Faults"], view["Windows"]) == ([], [], [])


def test_what_was_typed_into_a_refused_form_stays(oqs: Oqs) -> None:
    page = send(oqs, "fault", effect="explode<b>", path="/qualification/*").text
    assert 'value="explode&lt;b&gt;"' in page
    assert 'value="/qualification/*"' in page
    assert '<b>"' not in page


def test_the_journal_is_searched_and_tells_near_misses_in_the_pages_language(member: Oqs) -> None:
    member.check_number(Birthdate="19800218")
    member.check_number(InsurerNumber="123456")
    japanese = member.console.get("/operation").text
    assert f"{member.hanako} と違うのは: 生年月日" in japanese
    english = member.console.get("/operation?lang=en").text
    assert f"differs from {member.hanako} in: the birthdate" in english
    found = member.console.get("/operation?code=SIM-INVALID-NUMBER").text
    assert "SIM-INVALID-NUMBER" in found
    assert "違うのは" not in found
    assert "当てはまる記録はありません" in member.console.get("/operation?path=nowhere").text


def test_a_mode_and_its_use_are_shown_until_they_are_reported(member: Oqs) -> None:
    send(member, "open", kind="system_failure", institution=INSTITUTION)
    asked = {
        "Name": "佐藤 花子", "Sex1": "2", "Birthdate": "19800217", "Address": "模擬県模擬市",
        "OralConsent": "1",
    }  # fmt: skip
    body = {
        "MessageHeader": {"MedicalInstitutionCode": INSTITUTION},
        "MessageBody": {"PersonSearchInfo": asked},
    }
    assert member.terminal.post("/qualification/person", json=body).status_code == 200
    page = member.console.get("/operation").text
    assert f"1 番: {INSTITUTION} が 1 回" in page
    assert "報告期限 2026-11-16" in page
    send(member, "report", number="1", institution=INSTITUTION)
    assert "報告済み" in member.console.get("/operation").text


def test_the_page_is_the_consoles_alone_and_takes_nothing_from_other_sites(oqs: Oqs) -> None:
    assert oqs.terminal.get("/operation").status_code == 404
    foreign = oqs.console.post(
        "/operation", data={"do": "end_faults"}, headers={"Origin": "https://elsewhere.example"}
    )
    assert foreign.json()["code"] == "SIM-FOREIGN-ORIGIN"


def test_every_word_is_in_both_languages() -> None:
    for name, sentence in texts().items():
        assert sentence.ja, name
        assert sentence.en, name
        assert set(_places(sentence.ja)) == set(_places(sentence.en)), name


def _places(text: str) -> list[str]:
    return [part.partition("}")[0] for part in text.split("{")[1:]]
