"""The practice on a running town: by its API, and through its page beside the real desk."""

from __future__ import annotations

import html
import json
import re
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from playwright.sync_api import expect

from eligibility.days.dates import TOKYO
from testbed.app import WEB
from testbed.practice.conductor import BETWEEN_PATIENTS
from testbed.practice.queue import queues
from testbed.web.practice_page import practice_texts
from tests.browser.conftest import agree_to_nothing, picture, type_pin
from tests.hanging import stopped
from tests.testbed.town.test_town import TownSystem, started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

    from testbed.readers.private_pcscd import PcscStack

pytestmark = pytest.mark.timeout(600)
"""The first of all runs builds the town."""
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
SIXTEEN = [
    "rina", "manabu", "kazuo", "miho", "sakura", "daisuke", "midori", "shigeru", "fumi", "yoko",
    "tomoko", "fumiko", "osamu", "mari", "hanako-iphone", "hikari",
]  # fmt: skip
"""Somebody for each row of the table of causes, in its order (§6.3)."""


@pytest.fixture(scope="module")
def town() -> Iterator[TownSystem]:
    with started() as system:
        system.take_away()
        yield system


@pytest.fixture
def practice(town: TownSystem) -> Iterator[Practice]:
    trainer = Practice(town)
    yield trainer
    trainer.ask("POST", "/practice/end")
    assert trainer.outages() == []


class Practice:
    """A trainer's tool."""

    def __init__(self, town: TownSystem) -> None:
        self.town = town

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        address = self.town.addresses["testbed"] + path
        answer = self.town.client.request(method, address, json=body)
        return answer.status_code, answer.json() if answer.content else None

    def start(self, *people: str, **outages: str) -> Any:
        entries = [{"Person": one, "Outage": outages.get(one)} for one in people]
        status, state = self.ask("POST", "/practice/start", {"Entries": entries})
        assert status == 201, state
        return state

    def go_on(self, after: int) -> Any:
        status, state = self.ask("POST", "/practice/next", {"After": after})
        assert status == 200, state
        return state

    def result(self) -> Any:
        status, result = self.ask("GET", "/practice/result")
        assert status == 200
        return result

    def outages(self) -> list[str]:
        """What the panel's switches say is out."""
        panel = self.town.client.get(self.town.addresses["testbed"] + "/?lang=ja").text
        return re.findall(r'aria-pressed="true"[^>]*aria-label="([^"]+)"', panel)


def marks(turn: Any) -> dict[str, str]:
    return {one["Element"]: one["Mark"] for one in turn["Findings"]}


@pytest.mark.deployment
def test_before_the_first_exercise_there_is_none(town: TownSystem) -> None:
    practice = Practice(town)
    for method, path, body in (
        ("GET", "/practice/state", None),
        ("GET", "/practice/result", None),
        ("POST", "/practice/next", {"After": 1}),
        ("POST", "/practice/lay", None),
        ("POST", "/practice/end", None),
    ):
        status, problem = practice.ask(method, path, body)
        assert (status, problem["code"]) == (404, "SIM-NO-PRACTICE")
        assert problem["japanese"] == "練習は始まっていません。練習を選んで始めてください。"


def now(town: TownSystem) -> datetime:
    """Return the business instant."""
    return datetime.fromisoformat(town.ask("oqs_console", "GET", "/sim/clock")["Now"])


@pytest.mark.deployment
def test_a_queue_is_played_through_by_a_trainers_tool(practice: Practice, town: TownSystem) -> None:
    first = practice.start("kenta", "manabu", "fumi", manabu="line")
    came_at = now(town)
    assert [one["State"] for one in first["Turns"]] == ["at_desk", "waiting", "waiting"]
    assert (first["Place"], first["Visits"], first["Turns"][0]["Name"]) == (1, [], "鈴木　健太")
    assert town.ask("testbed", "GET", "/slots/0")["Card"] == "kenta"
    assert town.visit("/api/visits", {"Pin": "2137"})["Word"] == "VALID"
    _, state = practice.ask("GET", "/practice/state")
    assert [(one["Word"], one["Name"]) for one in state["Visits"]] == [("VALID", "鈴木　健太")]

    assert practice.go_on(1)["Place"] == 2
    assert practice.go_on(1)["Place"] == 2, "pressed twice"
    assert now(town) - came_at == BETWEEN_PATIENTS, "who comes next comes later, once"
    assert practice.outages() == ["回線 障害 起きています"]
    visit = town.visit("/api/visits", {"Pin": "5836"})
    assert visit["Cause"] == "NETWORK"
    told = practice.ask("GET", "/practice/state")[1]["Turns"][1]
    declared = {
        "Name": told["Name"],
        "Birthdate": told["Birthdate"],
        "Sex1": told["Sex1"],
        "Address": told["Address"],
        "Accept": True,
    }
    town.ask("clinic", "PUT", f"/api/visits/{visit['VisitId']}/declaration", declared)

    third = practice.go_on(2)
    assert practice.outages() == []
    paper = third["Turns"][2]["Papers"][0]
    assert (paper["Document"], paper["ExpiresOn"], paper["Ratio"]) == ("certificate", "20270731", 1)
    visit = town.visit("/api/visits/unchecked", {"Cause": "certificate", "Birthdate": "19480315"})
    shown = {"Presented": [{"Document": "certificate", "ExpiresOn": "20270731", "Ratio": 2}]}
    town.ask("clinic", "PUT", f"/api/visits/{visit['VisitId']}/shown", shown)

    ended = practice.go_on(3)
    assert (ended["Ended"], ended["Place"], ended["StillOut"]) == (True, None, [])
    assert town.ask("testbed", "GET", "/slots/0")["Card"] is None
    result = practice.result()
    kenta, manabu, fumi = result["Turns"]
    assert set(marks(kenta).values()) == {"right"}
    assert marks(manabu) == dict.fromkeys(
        ("who", "check", "way", "ratio", "claim", "notes"), "right"
    )
    assert marks(fumi) == {
        "who": "missing", "check": "right", "way": "right", "ratio": "different", "claim": "right",
    }  # fmt: skip
    assert (result["Right"], result["Different"], result["Missing"]) == (14, 1, 1)
    wrong = next(one for one in fumi["Findings"] if one["Mark"] == "different")
    assert (wrong["Right"]["Japanese"], wrong["Seen"]["Japanese"]) == ("1割", "2割")
    assert [one["Rules"] for one in result["ToRead"]] == [["P-023"], ["P-085"]]
    assert 0 < kenta["Seconds"] <= result["Seconds"]


@pytest.mark.deployment
def test_each_outage_is_there_while_its_patient_is(practice: Practice, town: TownSystem) -> None:
    practice.start("ichiro", "yumi", "miho", "sho", ichiro="reader", yumi="oqs")
    assert practice.outages() == ["読取機 障害 起きています"]
    assert practice.go_on(1)["Place"] == 2
    assert practice.outages() == ["OQS 障害 起きています"]
    town.ask("clinic", "PUT", "/api/reader/camera", {"Recognises": False})
    practice.go_on(2)
    assert practice.outages() == []
    assert town.ask("clinic", "GET", "/api/reader/camera") == {"Recognises": True}
    practice.go_on(3)
    practice.ask("POST", "/practice/end")
    turns = practice.result()["Turns"]
    assert [one["State"] for one in turns] == ["left"] * 4
    assert {mark for turn in turns for mark in marks(turn).values()} == {"missing"}


@pytest.mark.deployment
def test_one_exercise_at_a_time_which_is_known_by_its_number(practice: Practice) -> None:
    number = practice.start("kenta", "ichiro")["Exercise"]
    status, problem = practice.ask("POST", "/practice/start", {"Queue": "first_day"})
    assert (status, problem["code"]) == (409, "SIM-PRACTICE-UNDER-WAY")
    status, ended = practice.ask("POST", "/practice/end")
    assert (status, [one["State"] for one in ended["Turns"]]) == (200, ["left", "skipped"])
    assert practice.ask("POST", "/practice/next", {"After": 2})[0] == 404
    assert practice.start("kenta")["Exercise"] != number
    for asked, said in ((number, "別の練習が始められた"), ("0a1b2c3d-1", "操作盤が始め直された")):
        status, problem = practice.ask("GET", f"/practice/state?exercise={asked}")
        assert (status, problem["code"]) == (404, "SIM-NO-PRACTICE")
        assert said in problem["japanese"]
        page = practice.town.client.get(
            practice.town.addresses["testbed"] + f"/practice?exercise={asked}"
        )
        assert said in page.text
        assert page.status_code == 200


@pytest.mark.deployment
@pytest.mark.parametrize(
    "order",
    [
        {},
        {"Queue": "nothing"},
        {"Queue": "first_day", "Entries": [{"Person": "kenta"}]},
        {"Entries": [{"Person": "somebody"}]},
        {"Entries": [{"Person": "kenta", "Outage": "worker"}]},
        {"Entries": [{"Person": "kenta"}] * 61},
        {"Queue": "first_day", "Reset": "yes"},
    ],
)
def test_what_cannot_be_practised_is_refused(practice: Practice, order: dict[str, Any]) -> None:
    status, problem = practice.ask("POST", "/practice/start", order)
    assert (status, problem["code"]) == (422, "SIM-INVALID-REQUEST")


@pytest.mark.deployment
def test_the_card_of_the_patient_is_laid_on_anew(practice: Practice, town: TownSystem) -> None:
    practice.start("kenta", "haruko")
    town.take_away()
    assert practice.ask("POST", "/practice/lay")[0] == 204
    assert town.ask("testbed", "GET", "/slots/0")["Card"] == "kenta"
    practice.go_on(1)
    assert town.ask("testbed", "GET", "/slots/0")["Card"] is None
    status, problem = practice.ask("POST", "/practice/lay")
    assert (status, problem["code"]) == (409, "SIM-SLOT-EMPTY")
    assert "お持ちではありません" in problem["japanese"]


@pytest.mark.deployment
def test_the_town_comes_back_only_where_that_is_asked_for(
    practice: Practice, town: TownSystem
) -> None:
    def seen() -> bool:
        return any(one["Name"] == "鈴木　健太" for one in town.visits())

    practice.start("kenta")
    town.visit("/api/visits", {"Pin": "2137"})
    practice.go_on(1)
    practice.start("kenta")
    assert seen()
    practice.ask("POST", "/practice/end")
    order = {"Entries": [{"Person": "kenta"}], "Reset": True}
    assert practice.ask("POST", "/practice/start", order)[0] == 201
    assert not seen()
    assert town.ask("testbed", "GET", "/slots/0")["Card"] == "kenta"


def test_without_the_town_there_is_nobody_to_practise_with(testbed_url: str) -> None:
    with httpx2.Client(base_url=testbed_url, timeout=20, trust_env=False) as testbed:
        assert "練習の町がありません" in testbed.get("/practice?lang=ja").text
        refused = testbed.post("/practice/start", json={"Queue": "first_day", "Reset": True})
        assert (refused.status_code, refused.json()["code"]) == (409, "SIM-NO-TOWN")
        assert "oqs up --town" in refused.json()["japanese"]


@pytest.mark.deployment
def test_what_is_done_after_the_end_is_left_alone(practice: Practice, town: TownSystem) -> None:
    practice.start("kenta")
    practice.go_on(1)
    town.lay_on("hanako")
    town.ask("testbed", "PUT", "/panel/disturbances/line/outage", {"On": True})
    try:
        practice.ask("POST", "/practice/end")
        assert town.ask("testbed", "GET", "/slots/0")["Card"] == "hanako"
        assert practice.outages() == ["回線 障害 起きています"]
    finally:
        town.ask("testbed", "PUT", "/panel/disturbances/line/outage", {"On": False})
        town.take_away()


@pytest.mark.deployment
def test_an_outage_that_was_left_is_told_and_ended(practice: Practice, town: TownSystem) -> None:
    town.ask("testbed", "PUT", "/panel/disturbances/oqs/outage", {"On": True})
    page = town.client.get(town.addresses["testbed"] + "/practice?lang=ja").text
    assert "起きたままの障害があります" in page
    assert "OQSの障害を終わらせる" in page
    practice.start("kenta")
    assert practice.outages() == []
    page = town.client.get(town.addresses["testbed"] + "/practice?lang=ja").text
    assert "起きたままの障害" not in page


def set_clock(town: TownSystem, day: int, hour: int, minute: int) -> None:
    instant = datetime(2026, 11, day, hour, minute, tzinfo=TOKYO).isoformat()
    town.ask("oqs_console", "POST", "/sim/clock/advance", {"To": instant})
    until = f"2026-11-{day:02}T{hour:02}:{minute:02}"
    while (
        not datetime.fromisoformat(town.ask("clinic", "GET", "/api/state")["Clock"]["Now"])
        .astimezone(TOKYO)
        .isoformat()
        .startswith(until)
    ):
        pass


@pytest.mark.deployment
def test_a_patient_who_is_there_over_midnight_keeps_their_visit(
    practice: Practice, town: TownSystem
) -> None:
    town.reset()
    set_clock(town, 25, 23, 58)
    practice.start("kenta", "ichiro", "haruko")
    town.visit("/api/visits", {"Pin": "2137"})
    set_clock(town, 26, 0, 2)
    _, state = practice.ask("GET", "/practice/state")
    assert [(one["Word"], one["Name"]) for one in state["Visits"]] == [("VALID", "鈴木　健太")]
    second = practice.go_on(1)
    assert second["Visits"] == [], "what is of yesterday is of nobody who came up today"
    kenta = practice.result()["Turns"][0]
    assert set(marks(kenta).values()) == {"right"}

    wrong = town.visit("/api/visits/unchecked", {"Cause": "network"})
    set_clock(town, 27, 0, 1)
    _, state = practice.ask("GET", "/practice/state")
    assert [one["VisitId"] for one in state["Visits"]] == [wrong["VisitId"]]
    gone = {"Reason": "trial", "Staff": "山本"}
    town.ask("clinic", "PUT", f"/api/visits/{wrong['VisitId']}/withdrawal", gone)
    assert practice.ask("GET", "/practice/state")[1]["Visits"] == [], "a withdrawn one is none"
    practice.go_on(2)
    assert set(marks(practice.result()["Turns"][1]).values()) == {"missing"}
    practice.ask("POST", "/practice/end")
    town.reset()


@pytest.mark.deployment
def test_a_reset_in_the_middle_ends_the_queue_says_so_and_it_can_be_begun_again(
    practice: Practice, town: TownSystem
) -> None:
    started_as = practice.start("kenta", "ichiro", "haruko", ichiro="line")
    town.visit("/api/visits", {"Pin": "2137"})
    practice.go_on(1)
    kept = json.loads(bookmark_of(town).read_text(encoding="utf-8"))
    assert (kept["exercise"], kept["place"]) == (started_as["Exercise"], 2)
    town.reset()
    _, state = practice.ask("GET", "/practice/state")
    assert (state["Ended"], state["WasReset"], state["Place"]) == (True, True, None)
    assert [one["State"] for one in state["Turns"]] == ["left", "left", "skipped"]
    assert "はじめの状態に戻されました" in state["Turns"][1]["Unread"]["Japanese"]
    assert set(marks(practice.result()["Turns"][0]).values()) == {"right"}, "what was compared"
    assert not bookmark_of(town).exists()
    for path, body in (("next", {"After": 2}), ("lay", None)):
        status, problem = practice.ask("POST", f"/practice/{path}", body)
        assert (status, problem["code"]) == (404, "SIM-NO-PRACTICE")
        assert "はじめの状態に戻されました" in problem["japanese"]
    address = town.addresses["testbed"] + f"/practice?lang=ja&exercise={state['Exercise']}"
    page = town.client.get(address).text
    assert 'id="was-reset"' in page
    order = html.unescape(re.findall(r'data-body="([^"]+)" data-begins', page)[0])
    status, again = practice.ask("POST", "/practice/start", json.loads(order))
    assert (status, again["Place"], again["WasReset"]) == (201, 1, False)
    assert practice.outages() == [], "the line's outage ended with the queue"
    assert [one["Outage"] for one in again["Turns"]] == [None, "line", None]


@pytest.mark.deployment
def test_a_reset_that_a_start_asks_for_interrupts_nothing(practice: Practice) -> None:
    order = {"Entries": [{"Person": "kenta"}, {"Person": "ichiro"}], "Reset": True}
    status, state = practice.ask("POST", "/practice/start", order)
    assert (status, state["Ended"], state["WasReset"]) == (201, False, False)
    assert practice.go_on(1)["Place"] == 2


def bookmark_of(town: TownSystem) -> Path:
    """Where a testbed keeps what is under way."""
    return Path(town.addresses["pcsc_socket"]).parent.parent / "practice.json"


OWN = {"Entries": [{"Person": "kenta", "Outage": None}, {"Person": "yumi", "Outage": "oqs"}]}


@pytest.fixture
def left_off(request: pytest.FixtureRequest, pcsc_stack: PcscStack) -> Iterator[Any]:
    """What a testbed that was there before has kept."""
    kept = pcsc_stack.directory / "practice.json"
    kept.write_text(json.dumps(request.param, ensure_ascii=False), encoding="utf-8")
    yield request.param
    kept.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("left_off", "told"),
    [
        ({"exercise": "0a1b2c3d-4", "order": {"Queue": "hard_morning"}, "place": 2}, "「困った朝"),
        ({"exercise": "0a1b2c3d-4", "order": OWN, "place": 2}, "「自分で選んだ順番」の2人目（"),
    ],
    indirect=["left_off"],
)
def test_a_testbed_that_is_started_anew_tells_what_was_under_way_and_begins_it_again(
    left_off: dict[str, Any], told: str, testbed_url: str
) -> None:
    order = left_off["order"]
    with httpx2.Client(base_url=testbed_url, timeout=20, trust_env=False) as testbed:
        for query in ("", "&exercise=0a1b2c3d-4"):
            page = testbed.get(f"/practice?lang=ja{query}").text
            assert 'id="left-off"' in page
            assert told in page
            begin = html.unescape(re.findall(r'data-body="([^"]+)" data-begins', page)[0])
            assert json.loads(begin) == order
        for address in ("/practice/state", "/practice/state?exercise=0a1b2c3d-4"):
            problem = testbed.get(address).json()
            assert (problem["code"], problem["again"]) == ("SIM-NO-PRACTICE", order)
            assert "操作盤が始め直された" in problem["japanese"]


@pytest.mark.parametrize(
    "left_off",
    [
        {},
        [],
        {"exercise": "0a1b2c3d-4", "order": {"Queue": "of another version"}, "place": 1},
        {"exercise": "0a1b2c3d-4", "order": {"Entries": [{"Person": "nobody"}]}, "place": 1},
        {"exercise": "0a1b2c3d-4", "order": OWN, "place": 3},
    ],
    indirect=True,
)
def test_what_cannot_be_read_of_a_queue_is_left_alone(left_off: Any, testbed_url: str) -> None:
    with httpx2.Client(base_url=testbed_url, timeout=20, trust_env=False) as testbed:
        assert 'id="left-off"' not in testbed.get("/practice?lang=ja").text
        assert testbed.get("/practice/state").json()["code"] == "SIM-NO-PRACTICE"


NOTICE = {"Presented": [{"Document": "notice"}]}
CERTIFICATE = {"Presented": [{"Document": "certificate", "ExpiresOn": "20270731"}]}
RIGHTLY: dict[str, tuple[str, dict[str, Any], dict[str, Any] | None]] = {
    "rina": ("unchecked", {"Cause": "device"}, {"Presented": [{"Document": "portal_screen"}]}),
    "manabu": ("unchecked", {"Cause": "network"}, None),
    "kazuo": ("face", {}, None),
    "miho": ("pin", {}, None),
    "sakura": ("pin", {}, None),
    "daisuke": ("pin", {}, None),
    "midori": ("face", {}, None),
    "shigeru": ("pin", {}, None),
    "fumi": (
        "unchecked",
        {"Cause": "certificate"},
        {"Presented": [{"Document": "certificate", "ExpiresOn": "20270731", "Ratio": 1}]},
    ),
    "yoko": ("unchecked", {"Cause": "certificate"}, CERTIFICATE),
    "tomoko": ("register", {}, None),
    "fumiko": ("unchecked", {"Cause": "no_reader"}, NOTICE),
    "osamu": ("unchecked", {"Cause": "view_stopped"}, NOTICE),
    "mari": ("unchecked", {"Cause": "blocked"}, CERTIFICATE),
    "hanako-iphone": ("unchecked", {"Cause": "smartphone"}, CERTIFICATE),
    "hikari": ("unchecked", {"Cause": "no_card"}, CERTIFICATE),
}
"""How each of the sixteen is received: as §6.3 says, and as one would at the desk."""


@pytest.mark.deployment
def test_all_sixteen_can_be_received_rightly(practice: Practice, town: TownSystem) -> None:
    town.reset()
    status, state = practice.ask("POST", "/practice/start", {"Queue": "all_causes"})
    assert status == 201, state
    for place, (key, (how, body, shown)) in enumerate(RIGHTLY.items(), 1):
        told = state["Turns"][place - 1]
        assert (state["Place"], told["Person"]) == (place, key)
        visit = receive(town, told, how, body)
        address = f"/api/visits/{visit['VisitId']}"
        if shown is not None:
            town.ask("clinic", "PUT", address + "/shown", shown)
        if visit["Cause"] in {"DEVICE", "NETWORK", "LAG", "VIEW_STOPPED"}:
            declared = {
                "Name": told["Name"],
                "Birthdate": told["Birthdate"],
                "Sex1": told["Sex1"],
                "Address": told["Address"],
                "Accept": shown is None,
            }
            town.ask("clinic", "PUT", address + "/declaration", declared)
        elif visit["Name"] is None:
            town.ask("clinic", "PUT", address + "/noted-name", {"NotedName": told["Name"]})
        state = practice.go_on(place)
    wrong = {
        turn["Person"]: [
            (one["Element"], one["Mark"], one["Right"]["Japanese"], one["Seen"])
            for one in turn["Findings"]
            if one["Mark"] != "right"
        ]
        for turn in practice.result()["Turns"]
    }
    assert wrong == {key: [] for key in RIGHTLY}


def receive(town: TownSystem, told: Any, how: str, body: dict[str, Any]) -> Any:
    """Receive somebody at the desk, or at the reader."""
    if how == "unchecked":
        order = {**body, "Birthdate": told["Birthdate"]}
        return town.ask("clinic", "POST", "/api/visits/unchecked", order)
    if how == "pin":
        return town.ask("clinic", "POST", "/api/visits", {"Pin": told["AuthenticationPin"]})
    meant = {"Insertion": town.ask("clinic", "GET", "/api/state")["Reader"]["Insertion"]}
    town.ask("clinic", "POST", "/api/reader/identity", {"Method": "face", **meant})
    if how == "register":
        town.ask("clinic", "POST", "/api/reader/registration", meant)
    return town.ask("clinic", "POST", "/api/reader/visits", meant)


@pytest.mark.deployment
def test_a_desk_that_does_not_answer_is_told_and_the_patient_stays(
    practice: Practice, town: TownSystem
) -> None:
    practice.start("kenta", "ichiro")
    with stopped(town.addresses["clinic"]):
        status, problem = practice.ask("POST", "/practice/next", {"After": 1})
        assert (status, problem["code"]) == (503, "SIM-SERVICE-UNREACHABLE")
        assert "受付(" in problem["japanese"]
        page = town.client.get(town.addresses["testbed"] + "/practice?lang=ja").text
        assert "受付が答えません" in page
        assert "1人目 / 2人" in page
        _, ended = practice.ask("POST", "/practice/end")
        assert ended["StillOut"] == [], "nothing at the desk is the practice's"
        assert "受付(" in ended["Turns"][0]["Unread"]["Japanese"]


# --- the page ---


def violations(page: Page) -> Any:
    page.evaluate(AXE)
    return page.evaluate(
        "axe.run().then(({violations}) => violations.map("
        "one => [one.id, one.nodes.map(node => node.failureSummary)]))"
    )


@pytest.fixture
def pages(browser: Browser, town: TownSystem) -> Iterator[dict[str, Page]]:
    """What a trainee has open: the practice, the desk, the patient's screen."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="ja-JP")
    found = {}
    for name, address in (
        ("practice", town.addresses["testbed"] + "/practice?lang=ja"),
        ("desk", town.addresses["clinic"] + "/"),
        ("patient", town.addresses["clinic"] + "/patient"),
    ):
        found[name] = context.new_page()
        found[name].goto(address)
    yield found
    context.close()


def choose(practice: Page, *people: str) -> None:
    practice.locator("#own > summary").click()
    for person in people:
        practice.get_by_role("checkbox", name=person, exact=True).check()
    practice.get_by_role("button", name="選んだ人で始める").click()


def turn(practice: Page, place: int) -> Locator:
    return practice.locator(f"#turn-{place}")


# One exercise, played through in one go.
@pytest.mark.deployment
@pytest.mark.browser
def test_three_patients_one_right_one_wrong_one_in_an_outage(  # noqa: PLR0915 # as said above
    pages: dict[str, Page], practice: Practice
) -> None:
    page, desk, patient = pages["practice"], pages["desk"], pages["patient"]
    picture(page, "practice-choose.png")
    choose(page, "鈴木 健太", "吉田 大輔", "長谷川 学")
    expect(page.locator("#name")).to_have_text("鈴木　健太")
    expect(page.locator("#says")).to_contain_text("マイナンバーカードを出しました")

    # The first is received as it should be.
    type_pin(patient, "2137")
    agree_to_nothing(patient)
    expect(desk.locator("#answer")).to_contain_text("有効")
    expect(page.locator("#seen")).to_contain_text("有効 鈴木　健太")
    picture(page, "practice-patient.png")
    page.bring_to_front()
    page.keyboard.press("n")
    expect(page.locator("#name")).to_have_text("吉田　大輔")
    expect(turn(page, 1)).to_contain_text("✔5")

    # The second has nothing to show, and a notice is recorded all the same.
    type_pin(patient, "2685")
    agree_to_nothing(patient)
    expect(page.locator("#says")).to_contain_text("ほかに見せられるものはありません")
    expect(desk.locator("#answer")).to_contain_text("新しい資格がまだ見えません")
    picture(desk, "practice-lag.png")
    desk.locator('[data-offer="notice"]').click()
    form = desk.locator('form[data-document="notice"]')
    form.locator("[name=Current]").select_option("true")
    form.get_by_role("button").click()
    expect(page.locator("#seen")).to_contain_text("カードとお知らせ")
    page.bring_to_front()
    page.keyboard.press("n")
    expect(page.locator("#name")).to_have_text("長谷川　学")
    turn(page, 2).locator("summary").click()
    expect(turn(page, 2)).to_contain_text("規則では: 被保険者資格申立書")
    expect(turn(page, 2)).to_contain_text("P-086")
    expect(page.locator("#next")).not_to_have_attribute("aria-busy", "true")
    picture(page, "practice-wrong.png")

    # A reload shows the same.
    page.reload()
    expect(page.locator("#name")).to_have_text("長谷川　学")

    # The third comes while the line is out; the trainee is not told so, but finds out.
    expect(page.locator("main")).not_to_contain_text("障害")
    type_pin(patient, "5836")
    expect(desk.locator("#answer")).to_contain_text("オンライン資格確認につながりません")
    desk.get_by_role("link", name="4項目・申立書を書く").click()
    desk.locator("[name=Name]").fill("長谷川　学")
    desk.locator("[name=Birthdate]").fill("19741201")
    desk.locator("[name=Sex1]").select_option("1")
    desk.locator("[name=Address]").fill("模擬県模擬市")
    picture(desk, "practice-declaration.png")
    desk.get_by_role("button", name="署名済み・これで受け付ける").click()
    expect(page.locator("#seen")).to_contain_text("被保険者資格申立書")
    page.bring_to_front()
    page.get_by_role("button", name="終えて、結果を見る").click()

    result = page.locator("#result")
    expect(result.locator("#heading")).to_have_text("自分で選んだ順番の結果")
    expect(result.locator("tbody tr").nth(2)).to_contain_text("障害: 回線")
    expect(result.locator("tbody tr").nth(2).locator(".sign.right")).to_have_count(6)
    expect(result.locator(".differed")).to_have_count(1)
    expect(result.locator(".differed")).to_contain_text("吉田　大輔")
    expect(result.locator(".to-read")).to_contain_text("P-086")
    assert practice.outages() == []
    picture(page, "practice-result.png")
    page.emulate_media(media="print")
    assert page.locator("#print").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.emulate_media(media="screen")

    # The service is started anew: what was there before is told to be gone.
    page.goto(re.sub(r"exercise=\w+", "exercise=00000000", page.url))
    expect(page.get_by_role("alert")).to_contain_text("操作盤が始め直された")


@pytest.mark.deployment
@pytest.mark.browser
def test_axe_finds_nothing_and_every_screen_holds_it_light_and_dark(
    pages: dict[str, Page], practice: Practice
) -> None:
    page = pages["practice"]

    def look() -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # of a list of two
            assert violations(page) == [], scheme
        for width, height in ((1024, 768), (1280, 800), (1920, 1080)):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
        page.set_viewport_size({"width": 1280, "height": 800})

    page.locator("#own > summary").click()
    page.get_by_role("button", name="選んだ人で始める").click()
    expect(page.locator("#said")).to_have_text("来る人に、一人以上印を付けてください。")
    look()
    page.get_by_role("checkbox", name="モギ アレクサンダー クリストファー").check()
    page.get_by_role("checkbox", name="渡辺 ふみ").check()
    page.get_by_role(
        "combobox", name="モギ アレクサンダー クリストファーのときの障害"
    ).select_option("oqs")
    page.get_by_role("button", name="選んだ人で始める").click()
    expect(page.locator("#says")).to_contain_text("有効期限 令和9年7月31日")
    page.keyboard.press("n")
    expect(page.locator("#name")).to_contain_text("モギ")
    turn(page, 1).locator("summary").click()
    look()
    assert page.evaluate("document.documentElement.scrollHeight") < 1600
    page.goto(page.url.replace("lang=ja", "lang=en"))
    expect(page.locator("#says")).to_contain_text("Eligibility notice")
    page.locator("#stop > summary").click()
    page.get_by_role("button", name="End, and see the result so far").click()
    expect(page.locator("#result")).to_contain_text("To read again")
    look()


# --- words and queues ---


def test_every_word_is_there_in_both_languages_and_is_used() -> None:
    room = WEB.parent
    sources = [room / "web" / "practice_page.py", WEB / "templates" / "practice.html"]
    written = "\n".join(one.read_text(encoding="utf-8") for one in sources)
    named = set(re.findall(r"view\.text\.(\w+)", written))
    named |= set(re.findall(r"[\"']([a-z]+(?:_[a-z]+)*)[\"']", written))
    composed = ("outage_", "state_", "mark_", "sum_", "element_", "sex_", "place_", "service_")
    for name, text in practice_texts().items():
        assert text.ja.strip(), name
        assert text.en.strip(), name
        assert re.findall(r"{\w+}", text.ja) == [] or re.findall(r"{\w+}", text.en), name
        assert name in named or name.startswith(composed), name
    assert set(re.findall(r"view\.text\.(\w+)", written)) <= practice_texts().keys()


def test_all_causes_are_the_rows_of_the_table() -> None:
    assert [one.person for one in queues()["all_causes"].entries] == SIXTEEN
    outages = {one.person: one.outage for one in queues()["all_causes"].entries if one.outage}
    assert outages == {"rina": "reader", "manabu": "line"}


def test_the_titles_say_how_many_come() -> None:
    for key, queue in queues().items():
        count = re.search(r"\d+", queue.title.ja)
        assert count is not None, key
        assert int(count[0]) == len(queue.entries), key
        assert len({one.person for one in queue.entries}) == len(queue.entries)
