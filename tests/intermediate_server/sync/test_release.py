"""A change that a person releases: no day is promised before, and one day is told afterwards."""

import re
from typing import Any

import pytest

from clinic_client.intermediate_client import PersonView
from eligibility.days.reflection import LagMode

TUESDAY_WEEK = "2026-11-24T10:00:00+09:00"


@pytest.fixture
def manual(prepare: Any) -> Any:
    """A deployment in which a person releases every change."""
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service(lag_mode=LagMode.MANUAL)
    deployment.start_worker()
    return deployment


def page(deployment: Any, path: str) -> str:
    text: str = deployment.pages.get(path).raise_for_status().text
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def changes(deployment: Any, reference: str) -> list[dict[str, Any]]:
    view = deployment.pages.get(f"/sim/persons/{reference}").raise_for_status().json()
    PersonView.model_validate(view)  # as a clinic reads it
    return list(view["Changes"])


def test_before_its_release_no_day_is_promised(manual: Any) -> None:
    reference = manual.register()
    receipt = manual.file().raise_for_status().json()
    for told in (receipt, *changes(manual, reference)):
        assert not {"VisibleFrom", "ReflectionDate"} & set(told)
        assert told["CountedDays"] == []
    assert receipt["Held"] is True
    for path in (f"/persons/{reference}", "/procedures", "/"):
        shown = page(manual, path)
        assert "反映の指示のあと" in shown
        assert "午前0時から" not in shown
    listed = manual.pages.get("/procedures.csv").text.splitlines()
    assert listed[1].split(",")[listed[0].split(",").index("見える日")] == ""
    typed = page(manual, "/file/preview?Kind=join&InsurerNumber=990010")
    assert "反映の指示のあと" in typed
    assert "16日" not in typed


def test_what_a_release_says_is_what_is_shown(manual: Any) -> None:
    reference = manual.register()
    manual.file(ReferenceNumber="A-1").raise_for_status()
    manual.advance(To=TUESDAY_WEEK).raise_for_status()
    released = manual.pages.post("/sync/release", json={"Changes": [{}]}).json()
    manual.faults.wait_for(1)
    (change,) = changes(manual, reference)
    assert change["VisibleFrom"] == released["VisibleFrom"] == "2026-11-24T01:00:00Z"
    assert (change["ReflectionDate"], change["Timing"]) == ("20261124", "released")
    assert [one["Date"] for one in change["CountedDays"]] == ["20261116", "20261124"]
    shown = page(manual, f"/persons/{reference}")
    assert "11月24日" in shown
    assert "反映の指示のあと" not in shown
    again = manual.file(ReferenceNumber="A-1").json()
    assert (again["Unchanged"], again["VisibleFrom"]) == (True, released["VisibleFrom"])
    lags = manual.pages.get("/sync/status").json()["LagDays"]
    assert [step for step in lags if step["Changes"]] == [{"AtMost": 10.0, "Changes": 1}]


def test_what_is_stated_again_over_a_released_change_is_held_like_any_other(manual: Any) -> None:
    reference = manual.register()
    manual.file().raise_for_status()
    manual.advance(To=TUESDAY_WEEK).raise_for_status()
    manual.pages.post("/sync/release", json={"Changes": [{}]}).raise_for_status()
    manual.faults.wait_for(1)
    manual.file(
        Kind="change", PersonalFamilyClassification="2", FiledOn="20261120"
    ).raise_for_status()
    told = changes(manual, reference)
    assert [one["State"] for one in told[1:]] == ["held"] * len(told[1:])
    assert not any("VisibleFrom" in one for one in told[1:])


def test_a_clerk_releases_what_is_shown_and_it_happens_once(manual: Any) -> None:
    references = [manual.register(person) for person in (1, 2)]
    manual.file(person=1).raise_for_status()
    assert 'href="/held"' in manual.pages.get("/todo").text
    asked = manual.pages.get("/held").raise_for_status().text
    (named,) = re.findall(r'name="Change" value="([^"]+)"', asked)
    assert named == f"{references[0]}:1"
    manual.file(person=2).raise_for_status()
    form = {"Change": [named]}
    confirming = manual.pages.post("/held", data=form).raise_for_status().text
    assert "1件の反映を指示しますか" in confirming
    assert [one["State"] for one in changes(manual, references[0])] == ["held"]
    sent = {**form, "Confirmed": "1"}
    assert "1件の反映を指示しました" in manual.pages.post("/held", data=sent).text
    manual.faults.wait_for(1)
    assert (manual.validity(1), manual.validity(2)) == ("1", "4")
    assert "すでに指示されています" in manual.pages.post("/held", data=sent).text
    assert [one["State"] for one in changes(manual, references[1])] == ["held"]


@pytest.mark.parametrize("named", ["", "x", "SIM-0000000001:", "a:b:c"])
def test_a_release_of_nothing_that_there_is_is_refused(manual: Any, named: str) -> None:
    answer = manual.pages.post("/held", data={"Change": named, "Confirmed": "1"})
    assert answer.status_code == 422
    assert "✖" in answer.text
