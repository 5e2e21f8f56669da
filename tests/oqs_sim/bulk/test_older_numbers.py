"""A database from before numbers were found however they are written."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from sqlalchemy import text

from tests.oqs_sim.qualification.test_number_check import validity

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

migration = importlib.import_module("oqs_sim.store.migrations.versions.0013_bulk")


def test_the_migration_leads_to_numbers_that_are_written_otherwise(member: Oqs) -> None:
    wide = {"InsuredIdentificationNumber": "７６５４３２１", "InsuredBranchNumber": ""}
    member.report(2, **wide)
    with member.engine.begin() as connection:
        connection.execute(
            text(
                "DELETE FROM qualification_by_number "
                "WHERE insured_identification_number = '7654321'"
            )
        )
    narrow = {"InsuredIdentificationNumber": "7654321", "InsuredBranchNumber": ""}
    assert validity(member.check_number(**narrow)) == "4"
    with member.engine.begin() as connection:
        migration.add_ways(connection)
    assert validity(member.check_number(**narrow)) == "1"
    assert validity(member.check_number()) == "1"
