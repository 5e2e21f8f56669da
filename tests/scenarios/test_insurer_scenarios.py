"""The catalogue's scenarios (T) on the insurer's side: at every insurer, by line and by file.

All of them are lived through together, in one running deployment of each database, from November
2024 to August 2027. What should come is written here by hand, from the catalogue and the notices
(seeds); where a scenario names one insurer, the others' outcome follows from their own parameter
(PP), which is named.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from fcntl import LOCK_EX, flock
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

import intermediate_server.store
import intermediate_server.store.schema
import oqs_sim.app
import oqs_sim.store.schema
from eligibility.days.dates import TOKYO
from intermediate_server.policies import load_policies
from testbed.launch import line_certificates
from tests.databases import ENGINES
from tests.intermediate_server.conftest import TERMINAL, Deployment
from tests.scenarios.courses import (
    by_lag,
    changes_job,
    emergency,
    goes_to_school,
    has_a_name_with_a_rare_character,
    has_unpaid_tax,
    is_85,
    is_born,
    is_protected,
    joins_and_is_seen,
    joins_as_old_cards_end,
    joins_in_the_grace,
    joins_late_at_70,
    joins_shortly_before_school,
    joins_without_a_card,
    lapsed,
    lets_the_card_lapse,
    loses_the_card,
    moves_house,
    old_cards_end,
    released,
    releases,
    turns_70,
    turns_75,
    yearly,
)
from tests.scenarios.insurers import EVERY, INSURERS, LITERAL, NATIONAL, WORKING_AGE
from tests.scenarios.members import Member, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.databases import Databases

pytestmark = [pytest.mark.deployment, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Scenario:
    """A row of the catalogue, and the course that a member takes through it."""

    rules: tuple[str, ...]
    """The scenario's number, where it has one, and the rules."""
    seed: str
    """The notice, or the chapter of the catalogue, in which it stands."""
    course: Callable[..., Iterator[str]]
    insurers: list[str] = field(default_factory=lambda: EVERY)
    expected: Callable[[str], Any] | None = None
    """What is to come at an insurer; handed to the course."""


SCENARIOS = [
    Scenario(
        ("T-009", "R-140", "C-004", "PP-08"), "seed 002",
        joins_and_is_seen("2026-04-28"), list(INSURERS),
        expected=by_lag("2026-05-07", "2026-05-01", "2026-05-08", "2026-05-03"),
    ),
    Scenario(
        ("T-011", "R-140", "C-004", "PP-08"), "seed 002",
        joins_and_is_seen("2026-12-28"), list(INSURERS),
        expected=by_lag("2027-01-06", "2027-01-05", "2027-01-05", "2027-01-02"),
    ),
    Scenario(
        ("T-013", "C-004", "C-005", "PP-08"), "seed 002",
        joins_and_is_seen("2026-11-20"), list(INSURERS),
        expected=by_lag("2026-11-26", "2026-11-25", "2026-11-26", "2026-11-25"),
    ),
    Scenario(
        ("T-049", "P-090", "P-091", "C-007"), "catalogue 5K",
        joins_and_is_seen("2026-05-07", since="2026-04-27"), list(INSURERS),
        expected=by_lag("2026-05-12", "2026-05-11", "2026-05-13", "2026-05-12"),
    ),
    Scenario(
        ("T-015", "R-026", "R-027", "R-028", "PP-01", "PP-02"), "seeds 001, 002",
        releases("2026-10-01", "2026-11-24"),
        expected=released("2026-11-24", "2026-12-31", "2027-02-24"),
    ),
    Scenario(
        ("T-017", "R-029", "PP-01", "PP-02"), "seed 000",
        releases("2025-12-03", "2025-12-05"),
        expected=released("2025-12-05", "2026-01-31", "2026-03-05"),
    ),
    Scenario(
        ("T-019", "R-042", "R-043", "PP-03"), "seeds 001, 002",
        joins_without_a_card, expected=yearly,
    ),
    Scenario(
        ("T-003", "P-002", "R-070"), "seed 003", joins_in_the_grace("2026-08-31", "notice"),
    ),
    Scenario(
        ("P-002", "R-040", "P-060"), "seed 003", joins_in_the_grace("2026-09-01", "certificate"),
    ),
    Scenario(
        ("T-005", "P-004", "P-005", "PP-13"), "seed 003", lets_the_card_lapse, expected=lapsed,
    ),
    Scenario(
        ("R-044", "R-047", "R-048", "PP-04", "PP-05"), "seeds 000 to 003",
        loses_the_card, expected=emergency,
    ),
    Scenario(("T-035", "P-031"), "catalogue 5C", is_protected),
    Scenario(
        ("R-015", "R-079", "PP-07"), "seeds 000, 004", moves_house,
        expected=lambda key: "notice" if key == "ishioka" else None,
    ),
    Scenario(("R-016",), "seed 000", is_born, WORKING_AGE),
    Scenario(
        ("T-021", "R-001", "R-009", "R-010", "R-014", "R-057"), "seeds 000 to 002, 004",
        joins_as_old_cards_end("2024-11-29", "old_card"), expected=old_cards_end,
    ),
    Scenario(
        ("R-010", "R-012"), "seed 002",
        joins_as_old_cards_end("2024-12-02", "certificate"), expected=old_cards_end,
    ),
    Scenario(("T-037", "P-071", "R-150"), "seed 002", turns_70, WORKING_AGE),
    Scenario(
        ("T-039", "P-070"), "catalogue 5H", goes_to_school("2020-04-01", "030"), WORKING_AGE,
    ),
    Scenario(
        ("T-039", "P-070"), "catalogue 5H, the day after",
        goes_to_school("2020-04-02", "020"), WORKING_AGE,
    ),
    Scenario(("P-070", "C-008"), "catalogue 5H", joins_shortly_before_school, WORKING_AGE),
    Scenario(("P-071", "P-092"), "catalogue 5H", joins_late_at_70, WORKING_AGE),
    Scenario(
        ("T-041", "P-052"), "catalogue 5F", is_85("1941-08-01", "certificate"), ["kouki"],
    ),
    Scenario(
        ("T-041", "P-052"), "catalogue 5F, the day after", is_85("1941-08-02", "notice"), ["kouki"],
    ),
    Scenario(("T-045", "R-154", "R-159"), "seed 001", has_unpaid_tax, NATIONAL),
    Scenario(
        ("T-027", "T-047", "R-049", "R-052", "P-025"), "seeds 000, 002", changes_job, WORKING_AGE,
    ),
    Scenario(
        ("P-053",), "catalogue 5F", turns_75, WORKING_AGE, expected=lambda key: key in NATIONAL,
    ),
    Scenario(("T-033", "P-029", "P-030"), "catalogue 5C", has_a_name_with_a_rare_character),
]  # fmt: skip
START = datetime(2024, 11, 20, 9, tzinfo=TOKYO)
CHANNELS = ("line", "file")
CASES = [
    (scenario, key, channel)
    for scenario, channel in product(SCENARIOS, CHANNELS)
    for key in scenario.insurers
]


@pytest.fixture(scope="module", params=ENGINES)
def faults(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """What went wrong in the scenarios of this run, lived through in one deployment.

    Workers of one run share it: the first one plays, and the others wait for what came of it.
    """
    engine: str = request.param
    chosen = sorted(
        item.callspec.params["case"]
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.originalname == test_the_outcome_is_the_catalogues.__name__
        and engine in item.callspec.params.values()
    )
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if os.environ.get("PYTEST_XDIST_WORKER") else shared
    kept = shared / f"scenarios-{engine}.json"
    with (shared / f"scenarios-{engine}.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not kept.exists():
            databases = request.getfixturevalue("databases") if engine != "sqlite" else None
            found = _live(tmp_path_factory.mktemp("scenarios"), databases, chosen)
            kept.write_text(json.dumps(found), encoding="utf-8")
    read: dict[str, str] = json.loads(kept.read_text(encoding="utf-8"))
    return read


def _live(directory: Path, databases: Databases | None, chosen: list[int]) -> dict[int, str]:
    certificates, policies = directory / "line", directory / "policies"
    for one in (certificates, policies):
        one.mkdir()
    (policies / "literal.toml").write_text(LITERAL, encoding="utf-8")
    insurers = [one.number for one in INSURERS.values()]
    line_certificates.make_line(certificates, [TERMINAL], insurers)
    urls = {}
    if databases is not None:
        urls = {
            "database_url": databases.with_tables(
                intermediate_server.store.schema.metadata, intermediate_server.store.MIGRATIONS
            ),
            "oqs_database_url": databases.with_tables(
                oqs_sim.store.schema.metadata, oqs_sim.app.MIGRATIONS
            ),
        }
    with ExitStack() as stack:
        deployment = Deployment(directory, certificates, stack, runs=True, **urls)
        deployment.start_oqs(START)
        deployment.start_service(policy_directory=policies)
        deployment.start_worker()
        world = World(deployment, START.date().isoformat())
        world.advance(world.today)  # the first look at the clock
        world.play({case: _course(world, *CASES[case]) for case in chosen})
        deployment.ask_to_end()
    return world.faults


def _course(world: World, scenario: Scenario, key: str, channel: str) -> Iterator[str]:
    insurer = INSURERS[key]
    member = Member(world, insurer.number, by_file=channel == "file", late_elderly=key == "kouki")
    return scenario.course(member, scenario.expected(key) if scenario.expected else None)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            place,
            id=f"{'+'.join(scenario.rules)} ({scenario.seed}) {key} by {channel}",
            marks=pytest.mark.rules(*scenario.rules),
        )
        for place, (scenario, key, channel) in enumerate(CASES)
    ],
)
def test_the_outcome_is_the_catalogues(faults: dict[str, str], case: int) -> None:
    if str(case) in faults:
        pytest.fail(faults[str(case)], pytrace=False)


def test_every_insurer_of_the_deployment_is_among_them() -> None:
    known = {one.insurer_number.digits for one in load_policies(None)}
    assert known == {INSURERS[key].number for key in EVERY}
