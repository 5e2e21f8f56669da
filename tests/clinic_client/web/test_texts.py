"""The words of the pages."""

import re
from pathlib import Path

import pytest

import clinic_client
from clinic_client.visits.coverage import FIELDS
from clinic_client.web.texts import Language, Phrasebook, all_texts

ROOM = Path(clinic_client.__file__).parent
BLANK = re.compile(r"\{(\w*)\}")
NAMES_OF_LANGUAGES = {"patient.easy", "patient.language_ja", "patient.language_en", "patient.title"}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_text_is_there_in_japanese_and_english(language: str) -> None:
    labels = {name: one.kept.label for name, one in FIELDS.items()}
    texts = {**all_texts(), **labels}
    assert [key for key, text in texts.items() if not getattr(text, language).strip()] == []


def test_every_text_of_the_patients_screen_is_there_in_easy_japanese() -> None:
    missing = {
        key for key, text in all_texts().items() if key.startswith("patient.") and not text.easy
    }
    assert missing == NAMES_OF_LANGUAGES


def test_all_languages_have_the_same_blanks() -> None:
    assert any(BLANK.search(text.ja) for text in all_texts().values())
    for key, text in all_texts().items():
        languages = filter(None, (text.ja, text.en, text.easy))
        blanks = {frozenset(BLANK.findall(one)) for one in languages}
        assert len(blanks) == 1, key


def test_every_text_that_a_page_names_exists_and_every_text_is_named() -> None:
    sources = [*ROOM.rglob("*.py"), *ROOM.rglob("templates/*.html")]
    written = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    texts = set(all_texts())
    asked = set(re.findall(r'\bt\(\s*"([a-z]+\.[a-z0-9_]*[a-z0-9])"', written))
    assert asked <= texts
    named = texts & set(re.findall(r'"([a-z]+\.[a-z0-9_]+)"', written))
    # The rest is composed: `answer.word_` and a word, and so on.
    composed = tuple(re.findall(r'"([a-z]+\.[a-z0-9_]*)(?:\{|" ~)', written))
    assert {key for key in texts - named if not key.startswith(composed)} == set()


def test_easy_japanese_falls_back_to_japanese() -> None:
    assert Phrasebook(Language.EASY)("frame.desk") == "受付"


def test_a_text_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        Phrasebook(Language.ENGLISH)("frame.nothing")


def test_nothing_of_the_pages_comes_from_elsewhere() -> None:
    pages, rest = [*ROOM.rglob("templates/*")], [*ROOM.rglob("static/*")]
    assert pages
    assert rest
    for source in pages + rest:
        text = source.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text, source.name
        assert "https:" not in text, source.name


def test_no_page_holds_a_script_or_a_style_in_itself() -> None:
    templates = [*ROOM.rglob("templates/*")]
    assert templates
    for template in templates:
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<style|\bstyle=|<script(?![^>]*src=)|\bon[a-z]+=\"", text), template
