"""The page that says to a clerk from when the clinic sees it."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest
from sqlalchemy import create_engine, update

from eligibility.days.dates import TOKYO
from eligibility.days.reflection import LagMode, ReflectionPolicy
from intermediate_server.policies import load_policies
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.timing import Filing
from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import change, metadata
from intermediate_server.web.clerk import Strip, lag_sentence
from intermediate_server.web.preview import Preview
from tests.intermediate_server.conftest import MOGAMI, TSUCHIURA, individual_number


def test_the_page_says_for_each_insurer_from_when_a_procedure_filed_now_is_seen(
    deployment: Any,
) -> None:
    page = deployment.pages.get("/").text
    assert "2026年11月16日（月） 10:00" in page
    assert "最上型国民健康保険（模擬）" in page
    assert re.search(r"<strong>2026年11月19日（木）</strong>", page)
    assert re.search(r"<strong>2026年11月25日（水）</strong>", page)
    assert "模擬 SIMULATION" in page


def test_the_page_shows_what_was_filed_last_and_how_far_it_is(deployment: Any) -> None:
    deployment.register(name="試験　<花子>")
    deployment.file()
    page = deployment.pages.get("/").text
    assert "試験　&lt;花子&gt;" in page
    assert "<花子>" not in page
    assert "あと3日" in page
    deployment.advance(BusinessDays=3)
    assert "反映済み" in deployment.pages.get("/").text


def test_without_the_clock_the_page_says_what_to_do(prepare: Any) -> None:
    deployment = prepare()
    deployment.put_oqs_off()
    deployment.start_service()
    response = deployment.pages.get("/")
    assert response.status_code == 200
    assert "時計につながらないため" in response.text
    assert "まだ届出がありません" in response.text


def test_a_database_that_is_away_is_a_page_that_says_so(
    prepare: Any, new_database: Callable[..., str], take_away: Callable[[str], None]
) -> None:
    deployment = prepare(database_url=new_database(metadata, MIGRATIONS))
    deployment.start_oqs()
    deployment.start_service()
    deployment.file()
    take_away(deployment.database_url)
    for path in ("/", "/documents", "/readings", f"/persons/{deployment.register()}"):
        page = deployment.pages.get(path)
        assert (page.status_code, page.headers["Retry-After"]) == (503, "1"), path
        assert "text/html" in page.headers["Content-Type"]
        assert "データベースにつながりません" in page.text
        assert re.search(r"DB <b>応答なし（[0-9:]{8}から）", page.text)
    assert deployment.pages.get("/file").status_code == 200, "which needs no database"


def test_the_style_sheet_is_served(deployment: Any) -> None:
    assert deployment.pages.get("/static/clerk.css").status_code == 200


def test_a_strip_fills_counted_days_hatches_closed_ones_and_flags_the_day() -> None:
    filing = Filing(date(2026, 11, 20), None, ReflectionPolicy())
    days = Strip.of(filing).days
    assert [(day.number, day.counted, day.closed, day.visible) for day in days] == [
        ("11/20", False, False, False),
        ("21", False, True, False),
        ("22", False, True, False),
        ("23", False, True, False),
        ("24", True, False, False),
        ("25", True, False, False),
        ("26", True, False, True),
    ]
    assert days[3].sentence == "11月23日（月） 勤労感謝の日"
    assert days[6].sentence == "11月26日（木） 反映 3日目"


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (LagMode.BUSINESS_DAYS, "3開庁日"),
        (LagMode.SEED_LITERAL, "さらに1～2日"),
        (LagMode.CALENDAR, "暦日"),
        (LagMode.CHAIN, "5日以内に登録"),
    ],
)
def test_each_way_of_counting_has_its_sentence(mode: LagMode, words: str) -> None:
    assert words in lag_sentence(ReflectionPolicy(mode=mode))


def test_a_cutoff_is_said() -> None:
    sentence = lag_sentence(ReflectionPolicy(cutoff=time(17, 15)))
    assert sentence.endswith("17:15を過ぎた届出は翌日の扱いです。")


@pytest.mark.parametrize(
    ("kind", "visible_on"),
    [
        (ProcedureKind.ADDRESS, "2026年12月1日（火）"),
        (ProcedureKind.LEAVE, "2026年11月19日（木）"),
    ],
)
def test_a_day_that_was_typed_for_another_kind_does_not_move_the_preview(
    kind: ProcedureKind, visible_on: str
) -> None:
    typed = {"InsurerNumber": "990010", "EffectiveDate": "20261201"}
    now = datetime(2026, 11, 16, 10, 0, tzinfo=TOKYO)
    strip = Preview.of(load_policies(), kind, typed, now).strip
    assert strip is not None
    assert strip.visible_on == visible_on


def test_a_number_that_two_persons_had_before_it_was_refused_is_said_until_one_leaves(
    deployment: Any,
) -> None:
    first, second = deployment.register(1), deployment.register(2)
    number = {"InsuredIdentificationNumber": "7 000"}
    said = "番号での資格確認では区別できません"
    assert deployment.file(person=1, **number).status_code == 201
    assert said not in deployment.pages.get(f"/persons/{first}").text
    one = {
        "Kind": "join", "InsurerNumber": MOGAMI, "IndividualNumber": individual_number(2),
        "InsuredCardSymbol": "最上", "InsuredBranchNumber": "01",
        "QualificationDate": "20261116", "InsuredIdentificationNumber": "7001",
    }  # fmt: skip
    filed = deployment.pages.post("/file", data=one)
    engine = create_engine(deployment.database_url)
    with engine.begin() as connection:
        connection.execute(update(change).values(insured_identification_number="7 000"))
    engine.dispose()
    assert said in deployment.pages.get(filed.headers["location"]).text
    for reference in (first, second):
        assert said in deployment.pages.get(f"/persons/{reference}").text
    gone = {"Kind": "cancel", "Reason": "番号の誤り", **number}
    assert deployment.file(person=2, **gone).status_code == 201
    for reference in (first, second):
        assert said not in deployment.pages.get(f"/persons/{reference}").text


def test_a_document_is_asked_for_of_the_membership_that_goes_on(deployment: Any) -> None:
    reference = deployment.register()
    assert deployment.file(QualificationDate="20250401").status_code == 201
    left = deployment.file(
        Kind="leave", DisqualificationDate="20261110", ReasonOfLoss="01", QualificationDate=None
    )
    assert left.status_code == 201, left.text
    joined = deployment.file(
        TSUCHIURA, QualificationDate="20261110", PersonalFamilyClassification="1"
    )
    assert joined.status_code == 201, joined.text
    page = deployment.pages.get(f"/persons/{reference}").text
    assert page.index('<option value="1">土浦') < page.index('<option value="0">最上')
