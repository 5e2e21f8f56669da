"""The portal in English: every page, every refusal, what is saved; and how it is asked for."""

from __future__ import annotations

import inspect
import re
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import oqs_sim.web
from oqs_sim.medical.costs import INPATIENT, OUTPATIENT, PHARMACY
from oqs_sim.medical.synthesis import checkups, formulary
from oqs_sim.medical.synthesis.formulary import Drug, Usage
from oqs_sim.portal.discrepancy import insurer_contacts
from oqs_sim.portal.refusals import refusal_words
from oqs_sim.web.portal.texts import all_texts, english_words
from tests.oqs_sim.bulk.test_public_assistance import put_office, put_recipient, put_ticket
from tests.oqs_sim.portal.english import japanese_in
from tests.oqs_sim.portal.test_account import REPORT, as_person
from tests.oqs_sim.portal.test_sign_in import browser_of
from wire.catalogue import Catalogue

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from tests.oqs_sim.conftest import Oqs

BLANK = re.compile(r"\{(\w*)\}")
OPEN = ("/portal/sign-in", "/portal/people", "/portal/people?atm", "/portal/atm",
        "/portal/hotline", "/portal/guide", "/portal/guide?card=no",
        "/portal/guide?card=yes&phone=yes", "/portal/nothing")  # fmt: skip
OWN = ("/portal", "/portal/insurance-card", "/portal/registration", "/portal/history",
       "/portal/consents", "/portal/medicines", "/portal/checkups", "/portal/costs",
       "/portal/discrepancies", "/portal/guide")  # fmt: skip
ENGLISH = {"Accept-Language": "en-GB,en;q=0.9,ja;q=0.5"}


def in_english(browser: TestClient) -> TestClient:
    assert '<html lang="en">' in browser.get("/portal/guide?lang=en").text
    return browser


@pytest.mark.parametrize("path", OPEN)
def test_a_page_without_a_sign_in_is_all_in_english(oqs: Oqs, path: str) -> None:
    page = in_english(browser_of(oqs)).get(path, headers={"Accept": "text/html"})
    assert japanese_in(page.text) == []


def test_the_own_pages_are_all_in_english(member: Oqs) -> None:
    browser = in_english(as_person(member))
    assert browser.post("/portal/discrepancies", data=REPORT).status_code == 200
    assert member.check_number().status_code == 200
    for path in OWN:
        page = browser.get(path).text
        assert japanese_in(page) == [], path
        assert 'lang="ja"' in re.sub('lang="ja">日本語', "", page) or path != "/portal"


def test_of_an_insurance_only_names_are_in_japanese(member: Oqs) -> None:
    member.report(2, LimitClassificationFlag="B05", LimitValidEndDate="20270731")
    browser = in_english(as_person(member))
    limited = browser.get("/portal/insurance-card").text
    assert "<dd>B05 (低所得Ⅱ), until 31 Jul 2027</dd>" in limited
    member.report(3, SpecialMedicalExpense="1")
    in_arrears = browser.get("/portal/insurance-card").text
    assert "<dd>100% (you pay all of it first)</dd>" in in_arrears
    put_office(member)
    put_recipient(member)
    put_ticket(member)
    member.set_clock("2026-11-16T09:00:00+09:00")
    assisted = browser.get("/portal/insurance-card").text
    assert "until 30 Nov 2026, 0 yen to pay at the desk" in assisted
    for page in (limited, in_arrears, assisted):
        assert japanese_in(page) == []
        labels = set(re.findall(r'<dt>([^<]*)</dt><dd><span lang="ja">', page))
        assert labels <= {
            "Symbol (記号)", "Name", "Reading", "Insurer", "Welfare office",
            "Tickets of this month (医療券)",
        }  # fmt: skip


def test_what_is_wrong_is_told_in_english_where_it_was_typed(oqs: Oqs) -> None:
    browser = in_english(as_person(oqs))
    for path, typed, said in (
        ("/portal/registration", {}, "No eligibility is in force"),
        ("/portal/discrepancies", {"Birthdate": "yesterday"}, "Date of birth: This is no day"),
        ("/portal/discrepancies", {}, "Fill in what is missing: name, date of birth, sex"),
        ("/portal/hotline", {"Name": "佐藤　花子"}, "Enter both the name and the date of birth."),
        ("/portal/hotline", {"Name": "X", "Birthdate": "1980-02-17"}, "Nobody has this name"),
        ("/portal/people/sign-in", {"PersonReference": "P0"}, "This person is not known."),
        ("/portal/consents/end", {"Number": "!"}, "Something that was sent is not right."),
    ):
        page = browser.post(path, data=typed).text
        assert said in page, path
        assert japanese_in(page) == [], path
        (back,) = re.findall(r'class="language" href="([^"]*)"', page)
        assert '<html lang="ja">' in browser.get(back).text
        in_english(browser)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_what_people_typed_is_shown_as_they_typed_it(member: Oqs, language: str) -> None:
    browser = as_person(member)
    browser.post("/portal/discrepancies", data={**REPORT, "Institution": "<b>もぎ</b>"})
    page = browser.get(f"/portal/discrepancies?lang={language}").text
    assert "&lt;b&gt;もぎ&lt;/b&gt;" in page
    assert "<b>もぎ" not in page


def test_the_hotline_stops_a_card_in_english(member: Oqs) -> None:
    browser = in_english(browser_of(member))
    caller = {"Name": "佐藤　花子", "Birthdate": "1980-02-17"}
    page = browser.post("/portal/hotline", data=caller).text
    assert "The card is stopped" in page
    assert japanese_in(page) == []


def test_the_language_is_kept_and_one_touch_away(member: Oqs) -> None:
    browser = as_person(member)
    page = browser.get("/portal/costs?year=2025").text
    assert '<html lang="ja">' in page
    (to_english,) = re.findall(r'class="language" href="([^"]*)"', page)
    assert to_english == "/portal/costs?year=2025&amp;lang=en"
    assert "Total of 2025" in browser.get(to_english.replace("&amp;", "&")).text
    assert "Medicines" in browser.get("/portal/medicines").text
    assert '<html lang="ja">' in browser.get("/portal/medicines?lang=ja").text
    assert '<html lang="ja">' in browser.get("/portal/medicines", headers=ENGLISH).text


@pytest.mark.parametrize(
    ("preferred", "language"),
    [
        ("en-GB,en;q=0.9,ja;q=0.5", "en"),
        ("ja,en-US;q=0.9,en;q=0.8", "ja"),
        ("fr,en;q=0.5", "en"),
        ("fr", "ja"),
        ("*", "ja"),
        ("en;q=none,,;", "ja"),
    ],
)
def test_the_first_page_is_in_the_language_of_the_browser(
    oqs: Oqs, preferred: str, language: str
) -> None:
    page = browser_of(oqs).get("/portal/sign-in", headers={"Accept-Language": preferred})
    assert f'<html lang="{language}">' in page.text


def test_a_language_that_there_is_not_is_no_mistake(oqs: Oqs) -> None:
    page = browser_of(oqs).get("/portal/sign-in?lang=%00xx")
    assert page.status_code == 200
    assert '<html lang="ja">' in page.text


def test_what_is_saved_is_in_the_language_of_the_page(member: Oqs) -> None:
    browser = as_person(member)
    assert b"/Lang (ja)" in browser.get("/portal/insurance-card.pdf").content
    assert b"/Lang (en)" in in_english(browser).get("/portal/insurance-card.pdf").content


def test_every_refusal_is_there_in_english() -> None:
    for entry in Catalogue:
        said = refusal_words(entry.kind.code, "check").en
        assert re.fullmatch(r"Nothing was told(: .+)?\.", said)
        assert not re.sub(r"\([^)]*\)", "", said).strip("".join(map(chr, range(128)))), (
            said
        )  # all of it is ASCII


def test_every_text_is_there_in_both_languages_with_the_same_blanks() -> None:
    for key, text in all_texts().items():
        assert text.ja.strip(), key
        assert text.en.strip() or key == "home.san", key
        assert set(BLANK.findall(text.ja)) == set(BLANK.findall(text.en)), key


def test_every_text_that_a_page_names_exists_and_every_text_is_named() -> None:
    room = Path(str(files(oqs_sim.web)))
    sources = chain(room.glob("portal/*.py"), room.glob("templates/portal/*.html"))
    written = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    texts = set(all_texts())
    assert set(re.findall(r'\bt\("([a-z_]+\.[a-z0-9_]*[a-z0-9])"', written)) <= texts
    named = texts & set(re.findall(r'"([a-z_]+\.[a-z0-9_]+)"', written))
    # The rest is composed: `tab.` and the name of a page, and so on.
    composed = tuple(re.findall(r'"([a-z_]+\.[a-z0-9_]*)(?:\{|" ~)', written))
    assert {key for key in texts - named if not key.startswith(composed)} == set()


def test_what_records_of_care_say_has_its_english_words() -> None:
    words = english_words()
    assert set(words["costs"]) == {OUTPATIENT, INPATIENT, PHARMACY}
    assert set(words["usage"]) == {usage.value for usage in Usage}
    assert set(words["hours"]) == {one.hours for one in insurer_contacts().values()}
    written = inspect.getsource(checkups)
    named = re.findall(r'"SIM-\w+", "([^"]+)"|\("\d", "([^"]+)"\)', written)
    known = {word for words_of_one in named for word in words_of_one if not word.isascii()}
    assert set(words["checkup"]) == known
    drugs = [one for one in vars(formulary).values() if isinstance(one, Drug)]
    assert set(words["unit"]) == {one.unit for one in drugs if not one.unit.isascii()}
