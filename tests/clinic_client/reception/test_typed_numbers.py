"""A check by number as a receptionist types it: any width, any way of writing a day."""

from collections.abc import Callable
from typing import Any

import pytest

Open = Callable[..., Any]
HANAKO = {
    "InsurerNumber": "990010", "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "1234567", "InsuredBranchNumber": "01",
    "Birthdate": "19800217",
}  # fmt: skip
LATE_ELDERLY = "39990015"


@pytest.mark.parametrize(
    "birthdate",
    [
        "昭和55年2月17日",
        "S55.2.17",
        "ｓ５５．２．１７",
        "1980-02-17",
        "1980/2/17",
        "１９８００２１７",
    ],
)
def test_a_day_is_taken_however_it_is_written(open_clinic: Open, birthdate: str) -> None:
    sent = {**HANAKO, "Birthdate": birthdate}
    answer = open_clinic().http.post("/api/visits/number", json=sent)
    assert answer.status_code == 201, answer.text
    assert answer.json()["Word"] == "VALID"


def test_full_width_digits_are_the_same_number_and_the_same_person(open_clinic: Open) -> None:
    clinic = open_clinic()
    clinic.http.post("/api/visits/number", json=HANAKO).raise_for_status()
    wide = {
        **HANAKO, "InsurerNumber": "９９００１０", "InsuredIdentificationNumber": "１２３４５６７",
        "InsuredBranchNumber": "０１",
    }  # fmt: skip
    visit = clinic.http.post("/api/visits/number", json=wide).raise_for_status().json()
    assert visit["Word"] == "VALID"
    assert "前回" in clinic.page(), "she is known again"


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"Birthdate": "昭和70年1月1日"}, "Birthdate", "という日はありません"),
        ({"Birthdate": "きのう"}, "Birthdate", "昭和21年6月3日 か 1946-06-03 のように"),
        ({"Birthdate": ""}, "Birthdate", "日付として読めません"),
        ({"Birthdate": "令和99年1月1日"}, "Birthdate", "今日より後"),
        ({"InsurerNumber": "990011"}, "InsurerNumber", "保険者番号"),
        (
            {"InsurerNumber": LATE_ELDERLY, "Birthdate": "昭和36年11月21日"},
            "InsurerNumber",
            "65歳から",
        ),
    ],
)
def test_what_is_mistyped_is_said_of_its_field_and_is_no_visit(
    open_clinic: Open, wrong: dict[str, str], field: str, said: str
) -> None:
    clinic = open_clinic()
    answer = clinic.http.post("/api/visits/number", json={**HANAKO, **wrong})
    assert answer.status_code == 422
    (fault,) = answer.json()["fields"]
    assert fault["field"] == f"body.{field}"
    assert said in fault["japanese"]
    assert clinic.get("/api/visits") == []


@pytest.mark.rules("P-053")
def test_from_the_65th_birthday_on_a_number_of_late_elderly_is_asked_for(open_clinic: Open) -> None:
    sent = {**HANAKO, "InsurerNumber": LATE_ELDERLY, "Birthdate": "昭和36年11月20日"}
    answer = open_clinic().http.post("/api/visits/number", json=sent)
    assert answer.status_code == 201, answer.text


def test_all_that_is_mistyped_is_said_at_once(open_clinic: Open) -> None:
    clinic = open_clinic()

    def faults(**wrong: str) -> tuple[str, dict[str, str]]:
        told = clinic.http.post("/api/visits/number", json={**HANAKO, **wrong}).json()
        return told["code"], {one["field"]: one["japanese"] for one in told["fields"]}

    # What the form of the body says, and what the rules say of the other fields.
    code, said = faults(Birthdate="きのう", InsurerNumber="990011", InsuredBranchNumber="x1")
    assert code == "SIM-INVALID-REQUEST"
    assert set(said) == {"body.Birthdate", "body.InsurerNumber", "body.InsuredBranchNumber"}
    assert "日付として読めません" in said["body.Birthdate"]
    # The rules alone.
    code, said = faults(
        Birthdate="令和99年1月1日", InsuredIdentificationNumber=" ", InsuredBranchNumber="x1"
    )
    assert code == "SIM-INVALID-NUMBER"
    assert set(said) == {
        "body.Birthdate", "body.InsuredIdentificationNumber", "body.InsuredBranchNumber",
    }  # fmt: skip
    # Each field once.
    code, said = faults(InsurerNumber="", InsuredIdentificationNumber="")
    assert set(said) == {"body.InsurerNumber", "body.InsuredIdentificationNumber"}
    assert clinic.get("/api/visits") == []


@pytest.mark.parametrize(
    "wrong", [{"Birthdate": "S55.2.18"}, {"InsuredIdentificationNumber": "7654321"}]
)
def test_a_typing_error_is_never_told_as_a_lag(open_clinic: Open, wrong: dict[str, str]) -> None:
    visit = open_clinic().http.post("/api/visits/number", json={**HANAKO, **wrong}).json()
    assert visit["Decision"]["Situation"] == "not_found"
    assert "打ち間違い" in visit["Decision"]["Headline"]["Japanese"]


def test_other_days_at_the_desk_are_taken_in_the_same_way(open_clinic: Open) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("device", Birthdate="昭和55年2月17日")
    assert visit["Decision"]["RatioSource"] == "age"
    shown = {"Presented": [{"Document": "certificate", "ExpiresOn": "令和9年7月31日"}]}
    path = f"/api/visits/{visit['VisitId']}/shown"
    accepted = clinic.http.put(path, json=shown).raise_for_status().json()
    assert accepted["Decision"]["Accepted"] == "certificate"
    past = {"Presented": [{"Document": "certificate", "ExpiresOn": "R8.7.31"}]}
    refused = clinic.http.put(path, json=past).raise_for_status().json()
    assert refused["Decision"]["Accepted"] is None
