"""The panel: what a slot shows, and that its buttons do what they say."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import httpx2
import pytest

from testbed.app import WEB
from testbed.cards.personas import personas
from testbed.web.panel import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

BUTTON = re.compile(
    r'<button data-method="(?P<method>\w+)" data-path="(?P<path>[^"]+)" '
    r'data-body="(?P<body>[^"]*)">(?P<text>[^<]+)</button>'
)


class Panel:
    """The panel, as one who presses its buttons."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def text(self) -> str:
        return self._client.get("/?lang=ja").text

    def press(self, wanted: str) -> None:
        """Press the first button with this text, as the page's script does."""
        for button in BUTTON.finditer(self.text()):
            if html.unescape(button["text"]) == wanted:
                body = html.unescape(button["body"])
                headers = {"Content-Type": "application/json"} if body else {}
                answer = self._client.request(
                    button["method"], button["path"], content=body, headers=headers
                )
                assert answer.is_success, answer.text
                return
        raise AssertionError(f"There is no button {wanted!r}.")


@pytest.fixture
def panel(testbed_url: str) -> Iterator[Panel]:
    with httpx2.Client(base_url=testbed_url, timeout=20, trust_env=False) as client:
        yield Panel(client)


def test_faults_are_set_shown_and_ended_with_buttons(panel: Panel) -> None:
    assert "故障を起こす" not in panel.text(), "nothing can go wrong in an empty slot"
    panel.press("佐藤　花子のカードを置く")
    panel.press("読み取りの途中で抜く")
    panel.press("応答を0.5秒遅らせる")
    assert "故障: 読み取りの途中で抜く（0回起きた）" in panel.text()
    assert "故障: 応答を0.5秒遅らせる（0回起きた）" in panel.text()
    panel.press("故障をやめる")
    assert "故障: " not in panel.text()
    panel.press("カードを外す")
    assert "故障を起こす" not in panel.text()


def test_a_person_without_a_card_is_offered_one(panel: Panel) -> None:
    _, _, others = panel.text().partition("ほかの人のカードを作って置く")
    offered, _, _ = others.partition("</details>")
    names = [html.unescape(button["text"]) for button in BUTTON.finditer(offered)]
    issued = ("hanako", "ichiro")
    assert names == [who.label for key, who in personas().items() if key not in issued]


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
        assert len(named) == 2
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
