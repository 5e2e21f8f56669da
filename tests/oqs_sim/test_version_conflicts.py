"""A version that OQS knows with other content: what it has stays, and the receipt says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from oqs_sim.app import MIGRATIONS
from oqs_sim.store.changes import conflicting
from oqs_sim.store.schema import metadata, qualification
from storage import bucket_of, open_engine
from tests.oqs_sim.conftest import HANAKO
from wire.bulk import ChangeTable
from wire.catalogue import Catalogue
from wire.vocabulary.changes import MOST_CONFLICTS_TOLD, QualificationChange, RegistrationOrder
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.oqs_sim.conftest import Oqs

CODE = Catalogue.VERSION_CONFLICT.kind.code
BEFORE = datetime(2024, 4, 4, tzinfo=UTC)
OTHERS = "990028"
"""Another insurer."""


def change_of(oqs: Oqs, version: int, **fields: Any) -> QualificationChange:
    return change_for(oqs.hanako, version, **fields)


def change_for(person: str, version: int, **fields: Any) -> QualificationChange:
    return QualificationChange(
        person_reference=person, version=version, insurer_number="990010", insurer_name="最上",
        insured_card_symbol="最上", insured_identification_number="1234567",
        insured_branch_number="01", name="佐藤　花子", name_kana="ｻﾄｳ ﾊﾅｺ", sex1=Sex.FEMALE,
        birthdate="19800217", address="a\\b", qualification_date="20240401",
        insured_partial_contribution_ratio="030",
        visible_from="2024-04-04T00:00:00+09:00",
    ).model_copy(update=fields)  # fmt: skip


def as_table(oqs: Oqs, *changes: QualificationChange) -> Any:
    place = f"/intermediate/changes/{bucket_of(changes[0].person_reference)}"
    answer = oqs.worker.post(place, content=ChangeTable.of(changes).document)
    return answer.raise_for_status().json()


def as_json(oqs: Oqs, *changes: QualificationChange) -> Any:
    batch = {
        "Bucket": bucket_of(changes[0].person_reference),
        "Changes": [one.model_dump(by_alias=True, exclude_none=True) for one in changes],
    }
    return oqs.worker.post("/intermediate/changes", json=batch).raise_for_status().json()


@pytest.fixture(params=[as_table, as_json], ids=["table", "JSON"])
def deliver(request: pytest.FixtureRequest) -> Any:
    return request.param


def named(oqs: Oqs, *versions: int) -> list[dict[str, Any]]:
    return [
        {"PersonReference": oqs.hanako, "Version": version, "Code": CODE} for version in versions
    ]


def addresses(oqs: Oqs) -> list[str]:
    oqs.register()  # or was before
    found = oqs.check().json()["MessageBody"]["ResultList"]
    return [one["ResultOfQualificationConfirmation"]["Address"] for one in found]


def test_other_content_is_named_and_what_is_known_stays(
    oqs: Oqs, deliver: Callable[..., Any]
) -> None:
    deliver(oqs, change_of(oqs, 1, address="first"))
    assert deliver(oqs, change_of(oqs, 1, address="second")) == {
        "Applied": 0, "Superseded": 0, "Conflicting": 1, "Conflicts": named(oqs, 1),
    }  # fmt: skip
    assert addresses(oqs) == ["first"]


@pytest.mark.parametrize(
    "other",
    [
        {"name_kana": "ｻﾄｳ"},
        {"disqualification_date": "20261101"},
        {"undisclosed": "1"},
        {"limit_classification_flag": "A01"},
        {"insured_identification_number": "7654321"},
        {"insurer_number": OTHERS},
    ],
    ids=", ".join,
)
def test_whatever_differs_is_a_conflict_also_the_membership(oqs: Oqs, other: Any) -> None:
    as_table(oqs, change_of(oqs, 1))
    assert as_table(oqs, change_of(oqs, 1, **other))["Conflicts"] == named(oqs, 1)
    assert len(addresses(oqs)) == 1


def test_the_same_again_is_silent_also_when_released_anew(
    oqs: Oqs, deliver: Callable[..., Any]
) -> None:
    deliver(oqs, change_of(oqs, 1, limit_classification_flag="A01"))
    for instant in ("2024-04-04T00:00:00+09:00", "2024-04-03T15:00:00Z", "2024-04-05T12:00:00Z"):
        again = change_of(oqs, 1, limit_classification_flag="A01", visible_from=instant)
        assert deliver(oqs, again) == {"Applied": 0, "Superseded": 1}


def test_the_rest_of_the_batch_is_applied(oqs: Oqs, deliver: Callable[..., Any]) -> None:
    other = {"insurer_number": OTHERS, "insurer_name": "土浦"}
    deliver(oqs, change_of(oqs, 1, address="first"), change_of(oqs, 2, address="two", **other))
    receipt = deliver(
        oqs,
        change_of(oqs, 1, address="second", registration_order=RegistrationOrder.RELEASE),
        change_of(oqs, 2, address="three", **other),
        change_of(oqs, 3, address="four", **other),
    )
    assert receipt == {
        "Applied": 1, "Superseded": 0, "Conflicting": 2, "Conflicts": named(oqs, 1, 2),
    }  # fmt: skip
    assert sorted(addresses(oqs)) == ["first", "four"]


def test_a_conflict_orders_nothing_of_the_use_registration(oqs: Oqs) -> None:
    as_table(oqs, change_of(oqs, 1))
    oqs.register().raise_for_status()
    oqs.set_clock("2026-11-12T09:00:00+09:00")
    release = {
        "registration_order": RegistrationOrder.RELEASE,
        "visible_from": "2026-11-11T00:00:00+09:00",
    }
    assert as_table(oqs, change_of(oqs, 1, **release))["Conflicts"] == named(oqs, 1)
    asked = {"IndividualNumber": HANAKO}
    assert oqs.intermediate.post("/intermediate/persons", json=asked).json()["Registered"]
    assert as_table(oqs, change_of(oqs, 2, **release))["Applied"] == 1
    assert not oqs.intermediate.post("/intermediate/persons", json=asked).json()["Registered"]


def test_a_batch_that_says_two_things_of_a_version_is_taken_by_the_first(
    oqs: Oqs, deliver: Callable[..., Any]
) -> None:
    first = change_of(oqs, 1, address="first")
    receipt = deliver(oqs, first, change_of(oqs, 1, address="second"), first)
    assert (receipt["Applied"], receipt["Superseded"]) == (1, 1)
    assert receipt["Conflicts"] == named(oqs, 1)
    assert addresses(oqs) == ["first"]


def test_an_older_version_after_a_newer_one_is_superseded(oqs: Oqs) -> None:
    as_table(oqs, change_of(oqs, 3, address="new"))
    assert as_table(oqs, change_of(oqs, 2, address="old")) == {"Applied": 0, "Superseded": 1}
    assert addresses(oqs) == ["new"]


def test_of_very_many_conflicts_the_first_are_named_and_all_are_counted(oqs: Oqs) -> None:
    many = range(1, MOST_CONFLICTS_TOLD + 3)
    of_each = [change_of(oqs, one, insured_identification_number=f"{one:07}") for one in many]
    assert as_table(oqs, *of_each)["Applied"] == len(many)
    receipt = as_table(oqs, *(one.model_copy(update={"address": "other"}) for one in of_each))
    assert receipt["Conflicting"] == len(many)
    assert receipt["Conflicts"] == named(oqs, *many[:MOST_CONFLICTS_TOLD])


def test_sqlite_compares_a_batch_in_steps_that_do_not_grow_with_its_bucket(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/oqs.sqlite", metadata, MIGRATIONS)
    known = 0

    def grow(to: int) -> None:
        nonlocal known
        columns = [column for column in qualification.c if not column.nullable]
        given = {column.name: "1" for column in columns} | {"visible_from": BEFORE, "bucket": 7}
        rows = [{**given, "person_reference": f"SIM-{n}", "version": 1} for n in range(known, to)]
        with engine.begin() as connection:
            connection.execute(insert(qualification), rows)
        known = to

    def steps() -> int:
        """Return how many instructions, in hundreds, SQLite takes for 300 persons."""
        taken = 0

        def step() -> int:
            nonlocal taken
            taken += 1
            return 0

        batch = ChangeTable.of([change_for(f"SIM-{n}", 2) for n in range(300)])
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.set_progress_handler(step, 100)
            assert conflicting(connection, 7, batch) == {}
            driver.set_progress_handler(None, 100)
        return taken

    grow(300)
    before = steps()
    grow(6_000)
    assert 0 < steps() < 1.5 * before
    engine.dispose()
