"""The year of an insurer: one advance of the clock does what falls due, in the order of days."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from eligibility.days.dates import TOKYO
from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import metadata
from oqs_sim.store.schema import registration
from storage import bucket_of
from testbed.launch.line_certificates import make_line
from tests.databases import ENGINES, Databases
from tests.intermediate_server.conftest import (
    KITAMURA,
    MOGAMI,
    MONDAY,
    individual_number,
)

if TYPE_CHECKING:
    import httpx2

ISHIOKA = "06990022"
KOUKI = "39990015"


def register_use(deployment: Any, reference: str, at: datetime = MONDAY) -> None:
    """Write a registration as the portal does."""
    with deployment.faults.app.state.engine.begin() as connection:
        connection.execute(
            insert(registration),
            {
                "bucket": bucket_of(reference),
                "person_reference": reference,
                "channel": "portal",
                "registered_at": at,
            },
        )


def give_card(deployment: Any, person: int, issued_on: str) -> None:
    order = {"IndividualNumber": individual_number(person), "IssuedOn": issued_on}
    deployment.oqs.post("/sim/jlis/cards", json=order).raise_for_status()


def papers(deployment: Any, reference: str) -> list[tuple[str, str | None, str | None]]:
    """Return what was decided of a person: occasion, kind, day of issue."""
    found = deployment.pages.get(f"/sim/persons/{reference}").json().get("Documents", [])
    return [(one["Occasion"], one.get("Kind"), one.get("IssuedOn")) for one in found]


def entries(deployment: Any, reference: str) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = deployment.pages.get(f"/sim/persons/{reference}").json()[
        "Changes"
    ]
    return changes


def advance(deployment: Any, day: str) -> Any:
    answer = deployment.advance(To=f"{day}T09:00:00+09:00")
    assert answer.status_code == 200, answer.text
    return answer.json()


def client_of(deployment: Any, insurer: str = MOGAMI) -> httpx2.Client:
    client: httpx2.Client = deployment.client(deployment.line.url, f"insurer-{insurer}")
    return client


def runs_of(deployment: Any, insurer: str = MOGAMI) -> Any:
    answer = client_of(deployment, insurer).get("/runs", params={"InsurerNumber": insurer})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def start(prepare: Any) -> Any:
    def started(now: datetime = MONDAY, **options: Any) -> Any:
        deployment = prepare(runs=True)
        deployment.start_oqs(now)
        deployment.start_service(**options)
        deployment.start_worker()
        # The first look at the clock: what was due before is nobody's to do.
        deployment.advance(To=now.isoformat()).raise_for_status()
        return deployment

    return started


def deployed_on(
    engine: str, prepare: Any, request: pytest.FixtureRequest, now: datetime = MONDAY
) -> Any:
    options = {}
    if engine != "sqlite":
        databases: Databases = request.getfixturevalue("databases")
        options = {"database_url": databases.with_tables(metadata, MIGRATIONS)}
    deployment = prepare(runs=True, **options)
    deployment.start_oqs(now)
    deployment.start_service()
    deployment.start_worker()
    deployment.advance(To=now.isoformat()).raise_for_status()
    return deployment


def ratio(deployment: Any, person: int, birthdate: str, insurer: str = MOGAMI) -> str:
    (found,) = deployment.ask(person, insurer, Birthdate=birthdate)["ResultList"]
    one = found["ResultOfQualificationConfirmation"]
    answered: str = one["InsuredPartialContributionRatio"]
    return answered


@pytest.mark.rules("P-071", "R-150", "R-152")
def test_who_turns_70_pays_the_share_of_70_on_its_day_and_has_its_paper_before(start: Any) -> None:
    deployment = start()
    reference = deployment.register(birthdate="19561220")
    deployment.file(FiledOn="20261101")
    advance(deployment, "2026-12-31")
    assert ratio(deployment, 1, "19561220") == "030"
    assert papers(deployment, reference)[-1] == ("turned_70", "certificate", "20270101")
    assert entries(deployment, reference)[-1]["Kind"] == "seventy"
    visible = advance(deployment, "2027-01-01")["BecameVisible"]
    assert [one["PersonReference"] for one in visible] == [reference]
    assert ratio(deployment, 1, "19561220") == "020"


@pytest.mark.rules("P-070")
def test_a_child_that_goes_to_school_pays_3_tenths_from_the_april(start: Any) -> None:
    deployment = start()
    reference = deployment.register(birthdate="20200501")
    deployment.file(FiledOn="20261101")
    advance(deployment, "2027-03-31")
    assert ratio(deployment, 1, "20200501") == "020"
    advance(deployment, "2027-04-01")
    assert ratio(deployment, 1, "20200501") == "030"
    assert [one["Kind"] for one in entries(deployment, reference)] == ["join", "school_entry"]
    assert len(papers(deployment, reference)) == 1, "no paper carries the ratio of a child"


@pytest.mark.rules("P-053", "P-052")
def test_at_75_the_membership_of_the_union_begins_and_that_of_the_city_ends(start: Any) -> None:
    deployment = start()
    reference = deployment.register(birthdate="19520310")
    deployment.file(FiledOn="20261101")
    advance(deployment, "2027-03-09")
    assert validity(deployment, "19520310") == "1"
    of_union = {
        "InsurerNumber": KOUKI, "InsuredCardSymbol": "", "InsuredBranchNumber": "",
        "InsuredIdentificationNumber": "90000001",
    }  # fmt: skip
    assert validity(deployment, "19520310", **of_union) != "1"
    assert papers(deployment, reference)[-1] == ("joined", "certificate", "20270310")
    advance(deployment, "2027-03-10")
    assert validity(deployment, "19520310") != "1"
    assert validity(deployment, "19520310", **of_union) == "1"
    advance(deployment, "2027-08-01")
    assert not deployment.pages.get("/").text.count("資格の重複")


def validity(deployment: Any, birthdate: str, insurer: str = MOGAMI, **asked: str) -> str:
    answer = deployment.ask(1, insurer, Birthdate=birthdate, **asked)
    found: str = answer["QualificationValidity"]
    return found


@pytest.mark.rules("P-053")
def test_at_75_an_employee_stays_on_the_list_until_the_loss_is_filed(start: Any) -> None:
    deployment = start()
    reference = deployment.register(birthdate="19520310")
    deployment.file(KITAMURA, FiledOn="20261101")
    advance(deployment, "2027-03-10")
    (run,) = [one for one in runs_of(deployment, KITAMURA)["Runs"]
              if one["Kind"] == "late_elderly" and one["DueOn"] == "20270201"]  # fmt: skip
    (left,) = run["Outcome"]["LeftMembers"]
    assert left["PersonReference"] == reference
    assert "喪失の届出" in left["Japanese"]
    assert "資格の重複" in deployment.pages.get("/").text


@pytest.mark.rules("P-004", "P-005")
def test_the_registration_ends_with_the_grace_and_a_certificate_comes_before(start: Any) -> None:
    deployment = start()
    reference = deployment.register()
    give_card(deployment, 1, "20220301")  # its certificate lapses on 17 February 2027
    register_use(deployment, reference)
    deployment.file(FiledOn="20261101")
    assert papers(deployment, reference)[-1][1] == "notice"
    advance(deployment, "2027-05-31")
    assert papers(deployment, reference)[-1] == (
        "electronic_certificate_lapses", "certificate", "20270531",
    )  # fmt: skip
    assert registered(deployment, reference)
    advance(deployment, "2027-06-01")
    assert not registered(deployment, reference)
    assert entries(deployment, reference)[-1]["Kind"] == "use_lapsed"
    register_use(deployment, reference, datetime(2027, 6, 2, tzinfo=TOKYO))
    advance(deployment, "2027-06-03")
    assert registered(deployment, reference), "what is registered anew stays"


@pytest.mark.rules("R-111", "P-003")
@pytest.mark.parametrize("engine", ENGINES)
def test_the_end_of_an_electronic_certificate_is_told_once_and_anew_after_a_renewal(
    prepare: Any, request: pytest.FixtureRequest, engine: str
) -> None:
    """D-15: who has registered is written to two to three months before; others are not."""
    deployment = deployed_on(engine, prepare, request)
    reference, other = deployment.register(), deployment.register(2)
    for person in (1, 2):
        give_card(deployment, person, "20220301")  # it lapses on 17 February 2027
        deployment.file(person=person, FiledOn="20261101")
    register_use(deployment, reference)
    order = {"InsurerNumber": MOGAMI, "Kind": "expiry_notices", "DueOn": "20261201"}
    (previewed,) = client_of(deployment).post("/runs/preview", json=order).json()["Members"]
    assert previewed["PersonReference"] == reference
    (paper,) = previewed["Documents"]
    assert (paper["Kind"], paper["Rules"]) == ("expiry_notice", ["R-111", "P-003"])
    advance(deployment, "2026-11-30")
    assert told(deployment, reference) == []
    advance(deployment, "2027-02-01")
    assert told(deployment, reference) == ["20261201"], "in January it was not told again"
    give_card(deployment, 1, "20270210")
    advance(deployment, "2030-12-01")
    assert told(deployment, reference) == ["20261201", "20301201"]
    assert told(deployment, other) == []


@pytest.mark.rules("P-064", "R-040")
@pytest.mark.parametrize("by_file", [False, True])
@pytest.mark.parametrize("engine", ENGINES)
def test_what_the_employer_does_not_ask_for_comes_by_the_monthly_list(
    prepare: Any,
    request: pytest.FixtureRequest,
    engine: str,
    by_file: bool,  # noqa: FBT001 # of the parameters
) -> None:
    deployment = deployed_on(engine, prepare, request)
    asked, not_asked, registers = (deployment.register(person) for person in (1, 2, 3))
    boxes = {1: "要", 2: "不要", 3: "不要"}
    if by_file:
        lines = [
            f"加入,{KITAMURA},20261116,{individual_number(person)},最上,{person},20261116,{box}"
            for person, box in boxes.items()
        ]
        header = "届出種別,保険者番号,届出日,個人番号,記号,番号,資格取得日,資格確認書発行要否"
        report = client_of(deployment, KITAMURA).post(
            "/procedures/file",
            content="\r\n".join([header + ",枝番", *(f"{line}," for line in lines), ""]).encode(),
            headers={"Content-Type": "text/csv"},
        )
        assert report.text.count("受付") == 3, report.text
    else:
        for person, box in boxes.items():
            filed = deployment.file(KITAMURA, person, CertificateNeeded=box)
            assert filed.status_code == 201, filed.text
    page = deployment.pages.get(f"/persons/{asked}").text
    assert "2026年11月18日（水）から2026年11月19日（木）まで" in page
    page = deployment.pages.get(f"/persons/{not_asked}").text
    assert "2026年12月16日（水）から2027年1月16日（土）まで" in page
    give_card(deployment, 3, "20261120")
    register_use(deployment, registers)
    advance(deployment, "2026-12-31")
    assert papers(deployment, asked) == [("joined", "certificate", "20261116")]
    assert papers(deployment, not_asked) == [("joined", None, None)]
    advance(deployment, "2027-03-01")
    assert papers(deployment, not_asked)[1:] == [("listed", "certificate", "20270101")]
    assert [kind for _, kind, _ in papers(deployment, registers)] == [None, "notice"]


@pytest.mark.rules("P-064")
def test_only_an_employer_says_whether_a_certificate_is_needed(start: Any) -> None:
    deployment = start()
    deployment.register()
    refused = deployment.file(CertificateNeeded="要")
    assert "事業主を通じた届出" in refused.json()["japanese"]


def told(deployment: Any, reference: str) -> list[str | None]:
    """Return when the end of an electronic certificate was written about."""
    return [on for _, kind, on in papers(deployment, reference) if kind == "expiry_notice"]


def registered(deployment: Any, reference: str) -> bool:
    from sqlalchemy import select  # noqa: PLC0415

    with deployment.faults.app.state.engine.connect() as connection:
        query = select(registration).where(registration.c.person_reference == reference)
        return connection.execute(query).first() is not None


@pytest.mark.rules("R-029", "R-030")
@pytest.mark.parametrize("again", [False, True])
def test_a_release_is_confirmed_unless_the_person_has_registered_again(
    start: Any,
    certificates: Any,
    again: bool,  # noqa: FBT001 # of the parameters
) -> None:
    make_line(certificates, [], [ISHIOKA])
    deployment = start()
    reference = deployment.register()
    give_card(deployment, 1, "20260101")
    register_use(deployment, reference)
    deployment.file(ISHIOKA, FiledOn="20261101")
    deployment.file(ISHIOKA, Kind="release_use", PapersWithPhoto="1")
    if again:
        register_use_again = datetime(2026, 12, 31, 0, 30, tzinfo=TOKYO)
        advance(deployment, "2026-12-30")
        with deployment.faults.app.state.engine.begin() as connection:
            connection.execute(registration.delete())
        register_use(deployment, reference, register_use_again)
    advance(deployment, "2027-01-31")
    confirmed = [one for one in papers(deployment, reference) if one[0] == "release_confirmed"]
    assert confirmed == ([] if again else [("release_confirmed", "certificate", "20261231")])


@pytest.mark.rules("R-044", "PP-04")
def test_an_emergency_certificate_ends_without_a_successor_and_the_notice_is_renewed(
    start: Any,
) -> None:
    deployment = start()
    reference = deployment.register()
    give_card(deployment, 1, "20260101")
    register_use(deployment, reference)
    deployment.file(FiledOn="20261101")
    deployment.file(Kind="card_lost")
    advance(deployment, "2027-08-01")
    assert papers(deployment, reference) == [
        ("joined", "notice", "20261116"),
        ("card_lost", "certificate", "20261116"),
        ("renewal", None, None),
        ("renewal", "notice", "20270801"),
    ]


@pytest.mark.rules("R-027", "R-029")
def test_a_release_whose_day_was_moved_is_confirmed_too(start: Any, certificates: Any) -> None:
    make_line(certificates, [], [ISHIOKA])
    deployment = start()
    reference = deployment.register()
    give_card(deployment, 1, "20260101")
    register_use(deployment, reference)
    deployment.file(ISHIOKA, FiledOn="20261101")
    deployment.file(ISHIOKA, Kind="release_use", PapersWithPhoto="1").raise_for_status()
    moved = deployment.file(ISHIOKA, Kind="move_release", EffectiveDate="20270120")
    assert moved.status_code == 201, moved.text
    advance(deployment, "2027-02-28")
    confirmed = [one for one in papers(deployment, reference) if one[0] == "release_confirmed"]
    assert confirmed == [("release_confirmed", "certificate", "20270131")]


NOVEMBER_2024 = datetime(2024, 10, 20, 8, 0, tzinfo=TOKYO)


@pytest.mark.rules("R-151", "R-010", "P-071")
@pytest.mark.parametrize(
    ("birthdate", "kind"),
    [("19541102", "elderly_card"), ("19541201", "elderly_card"), ("19541202", "certificate")],
)
def test_the_last_cards_of_the_elderly_go_out_in_november_2024(
    start: Any, birthdate: str, kind: str
) -> None:
    """Seed 002, Q23: at a union whose last old card was issued on 29 November."""
    deployment = start(NOVEMBER_2024)
    reference = deployment.register(birthdate=birthdate)
    deployment.file(FiledOn="20241001", QualificationDate="20241001")
    advance(deployment, "2024-12-31")
    of_70 = [one for one in papers(deployment, reference) if one[0] == "turned_70"]
    assert [one[1] for one in of_70] == [kind]


@pytest.mark.rules("R-057", "R-042", "R-043", "R-014")
@pytest.mark.parametrize("has_card", [True, False])
def test_who_has_only_an_old_card_gets_a_first_document_as_it_ends(
    start: Any,
    has_card: bool,  # noqa: FBT001 # of the parameters
) -> None:
    """Seeds 001, 002 Q11 and 004: before 31 July 2025, and then renewed each year."""
    deployment = start(NOVEMBER_2024)
    reference = deployment.register()
    if has_card:
        give_card(deployment, 1, "20241001")
        register_use(deployment, reference, NOVEMBER_2024)
    deployment.file(FiledOn="20241001", QualificationDate="20241001")
    kind = "notice" if has_card else "certificate"
    advance(deployment, "2026-07-15")
    assert papers(deployment, reference) == [
        ("joined", "old_card", "20241001"),
        ("old_card_ends", kind, "20250801"),
        ("renewal", kind, "20260801"),
    ]


@pytest.mark.rules("R-051", "P-005")
@pytest.mark.parametrize("engine", ENGINES)
def test_no_run_issues_a_certificate_beside_an_old_card_that_works(
    prepare: Any, request: pytest.FixtureRequest, engine: str
) -> None:
    """Seed 002, Q13; neither does an application while the first notice is on its way."""
    deployment = deployed_on(engine, prepare, request, NOVEMBER_2024)
    lapsing, holder = deployment.register(1), deployment.register(2)
    for person, issued_on in ((1, "20200301"), (2, "20240301")):
        give_card(deployment, person, issued_on)
        deployment.file(person=person, FiledOn="20241001", QualificationDate="20241001")
    for reference in (lapsing, holder):
        register_use(deployment, reference, NOVEMBER_2024)
    advance(deployment, "2025-07-10")
    released = deployment.file(person=2, Kind="release_use", PapersWithPhoto="1").json()
    assert "健康保険証が有効期限まで使える" in released["Documents"][0]["Reason"]
    advance(deployment, "2025-08-10")
    letters = {"expiry_notice"}
    assert [one for one in papers(deployment, lapsing) if one[1] not in letters] == [
        ("joined", "old_card", "20241001"),
        ("old_card_ends", "certificate", "20250801"),
    ]
    assert [one[:2] for one in papers(deployment, holder)] == [
        ("joined", "old_card"), ("old_card_ends", "notice"), ("release_applied", None),
    ]  # fmt: skip
    advance(deployment, "2025-12-01")
    assert papers(deployment, holder)[-1][:2] == ("release_confirmed", "certificate")


@pytest.mark.rules("R-057")
def test_an_employees_first_certificate_is_there_by_the_2nd_of_december_2025(start: Any) -> None:
    """Seed 004, step 3."""
    deployment = start(NOVEMBER_2024)
    reference = deployment.register()
    deployment.file(KITAMURA, FiledOn="20241001", QualificationDate="20241001")
    advance(deployment, "2025-11-30")
    assert papers(deployment, reference) == [("joined", "old_card", "20241001")]
    advance(deployment, "2025-12-02")
    assert papers(deployment, reference)[-1] == ("old_card_ends", "certificate", "20251202")


def families(deployment: Any) -> dict[int, str]:
    births = {1: "19800217", 2: "19561220", 3: "20200501", 4: "19520310", 5: "19900101"}
    names = {person: deployment.register(person, birthdate=day) for person, day in births.items()}
    give_card(deployment, 5, "20220301")
    register_use(deployment, names[5])
    for person in births:
        deployment.file(person=person, FiledOn="20261101")
    return names


def test_one_advance_over_a_year_does_what_monthly_ones_do(prepare: Any) -> None:
    found = []
    for days in (
        ["2027-11-16"],
        [*(f"2027-{month:02}-05" for month in range(1, 12)), "2027-11-16"],
    ):
        deployment = prepare(runs=True)
        deployment.database_url = f"sqlite:///{deployment.directory / f'{len(days)}.db'}"
        deployment.start_oqs()
        deployment.start_service()
        deployment.start_worker()
        deployment.advance(To=MONDAY.isoformat()).raise_for_status()
        names = families(deployment)
        numbers = {name: number for number, name in names.items()}
        visible = []
        for day in days:
            visible += [
                (numbers[one["PersonReference"]], one["Version"])
                for one in advance(deployment, day)["BecameVisible"]
                if one["Version"] > 1
            ]
        found.append(
            (
                visible,
                [papers(deployment, name) for name in names.values()],
                [
                    [(e["Kind"], e["VisibleFrom"]) for e in entries(deployment, name)]
                    for name in names.values()
                ],
            )
        )
    assert found[0] == found[1]
    assert found[0][0] == [(2, 2), (4, 2), (4, 3), (3, 2), (5, 2)]


def test_without_them_runs_are_listed_as_due_and_started_by_a_person(prepare: Any) -> None:
    deployment = prepare(runs=True)
    deployment.start_oqs()
    deployment.start_service(runs_by_themselves=False)
    deployment.start_worker()
    deployment.advance(To=MONDAY.isoformat()).raise_for_status()
    reference = deployment.register(birthdate="19561220")
    deployment.file(FiledOn="20261101")
    advance(deployment, "2027-01-05")
    assert len(papers(deployment, reference)) == 1
    due = {"Kind": "seventy", "DueOn": "20261201"}
    assert due in runs_of(deployment)["Due"]
    client = client_of(deployment)
    order = {"InsurerNumber": MOGAMI, **due}
    preview = client.post("/runs/preview", json=order).json()
    (member,) = preview["Members"]
    assert member["PersonReference"] == reference
    assert member["Recorded"][0]["Kind"] == "seventy"
    assert "R-040" in member["Documents"][0]["Rules"]
    assert len(papers(deployment, reference)) == 1, "a preview does nothing"
    done = client.post("/runs", json=order).json()
    assert (done["State"], done["Outcome"]["Recorded"]) == ("done", {"seventy": 1})
    assert due not in runs_of(deployment)["Due"]
    again = client.post("/runs", json=order).json()
    assert (again["Attempt"], again["Outcome"]["Recorded"]) == (2, {})


def test_a_run_of_a_day_to_come_can_be_previewed_and_not_done(start: Any) -> None:
    deployment = start()
    deployment.register()
    deployment.file()
    client = client_of(deployment)
    order = {"InsurerNumber": MOGAMI, "Kind": "renewal", "DueOn": "20270701"}
    (member,) = client.post("/runs/preview", json=order).json()["Members"]
    assert member["Documents"][0]["ExpiresOn"] == "20280731"
    assert client.post("/runs", json=order).json()["code"] == "SIM-PROCEDURE-REFUSED"
    other = client.post("/runs", json={**order, "InsurerNumber": KITAMURA})
    assert other.json()["code"] == "SIM-WRONG-CALLER"
    unknown = client.post("/runs/stop", json=order)
    assert unknown.json()["code"] == "SIM-PROCEDURE-REFUSED"


def test_the_page_shows_previews_and_starts_runs(start: Any) -> None:
    deployment = start()
    reference = deployment.register()
    deployment.file()
    page = deployment.pages.get("/periodic-runs", params={"Insurer": MOGAMI}).text
    assert "70歳到達" in page
    form = {"Kind": "renewal", "InsurerNumber": MOGAMI, "DueOn": "20270701"}
    previewed = deployment.pages.get("/periodic-runs/preview", params=form).text
    assert "資格確認書（2027年8月1日" in previewed
    assert reference in deployment.pages.get("/readings").text
    done = deployment.pages.post(
        "/periodic-runs/start", data={**form, "DueOn": ""}, follow_redirects=True
    )
    assert "「更新」は終了です。" in done.text
    wrong = deployment.pages.post("/periodic-runs/start", data={**form, "Kind": "x"})
    assert wrong.status_code == 422
