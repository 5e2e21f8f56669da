"""The two screens without a browser: what is read off the pages, and what buttons send."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from pydantic import SecretStr

import clinic_client
from testbed.driving.clinic import Clinic
from testbed.driving.desk_screen import DeskScreen
from testbed.driving.markup import page_of
from testbed.driving.patient_screen import _OF_CARDS, _OF_DIGITS, _SHOWS, PatientScreen
from testbed.driving.screen import Field
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TEMPLATES = Path(clinic_client.__file__).parent / "web" / "templates"
INSERTION = "a1b2"
PIN = "8642"


class PlayedClinic:
    """A clinic that shows a page, is in a state, and takes down what it is sent."""

    def __init__(self, page: str, **state: Any) -> None:
        self.page, self.sent = page, list[tuple[str, str, Any]]()
        self.asked: list[str] = []
        self.reckoned: list[str] = []
        self.state = {
            "Reader": {"Trouble": None, "CardPresent": True, "Insertion": INSERTION, "Name": "R"},
            "Card": {"RemainingTries": 3, "WithoutPin": False},
            "CardTrouble": None,
            "CurrentVisit": None,
            "CurrentInsertion": None,
            **state,
        }
        self.steps = {"Step": "CARD_IN", "Methods": ["face", "pin"], "WaitsForStaff": False}
        self.answers: dict[str, tuple[int, dict[str, Any]]] = {}

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path == "/api/state":
            return httpx2.Response(200, json=self.state)
        if path == "/api/reader/steps":
            return httpx2.Response(200, json=self.steps)
        if request.method == "GET" and path in self.answers:
            self.reckoned.append(request.url.raw_path.decode())
            status, content = self.answers[path]
            return httpx2.Response(status, json=content)
        if request.method == "GET":
            self.asked.append(request.url.raw_path.decode())
            return httpx2.Response(200, text=self.page)
        body = json.loads(request.content or b"null")
        self.sent.append((request.method, path, body))
        status, content = self.answers.get(path, (200, {}))
        return httpx2.Response(status, json=content)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Clinic]:
        transport = httpx2.MockTransport(self)
        async with httpx2.AsyncClient(transport=transport, base_url="http://clinic") as client:
            yield Clinic(client)


def desk(main: str) -> str:
    return f'<body><main id="main">{main}</main></body>'


def test_a_page_is_read_as_people_see_it() -> None:
    page = page_of(
        '<main id="main"><h1>Title <b>here</b></h1><p hidden>unseen</p>'
        "<ul><li>one<br>line</li><li><svg><text>drawn</text></svg>two</li></ul>"
        '<p>Press <button id="go" type="button">Go <kbd>F2</kbd></button></p>'
        '<dl><dt>name</dt><dd>佐藤 <span aria-hidden="true">x</span>花子</dd></dl></main>'
    )
    assert page.texts() == ["Title here", "one line", "two", "Press", "name", "佐藤 花子"]
    button = page.find(id="go")
    assert button is not None
    assert button.text == "Go"


def test_every_button_of_the_patient_s_page_has_its_meaning() -> None:
    template = (TEMPLATES / "patient.html").read_text("utf-8")
    named = set(re.findall(r'data-go="([a-z-]+)"|(?:choice|pad)\("([a-z-]+)"', template))
    buttons = {one or other for one, other in named}
    screen = PatientScreen(Clinic(httpx2.AsyncClient()))
    known = {*_SHOWS, *_OF_DIGITS, *screen._does(), "enter", "passcode-enter", "consent-items"}
    assert len(buttons) > 15
    assert buttons <= known
    # And none is known that the page does not have.
    assert known <= buttons


PATIENT = (
    '<main id="patient"><section data-screen="ask" hidden><h1>Ask</h1>'
    '<p data-own-last="1" hidden>kept</p>'
    '<button data-go="pin" data-offer="pin">PIN</button>'
    '<button data-go="staff" data-offer="staff">Staff</button></section>'
    '<section data-screen="pad" hidden><h1>Pad</h1><p data-tries="3" hidden>three left</p>'
    '<button data-digit="1">1</button><button data-go="delete">Delete</button>'
    '<button data-go="enter" disabled>Enter</button></section>'
    '<section data-screen="wrong" hidden><h1>Wrong</h1></section>'
    '<section data-screen="done" hidden><h1>Done</h1>'
    '<p data-renewal data-form="renew by {}" data-grace="ended on {}" hidden></p></section>'
    '<section data-screen="phone" hidden><h1>Phone</h1></section>'
    '<section data-screen="other-card" hidden><h1>Other</h1></section>'
    '<section data-screen="wait" hidden><h1>Wait</h1></section>'
    '<section data-screen="again" hidden><h1>Again</h1></section></main>'
)


@pytest.mark.asyncio
async def test_a_pin_goes_to_the_clinic_and_stays_nowhere() -> None:
    clinic = PlayedClinic(PATIENT)
    clinic.answers["/api/reader/identity"] = (409, {"kind": "pin-wrong", "attempts_remaining": 2})

    async with clinic.open() as ask:
        screen = PatientScreen(ask)
        shown = await screen.read("ja")
        assert (shown.state, [one.id for one in shown.buttons]) == ("ask", ["pin", "staff"])
        await screen.press("pin", "ja", None, ())
        shown = await screen.read("ja")
        assert (shown.texts, [one.needs for one in shown.buttons]) == (("three left",), [("Pin",)])
        with pytest.raises(Problem) as raised:
            await screen.press("enter", "ja", None, ())
        assert raised.value.entry is Catalogue.INVALID_REQUEST
        await screen.press("enter", "ja", SecretStr(PIN), ())
        assert (await screen.read("ja")).state == "wrong"
        assert PIN not in repr(vars(screen)) + repr(vars(screen._talk))
    body = {"Insertion": INSERTION, "Method": "pin", "Pin": PIN, "ConfirmLastTry": False}
    assert clinic.sent == [("POST", "/api/reader/identity", body)]


@pytest.mark.asyncio
async def test_a_visit_is_shown_to_the_holder_of_its_card_alone() -> None:
    visit = {"Name": "佐藤　花子", "Cause": "NONE", "Word": "VALID"}
    clinic = PlayedClinic(PATIENT, CurrentVisit=visit)

    async with clinic.open() as ask:
        screen = PatientScreen(ask)
        assert (await screen.read("ja")).state == "ask"
        clinic.state["CurrentInsertion"] = "another"
        assert (await screen.read("ja")).state == "ask"
        clinic.state["CurrentInsertion"] = INSERTION
        assert (await screen.read("ja")).state == "done"


@pytest.mark.parametrize(
    ("lang", "grace", "told"),
    [
        ("ja", True, "ended on 2026年9月20日"),
        ("easy", False, "renew by 2026年9月20日"),
        ("en", False, "renew by 20 September 2026"),
    ],
)
@pytest.mark.asyncio
async def test_the_end_of_the_certificate_is_written_as_the_page_writes_it(
    lang: str, told: str, *, grace: bool
) -> None:
    visit = {"Name": "", "Cause": "NONE", "Word": "VALID"}
    clinic = PlayedClinic(PATIENT, CurrentVisit=visit, CurrentInsertion=INSERTION)
    asked = {"Renewal": True, "ExpiresOn": "20260920", "InGrace": grace}
    clinic.steps |= {"Question": asked}

    async with clinic.open() as ask:
        assert (await PatientScreen(ask).read(lang)).texts == (told,)


def test_a_card_that_cannot_be_used_is_told_as_the_page_tells_it() -> None:
    script = (TEMPLATES.parent / "static" / "patient.js").read_text("utf-8")
    (told,) = re.findall(r"show\(({[^}]*})\[reader\.CardTrouble\.Kind\]", script)
    assert dict(re.findall(r'"([a-z-]+)": "([a-z-]+)"', told)) == _OF_CARDS


@pytest.mark.parametrize(("kind", "shown"), _OF_CARDS.items())
@pytest.mark.asyncio
async def test_a_card_that_cannot_be_used_is_forgotten_when_it_is_taken(
    kind: str, shown: str
) -> None:
    trouble = {"Kind": kind, "NextStep": "use-other-card"}
    clinic = PlayedClinic(PATIENT, Card=None, CardTrouble=trouble)

    async with clinic.open() as ask:
        screen = PatientScreen(ask)
        assert (await screen.read("ja")).state == shown
        clinic.state |= {"Reader": {**clinic.state["Reader"], "CardPresent": False}}
        assert (await screen.read("ja")).state == "wait"


@pytest.mark.parametrize(
    ("use", "tries", "told"), [("pin", 1, ("kept",)), ("face", 1, ()), ("pin", 2, ())]
)
@pytest.mark.asyncio
async def test_the_last_try_of_ones_own_card_is_said_to_be_kept(
    use: str, tries: int, told: tuple[str, ...]
) -> None:
    clinic = PlayedClinic(PATIENT, Card={"RemainingTries": tries, "WithoutPin": False})
    clinic.state["Reader"]["OwnCard"] = use

    async with clinic.open() as ask:
        assert (await PatientScreen(ask).read("ja")).texts == told


@pytest.mark.asyncio
async def test_a_card_that_is_misread_asks_for_itself_until_another_comes() -> None:
    trouble = {"Kind": "card-fault", "NextStep": "place-card"}
    clinic = PlayedClinic(PATIENT, Card=None, CardTrouble=trouble)

    async with clinic.open() as ask:
        screen = PatientScreen(ask)
        assert (await screen.read("ja")).state == "again"
        clinic.state |= {"Reader": {**clinic.state["Reader"], "CardPresent": False}}
        assert (await screen.read("ja")).state == "again"
        clinic.state |= {
            "Reader": {**clinic.state["Reader"], "CardPresent": True, "Insertion": "c3"},
            "Card": {"RemainingTries": 3, "WithoutPin": False},
            "CardTrouble": None,
        }
        assert (await screen.read("ja")).state == "ask"


@pytest.mark.parametrize(
    ("main", "called", "fields", "sent"),
    [
        (
            '<button data-act="clear" data-clears="x" id="next-patient">Next</button>',
            "next-patient", {}, ("POST", "/api/next", {"Insertion": "x"}),
        ),
        (
            '<button data-unchecked="device" data-insertion="x">No reader</button>', "device", {},
            ("POST", "/api/visits/unchecked",
             {"Cause": "device", "Birthdate": None, "Insertion": "x"}),
        ),
        (
            '<form><input name="Birthdate"><button data-unchecked="no_card">No</button></form>',
            "no_card", {"Birthdate": "S55.2.17"},
            ("POST", "/api/visits/unchecked", {"Cause": "no_card", "Birthdate": "S55.2.17"}),
        ),
        (
            ('<button data-send="/api/reader/identity" data-method="visual" data-insertion="x">'
            "Same</button>"), "identity-visual", {},
            ("POST", "/api/reader/identity", {"Insertion": "x", "Method": "visual"}),
        ),
        (
            ('<form data-post="/api/visits/number"><input type="hidden" name="ForVisit" value="v">'
            '<input name="InsurerNumber" value="1"><button type="submit">Go</button></form>'),
            "submit", {"InsurerNumber": "990010"},
            ("POST", "/api/visits/number", {"ForVisit": "v", "InsurerNumber": "990010"}),
        ),
        (
            ('<article data-visit="v1"><button data-offer="notice" '
            'data-record="{&quot;A&quot;: 1}">'
            "Notice</button></article>"), "notice", {},
            ("PUT", "/api/visits/v1/shown", {"A": 1}),
        ),
        (
            ('<article data-visit="v1"><form data-document="certificate"><input name="ExpiresOn">'
            '<select name="Ratio"><option value="">-</option></select><button>OK</button></form>'
            "</article>"), "accept certificate", {"ExpiresOn": "R9.7.31", "Ratio": "3"},
            ("PUT", "/api/visits/v1/shown", {"Presented": [
                {"Document": "certificate", "ExpiresOn": "R9.7.31", "Ratio": 3}]}),
        ),
        (
            ('<article data-visit="v1"><form data-document="notice"><select name="Current">'
            '<option value=""></option></select><button>OK</button></form></article>'),
            "accept notice", {"Current": "false"},
            ("PUT", "/api/visits/v1/shown", {
                "Presented": [{"Document": "notice", "Current": False}]}),
        ),
        (
            ('<article data-visit="v1"><form data-document="notice"><input name="ExpiresOn">'
            '<input type="checkbox" name="Undated"><input name="Birthdate"><select name="Ratio">'
            '<option value="0">-</option></select><button>OK</button></form></article>'),
            "accept notice", {"Undated": "on", "Ratio": "0", "Birthdate": "S55.2.17"},
            ("PUT", "/api/visits/v1/shown", {
                "Presented": [{"Document": "notice", "Undated": True}],
                "Birthdate": "S55.2.17"}),
        ),
        (
            ('<article data-visit="v1"><form data-share="{&quot;Presented&quot;: '
            '[{&quot;Document&quot;: &quot;notice&quot;}]}"><select name="Ratio"></select>'
            '<button id="share-submit">OK</button></form></article>'),
            "share-submit", {"Ratio": "3"},
            ("PUT", "/api/visits/v1/shown",
             {"Presented": [{"Document": "notice", "Ratio": 3}]}),
        ),
        (
            ('<article data-visit="v1"><form data-document="medical_ticket" data-without-card>'
            '<input name="SelfPayAmount"><button>OK</button></form></article>'),
            "accept medical_ticket", {"SelfPayAmount": "１，５００円"},
            ("PUT", "/api/visits/v1/shown", {
                "Presented": [{"Document": "medical_ticket", "SelfPayAmount": 1500}],
                "CardAtHand": False}),
        ),
        (
            ('<button data-unchecked="smartphone" data-without-card id="smartphone-only">No'
            "</button>"),
            "smartphone-only", {},
            ("POST", "/api/visits/unchecked",
             {"Cause": "smartphone", "Birthdate": None, "CardAtHand": False}),
        ),
        (
            ('<form data-birthdate="/api/visits/v1/birthdate"><input name="Birthdate" value="">'
            '<button id="born-submit">OK</button></form>'),
            "born-submit", {"Birthdate": "S55.2.17"},
            ("PUT", "/api/visits/v1/birthdate", {"Birthdate": "S55.2.17"}),
        ),
        (
            ('<form data-declaration="/api/visits/v1/declaration" data-then="/visits/v1">'
            '<input name="Name" value="花子"><input name="Workplace"><select name="Sex1">'
            '<option value=""></option><option value="2" selected>F</option></select>'
            '<select name="Ratio"><option value="3" selected>3</option></select>'
            '<button name="then" value="print">Print</button>'
            '<button name="then" value="accept">Accept</button></form>'),
            "accept declaration", {"Name": "佐藤"},
            ("PUT", "/api/visits/v1/declaration",
             {"Name": "佐藤", "Sex1": "2", "Ratio": 3, "Accept": True}),
        ),
        (
            ('<form data-declaration="/api/visits/v1/declaration" data-then="/visits/v1">'
            '<input name="Name" value="花子"><button value="keep">Keep</button></form>'),
            "keep declaration", {},
            ("PUT", "/api/visits/v1/declaration", {"Name": "花子"}),
        ),
        (
            '<button data-delete="/api/visits/v1/declaration">Paid</button>',
            "delete declaration", {}, ("DELETE", "/api/visits/v1/declaration", {}),
        ),
        (
            ('<form data-withdraw="/api/visits/v1/withdrawal" data-then="/visits/v1"><select '
            'name="Reason" required><option value=""></option></select><input name="Note">'
            '<input name="Staff" required><input name="Paid"><button>Withdraw</button></form>'),
            "withdraw", {"Reason": "left", "Staff": "山本", "Paid": "８７０"},
            ("PUT", "/api/visits/v1/withdrawal", {"Reason": "left", "Staff": "山本", "Paid": 870}),
        ),
        (
            '<button data-put="/api/catch-up/news/v1/seen">Seen</button>', "seen v1", {},
            ("PUT", "/api/catch-up/news/v1/seen", {}),
        ),
    ],
)  # fmt: skip
@pytest.mark.asyncio
async def test_a_button_of_the_desk_sends_what_it_sends_in_a_browser(
    main: str, called: str, fields: dict[str, str], sent: tuple[str, str, Any]
) -> None:
    clinic = PlayedClinic(desk(main))

    async with clinic.open() as ask:
        screen = DeskScreen(ask)
        (button,) = (await screen.read("ja")).buttons
        assert button.id == called
        assert set(fields) <= set(button.needs)
        await screen.press(called, "ja", fields)
    assert clinic.sent == [sent]


PAPER = (
    '<article data-visit="v1"><form data-document="certificate">'
    '<input name="ExpiresOn" required data-unless="Undated" data-missing="有効期限を入れます">'
    '<input type="checkbox" name="Undated">'
    '<select name="Ratio" required data-missing="割合を選びます"><option value=""></select>'
    '<input name="InsurerNumber"><button>OK</button></form></article>'
)


@pytest.mark.asyncio
async def test_what_a_form_of_a_paper_needs_is_told_and_nothing_is_sent_without_it() -> None:
    clinic = PlayedClinic(desk(PAPER))

    async with clinic.open() as ask:
        screen = DeskScreen(ask)
        (button,) = (await screen.read("ja")).buttons
        assert button.fields == (
            Field("ExpiresOn", required=True, unless="Undated"),
            Field("Undated"),
            Field("Ratio", required=True),
            Field("InsurerNumber"),
        )
        with pytest.raises(Problem) as raised:
            await screen.press("accept certificate", "ja", {"InsurerNumber": "1", "Ratio": " "})
        assert raised.value.entry is Catalogue.INVALID_REQUEST
        told = [(one["field"], one["japanese"]) for one in raised.value.members["fields"]]
        assert told == [
            ("Fields.ExpiresOn", "有効期限を入れます"), ("Fields.Ratio", "割合を選びます"),
        ]  # fmt: skip
        assert clinic.sent == []
        await screen.press("accept certificate", "ja", {"Undated": "on", "Ratio": "0"})
    body = {"Presented": [{"Document": "certificate", "Undated": True}]}
    assert clinic.sent == [("PUT", "/api/visits/v1/shown", body)]


CHARGE = (
    '<form id="charge" data-charge="/api/visits/v1/charge"><label>Points <input name="Points">'
    '</label><output for="points" data-yen="{} yen" data-back="{} back"><small>hint</small>'
    "</output></form>"
)


@pytest.mark.asyncio
async def test_points_are_reckoned_and_the_amount_stands_there_as_long_as_their_visit() -> None:
    clinic = PlayedClinic(desk(CHARGE))
    text = {"Japanese": "差額の 290円を返します。", "English": "Refund 290 yen."}
    said = {"Charge": 5820, "Refund": None, "Afterwards": {"Text": text}}
    clinic.answers["/api/visits/v1/charge"] = (200, said)

    async with clinic.open() as ask:
        screen = DeskScreen(ask)
        (button,) = (await screen.read("ja")).buttons
        assert (button.id, button.needs) == ("charge", ("Points",))
        await screen.press("charge", "ja", {"Points": "2,910"})
        assert (await screen.read("ja")).texts[-2:] == ("5,820 yen", "差額の 290円を返します。")
        assert (await screen.read("en")).texts[-1] == "Refund 290 yen."
        clinic.page = desk(CHARGE.replace("v1", "v2"))
        assert "5,820 yen" not in (await screen.read("ja")).texts
        clinic.answers["/api/visits/v2/charge"] = (422, {"code": "SIM-INVALID-REQUEST"})
        with pytest.raises(Problem):
            await screen.press("charge", "ja", {"Points": "many"})
    assert clinic.asked[1:3] == ["/?lang=ja", "/?lang=ja"]
    assert clinic.reckoned[0] == "/api/visits/v1/charge?Points=2%2C910"


@pytest.mark.asyncio
async def test_a_field_says_for_which_button_or_with_what_it_is_required() -> None:
    form = (
        '<form data-declaration="/api/visits/v1/declaration" data-then="/visits/v1">'
        '<input name="Name" data-required-for="accept"><input name="Workplace">'
        '<button value="accept">A</button><button value="keep">K</button></form>'
        '<form data-withdraw="/api/visits/v1/withdrawal" data-then="/visits/v1">'
        '<input name="Note" data-required-with="Reason=other"><button>W</button></form>'
    )
    clinic = PlayedClinic(desk(form))

    async with clinic.open() as ask:
        buttons = (await DeskScreen(ask).read("ja")).buttons
        fields = {one.id: one.fields for one in buttons}
        assert fields["accept declaration"] == (Field("Name", required=True), Field("Workplace"))
        assert fields["keep declaration"] == (Field("Name"), Field("Workplace"))
        assert fields["withdraw"] == (Field("Note", required_with="Reason=other"),)


@pytest.mark.asyncio
async def test_a_declaration_that_is_accepted_leads_to_the_desk_another_to_its_visit() -> None:
    form = (
        '<form data-declaration="/api/visits/v1/declaration" data-then="/visits/v1">'
        '<button value="accept">A</button><button value="keep">K</button></form>'
    )
    clinic = PlayedClinic(desk(form))

    async with clinic.open() as ask:
        screen = DeskScreen(ask)
        await screen.press("keep declaration", "ja", {})
        assert (await screen.read("ja")).state == "visits"
        await screen.press("accept declaration", "ja", {})
        assert (await screen.read("ja")).state == ""
    assert clinic.asked[-1] == "/?lang=ja"


@pytest.mark.asyncio
async def test_a_link_leads_to_another_page_with_all_that_it_says() -> None:
    clinic = PlayedClinic(desk('<a href="/number?visit=v1">Check by number</a>'))

    async with clinic.open() as ask:
        screen = DeskScreen(ask)
        await screen.press("open /number?visit=v1", "ja", {})
        assert (await screen.read("en")).state == "number"
    assert clinic.asked[-1] == "/number?visit=v1&lang=en"


@pytest.mark.asyncio
async def test_a_ratio_that_is_no_number_is_for_the_clinic_to_refuse() -> None:
    form = '<form data-document="old_card"><input name="Ratio"><button>OK</button></form>'
    clinic = PlayedClinic(desk(f'<article data-visit="v1">{form}</article>'))
    async with clinic.open() as ask:
        await DeskScreen(ask).press("accept old_card", "ja", {"Ratio": "three"})
    assert clinic.sent[0][2] == {"Presented": [{"Document": "old_card", "Ratio": "three"}]}


@pytest.mark.asyncio
async def test_what_only_a_browser_can_do_is_not_offered_and_other_buttons_are_refused() -> None:
    clinic = PlayedClinic(
        desk('<button data-act="print">Print</button><a href="/visits/v/paper.pdf">PDF</a>'
             '<a href="https://elsewhere/">There</a><button disabled id="off">Off</button>')
    )  # fmt: skip

    async with clinic.open() as ask:
        screen = DeskScreen(ask)
        assert (await screen.read("ja")).buttons == ()
        with pytest.raises(Problem, match="print") as raised:
            await screen.press("print", "ja", {})
        assert raised.value.entry is Catalogue.DRIVER_NO_BUTTON
    assert clinic.sent == []


@pytest.mark.asyncio
async def test_what_the_clinic_refuses_at_the_desk_is_handed_on() -> None:
    clinic = PlayedClinic(desk('<button data-act="clear">Next</button>'))
    said = {"code": "SIM-CHECK-UNDER-WAY", "detail": "…", "japanese": "お待ちください。"}
    clinic.answers["/api/next"] = (409, said)
    with pytest.raises(Problem) as raised:
        async with clinic.open() as ask:
            await DeskScreen(ask).press("clear", "ja", {})
    assert raised.value.entry is Catalogue.CHECK_UNDER_WAY
    assert raised.value.japanese == "お待ちください。"
