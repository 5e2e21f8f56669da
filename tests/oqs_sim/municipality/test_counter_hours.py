"""A counter has closed days: what is fetched there waits for an open one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from eligibility.days.dates import TOKYO
from oqs_sim.municipality.counter_hours import closed_now
from tests.oqs_sim.municipality.at_counter import Counter

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs


@pytest.mark.rules("C-001")
@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-11-09T08:29:59", "時間外です。次に開くのは令和8年11月9日（月）8時30分です。"),
        ("2026-11-09T08:30:00", None),
        ("2026-11-09T17:14:59", None),
        ("2026-11-13T17:15:00", "時間外です。次に開くのは令和8年11月16日（月）8時30分です。"),
        ("2026-11-14T06:00:00", "閉庁日（土曜日）です。次に開くのは令和8年11月16日（月）"),
        ("2026-12-28T18:00:00", "次に開くのは令和9年1月4日（月）"),
        ("2027-01-01T10:00:00", "閉庁日（元日）です。次に開くのは令和9年1月4日（月）"),
    ],
)
def test_the_counter_is_open_on_open_days_in_office_hours(at: str, said: str | None) -> None:
    closed = closed_now(datetime.fromisoformat(at).replace(tzinfo=TOKYO))
    assert closed is None if said is None else (closed is not None and said in closed.ja)
    assert closed is None or closed.en.isascii()


def test_a_closed_counter_says_so_and_goes_on(member: Oqs) -> None:
    member.set_clock("2026-11-14T06:00:00+09:00")
    Counter(member).file("report_loss")
    for path in ("", f"/persons/{member.hanako}", "/notices"):
        assert "きょうは閉庁日（土曜日）です。" in member.console.get(f"/municipality{path}").text
    member.set_clock("2026-11-16T09:00:00+09:00")
    assert "閉庁日" not in member.console.get("/municipality").text


@pytest.mark.rules("R-116")
def test_a_counter_that_keeps_its_hours_refuses_all_but_a_call_of_the_hotline(member: Oqs) -> None:
    with member.another(counter_keeps_hours=True) as other:
        other.set_clock("2026-11-14T06:00:00+09:00")
        counter = Counter(other)
        assert counter.possible() == {"report_loss"}
        said = counter.refused("report_loss")
        assert "閉庁日（土曜日）" in said
        assert "0120-95-0178" in said
        assert "月）8時30分" in counter.refused("move_out", PlannedOn="20261120")
        counter.file("report_loss", LossChannel="hotline")
        other.set_clock("2026-11-16T09:00:00+09:00")
        counter.file("report_found")


@pytest.mark.rules("C-002")
@pytest.mark.parametrize("channel", ["online", "counter"])
def test_a_card_can_be_fetched_from_an_open_day_on(member: Oqs, channel: str) -> None:
    """Thirty days after are a Saturday, five as well."""
    day = {"online": "2026-11-19", "counter": "2026-12-14"}[channel]
    member.set_clock(f"{day}T10:00:00+09:00")
    said = Counter(member).file("apply", Reason="damaged", Channel=channel)["Sentence"]
    assert "令和8年12月21日（月）" in said
