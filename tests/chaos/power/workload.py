"""Files procedures and delivers them, and says of each when it is acknowledged.

Runs as a process of its own, under the recorder: ``workload.py DIRECTORY SECONDS [unflushed]``.
Each acknowledgement is a line of the file ``acknowledged``, whose place among the writes and
flushes of the databases the recorder keeps.
"""

import asyncio
import os
import random
import sys
import threading
import time
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import oqs_sim.app
from eligibility.days.dates import TOKYO
from intermediate_server.procedures.change import Change
from intermediate_server.store import Store, open_store
from intermediate_server.store.outgoing.leases import Leases
from intermediate_server.store.outgoing.outbox_batches import Batch
from intermediate_server.sync.delivery import Sync
from intermediate_server.sync.pace import Pace
from oqs_sim.qualification.change_intake import ChangeIntake
from oqs_sim.store.schema import metadata
from storage import open_engine
from storage.flushing import LogFlusher
from tests.chaos.conftest import MONDAY, change_of
from wire.bulk import ChangeTable
from wire.vocabulary.changes import BatchReceipt

NOON = datetime(2026, 11, 16, 12, tzinfo=TOKYO)


class Acknowledgements:
    def __init__(self, directory: Path) -> None:
        self._file = os.open(directory / "acknowledged", os.O_WRONLY | os.O_CREAT)

    def note(self, *words: object) -> None:
        os.write(self._file, (" ".join(map(str, words)) + "\n").encode())


class Target:
    """The intake of OQS, without the line."""

    def __init__(self, intake: ChangeIntake, acknowledged: Acknowledgements) -> None:
        self.intake, self.acknowledged = intake, acknowledged

    async def deliver(self, batch: Batch) -> BatchReceipt:
        receipt = await self.intake.take_table(batch.bucket, batch.document)
        for one in ChangeTable(batch.lines).changes:
            self.acknowledged.note("taken", one.person_reference, one.version, one.address)
        return receipt


def decided(
    reference: str, day: date, content: str, history: tuple[Change, ...]
) -> tuple[Change, ...]:
    one = change_of(reference, len(history) + 1, day, content[1:])
    return (replace(one, person=replace(one.person, address=content)),)


def file_for_ever(store: Store, clerk: int, until: float, acknowledged: Acknowledgements) -> None:
    luck = random.Random(clerk)
    while time.monotonic() < until:
        reference = f"P-{luck.randrange(12):03}"
        content = f"町{luck.randrange(10**9)}"
        day = MONDAY + timedelta(days=luck.randrange(-3, 2))

        recorded = store.ledger.record(reference, partial(decided, reference, day, content))
        acknowledged.note("filed", reference, recorded.entries[0].version, content)


async def serve_oqs(directory: Path, store: Store, until: float, said: Acknowledgements) -> None:
    engine = open_engine(f"sqlite:///{directory}/oqs.sqlite", metadata, oqs_sim.app.MIGRATIONS)
    sync = Sync(store, Leases(store.engine, "w", 30), Target(ChangeIntake(engine), said), Pace(3))
    while time.monotonic() < until:
        await sync.deliver_due(NOON)
    engine.dispose()


def main() -> None:
    directory, seconds = Path(sys.argv[1]), float(sys.argv[2])
    if "unflushed" in sys.argv:
        LogFlusher.flush = lambda _: None  # type: ignore[method-assign] # what the test is about
    said = Acknowledgements(directory)
    store = open_store(f"sqlite:///{directory}/intermediate.sqlite")
    until = time.monotonic() + seconds
    clerks = [
        threading.Thread(target=file_for_ever, args=(store, clerk, until, said))
        for clerk in range(3)
    ]
    for one in clerks:
        one.start()
    asyncio.run(serve_oqs(directory, store, until, said))
    for one in clerks:
        one.join()
    store.close()


main()
