"""表示が違うとき of a visit without a browser: what is sent, and what is said to be wrong."""

from __future__ import annotations

import pytest

from testbed.driving.desk_screen import DeskScreen
from testbed.driving.screen import Field
from tests.testbed.driving.test_screens import TEMPLATES, PlayedClinic, desk
from wire.catalogue import Catalogue, Problem

PATH = "/api/visits/v1/discrepancies"
KIND = (
    '<li><input type="checkbox" name="Differing-{0}" data-kind="{0}">'
    '<input name="ShouldBe-{0}" data-required-with="Differing-{0}=on"></li>'
)
FORM = (
    f'<form data-discrepancy="{PATH}" data-then="/visits/v1" data-none="none" data-empty="what">'
    f"{KIND.format('ratio')}{KIND.format('birthdate')}"
    '<input name="Name" value="花子" required data-missing="name"><input name="Birthdate">'
    '<select name="Sex1"><option value="1"><option value="2" selected></select>'
    '<input name="Address" required data-missing="address"><input name="InsuredNumber" value="北1">'
    '<select name="RatioPaid"><option value="3" selected></select><button>Tell</button></form>'
)


async def pressed(clinic: PlayedClinic, fields: dict[str, str]) -> str:
    async with clinic.open() as ask:
        screen = DeskScreen(ask)
        await screen.press("tell discrepancies", "ja", fields)
        return (await screen.read("ja")).state


def test_the_fields_of_the_page_are_those_of_the_form_here() -> None:
    template = (TEMPLATES / "discrepancy.html").read_text("utf-8")
    for attribute in ("name", "data-kind", "data-required-with"):
        kind = "{{ row.kind }}"
        written = {"name": f"Differing-{kind}", "data-kind": kind}.get(
            attribute, f"Differing-{kind}=on"
        )
        assert f'{attribute}="{written}"' in template


@pytest.mark.asyncio
async def test_what_differs_is_sent_as_the_page_sends_it() -> None:
    clinic = PlayedClinic(desk(FORM))

    async with clinic.open() as ask:
        (button,) = (await DeskScreen(ask).read("ja")).buttons
    assert button.id == "tell discrepancies"
    assert button.fields[:2] == (
        Field("Differing-ratio"), Field("ShouldBe-ratio", required_with="Differing-ratio=on"),
    )  # fmt: skip
    assert Field("Address", required=True) in button.fields
    typed = {
        "Differing-birthdate": "on", "ShouldBe-birthdate": " S55.2.18 ", "ShouldBe-ratio": "2割",
        "Birthdate": "S55.2.17", "Address": "模擬県",
    }  # fmt: skip
    assert await pressed(clinic, typed) == "visits"
    body = {
        "Name": "花子", "Birthdate": "S55.2.17", "Sex1": "2", "Address": "模擬県",
        "InsuredNumber": "北1", "RatioPaid": 3,
        "Differing": [{"Kind": "birthdate", "ShouldBe": "S55.2.18"}],
    }  # fmt: skip
    assert clinic.sent == [("POST", PATH, body)]


@pytest.mark.parametrize(
    ("typed", "found", "said"),
    [
        ({}, [], [("Differing", "none"), ("Address", "address")]),
        (
            {"Differing-birthdate": "on", "Differing-ratio": "on", "ShouldBe-ratio": "2割"},
            [("body.Birthdate", "born"), ("body.Address", "short"), ("body.Differing", "few"),
             ("body.Differing.1.ShouldBe", "short")],
            [("ShouldBe-birthdate", "what"), ("Address", "address"), ("Birthdate", "born")],
        ),
        (
            {"Differing-birthdate": "on", "ShouldBe-birthdate": "soon", "Address": "模擬県"},
            [("body.Differing.0.ShouldBe", "no day")],
            [("ShouldBe-birthdate", "no day")],
        ),
    ],
)  # fmt: skip
@pytest.mark.asyncio
async def test_what_is_missing_is_said_beside_what_the_clinic_finds(
    typed: dict[str, str], found: list[tuple[str, str]], said: list[tuple[str, str]]
) -> None:
    clinic = PlayedClinic(desk(FORM))
    faults = [{"field": field, "reason": word, "japanese": word} for field, word in found]
    clinic.answers[PATH] = (422, {"code": "SIM-INVALID-REQUEST", "fields": faults})
    with pytest.raises(Problem) as raised:
        await pressed(clinic, typed)
    assert raised.value.entry is Catalogue.INVALID_REQUEST
    told = [(one["field"], one["japanese"]) for one in raised.value.members["fields"]]
    assert told == [(f"Fields.{field}", word) for field, word in said]


@pytest.mark.asyncio
async def test_what_the_clinic_refuses_of_a_whole_form_is_handed_on() -> None:
    clinic = PlayedClinic(desk(FORM))
    clinic.answers[PATH] = (409, {"code": "SIM-VISIT-WITHDRAWN", "japanese": "取消"})
    typed = {"Differing-ratio": "on", "ShouldBe-ratio": "2割", "Address": "模擬県"}
    with pytest.raises(Problem) as raised:
        await pressed(clinic, typed)
    assert (raised.value.entry, raised.value.japanese) == (Catalogue.VISIT_WITHDRAWN, "取消")
    assert "fields" not in raised.value.members
