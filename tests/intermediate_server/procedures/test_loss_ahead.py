"""A loss that a run recorded ahead of the 75th birthday, and what may still be filed before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import metadata
from tests.intermediate_server.conftest import MOGAMI

if TYPE_CHECKING:
    from collections.abc import Callable

KOUKI = "39990015"


@pytest.fixture
def ahead(prepare: Any, new_database: Callable[..., str]) -> Any:
    """Someone who turns 75 on 15 December, after the run of 16 November; on either database."""
    deployment = prepare(database_url=new_database(metadata, MIGRATIONS))
    deployment.start_oqs()
    deployment.start_service()
    deployment.reference = deployment.register(birthdate="19511215")
    assert deployment.file(QualificationDate="20261101").status_code == 201
    line = deployment.client(deployment.line.url, f"insurer-{MOGAMI}")
    run = line.post("/runs", json={"InsurerNumber": MOGAMI, "Kind": "late_elderly"})
    assert run.json()["Outcome"]["Recorded"] == {"late_elderly": 2}, run.text
    return deployment


def standing(deployment: Any) -> dict[str, tuple[str, str | None]]:
    """Return beginning and end of what is recorded last, by insurer."""
    person = deployment.pages.get(f"/sim/persons/{deployment.reference}").json()
    return {
        one["InsurerNumber"]: (one["QualificationDate"], one.get("DisqualificationDate"))
        for one in person["Changes"]
    }


@pytest.mark.rules("P-053")
def test_who_dies_before_turning_75_never_joins_the_late_elderly(ahead: Any) -> None:
    assert standing(ahead)[KOUKI] == ("20261215", None)
    receipt = ahead.file(Kind="death", EffectiveDate="20261114")
    assert receipt.status_code == 201, receipt.text
    assert standing(ahead) == {
        MOGAMI: ("20261101", "20261115"),
        KOUKI: ("20261215", "20261215"),
    }
    assert "75歳からの加入を取り消しました" in ahead.pages.get(f"/persons/{ahead.reference}").text


@pytest.mark.parametrize(
    "procedure",
    [
        {"Kind": "address", "Address": "模擬県　一丁目"},
        {"Kind": "card_lost"},
        {"Kind": "ratio", "InsuredPartialContributionRatio": "030"},
        {"Kind": "renumber", "NewInsuredIdentificationNumber": "7654321"},
        {"Kind": "leave", "DisqualificationDate": "20261201", "ReasonOfLoss": "99"},
    ],
)
def test_until_its_day_other_procedures_are_taken(ahead: Any, procedure: dict[str, str]) -> None:
    answer = ahead.file(**procedure)
    assert answer.status_code == 201, answer.text
    assert standing(ahead)[KOUKI] == ("20261215", None)
