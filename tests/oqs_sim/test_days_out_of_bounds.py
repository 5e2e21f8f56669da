"""Days, months and instants beyond all, or in the wrong order, are refused where they enter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from storage import bucket_of
from tests.oqs_sim.bulk.sending import message
from tests.oqs_sim.bulk.test_public_assistance import put_office, put_recipient, put_ticket
from tests.oqs_sim.medical.visits import asked

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

EXTREME = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"]


def refused(answer: Any) -> bool:
    return (answer.status_code, answer.json()["code"]) == (422, "SIM-INVALID-REQUEST")


def stands(oqs: Oqs) -> bool:
    """Tell whether checks and the pages of an operator are answered."""
    pages = ("/operation", "/sim/operation", "/sim/jlis/outage")
    return oqs.check_number().status_code == 200 and all(
        oqs.console.get(page).status_code == 200 for page in pages
    )


def change_of(oqs: Oqs, **fields: str) -> Any:
    change = {
        "PersonReference": oqs.hanako,
        "Version": 9,
        "InsurerNumber": "990010",
        "InsurerName": "最上型国民健康保険（模擬）",
        "InsuredIdentificationNumber": "7654321",
        "Name": "佐藤　花子",
        "NameKana": "ｻﾄｳ ﾊﾅｺ",
        "Sex1": "2",
        "Birthdate": "19800217",
        "QualificationDate": "20240401",
        "InsuredPartialContributionRatio": "030",
        "VisibleFrom": "2024-04-04T00:00:00+09:00",
        **fields,
    }
    batch = {"Bucket": bucket_of(oqs.hanako), "Changes": [change]}
    return oqs.worker.post("/intermediate/changes", json=batch)


def test_a_window_of_an_operator_lies_within_the_calendar(member: Oqs) -> None:
    windows = "/sim/operation/windows"
    for extreme in EXTREME:
        for end in ("OpensAt", "ClosesAt"):
            order = {"Kind": "maintenance", end: extreme}
            assert refused(member.console.post(windows, json=order)), order
        assert refused(member.console.put("/sim/jlis/outage", json={"BeginsAt": extreme}))
        assert refused(member.console.put("/sim/jlis/outage", json={"EndsAt": extreme}))
    assert stands(member)
    far = {"Kind": "maintenance", "ClosesAt": "2099-12-31T23:59:59+09:00"}
    assert member.console.post(windows, json=far).status_code == 201
    assert member.check_number().json()["code"] == "SIM-MAINTENANCE"
    assert member.console.get("/operation").status_code == 200


def test_a_ticket_lies_within_its_month_and_the_calendar(oqs: Oqs) -> None:
    put_office(oqs)
    assert put_recipient(oqs).status_code == 204
    for month in ("000001", "999912"):
        assert refused(put_ticket(oqs, month))
    for extreme in EXTREME:
        assert refused(put_ticket(oqs, VisibleFrom=extreme))
    valid, expires = "MedicalTicketValidDate", "MedicalTicketExpirationDate"
    for days in (
        {valid: "20261130", expires: "20261101"},
        {valid: "20300101"},
        {valid: "20261031"},
        {expires: "20261201"},
    ):
        assert refused(put_ticket(oqs, **days)), days
    assert put_ticket(oqs, **{valid: "20261105", expires: "20261105"}).status_code == 204


@pytest.mark.parametrize(
    "at", [*EXTREME, "now", "yesterday", "epoch", "infinity", "2026-11-10", "2026-11-10T24:00:00Z"]
)
def test_both_databases_refuse_the_same_instant_of_a_change(member: Oqs, at: str) -> None:
    assert refused(change_of(member, VisibleFrom=at))
    assert stands(member)


def test_a_change_that_ends_before_it_begins_is_refused(member: Oqs) -> None:
    assert refused(change_of(member, DisqualificationDate="20240331"))
    assert change_of(member, DisqualificationDate="20240401").json()["Applied"] == 1
    assert stands(member)


def test_a_period_that_ends_before_it_begins_is_refused(member: Oqs) -> None:
    dates = {"StartDate": "20261102", "EndDate": "20261101"}
    assert refused(member.terminal.post("/medical/medicines", json=asked(**dates)))
    for path, flag, day in (
        ("home-visits", "2", "ConsentDate"),
        ("online-examinations", "3", "ConsentDate"),
        ("online-examinations", "3", "ExaminationDate"),
    ):
        info = {"MedicalTreatmentFlag": flag, f"{day}From": "20261102", f"{day}To": "20261101"}
        body = message({"QualificationConfirmSearchInfo": info})
        assert refused(member.terminal.post(f"/bulk/{path}", json=body)), path


@pytest.mark.rules("P-022")
@pytest.mark.parametrize(
    "body",
    [
        {"OperatingType": "regular"},
        {"OperatingType": "eligibility_only"},
        {"ExaminationDate": "99991231"},
    ],
)
def test_a_consent_at_home_is_of_its_own_operation_and_of_a_day(
    member: Oqs, body: dict[str, str]
) -> None:
    proof = member.card.sign(member.challenge())
    given = message({"CardProof": proof, "MedicalTreatmentFlag": "2", **body})
    assert refused(member.terminal.post("/visiting/consents", json=given))


def test_a_confirmation_day_lies_no_more_than_a_month_ahead(member: Oqs) -> None:
    for day, status in (("20261210", 200), ("20261211", 422), ("20990101", 422)):
        assert member.check(QualificationConfirmationDate=day).status_code == status, day


def test_a_member_that_stands_twice_is_refused(member: Oqs) -> None:
    asking = (
        '{"MessageHeader":{"MedicalInstitutionCode":"9910000018"%s},"MessageBody":'
        '{"QualificationConfirmSearchInfo":{"InsurerNumber":"990010","InsuredCardSymbol":"最上",'
        '"InsuredIdentificationNumber":"1234567","Birthdate":"19800217"%s}}}'
    )
    post, path = member.terminal.post, "/qualification/number"
    assert post(path, content=asking % ("", "")).status_code == 200
    colons = ',"ArbitraryFileIdentifier":"a:b:c"'
    assert post(path, content=asking % (colons, "")).status_code == 200
    for twice in (',"Birthdate":"19800218"', ', "Birthdate" : "19800217"'):
        answer = post(path, content=asking % (colons, twice))
        assert refused(answer)
        assert answer.json()["fields"] == [
            {
                "field": "body.Birthdate",
                "reason": "it stands there twice",
                "japanese": "同じ項目が二つあります。どちらかを除いてください。",
            }
        ]


def test_whatever_fails_before_the_routes_of_the_line_is_a_problem(member: Oqs) -> None:
    before = member.app.at_line

    async def failing(*_: object) -> None:
        raise OverflowError("date value out of range")

    member.app.at_line = failing
    answer = member.check_number()
    assert (answer.status_code, answer.json()["code"]) == (500, "SIM-INTERNAL")
    assert answer.headers["Content-Type"] == "application/problem+json"
    member.app.at_line = before
    assert member.check_number().status_code == 200
