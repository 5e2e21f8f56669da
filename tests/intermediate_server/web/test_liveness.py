"""Every page says within seconds what does not answer, and that it is back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import metadata
from intermediate_server.web import liveness

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "SECONDS_KNOWN", 0.0)


def parts(deployment: Any) -> dict[str, tuple[str, str]]:
    """Return each part's tone and word."""
    page = deployment.pages.get("/state").text
    found = re.findall(r'class="part (\w+)" id="part-(\w+)".*?<b[^>]*>(.*?)</b>', page)
    return {part: (tone, word) for tone, part, word in found}


def test_all_is_well(deployment: Any) -> None:
    assert parts(deployment) == dict.fromkeys(
        ("clock", "oqs", "delivery", "database"), ("done", "正常")
    )


def test_oqs_and_the_clock_that_come_later_are_told_to_be_back(prepare: Any) -> None:
    deployment = prepare()
    late = deployment.put_oqs_off()
    deployment.start_service()
    found = parts(deployment)
    for part in ("clock", "oqs", "delivery"):
        assert found[part][0] == "bad"
        assert re.fullmatch(r"応答なし（\d\d:\d\d:\d\dから）", found[part][1]), part
    assert found["database"] == ("done", "正常")
    page = deployment.pages.get("/").text
    assert "時計につながらない" in page
    assert "同期ワーカーが動いていません" in page
    deployment.serve_late_oqs(*late)
    found = parts(deployment)
    for part in ("clock", "oqs"):
        assert found[part][0] == "done"
        assert re.fullmatch(r"復旧（\d\d:\d\d:\d\d）", found[part][1]), part
    assert "時計につながらない" not in deployment.pages.get("/").text


def test_a_database_that_is_away_is_red(
    prepare: Any, new_database: Callable[..., str], take_away: Callable[[str], None]
) -> None:
    deployment = prepare(database_url=new_database(metadata, MIGRATIONS))
    deployment.start_oqs()
    deployment.start_service()
    assert parts(deployment)["database"] == ("done", "正常")
    take_away(deployment.database_url)
    tone, word = parts(deployment)["database"]
    assert tone == "bad"
    assert "応答なし" in word
    assert "届出も閲覧もできません" in deployment.pages.get("/file").text


def test_a_pause_is_told_with_who_did_it(deployment: Any) -> None:
    deployment.pages.post("/sync/pause", json={"By": "模擬係"}).raise_for_status()
    assert parts(deployment)["delivery"] == ("waiting", "停止中")
    assert "模擬係 が連携を止めています" in deployment.pages.get("/").text
