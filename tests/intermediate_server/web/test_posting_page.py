"""The page of the post: what waits, printed in parts, and noted as sent as it was shown."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server import document_posting
from intermediate_server.documents import posting
from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import metadata
from tests.intermediate_server.conftest import KITAMURA, MOGAMI
from tests.intermediate_server.documents.test_document_issuance import client_of
from tests.intermediate_server.documents.test_posting import joining

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def office(prepare: Any, new_database: Callable[..., str]) -> Any:
    """Three members whose papers wait for the post, on either database."""
    deployment = prepare(database_url=new_database(metadata, MIGRATIONS))
    deployment.start_oqs()
    deployment.start_service()
    for person, post_number in ((1, "9900003"), (2, "9900001"), (3, "9900002")):
        deployment.register(person)
        assert deployment.file(person=person, **joining(person, post_number)).status_code == 201
    return deployment


def fields_of(page: str) -> dict[str, str]:
    """Return what the page sends when its papers have gone out."""
    form = page[page.index('<form method="post" action="/posting"') :]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in found}


def note_sent(office: Any, shown: dict[str, str]) -> Any:
    """Say that what a page has shown has gone out, and say so again when asked."""
    asking = office.pages.post("/posting", data=shown)
    assert "よろしいですか。" in asking.text, asking.text
    confirmed = fields_of(asking.text)
    assert confirmed == {**shown, "Confirmed": "1"}
    return office.pages.post("/posting", data=confirmed)


def test_the_clerk_sees_what_waits_prints_it_and_notes_it_as_sent(office: Any) -> None:
    page = office.pages.get(f"/posting?InsurerNumber={MOGAMI}").text
    assert "特定記録郵便 3通" in page
    ways = re.findall(r'href="(/posting/making[^"]*)"', page)
    assert len(ways) == 3
    for way, what in zip(map(html.unescape, ways), ("print", "posting", "labels"), strict=True):
        making = office.pages.get(way).text
        assert "3通の用意をしています" in making
        (pdf,) = re.findall(r'http-equiv="refresh" content="1; url=([^"]*)"', making)
        made = office.pages.get(html.unescape(pdf))
        assert made.headers["x-parts"] == "1"
        assert made.headers["content-disposition"].startswith(f'inline; filename="{what}-')
        assert made.headers["x-listed"] == fields_of(page)["Listed"], "what the page has shown"
    for wrong in ("What=x", "What=list&Part=x", "What=list&InsurerNumber=1"):
        answer = office.pages.get(f"/posting/making?{wrong}")
        assert 400 <= answer.status_code < 500, wrong
    answer = note_sent(office, fields_of(page))
    assert "3通を送付済みにしました。" in answer.text
    assert "送っていない証類はありません。" in answer.text


def test_what_is_decided_after_the_print_waits_for_the_next_post(office: Any) -> None:
    shown = fields_of(office.pages.get(f"/posting?InsurerNumber={MOGAMI}").text)
    office.register(4)
    assert office.file(person=4, **joining(4, "9900004")).status_code == 201
    answer = note_sent(office, shown)
    assert "3通を送付済みにしました。" in answer.text
    assert "1通を送付済みにする" in answer.text


def test_other_papers_than_were_shown_are_not_noted(office: Any) -> None:
    shown = fields_of(office.pages.get(f"/posting?InsurerNumber={MOGAMI}").text)
    answer = office.pages.post("/posting", data={**shown, "Listed": "0" * 32})
    assert answer.status_code == 409
    assert "表示していたものと、いま発送を待つ3通が違います。" in answer.text
    assert "3通を送付済みにする" in answer.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"From": "きのう"}, {"Delivery": "鳩"}, {"Listed": "いくつか"}, {"RecordedUntil": "いつか"},
        {"InsurerNumber": "990099"}, {"RecordedUntil": "0001-01-01T00:00:00+14:00"},
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_read_notes_nothing(office: Any, wrong: dict[str, str]) -> None:
    shown = fields_of(office.pages.get(f"/posting?InsurerNumber={MOGAMI}").text)
    answer = office.pages.post("/posting", data={**shown, **wrong})
    assert 400 <= answer.status_code < 500, answer.text
    assert "✖" in answer.text
    assert "3通を送付済みにする" in office.pages.get(f"/posting?InsurerNumber={MOGAMI}").text


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"From": "きのう"}, 200), ({"From": "20261131"}, 200), ({"To": "20261131"}, 200),
        ({"Delivery": "鳩"}, 200), ({"InsurerNumber": "990099"}, 404),
        ({"RecordedUntil": "いつか"}, 422), ({"RecordedUntil": "2026-11-16T99:00:00"}, 422),
        ({"RecordedUntil": "2026-11-16T09:00:00"}, 422), ({"RecordedUntil": "20261116"}, 422),
    ],
    ids=str,
)  # fmt: skip
def test_what_the_page_cannot_read_it_says(office: Any, asked: dict[str, str], status: int) -> None:
    page = office.pages.get("/posting", params={"InsurerNumber": MOGAMI, **asked})
    assert page.status_code == status, page.text
    assert 'role="alert"' in page.text
    assert "✖" in page.text


def test_days_in_the_wrong_order_show_the_first_day(office: Any) -> None:
    asked = {"InsurerNumber": MOGAMI, "From": "20261116", "To": "20261101"}
    page = office.pages.get("/posting", params=asked)
    assert "特定記録郵便 3通" in page.text


def test_another_insurer_has_nothing_to_post(office: Any) -> None:
    page = office.pages.get("/posting", params={"InsurerNumber": KITAMURA})
    assert "送っていない証類はありません。" in page.text


def test_each_part_has_its_block_and_all_are_noted_together(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (posting, document_posting):
        monkeypatch.setattr(module, "PAPERS_IN_A_PART", 2)
    page = office.pages.get("/posting", params={"InsurerNumber": MOGAMI}).text
    ways = re.findall(r'href="(/posting/making\?What=papers&amp;[^"]*)"', page)
    assert [way[-6:] for way in ways] == ["Part=1", "Part=2"]
    links = [
        re.findall(r'content="1; url=([^"]*)"', office.pages.get(html.unescape(way)).text)[0]
        for way in ways
    ]
    assert "第2部（全2部）" in page
    for link in links:
        assert office.pages.get(html.unescape(link)).headers["x-parts"] == "2"
    assert "3通を送付済みにしました。" in note_sent(office, fields_of(page)).text


def test_what_somebody_else_has_noted_meanwhile_is_not_noted_again(office: Any) -> None:
    shown = fields_of(office.pages.get("/posting", params={"InsurerNumber": MOGAMI}).text)
    assert "3通を送付済みにしました。" in note_sent(office, shown).text
    again = office.pages.post("/posting", data=shown)
    assert again.status_code == 409
    assert "表示していたものと、いま発送を待つ0通が違います。" in again.text


def rows_of(page: str) -> list[list[str]]:
    """Return the rows of the tables of a page, without their marks."""
    rows = re.findall(r"<tr>(<td>.*?)</tr>", page, re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td>(.*?)</td>", row)]
        for row in rows
    ]


@pytest.mark.rules("PP-09")
def test_before_it_is_noted_the_page_says_how_many_go_of_which_kind_and_what_stays(
    office: Any,
) -> None:
    office.register(4)
    assert office.file(person=4, **joining(4, "", PostNumber="")).status_code == 201
    page = office.pages.get("/posting", params={"InsurerNumber": MOGAMI}).text
    assert "3通を送付済みにする" in page, "as many as it asks about then"
    assert "印刷できない1通は" in page
    asking = office.pages.post("/posting", data=fields_of(page)).text
    assert "次の3通を送付済みにします。" in asking
    assert ["特定記録郵便", "資格確認書", "3通", "1通"] in rows_of(asking)
    assert "印刷できない1通は" in asking
    assert "3通を送付済みにする" in office.pages.get(f"/posting?InsurerNumber={MOGAMI}").text
    assert "3通を送付済みにしました。" in office.pages.post("/posting", data=fields_of(asking)).text


@pytest.mark.rules("PP-09")
def test_what_was_noted_by_mistake_waits_again(office: Any) -> None:
    shown = fields_of(office.pages.get("/posting", params={"InsurerNumber": MOGAMI}).text)
    noted = note_sent(office, shown).text
    assert "3通を発送待ちに戻す" in noted
    (at,) = re.findall(r'name="Posting" value="([^"]+)"', noted)
    asked = {"InsurerNumber": MOGAMI, "Posting": at}
    foreign = office.pages.post("/posting/take-back", data={**asked, "InsurerNumber": KITAMURA})
    assert (foreign.status_code, "この発送は見つかりません。" in foreign.text) == (404, True)
    answer = office.pages.post("/posting/take-back", data=asked)
    assert "3通を発送待ちに戻しました。" in answer.text
    assert "3通を送付済みにする" in answer.text
    assert office.pages.post("/posting/take-back", data=asked).status_code == 404
    never = office.pages.post("/posting/take-back", data={**asked, "Posting": "きのう"})
    assert never.status_code == 422
    line = client_of(office)
    listed = line.get("/documents/posting.csv", params={"InsurerNumber": MOGAMI}).headers
    sent = {
        "InsurerNumber": MOGAMI,
        "RecordedUntil": listed["x-recorded-until"],
        "Listed": listed["x-listed"],
    }
    made = line.post("/documents/posted", params=sent).json()
    assert made["Posted"] == 3
    asked["Posting"] = made["Posting"]
    taken = line.post("/documents/posted/take-back", params=asked)
    assert taken.json() == {"TakenBack": 3}
    assert line.post("/documents/posted/take-back", params=asked).status_code == 404
    other = client_of(office, KITAMURA).post("/documents/posted/take-back", params=asked)
    assert other.json()["code"] == "SIM-WRONG-CALLER"


@pytest.mark.rules("PP-09")
def test_a_single_letter_is_withdrawn_with_its_reason_and_put_back(office: Any) -> None:
    listed = office.pages.get(f"/documents?State=issued&Insurer={MOGAMI}").text
    (reference,) = re.findall(r'href="/persons/([^"#]+)#papers">試験　一子', listed)
    page = f"/persons/{reference}"
    assert 'value="withdrawn"' in office.pages.get(page).text
    assert 'value="back_to_post"' not in office.pages.get(page).text
    without = office.pages.post(f"{page}/documents/1", data={"Event": "withdrawn", "Note": " "})
    assert without.status_code == 409
    assert "発送を取りやめる理由を書いてください。" in without.text
    assert '<option value="withdrawn" selected>' in without.text, "the person's page, as it was"
    assert 'aria-describedby="refused"' in without.text
    why = {"Event": "withdrawn", "Note": "住所を確かめるため"}
    assert office.pages.post(f"{page}/documents/1", data=why).status_code == 303
    assert "発送取りやめ（住所を確かめるため）" in office.pages.get(page).text
    waiting = office.pages.get("/posting", params={"InsurerNumber": MOGAMI}).text
    assert "2通を送付済みにする" in waiting
    assert "試験　一子" not in office.pages.get(f"/documents?State=issued&Insurer={MOGAMI}").text
    line = client_of(office)
    event = {"Event": "withdrawn", "On": "20261116", "Note": "二度目"}
    path = f"/documents/{reference}/1/events"
    assert line.post(path, json=event).json()["code"] == "SIM-PROCEDURE-REFUSED"
    back = {"Event": "back_to_post", "On": "20261116"}
    assert line.post(path, json=back).status_code == 201
    assert line.post(path, json=back).status_code == 409
    assert line.post(path, json=event).status_code == 201
    assert (
        office.pages.post(f"{page}/documents/1", data={"Event": "back_to_post"}).status_code == 303
    )
    assert "3通を送付済みにする" in office.pages.get(f"/posting?InsurerNumber={MOGAMI}").text


def test_what_the_register_has_more_than_the_post_is_explained(office: Any) -> None:
    path, more = f"/posting?InsurerNumber={MOGAMI}", "はここに出ません"
    assert more not in office.pages.get(path).text
    lost = {"Kind": "leave", "DisqualificationDate": "20261116", "ReasonOfLoss": "99"}
    assert office.file(person=2, **lost).status_code == 201
    page = office.pages.get(path).text
    assert "特定記録郵便 2通" in page
    assert "交付簿の未発送 3通のうち、1通はここに出ません" in page
    assert more not in office.pages.get(f"{path}&Delivery=recorded_mail").text
