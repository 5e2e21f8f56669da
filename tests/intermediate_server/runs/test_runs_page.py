"""The page 定期処理: what waits, what a run would do, and the question before it is begun."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from typing import TYPE_CHECKING, Any

import pytest

from eligibility.documents import reasons
from intermediate_server import run_execution
from intermediate_server.web.rule_words.rule_texts import RECORDED_BY, rule_texts
from tests.intermediate_server.conftest import MOGAMI, individual_number
from tests.intermediate_server.runs.test_year import (  # noqa: F401 # start is a fixture
    advance,
    client_of,
    start,
)
from wire.forms.spreadsheet import as_typed

if TYPE_CHECKING:
    from collections.abc import Callable

RENEWAL = {"Kind": "renewal", "InsurerNumber": MOGAMI, "DueOn": "20270701"}


def test_every_rule_that_a_run_or_a_document_names_is_explained() -> None:
    named = {
        rule
        for reason in vars(reasons).values()
        if isinstance(reason, reasons.Reason)
        for rule in reason.rules
    }
    named |= {rule for _, rules in RECORDED_BY.values() for rule in rules}
    assert len(named) > 30
    assert named <= set(rule_texts())


def upload(deployment: Any, persons: range) -> None:
    for person in persons:
        deployment.register(person)
    lines = [
        "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日,世帯主",
        *(
            f"加入,{MOGAMI},{individual_number(person)},20261116,最上,{person:07},01,20261116,主"
            for person in persons
        ),
        "",
    ]
    report = client_of(deployment).post(
        "/procedures/file",
        content="\r\n".join(lines).encode(),
        headers={"Content-Type": "text/csv"},
    )
    assert report.headers["X-Lines-Accepted"] == str(len(persons)), report.text


def test_the_page_says_how_many_filings_wait_for_their_papers(start: Callable[..., Any]) -> None:  # noqa: F811
    deployment = start()
    page = deployment.pages.get("/periodic-runs", params={"Insurer": MOGAMI}).text
    assert "待っています" not in page
    upload(deployment, range(1, 6))
    page = deployment.pages.get("/periodic-runs", params={"Insurer": MOGAMI}).text
    assert "届出5件が待っています" in page
    assert "届出の翌日" in page
    runs = client_of(deployment).get("/runs", params={"InsurerNumber": MOGAMI}).json()
    assert runs["Waiting"] == 5
    advance(deployment, "2026-11-17")
    page = deployment.pages.get("/periodic-runs", params={"Insurer": MOGAMI}).text
    assert "待っています" not in page


def test_a_preview_says_who_what_and_why_in_words(start: Callable[..., Any]) -> None:  # noqa: F811
    deployment = start()
    deployment.register(birthdate="19561220")
    deployment.file(FiledOn="20261101")
    asked = {"Kind": "seventy", "InsurerNumber": MOGAMI, "DueOn": "20261201"}
    page = deployment.pages.get("/periodic-runs/preview", params=asked).text
    for said in (
        "1956年12月20日（木）", "最上", "1人に、証類の交付 1件、記録 1件。",
        "誕生月の翌月", "70歳の負担割合は、誕生日の翌月1日から",
        'href="/periodic-runs/rules#P-071"', "2026年12月1日（火）になるまで行えません",
    ):  # fmt: skip
        assert said in page, said
    assert "この内容で" not in page
    rules = deployment.pages.get("/periodic-runs/rules").text
    assert 'id="P-071"' in rules


@pytest.mark.rules("R-140", "P-071")
def test_a_preview_warns_of_a_share_that_shows_after_its_day(
    start: Callable[..., Any],  # noqa: F811
) -> None:
    deployment = start(runs_by_themselves=False)
    deployment.register(birthdate="19561220")
    deployment.file(FiledOn="20261101")
    asked = {"Kind": "seventy", "InsurerNumber": MOGAMI, "DueOn": "20261228"}
    page = deployment.pages.get("/periodic-runs/preview", params=asked).text
    assert "2027年1月1日（金）から適用ですが、医療機関に見えるのは2027年1月6日（水）から" in page
    client = client_of(deployment)
    (late,) = client.post("/runs/preview", json=asked).json()["Members"]
    (entry,) = late["Recorded"]
    assert (entry["HoldsFrom"], entry["VisibleOn"]) == ("20270101", "20270106")
    in_time = client.post("/runs/preview", json={**asked, "DueOn": "20261201"}).json()
    assert "HoldsFrom" not in in_time["Members"][0]["Recorded"][0]


def test_a_run_is_begun_from_what_it_would_do(start: Callable[..., Any]) -> None:  # noqa: F811
    deployment = start()
    deployment.register()
    deployment.file()
    today = {"Kind": "renewal", "InsurerNumber": MOGAMI}
    nobody = deployment.pages.get("/periodic-runs/preview", params=today).text
    assert "該当する人はいません。" in nobody
    deployment.pages.post("/follow", json={"Now": "2026-11-16T10:00:00+09:00"})
    deployment.set_clock(Mode="frozen", Now="2027-07-05T09:00:00+09:00")
    page = deployment.pages.get("/periodic-runs/preview", params=today).text
    assert "証類の交付 1件" in page
    form = page[page.index('action="/periodic-runs/start"') :]
    assert "この内容で「更新」を行う" in form
    sent = dict(re.findall(r'name="(\w+)" value="(\w+)"', form[: form.index("</form>")]))
    done = deployment.pages.post("/periodic-runs/start", data=sent, follow_redirects=True).text
    assert "「更新」は終了です。" in done


def test_a_run_that_stands_still_as_oqs_goes_away_is_said_to_have_begun(
    start: Callable[..., Any],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deployment = start()
    deployment.register()
    deployment.file()
    deployment.set_clock(Mode="frozen", Now="2027-07-05T09:00:00+09:00")
    attended = run_execution.RunExecution.attend

    async def without_oqs(*asked: Any) -> Any:
        # The card of nobody can be asked for.
        oqs = deployment.started.pop(0)
        oqs.ask_to_end()
        await asyncio.to_thread(oqs.__exit__)
        return await attended(*asked)

    monkeypatch.setattr(run_execution.RunExecution, "attend", without_oqs)
    for day in ("20270705", ""):
        asked = {"Kind": "renewal", "InsurerNumber": MOGAMI, "DueOn": day}
        answer = deployment.pages.post("/periodic-runs/start", data=asked)
        if day:
            assert answer.status_code == 303, answer.text
            shown = deployment.pages.get(answer.headers["Location"]).text
            assert "「更新」を始めました。" in shown
        else:
            assert answer.status_code == 503
            assert "何も行っていません" in answer.text, "no day, and nothing begun"


@pytest.mark.parametrize("looked_at", [2, 20_000])
def test_a_long_preview_comes_in_pages_and_as_a_file(
    start: Callable[..., Any],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    looked_at: int,
) -> None:
    monkeypatch.setattr(run_execution, "PREVIEWED", 2)
    monkeypatch.setattr(run_execution, "LOOKED_AT", looked_at)
    deployment = start()
    upload(deployment, range(1, 6))
    advance(deployment, "2026-11-17")
    pages = deployment.pages
    shown: list[str] = []
    page = pages.get("/periodic-runs/preview", params=RENEWAL).text
    for _ in range(9):
        numbers = re.findall(r'<td lang="ja">最上 (\d+) 01</td>', page)
        assert numbers == sorted(numbers)
        assert ("この画面の中では、記号・番号の順" in page) is (len(numbers) < 5)
        shown += re.findall(r'href="/persons/(SIM-\w+)"', page)
        following = re.search(r'href="([^"]*)">次の人たち', page)
        if following is None:
            break
        page = pages.get(following[1].replace("&amp;", "&")).text
    file = pages.get("/periodic-runs/preview.csv", params=RENEWAL)
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert len(set(shown)) == len(shown) == 5
    in_file = [as_typed(row["個人の整理番号"]) for row in rows]
    assert set(in_file) == set(shown)
    assert {row["枝番"] for row in rows} == {'="01"'}
    order = {**RENEWAL, "After": in_file[1]}
    answer = client_of(deployment).post("/runs/preview", json=order).json()
    assert [one["PersonReference"] for one in answer["Members"]] == in_file[2:4]
