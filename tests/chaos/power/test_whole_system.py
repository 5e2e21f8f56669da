"""Power cuts under the whole system, over HTTP: what anybody was told is found again.

All services of ``oqs up`` run as processes under the recorder. A cut takes all of them, and leaves
of their databases what the disk has.
"""

import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from tests.chaos.power.disk import Disk, Event, events_of
from tests.chaos.power.found import Found
from tests.chaos.power.load import HOLDERS, Load
from tests.chaos.power.recorder import SAID, Recorder, Replay, said_in

TIMES = int(os.environ.get("OQS_SIM_CUTS", "1"))
CUTS = 12 * TIMES
AGAIN = Path(__file__).with_name("again.py")
SECONDS = 3.0 * min(TIMES, 10)
KINDS = {
    "resident", "procedure", "line", "document", "card", "suspension", "lifting", "revocation",
    "registration at the portal", "registration at the reader", "check",
    "setting of the clock", "advance", "reading of the clock",
    "visit (unchecked)", "visit (number)", "visit to be checked again", "visit caught up",
}  # fmt: skip
log = logging.getLogger(__name__)
pytestmark = [pytest.mark.deployment, pytest.mark.long, pytest.mark.timeout(600)]


@contextmanager
def system(program: list[str], **environment: str) -> Iterator[dict[str, Any]]:
    """Run the system; its addresses."""
    process = subprocess.Popen(
        [sys.executable, *program],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), **environment},
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Event], Path]:
    """Have all kinds of people at work for a while; what was done to the databases."""
    directory = tmp_path_factory.mktemp("record")
    (root := directory / "t").mkdir()
    recorder = Recorder(directory, root, only=".sqlite")
    with (
        system(
            ["-m", "testbed", "up", "--port", "0", "--json"],
            TMPDIR=str(root),
            **recorder.environment(),
        ) as addresses,
        Load(addresses, recorder) as load,
    ):
        load.prepare()
        load.work(SECONDS)
        data = Path(addresses["line_directory"]).parent
    recorder.close()
    return events_of(recorder.journal), data


def moments(events: list[Event], cuts: int) -> list[int]:
    """Draw so many moments by lot, all after the first word."""
    first = next(place for place, event in enumerate(events) if event.kind == SAID)
    luck = random.Random(1)
    return sorted(luck.randrange(first + 1, len(events) + 1) for _ in range(cuts))


def last_words(events: list[Event]) -> list[int]:
    """Return the moments just after the last word of each kind."""
    last = {
        said_in(event)["kind"]: place + 1
        for place, event in enumerate(events)
        if event.kind == SAID
    }
    return sorted(last.values())


def urls(directory: Path) -> dict[str, str]:
    return {
        name: f"sqlite:///{directory}/{name}.sqlite" for name in ("oqs", "intermediate", "clinic")
    }


def after_cuts(
    tmp_path: Path,
    record: tuple[list[Event], Path],
    at: list[int],
    disk: Disk,
    share: float | None = None,
) -> Iterator[tuple[Found, Replay, Path]]:
    """Cut the power at some moments; what is found, what was said before, and where it lies."""
    events, data = record
    replay, luck = Replay(events, disk), random.Random(2)
    for moment in at:
        replay.until(moment)
        after = tmp_path / "after"
        disk.after_cut(after, data, luck, share)
        yield Found.read(urls(after)), replay, after
        shutil.rmtree(after)


def test_all_that_anybody_was_told_outlives_a_power_cut(
    tmp_path: Path, record: tuple[list[Event], Path]
) -> None:
    told = Counter(said_in(event)["kind"] for event in record[0] if event.kind == SAID)
    assert set(told) >= KINDS, KINDS - set(told)
    lost, contradicted = Counter[str](), 0
    for found, replay, _ in after_cuts(tmp_path, record, moments(record[0], CUTS), Disk()):
        lost += found.lost(replay.said)
        contradicted += found.contradictions()
    log.info("%s cuts; told %s; lost %s; contradicted %s", CUTS, told, lost, contradicted)
    assert (lost, contradicted) == (Counter(), 0)


def test_without_flushes_each_kind_of_word_is_seen_to_be_lost(
    tmp_path: Path, record: tuple[list[Event], Path]
) -> None:
    lost = Counter[str]()
    deaf = Disk(deaf_to=("-wal",))
    for found, replay, _ in after_cuts(tmp_path, record, last_words(record[0]), deaf, share=0.0):
        lost += found.lost(replay.said)
    assert set(lost) >= KINDS, KINDS - set(lost)


def test_a_version_with_another_content_is_seen(
    tmp_path: Path, record: tuple[list[Event], Path]
) -> None:
    for found, _, after in after_cuts(tmp_path, record, [len(record[0])], Disk()):
        assert found.taken
        assert not found.contradictions()
        engine = create_engine(urls(after)["intermediate"])
        with engine.begin() as connection:
            connection.execute(text("UPDATE change SET address = 'elsewhere'"))
        engine.dispose()
        assert Found.read(urls(after)).contradictions() == len(found.taken)


@pytest.mark.parametrize("where", ["in the middle", "at the end"])
def test_the_services_start_again_and_go_on(
    tmp_path: Path, record: tuple[list[Event], Path], where: str
) -> None:
    events, _ = record
    at = len(events) if where == "at the end" else moments(events, 3)[1]
    for found, replay, after in after_cuts(tmp_path, record, [at], Disk()):
        said = list(replay.said)
        with (
            TemporaryDirectory(prefix="oqs-t-") as short,  # as addresses of Unix sockets must be
            system(
                [str(AGAIN), str(after), "up", "--port", "0", "--json"], TMPDIR=short
            ) as addresses,
            closing(Recorder(tmp_path, tmp_path)) as recorder,
            Load(addresses, recorder) as load,
        ):
            held = Path(addresses["line_directory"]).parent
            reading = load.console.get("/sim/clock").json()["Now"]
            told = [one["now"] for one in said if "now" in one]
            assert datetime.fromisoformat(reading) >= max(map(datetime.fromisoformat, told))
            load.ask_again(said)
            load.have_members()
            load.file_something()
            load.advance()
            went_on = Found.read(urls(held))
        assert not went_on.lost(said)
        assert not went_on.contradictions()
        # What was asked again has added nothing; what was filed anew is beside it.
        kept = {key: content for key, content in went_on.ledger.items() if key in found.ledger}
        assert kept == found.ledger
        assert len(went_on.ledger) == len(found.ledger) + HOLDERS + 2
        assert went_on.visits == found.visits
        # The worker has delivered all that was due.
        newest: dict[str, int] = {}
        for reference, version in went_on.ledger:
            newest[reference] = max(newest.get(reference, 0), version)
        assert set(newest.items()) == set(went_on.taken)
