"""Power cuts: whatever is acknowledged is found again, and OQS knows nothing that its source lost.

The databases' writes and flushes are recorded as they happen. A cut at any moment leaves what was
flushed, and of the rest any part, sector by sector.
"""

import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

import oqs_sim.app
import oqs_sim.store.schema as oqs_schema
from intermediate_server.store import open_store
from intermediate_server.store.schema import change
from storage import open_engine
from tests.chaos.power.disk import Disk, Event, events_of

CUTS = 12 * int(os.environ.get("OQS_SIM_CUTS", "1"))
SECONDS = 1.5
HERE = Path(__file__).parent


def recorded(tmp_path: Path, *options: str) -> list[Event]:
    """Run the workload; return all that it did to its files, and what it acknowledged between."""
    library, journal, root = tmp_path / "recorder.so", tmp_path / "journal", tmp_path / "disk"
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-O1", "-o", library, HERE / "recorder.c", "-ldl"], check=True
    )
    root.mkdir()
    subprocess.run(
        [sys.executable, HERE / "workload.py", root, str(SECONDS), *options],
        env={
            **os.environ,
            "PYTHONPATH": str(HERE.parents[2]),
            "LD_PRELOAD": str(library),
            "CUT_ROOT": str(root),
            "CUT_JOURNAL": str(journal),
        },
        check=True,
    )
    return events_of(journal)


def after_cuts(tmp_path: Path, events: list[Event], cuts: int) -> Counter[str]:
    """Cut the power at moments drawn by lot; count what is lost, and what contradicts."""
    luck = random.Random(1)
    acknowledged = f"{tmp_path}/disk/acknowledged"
    first = next(place for place, event in enumerate(events) if event.path == acknowledged)
    moments = sorted(luck.randrange(first, len(events)) for _ in range(cuts))
    disk, said, found = Disk(), [], Counter[str]()
    place = 0
    for moment in moments:
        while place < moment:
            if events[place].path == acknowledged:
                if events[place].kind == "W":
                    said.append(events[place].content.decode().split())
            else:
                disk.see(events[place])
            place += 1
        after = tmp_path / "after"
        disk.after_cut(after, tmp_path / "disk", luck)
        found.update(compared(after, said))
        shutil.rmtree(after)
    found["cuts"] = cuts
    return found


def compared(after: Path, said: list[list[str]]) -> Counter[str]:
    store = open_store(f"sqlite:///{after}/intermediate.sqlite")
    engine = open_engine(
        f"sqlite:///{after}/oqs.sqlite", oqs_schema.metadata, oqs_sim.app.MIGRATIONS
    )
    with store.engine.connect() as connection:
        filed = {
            (row.person_reference, row.version): row.address
            for row in connection.execute(select(change))
        }
    with engine.connect() as connection:
        taken = {
            (row.person_reference, row.version): row.address
            for row in connection.execute(select(oqs_schema.qualification))
        }
    found = Counter[str]()
    seen: set[tuple[str, int]] = set()
    for kind, *words in said:
        key = (words[0], int(words[1]))
        known = filed if kind == "filed" else taken
        found["lost"] += known.get(key) != words[2]
        if kind == "filed":
            found["doubled"] += key in seen
            seen.add(key)
        found["acknowledged"] += 1
    found["contradicted"] = sum(filed.get(key) != address for key, address in taken.items())
    store.close()
    engine.dispose()
    return found


@pytest.mark.deployment
@pytest.mark.long
def test_what_is_acknowledged_outlives_a_power_cut(tmp_path: Path) -> None:
    found = after_cuts(tmp_path, recorded(tmp_path), CUTS)
    assert found["acknowledged"]
    assert (found["lost"], found["doubled"], found["contradicted"]) == (0, 0, 0), found


@pytest.mark.deployment
@pytest.mark.long
def test_without_flushes_a_power_cut_is_seen_to_lose(tmp_path: Path) -> None:
    assert after_cuts(tmp_path, recorded(tmp_path, "unflushed"), 6)["lost"]
