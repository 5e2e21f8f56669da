from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, inspect, select

from storage import (
    BUCKETS,
    StorageUnavailable,
    UtcDateTime,
    bucket_of,
    open_engine,
    reading,
)
from storage.opening import migrate

SERVICES = ("oqs_sim", "intermediate_server", "clinic_client")


def schema_of(service: str) -> tuple[MetaData, Path]:
    schema = import_module(f"{service}.store.schema")
    assert schema.__file__
    return schema.metadata, Path(schema.__file__).parent / "migrations"


def shape(engine: Any) -> dict[str, Any]:
    found = inspect(engine)
    return {
        table: {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"])
                for column in found.get_columns(table)
            ],
            "key": found.get_pk_constraint(table)["constrained_columns"],
            "without row numbers": found.get_table_options(table).get("sqlite_with_rowid") is False,
            "indexes": sorted(str(index["column_names"]) for index in found.get_indexes(table)),
        }
        for table in found.get_table_names()
        if table != "alembic_version"
    }


@pytest.mark.parametrize("service", SERVICES)
def test_migrations_from_empty_give_the_tables_of_the_schema(service: str, tmp_path: Path) -> None:
    metadata, migrations = schema_of(service)
    opened = open_engine(f"sqlite:///{tmp_path}/made.sqlite", metadata, migrations)
    migrated = create_engine(f"sqlite:///{tmp_path}/migrated.sqlite")
    with migrated.begin() as connection:
        migrate(connection, migrations)
    assert shape(migrated) == shape(opened)
    opened.dispose()
    migrated.dispose()


@pytest.mark.parametrize("service", SERVICES)
def test_a_database_is_opened_again_with_what_it_holds(service: str, tmp_path: Path) -> None:
    metadata, migrations = schema_of(service)
    url = f"sqlite:///{tmp_path}/data/kept.sqlite"
    for _ in range(2):
        engine = open_engine(url, metadata, migrations)
        assert set(shape(engine)) == set(metadata.tables)
        engine.dispose()


def test_a_database_that_cannot_be_opened_is_told_in_a_sentence(tmp_path: Path) -> None:
    metadata, migrations = schema_of("oqs_sim")
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageUnavailable, match=r"cannot be opened: .* Check the address"):
        open_engine(f"sqlite:///{tmp_path}/file/x.sqlite", metadata, migrations)
    (tmp_path / "junk.sqlite").write_text("this is no database at all, but a text of some length")
    with pytest.raises(StorageUnavailable, match="cannot be opened"):
        open_engine(f"sqlite:///{tmp_path}/junk.sqlite", metadata, migrations)
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


def test_an_instant_keeps_its_zone_and_a_naive_one_is_refused() -> None:
    metadata = MetaData()
    table = Table("moment", metadata, Column("id", Integer, primary_key=True),
                  Column("at", UtcDateTime))  # fmt: skip
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    at = datetime(2026, 11, 25, tzinfo=UTC)
    with engine.begin() as connection:
        connection.execute(insert(table), {"id": 1, "at": at})
        assert connection.execute(select(table.c.at)).scalar_one() == at
        with pytest.raises(Exception, match="no time zone"):
            connection.execute(insert(table), {"id": 2, "at": at.replace(tzinfo=None)})
    engine.dispose()


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    metadata, migrations = schema_of("oqs_sim")
    engine = open_engine(f"sqlite:///{tmp_path}/both.sqlite", metadata, migrations)
    with engine.begin() as writer:
        writer.exec_driver_sql("DELETE FROM resident")
        with reading(engine) as reader:
            assert reader.exec_driver_sql("SELECT count(*) FROM resident").scalar() == 0
    engine.dispose()


def test_a_person_lies_in_one_bucket_and_persons_in_all() -> None:
    assert bucket_of("SIM-1") == bucket_of("SIM-1")
    assert {bucket_of(f"SIM-{number}") for number in range(2000)} == set(range(BUCKETS))
