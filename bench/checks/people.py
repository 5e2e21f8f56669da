"""Insured people in the database of OQS, written by the database itself."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from bench.members import put_persons
from oqs_sim.app import MIGRATIONS
from oqs_sim.store.schema import metadata
from storage import DirectConnection, open_engine

if TYPE_CHECKING:
    from collections.abc import Sequence

INSURER = "'990010', '最上'"
_KEY = (
    "person_reference, insurer_number, insured_card_symbol, insured_identification_number, "
    "insured_branch_number"
)
_STATE = (
    "version, insurer_name, personal_family_classification, name, name_kana, sex1, birthdate, "
    "address, post_number, qualification_date, insured_partial_contribution_ratio, visible_from"
)
BIRTHDATE = "19800217"
_BEFORE = "'2024-04-04 15:00:00.000000'"
_OF_THE_PERSON = (
    "1, '最上型国民健康保険（模擬）', '1', '佐藤　花子', 'ｻﾄｳ ﾊﾅｺ', '2', "
    f"'{BIRTHDATE}', '模擬県模擬市模擬町1-1', '990-0001', '20240401', '030', {_BEFORE}"
)
_AUTHORITY = {"sqlite": "x'00'", "postgresql": "'\\x00'::bytea"}
"""Of the certificates of those whose cards are not shown: another one, whose rows lie beside."""


def fill(url: str, count: int, holders: Sequence[str] = ()) -> None:
    """Have ``count`` people insured and registered, each with a certificate; holders among them.

    Who is number n in the line has n, in eight digits, as 番号.
    """
    engine = open_engine(url, metadata, MIGRATIONS)
    others = (f"SIM-{n:08}" for n in range(len(holders), count))
    everybody = enumerate(chain(holders, others))
    with engine.begin() as connection:
        put_persons(connection, "bench_person", ((n, person, 1) for n, person in everybody))
        for statement in _statements(_AUTHORITY[engine.dialect.name]):
            connection.exec_driver_sql(statement)
    direct = DirectConnection(engine)
    if engine.dialect.name == "postgresql":
        direct.execute_outside_transaction("VACUUM (ANALYZE)")
        direct.execute_outside_transaction("CHECKPOINT")
    direct.close()
    engine.dispose()


def _statements(authority: str) -> tuple[str, ...]:
    """Write what fills the tables, each in the order of its key."""
    by_person = "FROM bench_person ORDER BY bucket, person_reference"
    by_number = "FROM bench_person ORDER BY number"
    qualifications = (
        f"INSERT INTO qualification (bucket, {_KEY}, {_STATE}) SELECT bucket, "
        f"person_reference, {INSURER}, number, '00', {_OF_THE_PERSON} {by_person}"
    )
    numbers = (
        f"INSERT INTO qualification_by_number (bucket, {_KEY}) SELECT bucket, "
        f"person_reference, {INSURER}, number, '00' {by_number}"
    )
    registrations = (
        "INSERT INTO registration (bucket, person_reference, channel, registered_at) "
        f"SELECT bucket, person_reference, 'portal', {_BEFORE} {by_person}"
    )
    certificates = (
        "INSERT INTO certificate (authority_key, serial, bucket, person_reference, fingerprint, "
        f"expires_on) SELECT {authority}, CAST(number AS bigint), bucket, person_reference, "
        f"{authority}, '2031-02-17' {by_number}"
    )
    return qualifications, numbers, registrations, certificates, "DROP TABLE bench_person"
