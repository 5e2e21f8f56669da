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
    send(member, "fault", effect="stale:days=3")
    feed, stale = standing(member)["Faults"]
    assert (feed["Path"], stale["Path"]) == ("/intermediate/changes*", "/*qualification/*[!st]")
    assert "3日前の資格情報で答える" in member.console.get("/operation").text
    send(member, "end_faults")
    assert standing(member)["Faults"] == []
    send(member, "messages", institution=INSTITUTION, order="shuffled", seed="7", encoding="")
    (form,) = standing(member)["Messages"]
    assert (form["Order"], form["Seed"], form["Encoding"]) == ("shuffled", 7, None)
    assert "項目の順: 順不同, 順の番号: 7" in member.console.get("/operation").text
    send(member, "end_messages", institution=INSTITUTION)
    assert standing(member)["Messages"] == []
    send(member, "open", kind="maintenance", minutes="30", reason="点検")
    (window,) = standing(member)["Windows"]
    assert window["IsOpen"]
    assert window["ClosesAt"] == "2026-11-09T00:30:00Z"
    send(member, "open", kind="disaster", municipalities="99001、９９００２ ")
    region = standing(member)["Windows"][1]
    assert (region["Municipalities"], region["Prefecture"]) == (["99001", "99002"], None)
    assert "99001 99002" in member.console.get("/operation").text
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
        ("fault", {"effect": "explode"}, "効果：「explode」という効果はありません"),
        ("fault", {"effect": "never", "probability": "often"}, "確率：数で入れてください"),
        ("fault", {"effect": "never", "times": "0"}, "回数：1以上の数で入れてください"),
        ("open", {"kind": "system_failure"}, "医療機関コードを入れてください"),
        ("open", {"kind": "disaster", "institution": "12"}, "医療機関コード：書き方が違います"),
        (
            "open",
            {"kind": "disaster", "municipalities": "99001 模擬市"},
            "「模擬市」：市区町村コードは、99で始まる5桁の数字です",
        ),
        ("open", {"kind": "maintenance", "minutes": "soon"}, "分は 1 から"),
        ("close", {"number": "7"}, "番号のものはありません"),
        ("end_fault", {"number": "x"}, "番号のものはありません"),
        ("reset", {}, "まだ記録されていません"),
        ("messages", {"declaration": "absent"}, "文字コードもUTF-8に"),
        ("messages", {"order": "any"}, "項目の順：決められた値のどれか"),
        ("messages", {"seed": "many"}, "順の番号：整数で入れてください"),
        ("end_messages", {}, "番号のものはありません"),
        ("dance", {}, "誤りがあります"),
        ("fault", {"effect": "never" * 100}, "誤りがあります"),
        ("delay", {"profile": "later"}, "決められた値のどれか"),
    ],
)
def test_what_cannot_be_done_is_said_on_the_page(
    oqs: Oqs, do: str, fields: dict[str, str], said: str
) -> None:
    answer = send(oqs, do, **fields)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"].startswith("text/html")
    assert said in answer.text
    (told,) = re.findall(r'<p id="said"[^>]*>(.*?)</p>', answer.text)
    assert not re.search(r"[a-z]{2,} [a-z]{2,}", told), "it is Japanese"
    english = send(oqs, do, "en", **fields).text
    (told,) = re.findall(r'<p id="said"[^>]*>(.*?)</p>', english)
    assert "Value error" not in told
    assert not re.search("[ぁ-ん]", told), "it is English"
    view = standing(oqs)
    assert (view["Delays"], view["Faults"], view["Windows"]) == ([], [], [])


def test_the_ways_to_write_messages_have_words(oqs: Oqs) -> None:
    done = send(oqs, "messages", encoding="shift_jis", order="shuffled", absence="empty")
    assert done.status_code == 200, done.text
    page = oqs.console.get("/operation").text
    assert "文字コード: Shift_JIS, 項目の順: 順不同, 値のない項目: 空の要素を書く" in page
    choices = re.findall(r"<option[^>]*>([^<]*)</option>", page)
    assert {"standalone を書く", "仕様の順", "1件ごとに直接", "書かない"} <= set(choices)
    assert not {"standalone", "layout", "direct", "omitted"} & set(choices)


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
