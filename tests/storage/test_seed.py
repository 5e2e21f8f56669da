"""The seed of a database, whosever tables it has."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select, text, update

from storage import (
    SeedKeeper,
    SeedTrouble,
    SeedUnusable,
    open_engine,
    replace_seed,
    seed_file,
    seed_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

NOW = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
metadata = MetaData()
word = Table("word", metadata, Column("said", String(8), key="text", primary_key=True))
count = Table("count", metadata, Column("number", Integer, primary_key=True))
noted = seed_table(metadata)


@pytest.fixture
def engine(new_database: Callable[..., str], tmp_path: Path) -> Iterator[Engine]:
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / "0001.py").write_text('revision = "0001"\ndown_revision = None\n')
    opened = open_engine(new_database(), metadata, versions.parent)
    yield opened
    opened.dispose()


@pytest.fixture
def keeper(engine: Engine) -> SeedKeeper:
    return SeedKeeper(engine, metadata, noted, ["count"])


def say(engine: Engine, *words: str) -> None:
    with engine.begin() as connection:
        connection.execute(insert(word), [{"text": one} for one in words])


def words(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(select(word.c.text)))


def put_back(keeper: SeedKeeper, identity: str | None = None) -> None:
    with keeper.opened() as connection:
        keeper.put_back(connection, identity)


def test_what_was_there_is_there_again_as_often_as_one_likes(
    engine: Engine, keeper: SeedKeeper
) -> None:
    say(engine, "first")
    keeper.take("one", NOW)
    for _ in range(2):
        say(engine, "second")
        put_back(keeper, "one")
        assert words(engine) == {"first"}


def test_a_seed_can_be_replaced_by_what_another_database_holds(
    engine: Engine, keeper: SeedKeeper, tmp_path: Path
) -> None:
    other = open_engine(f"sqlite:///{tmp_path}/other.sqlite", metadata, tmp_path / "migrations")
    say(other, "there", "ほか")
    SeedKeeper(other, metadata, noted).take("other", NOW)
    other.dispose()
    say(engine, "here")
    keeper.take("one", NOW)
    url = engine.url.render_as_string(hide_password=False)
    for _ in range(2):
        replace_seed(url, metadata, seed_file(tmp_path / "other.sqlite"))
        put_back(keeper, "one")
        assert words(engine) == {"there", "ほか"}


def test_a_table_that_stays_is_not_put_back(engine: Engine, keeper: SeedKeeper) -> None:
    keeper.take("one", NOW)
    with engine.begin() as connection:
        connection.execute(insert(count).values(number=1))
    put_back(keeper)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(count)) == 1


def test_a_later_seed_takes_the_place_of_the_first(engine: Engine, keeper: SeedKeeper) -> None:
    keeper.take("one", NOW)
    say(engine, "between")
    keeper.take("two", NOW)
    say(engine, "after")
    put_back(keeper, "two")
    assert words(engine) == {"between"}


def test_what_cannot_be_put_back_is_left_as_it_is(engine: Engine, keeper: SeedKeeper) -> None:
    def refused(identity: str | None = None) -> SeedTrouble:
        with pytest.raises(SeedUnusable) as refusal:
            put_back(keeper, identity)
        return refusal.value.why

    say(engine, "kept")
    assert refused() is SeedTrouble.NO_SEED
    keeper.take("one", NOW)
    say(engine, "since")
    assert refused("two") is SeedTrouble.SEED_OF_ANOTHER_MOMENT
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    assert refused("one") is SeedTrouble.SEED_OUTDATED
    assert words(engine) == {"kept", "since"}


def test_an_error_within_leaves_all_as_it_was(engine: Engine, keeper: SeedKeeper) -> None:
    keeper.take("one", NOW)
    say(engine, "since")

    def put_back_and_fail() -> None:
        with keeper.opened() as connection:
            keeper.put_back(connection)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        put_back_and_fail()
    assert words(engine) == {"since"}


def test_another_keeper_on_the_same_database_finds_the_seed(
    engine: Engine, keeper: SeedKeeper
) -> None:
    keeper.take("one", NOW)
    say(engine, "since")
    put_back(SeedKeeper(engine, metadata, noted), "one")
    assert words(engine) == set()


def test_who_writes_meanwhile_comes_after_it(engine: Engine, keeper: SeedKeeper) -> None:
    keeper.take("one", NOW)
    say(engine, "since")

    def write() -> None:
        with engine.begin() as connection:  # waits for the seed
            connection.execute(update(word).values(text="changed"))
            connection.execute(insert(word).values(text="new"))

    writing = threading.Thread(target=write)
    with keeper.opened() as connection:
        keeper.put_back(connection)
        writing.start()
    writing.join()
    assert words(engine) == {"new"}


def test_it_waits_for_who_has_taken_rows_and_is_about_to_change_them(
    engine: Engine, keeper: SeedKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("whoever writes has SQLite's database alone")
    say(engine, "first")
    keeper.take("one", NOW)
    tried = threading.Event()
    monkeypatch.setattr("storage.seed.time.sleep", lambda _: tried.wait(0.01) or tried.set())
    going_back = threading.Thread(target=put_back, args=(keeper, "one"))
    with engine.begin() as connection:
        connection.execute(select(word).with_for_update())
        going_back.start()
        assert tried.wait(20)
        connection.execute(update(word).values(text="changed"))
    going_back.join()
    assert words(engine) == {"first"}
