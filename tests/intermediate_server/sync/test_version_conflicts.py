"""A version that OQS knows with other content: a person sees it, and nothing is held up by it."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine

from intermediate_server.oqs_client import DeliveryFailed
from intermediate_server.store import MIGRATIONS, open_store
from intermediate_server.store.outgoing.leases import Leases
from intermediate_server.store.schema import metadata
from intermediate_server.sync.delivery import Sync
from tests.databases import ENGINES
from tests.intermediate_server.conftest import MOGAMI
from wire.catalogue import Catalogue
from wire.vocabulary.changes import BatchReceipt, VersionConflict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from intermediate_server.store.outgoing.outbox_batches import Batch
    from tests.databases import Databases

CODE = Catalogue.VERSION_CONFLICT.kind.code
EARLIER = {"FiledOn": "20261110"}
"""Filed so long ago that it is due at once."""
OF_70 = "19530217"
"""The birthdate of somebody who may have 2割 or 3割 (R-150)."""
MONDAY = datetime.fromisoformat("2026-11-16T10:00:00+09:00")


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'intermediate.sqlite'}"
    databases: Databases = request.getfixturevalue("databases")
    return databases.with_tables(metadata, MIGRATIONS)


def _contents(url: str) -> dict[str, list[Any]]:
    """Return a copy of the database."""
    engine = create_engine(url)
    with closing(engine.connect()) as connection:
        rows = {
            table.name: connection.execute(table.select()).mappings().all()
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return rows


def _put_back(url: str, contents: dict[str, list[Any]]) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(table.delete())
            if contents[table.name]:
                connection.execute(table.insert(), [dict(row) for row in contents[table.name]])
    engine.dispose()


def delivered(deployment: Any) -> dict[str, Any]:
    """Have the worker deliver what is due; return its status."""
    now = deployment.oqs.get("/sim/clock").json()["Now"]
    deployment.worker.post("/follow", json={"Now": now}).raise_for_status()
    status: dict[str, Any] = deployment.worker.get("/status").json()
    return status


def test_a_restored_older_database_is_noticed_and_a_correction_settles_it(
    prepare: Callable[..., Any], database_url: str
) -> None:
    deployment = prepare(database_url=database_url)
    deployment.start_oqs()
    deployment.start_service()
    deployment.start_worker()
    reference = deployment.register(birthdate=OF_70)
    deployment.register(2, "鈴木　一郎")
    deployment.file(**EARLIER).raise_for_status()
    delivered(deployment)
    older = _contents(database_url)
    deployment.file(
        Kind="change", InsuredPartialContributionRatio="030", **EARLIER
    ).raise_for_status()
    delivered(deployment)
    _put_back(database_url, older)

    other = {
        "Kind": "change",
        "InsuredPartialContributionRatio": "020",
        "PersonalFamilyClassification": "2",
        **EARLIER,
    }
    assert deployment.file(**other).json()["Version"] == 2
    deployment.file(person=2, **EARLIER).raise_for_status()
    status = delivered(deployment)

    assert (status["Backlog"], status["Conflicts"], status["Workers"][0]["Conflicting"]) == (
        0,
        1,
        1,
    )
    assert "LastError" not in status
    ratio = "InsuredPartialContributionRatio"
    (kept,) = deployment.ask(Birthdate=OF_70)["ResultList"]
    assert kept["ResultOfQualificationConfirmation"][ratio] == "030"
    assert deployment.validity(2) == "1"

    listed = deployment.pages.get("/sync/conflicts").raise_for_status().json()
    assert listed["Conflicts"] == 1
    (change,) = listed["Changes"]
    assert (change["PersonReference"], change["Version"]) == (reference, 2)
    assert (change["InsurerNumber"], change["Code"]) == (MOGAMI, CODE)
    assert change["Japanese"] == Catalogue.VERSION_CONFLICT.kind.japanese
    for page in ("/", f"/persons/{reference}"):
        assert Catalogue.VERSION_CONFLICT.kind.japanese in deployment.pages.get(page).text
    seen = deployment.pages.get(f"/sim/persons/{reference}").json()
    assert [one["State"] for one in seen["Changes"]] == ["delivered", "conflicting"]

    before = len(deployment.faults.batches)
    delivered(deployment)
    assert len(deployment.faults.batches) == before, "it was delivered once more"

    correction = {"Kind": "correct", "CorrectedVersion": "2", "Reason": "控えの復元"}
    deployment.file(**other | correction).raise_for_status()
    assert delivered(deployment)["Conflicts"] == 0
    (kept,) = deployment.ask(Birthdate=OF_70)["ResultList"]
    assert kept["ResultOfQualificationConfirmation"][ratio] == "020"
    assert deployment.pages.get("/sync/conflicts").json() == {"Conflicts": 0, "Changes": []}
    assert "反映されていない届出" not in deployment.pages.get("/").text


@dataclass
class FewNamed:
    """An OQS that knows every other version otherwise, and names two conflicts at a time."""

    silent: bool = False
    batches: int = 0

    async def deliver(self, batch: Batch) -> BatchReceipt:
        self.batches += 1
        keys = [(person, int(one)) for _, person, one in batch.keys if int(one) % 2]
        return BatchReceipt(
            applied=len(batch) - len(keys),
            superseded=0,
            conflicting=len(keys) or None,
            conflicts=tuple(
                VersionConflict(person_reference=person, version=version, code=CODE)
                for person, version in keys[: 0 if self.silent else 2]
            )
            or None,
        )


@pytest.mark.parametrize("silent", [False, True], ids=["two are named", "none is named"])
def test_conflicts_that_no_receipt_names_are_never_taken_for_delivered(
    prepare: Callable[..., Any],
    database_url: str,
    silent: bool,  # noqa: FBT001 # a parameter of the test
) -> None:
    deployment = prepare(database_url=database_url)
    deployment.start_oqs()
    deployment.start_service()
    deployment.register()
    deployment.file(**EARLIER).raise_for_status()
    for said in ("2", "1", "2", "1"):
        change = {"Kind": "change", "PersonalFamilyClassification": said, **EARLIER}
        deployment.file(**change).raise_for_status()
    store = open_store(database_url)
    oqs = FewNamed(silent)
    sync = Sync(store, Leases(store.engine, "test"), oqs)
    try:
        if silent:
            with pytest.raises(DeliveryFailed, match="does not name them"):
                asyncio.run(sync.deliver_due(MONDAY))
            assert store.outbox.backlog(None).waiting == 5
            return
        assert asyncio.run(sync.deliver_due(MONDAY)) == 2
        backlog = store.outbox.backlog(None)
        assert (backlog.waiting, backlog.delivered) == (0, 2)
        assert (oqs.batches, sync.conflicting) == (2, 3)
        # Version 4 states the whole of it, over 1 and 3.
        assert [one.change.version for one in store.conflicts.untaken(10)] == [5]
        assert backlog.conflicts == 1
    finally:
        sync.lock.release()
        store.close()
