"""The words of the clerk's pages, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import intermediate_server
from intermediate_server.web.texts import all_texts

ROOM = Path(intermediate_server.__file__).parent / "web"
BLANK = re.compile(r"\{(\w*)\}")
BY_CODE = (
    "page.", "kind.", "channel.", "document.", "delivery.", "event.", "sex.", "attention.",
    "mark.", "part.", "state.", "todo.", "lag.",
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


PAGES = ("/", "/todo", "/procedures", "/upload", "/documents", "/readings", "/persons?Find=x")


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


def test_nothing_of_ours_stays_japanese_on_an_english_page(deployment: Any) -> None:
    deployment.register(name="SIMULATED HANAKO")
    deployment.file()
    japanese = re.compile(r"[ぁ-んァ-ヶ一-龠]+")
    for path in ("/", "/todo", "/procedures", "/documents"):
        page = deployment.pages.get(path, params={"lang": "en"}).text
        main = page[page.index("<main") :]
        # What is kept in Japanese says so; the calendar names holidays.
        main = re.sub(r'<td class="reason" lang="ja">.*?</td>| title="[^"]*"', "", main)
        for policy in deployment.pages.get("/file").text.split("<option")[1:]:
            name = policy.partition("　")[2].partition("<")[0]
            main = main.replace(name, "") if name else main
        words = {word for word in japanese.findall(main) if word not in {"最上", "個人番号"}}
        assert words == set(), path


def test_no_page_holds_a_script_or_a_style_in_itself() -> None:
    for template in ROOM.rglob("templates/*"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<style|\bstyle=|<script(?![^>]*src=)|\bon[a-z]+=\"", text), template
