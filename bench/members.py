"""Members of insurers in the databases of OQS and of the intermediate server, by the million.

They are written in the order of the keys and by the databases themselves, as a table of persons is
all that goes in.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

from intermediate_server.store import MIGRATIONS as INTERMEDIATE_MIGRATIONS
from intermediate_server.store.outgoing.leases import lay_out
from intermediate_server.store.schema import metadata as intermediate_metadata
from oqs_sim.app import MIGRATIONS as OQS_MIGRATIONS
from oqs_sim.store.schema import metadata as oqs_metadata
from storage import DirectConnection, bucket_of, open_engine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

OLD = "'990010', '最上型国民健康保険（模擬）', '最上'"
NEW = "'06990014', '北村型健康保険組合（模擬）', '北'"
PERSON = "'1', '模擬　太郎', 'ﾓｷﾞ ﾀﾛｳ', '1'"
ADDRESS = "'模擬県模擬市模擬町1-1', '990-0001'"
BEFORE = "'2024-04-04 15:00:00.000000'"
_NUMBER = (
    "insurer_number, insurer_name, insured_card_symbol, insured_identification_number, "
    "insured_branch_number"
)
_PERSON = "personal_family_classification, name, name_kana, sex1, birthdate, address, post_number"
_QUALIFICATION = (
    f"bucket, person_reference, version, {_NUMBER}, {_PERSON}, qualification_date, "
    "insured_partial_contribution_ratio, visible_from"
)
_CHANGE = (
    f"bucket, person_reference, version, {_NUMBER}, {_PERSON}, qualification_date, "
    "insured_partial_contribution_ratio, visible_from, kind, disqualification_date, "
    "reason_of_loss, filed_on, lag_mode, lag_days, lag_insurer_days, lag_visible_days, recorded_at"
)
_IN_ORDER = "ORDER BY bucket, person_reference"


@dataclass
class Members:
    """So many members of one insurer, who may change to another."""

    oqs_url: str
    intermediate_url: str
    count: int
    filed: int = 0
    """Changes that were filed for them."""
    _versions: dict[int, int] = field(default_factory=dict)
    _moves: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(1))

    def __post_init__(self) -> None:
        self.oqs = open_engine(self.oqs_url, oqs_metadata, OQS_MIGRATIONS)
        self.intermediate = open_engine(
            self.intermediate_url, intermediate_metadata, INTERMEDIATE_MIGRATIONS
        )
        lay_out(self.intermediate)

    def fill(self) -> None:
        """Write the members into both databases: everybody joined once, and OQS knows it."""
        for engine in (self.oqs, self.intermediate):
            with engine.begin() as connection:
                put_persons(
                    connection, "bench_person", _numbered((n, 1) for n in range(self.count))
                )
        with self.oqs.begin() as connection:
            connection.exec_driver_sql(
                f"INSERT INTO qualification ({_QUALIFICATION}) SELECT bucket, person_reference, 1, "
                f"{OLD}, number, '01', {PERSON}, '19800217', {ADDRESS}, '20240401', '030', "
                f"{BEFORE} FROM bench_person {_IN_ORDER}"
            )
            connection.exec_driver_sql(
                "INSERT INTO qualification_by_number (insurer_number, insured_card_symbol, "
                "insured_identification_number, insured_branch_number, person_reference, bucket) "
                "SELECT '990010', '最上', number, '01', person_reference, bucket "
                "FROM bench_person ORDER BY number"
            )
        with self.intermediate.begin() as connection:
            self._record(connection, "bench_person", OLD, "number", "'join', NULL, NULL", BEFORE, 0)
            connection.exec_driver_sql(
                "INSERT INTO delivery "
                "(bucket, person_reference, version, delivered_at, recorded_at) "
                f"SELECT bucket, person_reference, 1, {BEFORE}, {BEFORE} "
                f"FROM bench_person {_IN_ORDER}"
            )
        for engine in (self.oqs, self.intermediate):
            with engine.begin() as connection:
                connection.exec_driver_sql("DROP TABLE bench_person")

    def file_moves(self, changes: int, due: datetime) -> None:
        """Have people leave their insurer and join another, all visible from ``due``.

        Where there are more changes than members can make by one move, they move again and again.
        """
        left = changes // 2
        while left:
            movers = self._random.sample(range(self.count), min(left, self.count))
            left -= len(movers)
            self._file(movers, f"'{due.astimezone(UTC):%Y-%m-%d %H:%M:%S}.000000'")
        self.filed += changes

    def _file(self, movers: list[int], instant: str) -> None:
        self._moves += 1
        bases = [(n, self._versions.get(n, 1)) for n in movers]
        self._versions |= {n: base + 2 for n, base in bases}
        joined = f"'{self._moves}-' || number"
        with self.intermediate.begin() as connection:
            put_persons(connection, "bench_move", _numbered(bases))
            self._record(
                connection, "bench_move", OLD, "number", "'leave', '2026-11-16', '03'", instant, 1
            )
            self._record(connection, "bench_move", NEW, joined, "'join', NULL, NULL", instant, 2)
            for after in (1, 2):
                connection.exec_driver_sql(
                    "INSERT INTO outbox (bucket, visible_from, person_reference, version) "
                    f"SELECT bucket, {instant}, person_reference, version + {after} "
                    f"FROM bench_move {_IN_ORDER}"
                )
            connection.exec_driver_sql("DROP TABLE bench_move")

    def settle(self) -> None:
        """Have the databases know what they hold, as they do after a while by themselves."""
        for engine in (self.oqs, self.intermediate):
            direct = DirectConnection(engine)
            if engine.dialect.name == "postgresql":
                direct.execute_outside_transaction("VACUUM (ANALYZE)")
                direct.execute_outside_transaction("CHECKPOINT")
            else:
                direct.execute_outside_transaction("PRAGMA wal_checkpoint(TRUNCATE)")
            direct.close()

    def check(self) -> None:
        """Make sure that all changes that were filed have arrived.

        Raises:
            AssertionError: they did not.
        """
        with self.oqs.connect() as connection:
            known = connection.exec_driver_sql(
                "SELECT sum(CASE WHEN insurer_number = '06990014' THEN 2 ELSE 0 END) "
                "FROM qualification"
            ).scalar()
        with self.intermediate.connect() as connection:
            waiting = connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar()
        assert (known, waiting) == (self.filed, 0), (known, self.filed, waiting)

    def close(self) -> None:
        """Let go of the databases."""
        self.oqs.dispose()
        self.intermediate.dispose()

    @staticmethod
    def _record(
        connection: Connection,
        persons: str,
        insurer: str,
        number: str,
        kind: str,
        due: str,
        after: int,
    ) -> None:
        connection.exec_driver_sql(
            f"INSERT INTO change ({_CHANGE}) SELECT bucket, person_reference, version + {after}, "
            f"{insurer}, {number}, '01', {PERSON}, '1980-02-17', {ADDRESS}, '2024-04-01', '030', "
            f"{due}, {kind}, '2026-11-16', 'business_days', 3, 5, 1, {BEFORE} "
            f"FROM {persons} {_IN_ORDER}"
        )


def _numbered(versions: Iterable[tuple[int, int]]) -> Iterator[tuple[int, str, int]]:
    return ((n, f"SIM-{n:08}", version) for n, version in versions)


def put_persons(
    connection: Connection, table: str, persons: Iterable[tuple[int, str, int]]
) -> None:
    """Make a table of persons: bucket, reference, number in eight digits, version."""
    unlogged = "UNLOGGED" if connection.dialect.name == "postgresql" else ""
    connection.exec_driver_sql(
        f"CREATE {unlogged} TABLE {table} (bucket smallint, person_reference varchar(20), "
        "number varchar(20), version integer)"
    )
    rows = ((bucket_of(person), person, f"{n:08}", version) for n, person, version in persons)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        driver.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?)", rows)
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write("{}\t{}\t{}\t{}\n".format(*row))
