"""Power cuts under a PostgreSQL server that flushes: what anybody was told is found again."""

import logging
import os
import random
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import create_engine, text

from testbed.launch.postgres import PostgresServer
from tests.chaos.power.disk import Disk, Event, events_of
from tests.chaos.power.found import Found
from tests.chaos.power.load import Load
from tests.chaos.power.recorder import SAID, Recorder, Replay, said_in
from tests.chaos.power.test_whole_system import KINDS, SECONDS, TIMES, moments, system

CUTS = 2 * TIMES
SAFE = {
    "fsync": "on",
    "full_page_writes": "on",
    "wal_sync_method": "fdatasync",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "checkpoint_timeout": "30s",
    "max_wal_size": "32MB",
}
log = logging.getLogger(__name__)
pytestmark = [
    pytest.mark.deployment,
    pytest.mark.postgres,
    pytest.mark.long,
    pytest.mark.timeout(900),
]


class RecordedServer(PostgresServer):
    """A server whose writes and flushes are recorded, from a cluster that lay on the disk."""

    def __init__(self, beside: Path) -> None:
        super().__init__(SAFE)
        self.beside = beside

    def _run(self) -> None:
        self.recorder = Recorder(self.beside, self._data)
        self.recorder.journal.chmod(0o666)
        self.folders = [one for one in self._data.rglob("*") if one.is_dir()]
        self.base = self.beside / "base"
        shutil.copytree(self._data, self.base)
        self.inodes = {one.stat().st_ino: one for one in self._data.rglob("*") if one.is_file()}
        with pytest.MonkeyPatch.context() as environment:
            for name, setting in self.recorder.environment().items():
                environment.setenv(name, setting)
            super()._run()

    def disk(self) -> Disk:
        """Return the disk as it was before the server began."""
        disk = Disk(names_with_files=True)
        for inode, path in self.inodes.items():
            disk.have(inode, str(path), (self.base / path.relative_to(self._data)).read_bytes())
        return disk


class ServerOnRemains(PostgresServer):
    """A server on what a disk has after a cut."""

    def on(self, remains: Path) -> None:
        """Repair it, as any server does that was not ended in order."""
        self._end(signal.SIGINT)
        shutil.rmtree(self._data)
        shutil.copytree(remains, self._data)
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        for one in (self._data, *self._data.rglob("*")):
            if self._user is not None:
                os.chown(one, self._user.pw_uid, self._user.pw_gid)
            one.chmod(0o700 if one.is_dir() else 0o600)
        self._run()


@dataclass
class Record:
    server: RecordedServer
    events: list[Event]
    databases: dict[str, str]

    @property
    def data(self) -> Path:
        return self.server.directory / "data"


@pytest.fixture(scope="module")
def record() -> Iterator[Record]:
    with TemporaryDirectory(prefix="oqs-rec-") as beside:
        Path(beside).chmod(0o755)
        with RecordedServer(Path(beside)) as server:
            with (
                system(
                    ["-m", "testbed", "up", "--port", "0", "--json", "--database", server.url()]
                ) as addresses,
                Load(addresses, server.recorder) as load,
            ):
                load.prepare()
                load.work(SECONDS)
                events = events_of(server.recorder.journal)
                engine = create_engine(server.url().replace("postgresql:", "postgresql+psycopg:"))
                with engine.connect() as connection:
                    names = connection.scalars(
                        text("SELECT datname FROM pg_database WHERE datname LIKE 'oqs_sim_%'")
                    ).all()
                engine.dispose()
            yield Record(server, events, {name.rpartition("_")[2]: name for name in names})


@pytest.fixture(scope="module")
def remains_server() -> Iterator[ServerOnRemains]:
    with ServerOnRemains() as server:
        yield server


def found_after(
    tmp_path: Path, record: Record, server: ServerOnRemains, replay: Replay, share: float | None
) -> Found:
    remains = tmp_path / "remains"
    replay.disk.after_cut(remains, record.data, random.Random(replay.place), share)
    for folder in record.server.folders:
        (remains / folder.relative_to(record.data)).mkdir(parents=True, exist_ok=True)
    server.on(remains)
    shutil.rmtree(remains)
    return Found.read({purpose: server.url(name) for purpose, name in record.databases.items()})


def test_all_that_anybody_was_told_outlives_a_power_cut(
    tmp_path: Path, record: Record, remains_server: ServerOnRemains
) -> None:
    lost, contradicted = Counter[str](), 0
    replay = Replay(record.events, record.server.disk())
    for moment in moments(record.events, CUTS):
        replay.until(moment)
        found = found_after(tmp_path, record, remains_server, replay, None)
        lost += found.lost(replay.said)
        contradicted += found.contradictions()
    told = Counter(said_in(event)["kind"] for event in record.events if event.kind == SAID)
    log.info("%s cuts; told %s; lost %s; contradicted %s", CUTS, told, lost, contradicted)
    assert (lost, contradicted) == (Counter(), 0)


def test_without_flushes_each_kind_of_word_is_seen_to_be_lost(
    tmp_path: Path, record: Record, remains_server: ServerOnRemains
) -> None:
    replay = Replay(record.events, record.server.disk())
    first = next(place for place, event in enumerate(record.events) if event.kind == SAID)
    replay.until(first)
    replay.disk.deaf_to = ("",)  # all files
    replay.until(len(record.events))
    found = found_after(tmp_path, record, remains_server, replay, 0.0)
    lost = set(found.lost(replay.said))
    told = {one["kind"] for one in replay.said} & KINDS
    assert told <= lost, told - lost
