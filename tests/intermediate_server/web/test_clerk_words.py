"""The words of the clerk's pages, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import intermediate_server
from eligibility.documents import Disposal
from intermediate_server.counter.ticket import Finding
from intermediate_server.filing.fields import FIELDS
from intermediate_server.filing.ticket_fields import TICKET_FIELDS
from intermediate_server.policies import load_policies
from intermediate_server.procedures.kinds import FILED_KINDS, KIND_WORDS, ProcedureKind
from intermediate_server.runs.run_kinds import RunKind, RunState
from intermediate_server.web.texts import all_texts, english_words
from tests.intermediate_server.conftest import KITAMURA, MOGAMI, TSUCHIURA, individual_number
from tests.intermediate_server.counter.test_discrepancies import TICKET

ROOM = Path(intermediate_server.__file__).parent / "web"
BLANK = re.compile(r"\{(\w*)\}")
BY_CODE = (
    "page.", "kind.", "channel.", "document.", "delivery.", "event.", "sex.", "attention.",
    "mark.", "part.", "state.", "todo.", "lag.", "practice.",
    "years.",
)  # fmt: skip
"""Sections whose texts are asked for by a code."""


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_text_is_there(language: str) -> None:
    assert [key for key, text in all_texts().items() if not getattr(text, language)] == []


def test_both_languages_have_the_same_blanks() -> None:
    for key, text in all_texts().items():
        if key == "person.untaken_why":
            continue  # the English says it itself
        assert set(BLANK.findall(text.ja)) == set(BLANK.findall(text.en)), key


def test_every_text_that_a_page_names_exists_and_every_text_is_named() -> None:
    sources = [*ROOM.rglob("*.py"), *ROOM.rglob("templates/*.html")]
    written = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    texts = set(all_texts())
    asked = set(re.findall(r'\b(?:t|say)\(\s*"([a-z_]+\.[a-z0-9_]*[a-z0-9])"', written))
    assert asked <= texts
    named = texts & set(re.findall(r'"([a-z_]+\.[a-z0-9_]+)"', written))
    assert {key for key in texts - named if not key.startswith(BY_CODE)} == set()


PAGES = (
    "/", "/todo", "/file", "/household", "/procedures", "/upload", "/documents", "/posting",
    "/periodic-runs", "/discrepancies/desk", "/last-four", "/readings", "/practice",
    "/persons?Find=x",
)  # fmt: skip
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]+")
KEPT = frozenset({"最上", "個人番号", "模擬医院", "模擬県", "なし", "あり"})
"""What tests file, and what is typed in Japanese in either language."""
WRITTEN_IN_FILES = {"加入", "喪失", "本人", "代理人", "窓口", "郵送"}
"""Words that a file may have, as the page of files tells."""


def test_the_language_is_asked_for_once_and_remembered(deployment: Any) -> None:
    assert '<html lang="ja">' in deployment.pages.get("/").text
    english = deployment.pages.get("/?lang=en")
    assert '<html lang="en">' in english.text
    assert "Filed now, seen from when" in english.text
    for path in PAGES:
        page = deployment.pages.get(path).text
        assert '<html lang="en">' in page, path
    back = deployment.pages.get("/procedures?Insurer=990010").text
    assert 'href="/procedures?Insurer=990010&amp;lang=ja"' in back
    assert '<html lang="ja">' in deployment.pages.get("/?lang=ja").text


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/file", {"Kind": "join", "Address": "模擬県9"}),
        ("/household", {"Kind": "join", "Address": "模擬県9"}),
        ("/discrepancies/desk", {"Address": "模擬県9"}),
    ],
)
def test_a_form_has_its_years_written_otherwise_and_keeps_what_was_typed(
    deployment: Any, path: str, typed: dict[str, str]
) -> None:
    pages = deployment.pages
    button = re.search(r'<button class="years"[^>]*formaction="([^"]*)"', pages.get(path).text)
    assert button, path
    assert button[1] == f"{path}?years=japanese"
    page = pages.post(button[1], data={**typed, "Switch": typed.get("Kind", "1")}).text
    assert 'value="模擬県9"' in page
    assert "令和8年11月16日" in page
    assert f'formaction="{path}?years=western"' in pages.get(path).text, "and so they stay"
    assert 'class="years"' not in pages.get(f"{path}?lang=en").text


def test_years_are_written_as_was_asked_for_once(deployment: Any) -> None:
    pages = deployment.pages
    western = pages.get("/procedures?Insurer=990010").text
    assert "2026年11月16日（月）" in western
    assert 'href="/procedures?Insurer=990010&amp;years=japanese"' in western
    assert "令和8年11月16日（月）" in pages.get("/?years=japanese").text
    kept = pages.get("/").text
    assert "令和8年11月16日（月）" in kept
    assert not re.search(r"20\d\d年", kept), "a page writes all its days in one way"
    assert "Mon 16 Nov 2026" in pages.get("/?lang=en").text
    pages.get("/?lang=ja")
    assert "2026年11月16日（月）" in pages.get("/?years=western").text


def japanese_words(page: str) -> set[str]:
    """Return the Japanese words of a page that do not say that they are, nor are an insurer's."""
    main = page[page.index("<main") :]
    main = re.sub(r'<(\w+)[^>]* lang="ja"[^>]*>.*?</\1>', "", main, flags=re.DOTALL)
    main = re.sub(r' (?:title|value)="[^"]*"', "", main)  # the calendar names holidays
    for policy in load_policies(None):
        main = main.replace(policy.name, "")
    return set(JAPANESE.findall(main)) - KEPT


@pytest.fixture
def english(deployment: Any) -> Any:
    """A console in English, with something on every page."""
    deployment.register(name="SIMULATED HANAKO")
    deployment.register(2, name="SIMULATED TARO", birthdate="19511210")
    deployment.file(Address="SIM 1")
    deployment.file(KITAMURA, person=2)
    for kind, fields in (
        (
            "ratio",
            {"insurer": KITAMURA, "person": 2, "InsuredPartialContributionRatio": "030"},
        ),
        ("limit", {"LimitClassificationFlag": "A03"}),
        ("consideration", {}),
        ("last_four_sent", {}),
        ("release_use", {"PapersWithPhoto": "1"}),
        ("jlis_mismatch", {"Reason": "SIM"}),
    ):
        deployment.file(Kind=kind, **fields)
    pages = deployment.pages
    ticket = {**TICKET, "Name": "SIM", "Address": "SIM", "Institution": "SIM"}
    for number in (MOGAMI, TSUCHIURA):
        sent = {**ticket, "Kind": "負担割合", "InsurerNumber": number}
        assert pages.post("/discrepancies/desk", data=sent).status_code == 303
    for kind in ("late_elderly", "renewal"):
        run = {"Kind": kind, "InsurerNumber": KITAMURA, "DueOn": ""}
        assert pages.post("/periodic-runs/start", data=run).status_code == 303
    assert pages.get("/?lang=en").status_code == 200
    return deployment


def test_nothing_of_ours_stays_japanese_on_an_english_page(english: Any) -> None:
    pages = english.pages
    found = pages.post("/persons", data={"Find": "1234561"}, follow_redirects=True)
    person = found.url.path
    ticket = re.search(r'action="(/discrepancies/desk/\w+)"', pages.get(PAGES[9]).text)
    assert ticket
    pages.post(ticket[1], data={"Finding": "neither", "Text": "SIM"})
    for path in (
        *PAGES,
        person,
        f"/periodic-runs?Insurer={KITAMURA}&All=true",
        f"/posting?InsurerNumber={MOGAMI}",
        "/persons/SIM-0000000000000000",
    ):
        literals = WRITTEN_IN_FILES if path == "/upload" else set()
        assert japanese_words(pages.get(path).text) - literals == set(), path
    renewal = {"Kind": "renewal", "InsurerNumber": MOGAMI, "DueOn": "20270701"}
    shown = pages.get("/periodic-runs/preview", params=renewal)
    assert "persons looked at" in shown.text
    assert japanese_words(shown.text) == set()
    assert japanese_words(pages.get("/periodic-runs/rules").text) == set()
    for membership, occasion in ((0, "certificate_lost"), (0, "spare")):
        asked = {"Membership": membership, "Occasion": occasion}
        assert japanese_words(pages.post(f"{person}/documents", data=asked).text) == set()


def test_what_begins_at_a_person_is_english_where_that_is_wanted(english: Any) -> None:
    pages = english.pages
    found = pages.post("/persons", data={"Find": "1234561"}, follow_redirects=True)
    reference = found.url.path.rpartition("/")[2]
    said = {
        f"/file?Person={reference}": "Choose a procedure",
        f"/file?Kind=correct&Person={reference}": "Which procedure is to be corrected?",
        f"/file?Kind=correct&Person={reference}&CorrectedVersion=1": "To be corrected:",
        f"/file?Kind=cancel&Person={reference}": "To be cancelled:",
        f"/file?Kind=release_use&Person={reference}": "Ask the applicant for papers",
        f"/file?Kind=newborn&Family={reference}": "The child&#39;s family:",
        f"/household?Person={reference}": "Take part",
        f"/discrepancies/desk?Person={reference}": "Who tells it",
    }
    for path, sentence in said.items():
        page = pages.get(path).text
        assert sentence in page, path
        assert japanese_words(page) == set(), path
    cancelled = {
        "Kind": "cancel", "Person": reference, "CorrectedVersion": "1", "Reason": "SIM",
    }  # fmt: skip
    asked = pages.post("/file", data=cancelled)
    assert asked.status_code == 200
    assert "Nothing is filed yet" in asked.text
    assert japanese_words(asked.text) == set()
    none_chosen = pages.post(f"/persons/{reference}/documents", data={"Membership": "0"})
    assert "Nothing was decided" in none_chosen.text
    (ticket, *_) = re.findall(
        r'action="(/discrepancies/desk/\w+)"', pages.get("/discrepancies/desk").text
    )
    unanswered = pages.post(ticket, data={"Text": "SIM"})
    assert unanswered.status_code == 422
    assert "Nothing was answered" in unanswered.text


@pytest.mark.parametrize("kind", FILED_KINDS)
def test_every_form_is_english_where_that_is_wanted(english: Any, kind: ProcedureKind) -> None:
    empty = {"Kind": kind.value, "InsurerNumber": MOGAMI}
    form = english.pages.post("/file", data={**empty, "Switch": kind.value})
    assert japanese_words(form.text) == set()
    faulty = english.pages.post("/file", data={**empty, "FiledOn": "x", "IndividualNumber": "1"})
    assert faulty.status_code == 422
    assert japanese_words(faulty.text) == set()


def test_a_receipt_and_a_refusal_are_english_where_that_is_wanted(english: Any) -> None:
    pages = english.pages
    typed = {
        "Kind": "address", "InsurerNumber": MOGAMI, "IndividualNumber": individual_number(1),
        "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "1234561",
        "InsuredBranchNumber": "01", "Address": "SIM 2",
    }  # fmt: skip
    receipt = pages.post("/file", data=typed, follow_redirects=True)
    assert "Taken: Address." in receipt.text
    assert japanese_words(receipt.text) == set()
    refused = pages.post("/file", data={**typed, "InsuredIdentificationNumber": "9"})
    assert refused.status_code == 409
    assert japanese_words(refused.text) == set()
    household = {**typed, "IndividualNumber.0": "1", "Switch": ""}
    wrong = pages.post("/household", data=household)
    assert wrong.status_code == 422
    assert japanese_words(wrong.text) == set()
    assert japanese_words(pages.post("/household", data=typed).text) == set()
    faulty = pages.post("/discrepancies/desk", data={"InsurerNumber": MOGAMI, "Birthdate": "x"})
    assert faulty.status_code == 422
    assert japanese_words(faulty.text) == set()


def test_every_word_of_the_code_has_an_english_one() -> None:
    wanted = {f"group.{words.group}" for words in KIND_WORDS.values()}
    for one in FIELDS:
        wanted |= {f"field.{one.element}", f"how.{one.element}"}
    for ticket_field in TICKET_FIELDS:
        wanted |= {f"field.{ticket_field.element}", f"how.{ticket_field.element}"}
    wanted |= {f"{group}.{kind}" for kind in RunKind for group in ("run", "run_hint")}
    wanted |= {f"run_state.{state}" for state in RunState}
    wanted |= {f"finding.{finding}" for finding in Finding}
    wanted |= {f"next_step.{finding}" for finding in Finding if finding.next_step}
    wanted |= {f"disposal.{one}" for one in Disposal if one is not Disposal.KEEP}
    assert wanted - set(english_words()) == set()
    assert [word for word in english_words().values() if not word] == []


def test_the_ways_to_the_pages_have_keys_of_their_own(deployment: Any) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "how-to" / "clerk.md").read_text("utf-8")
    for path in PAGES:
        page = deployment.pages.get(path).text
        keys = re.findall(r'accesskey="(\w)"', page)
        assert len(keys) == len(set(keys)), path
        assert [key for key in keys if f"`{key}`" not in guide] == [], path


def test_no_page_holds_a_script_or_a_style_in_itself() -> None:
    for template in ROOM.rglob("templates/*"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<style|\bstyle=|<script(?![^>]*src=)|\bon[a-z]+=\"", text), template
