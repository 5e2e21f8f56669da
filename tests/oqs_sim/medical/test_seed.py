"""What is made up of a person is the same in every deployment of one seed."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.oqs_sim.conftest import Oqs

if TYPE_CHECKING:
    from collections.abc import Callable


def record(oqs: Oqs) -> dict[str, Any]:
    found = oqs.console.get(f"/sim/medical/persons/{oqs.hanako}")
    assert found.status_code == 200, found.text
    return dict(found.json())


def test_two_deployments_of_one_seed_say_the_same_of_a_person(
    member: Oqs, new_database: Callable[..., str]
) -> None:
    with closing(Oqs(new_database())) as other:
        other.report(1)
        assert other.hanako != member.hanako
        here, there = record(member), record(other)
    assert here["Medicines"]["MessageBody"]["MeTrMonthInf"]
    for what in ("Medicines", "Treatment", "Checkups"):
        assert here[what]["MessageBody"] == there[what]["MessageBody"]
    assert here["Costs"] == there["Costs"]
