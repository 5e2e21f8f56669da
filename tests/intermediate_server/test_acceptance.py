"""Filing over the line: who may, what is refused, what the receipt says."""

from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from eligibility.days.dates import TOKYO
from testbed.launch.line_certificates import make_line


def problem(response: httpx2.Response, status: int) -> Any:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return response.json()


def test_a_receipt_says_from_when_clinics_see_it(deployment: Any) -> None:
    reference = deployment.register()
    response = deployment.file()
    assert response.status_code == 201
    receipt = response.json()
    days = receipt.pop("CountedDays")
    receipt.pop("Documents")
    assert receipt == {
        "PersonReference": reference,
        "Version": 1,
        "Kind": "join",
        "FiledOn": "20261116",
        "VisibleFrom": "2026-11-18T15:00:00Z",
        "ReflectionDate": "20261119",
        "Insurer": {"Number": "990010", "Name": "最上型国民健康保険（模擬）"},
        "StatedDays": [
            {
                "Field": "QualificationDate",
                "Date": "20261116",
                "Japanese": "令和8年11月16日（月）",
            }
        ],
    }
    assert [(day["Date"], day["Weekday"], day["Counted"], day["Visible"]) for day in days] == [
        ("20261116", "月", False, False),
        ("20261117", "火", True, False),
        ("20261118", "水", True, False),
        ("20261119", "木", True, True),
    ]


def test_the_strip_names_why_offices_are_closed(deployment: Any) -> None:
    deployment.register()
    days = deployment.file("06990014").json()["CountedDays"]
    closed = {day["Date"]: day["Closed"] for day in days if "Closed" in day}
    assert closed == {"20261121": "土曜日", "20261122": "日曜日", "20261123": "勤労感謝の日"}
    assert days[-1]["Date"] == "20261125"


def test_what_was_filed_earlier_counts_from_then(deployment: Any) -> None:
    deployment.register()
    receipt = deployment.file(FiledOn="20261113").json()
    assert (receipt["FiledOn"], receipt["ReflectionDate"]) == ("20261113", "20261118")


def test_what_is_filed_after_the_cutoff_counts_as_filed_on_the_next_day(
    prepare: Any, tmp_path: Path
) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "mogami.toml").write_text(
        'key = "mogami"\nname = "最上型（模擬）"\ninsurer_number = "990010"\nkind = "kokuho"\n'
        '[reflection]\nmode = "business_days"\nlag_days = 3\ncutoff = 17:15:00\n'
    )
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service(policy_directory=policies)
    deployment.register(1)
    deployment.register(2)
    assert deployment.file(person=1).json()["ReflectionDate"] == "20261119"
    evening = datetime(2026, 11, 16, 17, 16, tzinfo=TOKYO)
    deployment.set_clock(Mode="frozen", Now=evening.isoformat())
    late = deployment.file(person=2).json()
    assert (late["ReflectionDate"], late["Insurer"]["Name"]) == ("20261120", "最上型（模擬）")


def test_insurers_share_the_versions_of_a_person(deployment: Any) -> None:
    deployment.register()
    assert deployment.file("990010").json()["Version"] == 1
    assert deployment.file("06990014").json()["Version"] == 2


def test_an_insurer_speaks_only_for_itself(deployment: Any) -> None:
    deployment.register()
    response = deployment.file("990010", InsurerNumber="990028")
    assert problem(response, 403)["code"] == "SIM-WRONG-CALLER"


def test_a_terminal_files_no_procedures(deployment: Any) -> None:
    terminal = deployment.client(deployment.line.url, "terminal-9910000018")
    response = deployment.file(client=terminal)
    assert problem(response, 403)["code"] == "SIM-WRONG-CALLER"


def test_nobody_files_without_a_certificate(deployment: Any) -> None:
    response = deployment.file(client=deployment.pages)
    assert problem(response, 401)["code"] == "SIM-NO-CLIENT-CERTIFICATE"


def test_an_insurer_without_a_policy_is_unknown(prepare: Any, certificates: Path) -> None:
    make_line(certificates, [], ["990036"])
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service()
    said = problem(deployment.file("990036"), 404)
    assert said["code"] == "SIM-UNKNOWN-INSURER"
    assert "990010" in said["detail"]


def test_an_unknown_person_is_refused_and_nothing_recorded(deployment: Any) -> None:
    assert problem(deployment.file(person=7), 404)["code"] == "SIM-UNKNOWN-PERSON"
    assert deployment.pages.get("/sync/status").json()["Backlog"] == 0


def test_a_wrong_individual_number_is_not_repeated(deployment: Any) -> None:
    response = deployment.file(IndividualNumber="990000005013")
    assert problem(response, 422)["code"] == "SIM-INVALID-NUMBER"
    assert "990000005013" not in response.text


@pytest.mark.parametrize(
    ("procedure", "hint"),
    [
        ({"Kind": "join", "QualificationDate": None}, "QualificationDate: is needed"),
        (
            {"Kind": "leave"},
            "DisqualificationDate: is needed for 'leave'.; ReasonOfLoss: is needed",
        ),
        ({"Kind": "change", "ReasonOfLoss": "99"}, "ReasonOfLoss: does not belong to 'change'"),
        ({"QualificationDate": "20260231"}, "20260231 is no day of the calendar"),
        ({"InsuredPartialContributionRatio": "040"}, "Ratio"),
        ({"InsuredIdentificationNumber": " "}, "InsuredIdentificationNumber"),
    ],
)
def test_a_form_that_does_not_fit_is_sent_back(
    deployment: Any, procedure: dict[str, Any], hint: str
) -> None:
    said = problem(deployment.file(**procedure), 422)
    assert said["code"] == "SIM-INVALID-REQUEST"
    assert hint in said["detail"]


def test_a_day_to_come_is_refused_in_words_for_the_clerk(deployment: Any) -> None:
    deployment.register()
    said = problem(deployment.file(FiledOn="20261117"), 409)
    assert said["code"] == "SIM-PROCEDURE-REFUSED"
    assert "2026年11月17日（火）" in said["japanese"]


def test_while_oqs_is_away_nothing_is_taken(prepare: Any) -> None:
    deployment = prepare()
    deployment.put_oqs_off()
    deployment.start_service()
    said = problem(deployment.file(), 503)
    assert said["code"] == "SIM-SERVICE-UNREACHABLE"
    assert "届出を受け付けていません" in said["japanese"]
    status = deployment.pages.get("/sync/status").json()
    assert status["Backlog"] == 0
    assert "Due" not in status
    assert "does not answer" in status["LastError"]


def test_while_j_lis_is_out_nothing_is_taken_and_it_is_taken_afterwards(deployment: Any) -> None:
    deployment.register()
    window = {"EndsAt": "2026-11-16T15:00:00+09:00"}
    deployment.oqs.put("/sim/jlis/outage", json=window).raise_for_status()
    said = problem(deployment.file(), 503)
    assert said["code"] == "SIM-MATCHING-NOT-POSSIBLE"
    assert "受け付けていません" in said["japanese"]
    assert "再開の予定は令和8年11月16日15時00分です" in said["japanese"]
    assert deployment.pages.get("/sync/status").json()["Backlog"] == 0
    deployment.advance(To="2026-11-16T15:00:00+09:00").raise_for_status()
    assert deployment.file().status_code == 201
    assert deployment.pages.get("/sync/status").json()["Backlog"] == 1


def test_the_view_of_a_person_shows_what_is_on_its_way(deployment: Any) -> None:
    reference = deployment.register()
    deployment.file(FiledOn="20261110")
    deployment.advance(Seconds=0).raise_for_status()
    deployment.file(
        Kind="leave", DisqualificationDate="20261116", ReasonOfLoss="03", QualificationDate=None
    )
    seen = deployment.pages.get(f"/sim/persons/{reference}").json()
    assert [(one["Version"], one["State"]) for one in seen["Changes"]] == [
        (1, "delivered"),
        (2, "pending"),
    ]
    assert [(one["Kind"], one["ReflectionDate"]) for one in seen["Pending"]] == [
        ("leave", "20261119")
    ]
    assert seen["Changes"][1]["DisqualificationDate"] == "20261116"
    assert seen["Changes"][0]["DeliveredAt"] == "2026-11-16T01:00:00Z"


def test_a_person_of_whom_nobody_reported_has_an_empty_view(deployment: Any) -> None:
    seen = deployment.pages.get("/sim/persons/nobody").json()
    assert seen == {"PersonReference": "nobody", "Changes": [], "Pending": []}


def test_without_simulation_there_is_no_view(prepare: Any) -> None:
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service(simulation=False)
    assert problem(deployment.pages.get("/sim/persons/x"), 404)["code"] == "SIM-NOT-FOUND"


def test_every_route_tells_its_summary_and_its_errors(deployment: Any) -> None:
    document = deployment.pages.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method in methods.values():
            assert method["summary"], path
    filing = document["paths"]["/procedures"]["post"]["responses"]
    assert {"201", "401", "403", "404", "409", "422", "503"} <= set(filing)


def test_the_service_says_that_it_is_up(deployment: Any) -> None:
    assert deployment.pages.get("/health").json()["Service"] == "intermediate-server"
    assert deployment.worker.get("/health").json()["Service"] == "sync-worker"
