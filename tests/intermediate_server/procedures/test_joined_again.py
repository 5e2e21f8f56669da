"""Somebody who joins again under the same number: both memberships, up to what clinics see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import metadata
from tests.intermediate_server.sync.test_version_conflicts import delivered

if TYPE_CHECKING:
    from collections.abc import Callable

EARLIER = {"FiledOn": "20261110"}
"""Filed so long ago that it is due at once."""


@pytest.fixture
def office(prepare: Any, new_database: Callable[..., str]) -> Any:
    deployment = prepare(database_url=new_database(metadata, MIGRATIONS))
    deployment.start_oqs()
    deployment.start_service()
    deployment.start_worker()
    deployment.reference = deployment.register()
    return deployment


def file(office: Any, **fields: str) -> None:
    receipt = office.file(**EARLIER | fields)
    assert receipt.status_code == 201, receipt.text


def seen(office: Any, **number: str) -> tuple[str, str | None, str | None]:
    """Return what a clinic is told by a number: validity, beginning and end."""
    delivered(office)
    body = office.ask(**number)
    told = {}
    if body.get("ResultList"):
        told = body["ResultList"][0]["ResultOfQualificationConfirmation"]
    return (
        body["QualificationValidity"],
        told.get("QualificationDate"),
        told.get("DisqualificationDate"),
    )


def twice(office: Any) -> None:
    file(office, QualificationDate="20260401")
    file(office, Kind="leave", DisqualificationDate="20260901", ReasonOfLoss="99")
    file(office, QualificationDate="20261001")


@pytest.mark.rules("P-024")
def test_the_member_of_today_stays_one_where_the_time_before_is_corrected(office: Any) -> None:
    twice(office)
    wrong = {"Kind": "correct", "Reason": "誤り"}
    file(office, **wrong, CorrectedVersion="1", QualificationDate="20260501")
    file(office, **wrong, CorrectedVersion="2", DisqualificationDate="20260915")
    assert seen(office) == ("1", "20261001", None)
    page = office.pages.get(f"/persons/{office.reference}").text
    assert "2026年5月1日" in page
    assert page.count("Kind=cancel") == 1
    assert "Kind=cancel&amp;Person=" in page


@pytest.mark.rules("P-024", "P-025")
def test_what_was_before_a_cancelled_joining_is_seen_again(office: Any) -> None:
    twice(office)
    file(office, Kind="cancel", Reason="誤って登録")
    assert seen(office) == ("2", "20260401", "20260901")


@pytest.mark.rules("P-024")
def test_of_a_cancelled_membership_a_clinic_is_told_that_there_is_none(office: Any) -> None:
    file(office, QualificationDate="20260401")
    file(office, Kind="cancel", Reason="誤って登録")
    assert seen(office)[0] == "4"


RENUMBERED = {"Kind": "renumber", "NewInsuredIdentificationNumber": "77"}
UNDER_77 = {"InsuredIdentificationNumber": "77"}


@pytest.mark.rules("P-024", "P-025", "C-008")
def test_a_number_that_goes_over_leaves_the_membership_before_under_the_old_one(
    office: Any,
) -> None:
    twice(office)
    file(office, **RENUMBERED)
    assert seen(office) == ("3", "20260401", "20260901"), "and not of no days"
    assert seen(office, **UNDER_77) == ("1", "20261001", None)
    page = office.pages.get(f"/persons/{office.reference}").text
    assert "2026年4月1日" in page
    assert "2026年9月1日" in page
    assert page.count("Kind=cancel") == 1, "of the joining that has the new number"
    wrong = {"Kind": "correct", "Reason": "誤り", "CorrectedVersion": "1"}
    file(office, **wrong, QualificationDate="20260501")
    assert seen(office) == ("3", "20260501", "20260901")
    back = {"NewInsuredIdentificationNumber": "1234561"}
    file(office, **RENUMBERED | UNDER_77 | back)
    assert seen(office) == ("1", "20261001", None), "the number was wrong"
    assert seen(office, **UNDER_77)[0] == "3", "無効（新しい資格あり）"
    file(office, Kind="cancel", Reason="誤って登録")
    assert seen(office) == ("2", "20260501", "20260901")


@pytest.mark.rules("N-003")
def test_an_old_number_is_free_after_the_membership_that_it_had_first(office: Any) -> None:
    twice(office)
    file(office, **RENUMBERED)
    office.register(2)
    joining = {**EARLIER, "InsuredIdentificationNumber": "1234561"}
    taken = office.file(person=2, QualificationDate="20260801", **joining)
    assert taken.status_code == 409, "it was somebody's until September"
    free = office.file(person=2, QualificationDate="20260901", **joining)
    assert free.status_code == 201, free.text
