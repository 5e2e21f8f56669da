"""The panel: what a slot shows, and that its buttons do what they say."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import TYPE_CHECKING

import httpx2
import pytest

from testbed.app import WEB
from testbed.cards.card_store import CardStore
from testbed.cards.personas import personas
from testbed.web.panel import texts
from testbed.web.people import person_view, searchable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from virtual_card.image.card_image import CardImage

BUTTON = re.compile(
    r'<button(?: class="lay")? data-method="(?P<method>\w+)" data-path="(?P<path>[^"]+)" '
    r'data-body="(?P<body>[^"]*)"(?: aria-label="(?P<label>[^"]+)" data-done="[^"]+")?>'
    r"(?P<text>[^<]+)</button>"
)


class Panel:
    """The panel, as one who presses its buttons."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def text(self) -> str:
        return self._client.get("/?lang=ja").text

    def press(self, wanted: str) -> None:
        """Press the first button with this name, as the page's script does."""
        for button in BUTTON.finditer(self.text()):
            if html.unescape(button["label"] or button["text"]) == wanted:
                body = html.unescape(button["body"])
                headers = {"Content-Type": "application/json"} if body else {}
                answer = self._client.request(
                    button["method"], button["path"].format(slot=0), content=body, headers=headers
                )
                assert answer.is_success, answer.text
                return
        raise AssertionError(f"There is no button {wanted!r}.")


@pytest.fixture
def panel(testbed_url: str) -> Iterator[Panel]:
    with httpx2.Client(base_url=testbed_url, timeout=20, trust_env=False) as client:
        yield Panel(client)


def test_faults_are_set_shown_and_ended_with_buttons(panel: Panel) -> None:
    nothing = '<details id="faults-0" class="none">'
    assert nothing in panel.text(), "nothing can go wrong in an empty slot"
    panel.press("佐藤　花子のカードを置く")
    panel.press("読み取りの途中で抜く")
    panel.press("応答を0.5秒遅らせる")
    assert "故障: 読み取りの途中で抜く（0回起きた）" in panel.text()
    assert "故障: 応答を0.5秒遅らせる（0回起きた）" in panel.text()
    panel.press("故障をやめる")
    assert "故障: " not in panel.text()
    assert nothing not in panel.text()
    panel.press("カードを外す")
    assert nothing in panel.text()


def test_everybody_is_offered_with_face_pin_and_a_button_and_an_own_card_too(
    panel: Panel, testbed_url: str
) -> None:
    text = panel.text()
    for key, who in personas().items():
        row = text.partition(f'id="person-{key}"')[2].partition("</li>")[0]
        assert f'aria-label="{who.name}のカードを置く"' in row
        assert (who.authentication_pin or "暗証番号なし") in row
        assert who.note in row
        face = httpx2.get(f"{testbed_url}/panel/portraits/{key}", trust_env=False)
        assert face.content.startswith(b"\x89PNG"), key
    nobody = httpx2.get(f"{testbed_url}/panel/portraits/nobody", trust_env=False)
    assert (nobody.status_code, nobody.json()["code"]) == (404, "SIM-CARD-UNKNOWN")


def test_a_card_of_ones_own_is_offered_by_its_name(
    panel: Panel, tmp_path: Path, card_image: CardImage
) -> None:
    CardStore(tmp_path / "cards").add("my-own", card_image)
    row = panel.text().partition('id="person-my-own"')[2].partition("</li>")[0]
    assert "自分で作ったカードです。" in row
    panel.press("my-ownのカードを置く")
    panel.press("my-ownのカードを外す")


def test_a_card_is_laid_and_taken_away_with_one_press(panel: Panel) -> None:
    panel.press("田中　一郎のカードを置く")
    assert 'id="person-ichiro" class="person lying"' in panel.text()
    assert "田中　一郎のカードを置く" not in panel.text()
    panel.press("田中　一郎のカードを外す")
    assert "person lying" not in panel.text()


def test_what_somebody_of_the_town_is_there_for_is_shown_and_found() -> None:
    who = personas()["hanako"]
    view = person_view(who, texts(), "en", date(2026, 2, 16), None)
    assert (view.age, view.insurer) == ("45 years", "北村型健康保険組合（模擬）")
    assert who.life is not None
    assert view.purpose == who.life.purpose.en
    for word in ("佐藤花子", "ｻﾄｳ", "さとう", "北村型", "国保カラ", "ORDINARY"):
        assert searchable(word) in view.sought, word
    unknown = person_view(who, texts(), "ja", None, None)
    assert unknown.age == "1980-02-17生まれ"


def test_every_text_is_there_in_both_languages_with_the_same_blanks() -> None:
    for name, text in texts().items():
        assert text.ja.strip(), name
        assert text.en.strip(), name
        blanks = [sorted(re.findall(r"\{\w+\}", one)) for one in (text.ja, text.en)]
        assert blanks[0] == blanks[1], name


def test_the_template_names_texts_that_exist() -> None:
    template = (WEB / "templates" / "panel.html").read_text(encoding="utf-8")
    named = set(re.findall(r"view\.text\.(\w+)", template))
    assert named
    assert named <= texts().keys()


def test_the_page_loads_nothing_that_is_not_there(testbed_url: str) -> None:
    with httpx2.Client(base_url=testbed_url, timeout=20, trust_env=False) as client:
        page = client.get("/").text
        named = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
        assert len(named) == 4
        assert all(client.get(each).is_success for each in named)
    # A browser asks for an icon by itself where the page names none.
    assert '<link rel="icon" href="data:,">' in page


def test_a_chosen_speed_is_named_in_the_language_of_the_page(testbed_url: str) -> None:
    with httpx2.Client(base_url=testbed_url, timeout=20, trust_env=False) as client:
        client.put("/slots/0", json={"Card": "hanako", "Timing": "contactless"})
        assert "応答の速さ: 非接触" in client.get("/?lang=ja").text
        assert "timing: contactless" in client.get("/?lang=en").text


def test_the_page_of_the_stand_ins_is_led_to_and_names_texts_that_exist(panel: Panel) -> None:
    assert 'href="/stand-ins?lang=ja"' in panel.text()
    page = (WEB / "templates" / "stand_in.html").read_text()
    assert set(re.findall(r"view\.text\.(\w+)", page)) <= set(texts())


def test_the_page_of_the_diagnosis_is_led_to_and_says_what_the_route_says(
    panel: Panel, testbed_url: str
) -> None:
    assert 'href="/diagnose?lang=ja"' in panel.text()
    page = (WEB / "templates" / "diagnosis.html").read_text("utf-8")
    assert set(re.findall(r"view\.text\.(\w+)", page)) <= set(texts())
    with httpx2.Client(base_url=testbed_url, timeout=60, trust_env=False) as client:
        found = client.get("/diagnose/findings").json()
        assert found["Good"] is False, "no OQS answers here"
        oqs = next(one for one in found["Findings"] if one["Probe"] == "oqs")
        assert oqs["Answer"] == "bad"
        for lang, language in (("ja", "Japanese"), ("en", "English")):
            shown = html.unescape(client.get(f"/diagnose?lang={lang}").text)
            assert oqs["Said"][language] in shown
            assert oqs["ToDo"][language] in shown
