import errno
import gc
import os
import sqlite3
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    create_engine,
    delete,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import OperationalError

from storage import (
    BUCKETS,
    DirectConnection,
    StorageUnavailable,
    UtcDateTime,
    bucket_of,
    flush,
    lock_name,
    open_engine,
    outages,
    reading,
    relax_durability,
)
from storage.flushing import LogFlusher
from storage.opening import _write_ahead, migrate
from storage.partition import BY_BUCKET, PARTITIONS
from tests.databases import Databases
from tests.equipment.crashable_postgres import CrashablePostgres

SMALL = {
    "oqs_sim": set(),
    "intermediate_server": {"lease", "held", "attention", "version_conflict", "discrepancy"},
}
"""Tables of buckets, or of what somebody will soon deal with."""
COUNT = "SELECT count(*) FROM delivery"
SERVICES = ("oqs_sim", "intermediate_server", "clinic_client")
KEPT: dict[str, tuple[str, dict[str, Any]]] = {
    "oqs_sim": ("used_challenge", {"nonce": b"1", "expires": 1}),
    "intermediate_server": ("sync_control", {"name": "worker", "paused_by": "somebody"}),
    "clinic_client": ("catch_up", {"visit_id": "1", "since": date(2026, 11, 20)}),
}
"""A table and a row of each service."""


def test_nobody_else_can_read_the_files_of_a_database(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        engine = open_engine(f"sqlite:///{tmp_path}/new/oqs.sqlite", *schema_of("oqs_sim"))
        with engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO used_challenge VALUES (x'01', 1.0)")
    finally:
        os.umask(umask)
    files = list((tmp_path / "new").iterdir())
    assert len(files) == 3, "the file, its log, and what its processes share"
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    engine.dispose()


def test_a_database_that_others_could_read_is_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "clinic.sqlite"
    open_engine(f"sqlite:///{file}", *schema_of("clinic_client")).dispose()
    file.chmod(0o644)
    open_engine(f"sqlite:///{file}", *schema_of("clinic_client")).dispose()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_in_the_place_of_a_database_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link.sqlite").symlink_to(tmp_path / "elsewhere.sqlite")
    with pytest.raises(StorageUnavailable, match="is a link"):
        open_engine(f"sqlite:///{tmp_path}/link.sqlite", *schema_of("clinic_client"))
    assert not (tmp_path / "elsewhere.sqlite").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file to another user")
def test_another_users_database_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "clinic.sqlite"
    open_engine(f"sqlite:///{file}", *schema_of("clinic_client")).dispose()
    os.chown(file, 65534, 65534)
    with pytest.raises(StorageUnavailable, match="belongs to another user"):
        open_engine(f"sqlite:///{file}", *schema_of("clinic_client"))


def schema_of(service: str) -> tuple[MetaData, Path]:
    schema = import_module(f"{service}.store.schema")
    assert schema.__file__
    return schema.metadata, Path(schema.__file__).parent / "migrations"


def shape(engine: Any) -> dict[str, Any]:
    found = inspect(engine)
    tables = [name for name in found.get_table_names() if not name[-2:].isdigit()]
    return {
        table: {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"], column.get("default"))
                for column in found.get_columns(table)
            ],
            "key": found.get_pk_constraint(table)["constrained_columns"],
            "without row numbers": found.get_table_options(table).get("sqlite_with_rowid") is False,
            "indexes": indexes(engine, table),
            "partitions": partitions(engine, table),
        }
        for table in tables
        if table != "alembic_version"
    }


def indexes(engine: Any, table: str) -> list[str]:
    """Return how the indexes of a table are made, also those over expressions."""
    query = (
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = :of"
        if engine.dialect.name == "sqlite"
        else "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema AND tablename = :of"
    )
    with engine.connect() as connection:
        return sorted(
            " ".join(made.replace('"', "").split())
            for made in connection.scalars(text(query), {"of": table})
        )


def partitions(engine: Any, table: str) -> list[tuple[Any, ...]]:
    """Return name, buckets and storage of the partitions of a table."""
    if engine.dialect.name != "postgresql":
        return []
    with engine.connect() as connection:
        return [
            tuple(row)
            for row in connection.exec_driver_sql(
                "SELECT relname, pg_get_expr(relpartbound, oid), reloptions FROM pg_class "
                "JOIN pg_inherits ON inhrelid = oid WHERE inhparent = %(table)s::regclass "
                "ORDER BY relname",
                {"table": f'"{table}"'},
            )
        ]


def migrated_to(engine: Any, migrations: Path, revision: str) -> None:
    """Bring an empty database to a revision of the past."""
    config = Config()
    config.set_main_option("script_location", str(migrations))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@pytest.mark.parametrize("service", SERVICES)
def test_migrations_from_empty_give_the_tables_of_the_schema(
    service: str, new_database: Callable[..., str]
) -> None:
    metadata, migrations = schema_of(service)
    opened = open_engine(new_database(), metadata, migrations)
    migrated = create_engine(new_database())
    with migrated.begin() as connection:
        migrate(connection, migrations)
    assert shape(migrated) == shape(opened)
    opened.dispose()
    migrated.dispose()


@pytest.mark.parametrize("service", SERVICES)
def test_a_database_is_opened_again_with_what_it_holds(
    service: str, new_database: Callable[..., str]
) -> None:
    metadata, migrations = schema_of(service)
    url = new_database()
    name, row = KEPT[service]
    table = metadata.tables[name]
    for before in ([], [tuple(row.values())]):
        engine = open_engine(url, metadata, migrations)
        assert set(shape(engine)) == set(metadata.tables)
        with engine.begin() as connection:
            held = select(*(table.c[column] for column in row))
            assert [tuple(found) for found in connection.execute(held)] == before
            if not before:
                connection.execute(insert(table).values(row))
        engine.dispose()


@pytest.mark.parametrize("service", ["oqs_sim", "intermediate_server"])
def test_every_table_that_may_become_large_is_divided(service: str) -> None:
    metadata, _ = schema_of(service)
    by_person = {
        name
        for name, table in metadata.tables.items()
        if next(iter(table.primary_key)).name == "bucket"
    }
    divided = {
        name
        for name, table in metadata.tables.items()
        if table.dialect_options["postgresql"]["partition_by"] == BY_BUCKET
    }
    assert by_person - divided == SMALL[service]


def test_services_that_start_together_on_an_empty_database_make_the_tables_once(
    new_database: Callable[..., str],
) -> None:
    metadata, migrations = schema_of("oqs_sim")
    url = new_database()
    with ThreadPoolExecutor(4) as threads:
        engines = list(threads.map(lambda _: open_engine(url, metadata, migrations), range(4)))
    assert set(shape(engines[0])) == set(metadata.tables)
    for engine in engines:
        engine.dispose()


def test_a_service_waits_for_another_one_that_switches_the_log(tmp_path: Path) -> None:
    # SQLite itself does not wait in every such moment: here it is told never to.
    holder = sqlite3.connect(tmp_path / "shared.sqlite", check_same_thread=False)
    holder.execute("CREATE TABLE busy (x)")
    holder.execute("BEGIN EXCLUSIVE")
    tries = threading.Semaphore(0)

    class Telling(sqlite3.Connection):
        def execute(self, *statement: Any) -> sqlite3.Cursor:
            tries.release()
            return super().execute(*statement)

    opened = sqlite3.connect(tmp_path / "shared.sqlite", timeout=0, factory=Telling)

    def let_go_after_a_try() -> None:
        assert tries.acquire(timeout=5)
        assert tries.acquire(timeout=5), "it was not tried again"
        holder.rollback()

    with ThreadPoolExecutor(1) as threads:
        letting_go = threads.submit(let_go_after_a_try)
        _write_ahead(opened, 5.0)
        letting_go.result()
    assert opened.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    holder.close()
    opened.close()


def test_a_database_of_the_previous_version_keeps_what_it_holds(
    new_database: Callable[..., str],
) -> None:
    metadata, migrations = schema_of("intermediate_server")
    url = new_database()
    engine = create_engine(url)
    migrated_to(engine, migrations, "0001")
    at = "2026-11-18 15:00:00.000000"
    with engine.begin() as connection:
        for bucket in (3, 3, 63):
            person = f"P{bucket}-{connection.exec_driver_sql(COUNT).scalar()}"
            connection.exec_driver_sql(
                "INSERT INTO delivery (bucket, person_reference, version, delivered_at, "
                f"recorded_at) VALUES ({bucket}, '{person}', 1, '{at}', '{at}')"
            )
    engine.dispose()
    opened = open_engine(url, metadata, migrations)
    with opened.connect() as connection:
        assert connection.exec_driver_sql(COUNT).scalar() == 3
        counted = connection.exec_driver_sql(
            "SELECT bucket, delivered FROM lease ORDER BY bucket"
        ).all()
    assert [tuple(row) for row in counted] == [(3, 2), (63, 1)]
    opened.dispose()


def test_a_large_table_of_the_previous_version_is_divided(
    new_database: Callable[..., str],
) -> None:
    metadata, migrations = schema_of("oqs_sim")
    url = new_database()
    engine = create_engine(url)
    migrated_to(engine, migrations, "0001")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO registration (bucket, person_reference, channel, registered_at) "
            "VALUES (17, 'SIM-1', 'portal', '2026-11-18 15:00:00.000000')"
        )
    engine.dispose()
    opened = open_engine(url, metadata, migrations)
    if opened.dialect.name == "postgresql":
        assert len(partitions(opened, "registration")) == PARTITIONS
    with opened.connect() as connection:
        assert connection.exec_driver_sql("SELECT bucket FROM registration").scalar() == 17
    opened.dispose()


def test_a_database_that_cannot_be_opened_is_told_in_a_sentence(tmp_path: Path) -> None:
    metadata, migrations = schema_of("oqs_sim")
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageUnavailable, match=r"cannot be opened: .* Check the address"):
        open_engine(f"sqlite:///{tmp_path}/file/x.sqlite", metadata, migrations)
    (tmp_path / "junk.sqlite").write_text("this is no database at all, but a text of some length")
    with pytest.raises(StorageUnavailable, match="cannot be opened") as junk:
        open_engine(f"sqlite:///{tmp_path}/junk.sqlite", metadata, migrations)
    assert "を開けません(データベースのファイルではありません)。" in junk.value.ja
    with pytest.raises(StorageUnavailable, match="cannot be opened"):
        open_engine("no url", metadata, migrations)


def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    metadata, migrations = schema_of("oqs_sim")
    url = f"sqlite:///{tmp_path}/newer.sqlite"
    engine = open_engine(url, metadata, migrations)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(StorageUnavailable, match="does not fit this program"):
        open_engine(url, metadata, migrations)


def test_a_server_that_does_not_answer_is_told_in_a_sentence() -> None:
    metadata, migrations = schema_of("oqs_sim")
    with pytest.raises(StorageUnavailable, match=r"oqs:\*\*\*@127\.0\.0\.1.* cannot be opened"):
        open_engine("postgresql://oqs:secret@127.0.0.1:9/oqs", metadata, migrations)


def test_a_database_of_another_kind_is_refused() -> None:
    metadata, migrations = schema_of("oqs_sim")
    with pytest.raises(StorageUnavailable, match="mysql is no kind of database"):
        open_engine("mysql://host/oqs", metadata, migrations)


def test_an_instant_keeps_its_zone_and_a_naive_one_is_refused(
    new_database: Callable[..., str],
) -> None:
    metadata = MetaData()
    table = Table("moment", metadata, Column("id", Integer, primary_key=True),
                  Column("at", UtcDateTime))  # fmt: skip
    engine = create_engine(new_database())
    metadata.create_all(engine)
    at = datetime(2026, 11, 25, tzinfo=UTC)
    with engine.begin() as connection:
        connection.execute(insert(table), {"id": 1, "at": at})
        assert connection.execute(select(table.c.at)).scalar_one() == at
    with engine.begin() as connection, pytest.raises(Exception, match="no time zone"):
        connection.execute(insert(table), {"id": 2, "at": at.replace(tzinfo=None)})
    engine.dispose()


def test_on_sqlite_a_commit_has_been_flushed_when_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata, migrations = schema_of("oqs_sim")
    engine = open_engine(f"sqlite:///{tmp_path}/oqs.sqlite", metadata, migrations)
    flushed: list[str] = []
    monkeypatch.setattr(
        os,
        "fdatasync",
        lambda number: flushed.append(Path(f"/proc/self/fd/{number}").readlink().name),
    )
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM resident")
        assert flushed == []
    assert flushed == ["oqs.sqlite-wal"]
    with engine.begin() as connection:
        relax_durability(connection)
        connection.exec_driver_sql("DELETE FROM resident")
    assert flushed == ["oqs.sqlite-wal"], "what was relaxed may be lost"
    with engine.connect():  # or SQLite would put its log away
        engine.dispose()  # the pool is made anew
        flush(engine)
        assert flushed == ["oqs.sqlite-wal"] * 2
        assert engine.pool.checkedin() == 0, "to flush takes no connection"
    direct = DirectConnection(engine)
    with direct.transaction():
        pass
    assert flushed == ["oqs.sqlite-wal"] * 3
    direct.close()
    engine.dispose()


def test_a_database_that_was_removed_takes_nothing_more(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/oqs.sqlite", *schema_of("oqs_sim"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM resident")
    for file in tmp_path.glob("oqs.sqlite*"):
        file.unlink()
    for _ in range(2):
        with (
            pytest.raises(OperationalError, match="put the database back"),
            engine.begin() as again,
        ):
            again.exec_driver_sql("DELETE FROM resident")
    engine.dispose()


@pytest.mark.parametrize(
    ("of_server", "ours"), [("off", "on"), ("local", "on"), ("remote_apply", "remote_apply")]
)
def test_a_server_that_does_not_flush_is_told_to(
    databases: Databases, of_server: str, ours: str
) -> None:
    url = databases.empty()
    engine = open_engine(url, *schema_of("clinic_client"))
    with engine.begin() as connection:
        name = connection.exec_driver_sql("SELECT current_database()").scalar()
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = {of_server}")
    engine.dispose()
    engine = open_engine(url, *schema_of("clinic_client"))
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == ours
        relax_durability(connection)
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "off"
    engine.dispose()


def test_one_flush_serves_all_who_committed_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log-wal").touch()
    flusher = LogFlusher(tmp_path / "log")
    flushes: list[int] = []
    begun, may_end = threading.Event(), threading.Event()

    def slow(number: int) -> None:
        flushes.append(number)
        begun.set()
        assert may_end.wait(30)

    monkeypatch.setattr(os, "fdatasync", slow)
    with ThreadPoolExecutor(9) as threads:
        first = threads.submit(flusher.flush)
        assert begun.wait(30)
        others = [threads.submit(flusher.flush) for _ in range(8)]
        while flusher._asked < 9:
            os.sched_yield()
        may_end.set()
        for one in (first, *others):
            one.result(30)
    assert len(flushes) == 2


def test_after_a_flush_that_failed_nothing_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata, migrations = schema_of("oqs_sim")
    engine = open_engine(f"sqlite:///{tmp_path}/oqs.sqlite", metadata, migrations)

    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fdatasync", fail)
    for _ in range(2):
        with pytest.raises(outages(engine), match="start the service again"), engine.begin():
            pass
        # The kernel may have dropped what it could not write, and then says that all is well.
        monkeypatch.undo()
    engine.dispose()


def test_a_log_stays_open_so_that_a_failure_told_to_somebody_else_is_told_here_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, flushed = tmp_path / "x.sqlite-wal", []
    log.write_bytes(b"1")
    monkeypatch.setattr(os, "fdatasync", flushed.append)
    flusher = LogFlusher(tmp_path / "x.sqlite")
    flusher.flush()
    log.write_bytes(b"2")
    flusher.flush()
    assert flushed[0] == flushed[1]
    newer = tmp_path / "newer"
    newer.write_bytes(b"3")
    newer.replace(log)
    flusher.flush()
    assert os.path.samestat(os.fstat(flushed[2]), log.stat())


@pytest.mark.parametrize("service", SERVICES)
def test_a_file_without_tables_is_no_new_system(service: str, tmp_path: Path) -> None:
    metadata, migrations = schema_of(service)
    file = tmp_path / "some.sqlite"
    file.touch()
    with pytest.raises(StorageUnavailable, match=r"no table in it \(0 bytes\).*lost"):
        open_engine(f"sqlite:///{file}", metadata, migrations)
    assert file.stat().st_size == 0


def test_a_file_that_was_cut_off_is_not_opened(tmp_path: Path) -> None:
    metadata, migrations = schema_of("oqs_sim")
    file = tmp_path / "some.sqlite"
    open_engine(f"sqlite:///{file}", metadata, migrations).dispose()
    whole = file.read_bytes()
    for size in (1, 100, 4096, len(whole) // 2, len(whole) - 4096):
        file.write_bytes(whole[:size])
        with pytest.raises(StorageUnavailable, match=r"copy of it in its place"):
            open_engine(f"sqlite:///{file}", metadata, migrations)


def test_services_that_make_one_file_together_get_the_same(tmp_path: Path) -> None:
    metadata, migrations = schema_of("intermediate_server")
    url = f"sqlite:///{tmp_path}/some.sqlite"
    with ThreadPoolExecutor(4) as threads:
        engines = list(threads.map(lambda _: open_engine(url, metadata, migrations), range(4)))
    with engines[0].begin() as connection:
        connection.exec_driver_sql("INSERT INTO sync_control (name, paused_by) VALUES ('w', 'me')")
    for engine in engines:
        with reading(engine) as connection:
            assert connection.exec_driver_sql("SELECT paused_by FROM sync_control").scalar() == "me"
        engine.dispose()
    assert [one.name for one in tmp_path.iterdir()] == ["some.sqlite"]


@pytest.mark.postgres
def test_a_postgresql_server_that_is_not_safe_is_told_loudly(
    databases: Databases, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata, migrations = schema_of("clinic_client")
    url = databases.empty()
    monkeypatch.setenv("OQS_SIM_RELAXED_DATABASE", "1")
    open_engine(url, metadata, migrations).dispose()
    assert not caplog.records
    monkeypatch.delenv("OQS_SIM_RELAXED_DATABASE")
    engine = open_engine(url, metadata, migrations)
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert "fsync off" in caplog.text
    assert "full_page_writes off" in caplog.text
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    engine.dispose()


def test_a_reader_does_not_wait_for_a_writer(new_database: Callable[..., str]) -> None:
    metadata, migrations = schema_of("oqs_sim")
    engine = open_engine(new_database(), metadata, migrations)
    with engine.begin() as writer:
        writer.exec_driver_sql("DELETE FROM resident")
        with reading(engine) as reader:
            assert reader.exec_driver_sql("SELECT count(*) FROM resident").scalar() == 0
    engine.dispose()


def test_what_is_read_in_one_reading_is_of_one_moment(new_database: Callable[..., str]) -> None:
    metadata, migrations = schema_of("oqs_sim")
    engine = open_engine(new_database(), metadata, migrations)
    table = Table("used_challenge", MetaData(), autoload_with=engine)
    with reading(engine) as reader:
        assert reader.execute(select(table)).all() == []
        with engine.begin() as writer:
            writer.execute(insert(table), {"nonce": b"1", "expires": 1})
        assert reader.execute(select(table)).all() == []
    with reading(engine) as reader:
        assert reader.execute(select(table.c.expires)).scalars().all() == [1]
    with engine.connect() as connection:  # and nobody else gets a connection that reads so
        assert connection.execution_options().get_isolation_level() != "REPEATABLE READ"
    engine.dispose()


def test_a_locked_name_is_waited_for(new_database: Callable[..., str]) -> None:
    metadata, migrations = schema_of("oqs_sim")
    engine = open_engine(new_database(), metadata, migrations)
    order: list[str] = []
    begun = threading.Event()

    def second() -> None:
        begun.set()
        with engine.begin() as connection:
            lock_name(connection, "P1")
            order.append("second")

    with engine.begin() as connection:
        lock_name(connection, "P1")
        thread = threading.Thread(target=second)
        thread.start()
        assert begun.wait(30)
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]
    engine.dispose()


def test_a_direct_connection_comes_back_after_the_server_was_restarted(
    postgres: CrashablePostgres, databases: Databases
) -> None:
    metadata, migrations = schema_of("oqs_sim")
    engine = open_engine(databases.with_tables(metadata, migrations), metadata, migrations)
    direct = DirectConnection(engine)
    clock = metadata.tables["clock"]
    everything = direct.prepare(select(clock.c.name))
    assert direct.all(everything, {}) == []
    postgres.crash_and_restart()
    assert direct.all(everything, {}) == []
    postgres.crash_and_restart()
    with direct.transaction():
        direct.run(direct.prepare(delete(clock)), {})
    direct.close()
    engine.dispose()


def test_a_transaction_that_loses_its_server_is_not_half_repeated(
    postgres: CrashablePostgres, databases: Databases
) -> None:
    metadata, migrations = schema_of("oqs_sim")
    engine = open_engine(databases.with_tables(metadata, migrations), metadata, migrations)
    direct = DirectConnection(engine)
    used = metadata.tables["used_challenge"]
    spend = direct.prepare(insert(used))

    def spend_two() -> None:
        with direct.transaction():
            direct.run(spend, {"nonce": b"1", "expires": 1})
            postgres.crash_and_restart()
            direct.run(spend, {"nonce": b"2", "expires": 1.0})

    with pytest.raises(outages(engine)):
        spend_two()
    assert direct.all(direct.prepare(select(used.c.nonce)), {}) == []
    direct.close()
    engine.dispose()


def test_a_person_lies_in_one_bucket_and_persons_in_all() -> None:
    assert bucket_of("SIM-1") == bucket_of("SIM-1")
    assert {bucket_of(f"SIM-{number}") for number in range(2000)} == set(range(BUCKETS))


def test_in_memory_threads_have_a_transaction_each_and_nothing_stays() -> None:
    directory = _written_by_two_threads()
    gc.collect()
    assert not directory.exists()


def _written_by_two_threads() -> Path:
    engine = open_engine("sqlite://", *schema_of("oqs_sim"))
    directory = Path(str(engine.url.database)).parent
    waiting, noted = threading.Event(), threading.Event()

    def note_another() -> None:
        with engine.connect() as connection:
            waiting.set()
            with connection.begin():
                connection.execute(insert(table), {"nonce": b"2", "expires": 2})
        noted.set()

    table = Table("used_challenge", MetaData(), autoload_with=engine)
    with ThreadPoolExecutor(1) as other, engine.connect() as connection:
        with connection.begin() as begun:
            connection.execute(insert(table), {"nonce": b"1", "expires": 1})
            done = other.submit(note_another)
            waiting.wait()
            with reading(engine) as looking:
                assert looking.execute(select(table)).all() == []
            assert not noted.is_set()
            begun.rollback()
        done.result()
    with reading(engine) as looking:
        assert looking.execute(select(table.c.expires)).scalars().all() == [2]
    engine.dispose()
    assert directory.exists()
    return directory
