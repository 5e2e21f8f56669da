"""The whole system on one machine: a PC/SC stack, the services, the sync worker, the testbed.

One process imports everything and forks the services from itself, so that all of them answer
within a second or two. All addresses are on loopback. Whatever way this process ends, the
kernel ends the others.
"""

from __future__ import annotations

import gc
import math
import os
import shutil
import time
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING

import clinic_client.app
import clinic_client.settings
import intermediate_server.app
import intermediate_server.settings
import intermediate_server.worker
import oqs_sim.app
import oqs_sim.settings
import testbed.app
import testbed.settings
from eligibility.sentence import Sentence
from eligibility.terminal.clinic_variant import ClinicVariant
from reader.errors import SOCKET_VARIABLE
from testbed.launch.chosen_settings import AS_THEY_ARE, ChosenSettings
from testbed.launch.clinic_variants import limited
from testbed.launch.line_certificates import INTERMEDIATE_SERVER, OQS, make_line, terminal
from testbed.launch.participants import INSTITUTION, Addresses, insurers
from testbed.launch.postgres import OwnDatabases
from testbed.launch.processes import Child, ProcessFailed, spawn, stop, wait_for_any
from testbed.launch.scratch_directories import own_directory
from testbed.launch.service import run_service
from testbed.launch.systems_on_record import (
    STAND_INS,
    SystemOnRecord,
    records_folder,
    started_at,
)
from testbed.mistakes import Mistake, as_mistake
from testbed.readers.private_pcscd import PcscStack
from testbed.settings import Page
from wire.line_credentials import credentials
from wire.serving.serve import AddressUnavailable, Listener, bind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Self

    from fastapi import FastAPI

    from clinic_client.passcode import HashedPasscode

for _late in ("pydantic.v1", "sqlite3", "uvloop"):
    # Loaded by the libraries when first used, which would be in each service again.
    import_module(_late)

HOST = "127.0.0.1"
BASE_PORT = 8600
"""The desk's port; the other services take the next ones."""
WORKERS = ("worker", "second worker")
"""The sync workers, where there can be several."""
READY_SECONDS = 30.0
DIAGNOSIS = "/diagnose"
"""The testbed's page that says why the reception does not work."""
SHORTEST_LIFE_SECONDS = 2.0
"""A sync worker that was started again and ends sooner has a reason to, and is given up."""
_NAMES = (
    "clinic",
    "testbed",
    "oqs_console",
    "oqs_line",
    "intermediate_console",
    "intermediate_line",
    "worker",
)
_DATABASES = ("oqs", "intermediate", "clinic")


@dataclass(frozen=True)
class _Worker:
    """A sync worker that was started, and what it is started again with."""

    listener: str
    settings: intermediate_server.settings.WorkerSettings
    again_at: float = -math.inf
    """When it was started in place of one that had ended (monotonic seconds)."""


@dataclass
class Deployment:
    """All services of the system, on loopback.

    ``base_port`` 0 takes free ports. The data of a deployment lives as long as it runs.
    ``database`` is the address of a PostgreSQL server, on which it makes databases of its own, and
    shares the sync worker's work among ``WORKERS``; without one it keeps SQLite files. ``chosen``
    are settings of OQS and of the clinic; ``exchange`` is the root of the clinic's folder exchange,
    ``variant`` how the clinic is equipped, ``visual_passcode`` what its staff type at the reader
    (P-019).
    """

    base_port: int = BASE_PORT
    database: str | None = None
    chosen: ChosenSettings = AS_THEY_ARE
    exchange: Path | None = None
    variant: ClinicVariant = ClinicVariant.FACE_READER
    visual_passcode: HashedPasscode | None = None
    _children: list[Child] = field(default_factory=list)
    _listeners: dict[str, Listener] = field(default_factory=dict)
    _databases: OwnDatabases | None = None
    _worker_processes: dict[int, _Worker] = field(default_factory=dict)
    """The sync workers, by their process."""

    @property
    def _workers(self) -> tuple[str, ...]:
        """The names of the sync workers' listeners."""
        return ("worker",) if self.database is None else WORKERS

    def start(self) -> Self:
        """Start everything; return when all of it answers.

        Raises:
            Mistake: a port is taken, the virtual reader or the databases cannot be used, or a
                service did not start.
        """
        try:
            # Ports first: the commonest mistake is told before anything is started.
            with as_mistake(AddressUnavailable):
                sockets = {
                    name: bind(HOST, self.base_port and self.base_port + offset)
                    for offset, name in enumerate((*_NAMES, *self._workers[1:]))
                }
            self.directory, self._lock = own_directory("oqs-sim")
            if self.database is not None:
                self._databases = OwnDatabases.on(self.database, _DATABASES)
            self.line_directory = self.directory / "line"
            self.pcsc = PcscStack(self.directory / "pcsc")
            self.pcsc.launch()
            make_line(self.line_directory, [INSTITUTION], insurers())
            tls = {"oqs_line": OQS, "intermediate_line": INTERMEDIATE_SERVER}
            self._listeners = {
                name: Listener(
                    bound, credentials(self.line_directory, tls[name]) if name in tls else None
                )
                for name, bound in sockets.items()
            }
            self._fork_services()
            deadline = time.monotonic() + READY_SECONDS
            self.pcsc.wait_until_ready()
            for child in self._children:
                child.wait_until_ready(deadline)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End everything and remove its files."""
        stop(self._children)
        self._children = []
        for listener in self._listeners.values():
            listener.socket.close()
        self._listeners = {}
        if self._databases is not None:
            self._databases.drop()
            self._databases = None
        if hasattr(self, "pcsc"):
            self.pcsc.stop()
        if hasattr(self, "directory"):
            shutil.rmtree(self.directory, ignore_errors=True)
            self._lock.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url(self, name: str) -> str:
        """Return the address of a service."""
        return self._listeners[name].url

    @property
    def database_urls(self) -> dict[str, str]:
        """The address of each service's database."""
        if self._databases is not None:
            return self._databases.urls
        return {name: f"sqlite:///{self.directory}/{name}.sqlite" for name in _DATABASES}

    @property
    def card_directory(self) -> Path:
        """Where the images of the cards lie."""
        return self.directory / "cards"

    @property
    def addresses(self) -> Addresses:
        """Where the story finds the services."""
        return Addresses(
            oqs_console=self.url("oqs_console"),
            intermediate_line=self.url("intermediate_line"),
            clinic=self.url("clinic"),
            testbed=self.url("testbed"),
            line_directory=self.line_directory,
        )

    @property
    def _patient_pages(self) -> tuple[Page, ...]:
        if not self.variant.reads_cards:
            return ()
        name = Sentence("患者さんの画面", "The patient's screen")
        return (Page(name, self.url("clinic") + "/patient"),)

    @property
    def pages(self) -> tuple[Page, ...]:
        """What people open."""
        return (
            Page(Sentence("受付", "Reception desk"), self.url("clinic") + "/"),
            *self._patient_pages,
            Page(Sentence("マイナポータル", "Mynaportal"), self.url("oqs_console") + "/portal"),
            Page(Sentence("模擬操作盤", "Simulation panel"), self.url("testbed") + "/"),
            Page(Sentence("受付の練習", "Reception practice"), self.url("testbed") + "/practice"),
            Page(
                Sentence("保険者（中間サーバー）", "Insurer's clerk"),
                self.url("intermediate_console") + "/",
            ),
            Page(
                Sentence("市区町村の窓口", "Municipality's counter"),
                self.url("oqs_console") + "/municipality",
            ),
            Page(Sentence("OQSの運用", "Operating OQS"), self.url("oqs_console") + "/operation"),
            Page(Sentence("OQSのAPI文書", "API of OQS"), self.url("oqs_console") + "/docs"),
            Page(Sentence("受付のAPI文書", "API of the clinic"), self.url("clinic") + "/docs"),
        )

    def described(self, command: str) -> SystemOnRecord:
        """Describe this system for those who look for one; ``command`` has started it."""
        return SystemOnRecord(
            name=self.url("clinic").rpartition(":")[2],
            command=command,
            pid=os.getpid(),
            started=started_at(os.getpid()) or 0,
            clinic=self.url("clinic"),
            testbed=self.url("testbed"),
            oqs_console=self.url("oqs_console"),
            oqs_line=self.url("oqs_line"),
            intermediate_console=self.url("intermediate_console"),
            intermediate_line=self.url("intermediate_line"),
            line_directory=str(self.line_directory),
            pcsc_socket=str(self.pcsc.socket),
        )

    def wait_for_end_of_any(self, tell: Callable[[Sentence], None]) -> None:
        """Wait until a service ends, which none should; start a sync worker that does again.

        What a worker had under way lies in the outbox still, and so nothing is lost with it. One
        that was started again and ends soon would do so again and again.

        Raises:
            ProcessFailed: always, in the end.
        """
        while True:
            ended = wait_for_any(self._children)
            worker = self._worker_processes.pop(ended.pid, None)
            if worker is None or time.monotonic() - worker.again_at < SHORTEST_LIFE_SECONDS:
                break
            self._children.remove(ended)
            tell(
                Sentence(
                    f"同期ワーカーが途中で止まりました（終了コード {ended.exit_status}）。"
                    "届出は失われません。もう一度始めます。",
                    f"A sync worker has ended by itself (exit status {ended.exit_status}). "
                    "Nothing is lost; it is started again.",
                )
            )
            again = replace(worker, again_at=time.monotonic())
            self._fork_worker(again).wait_until_ready(again.again_at + READY_SECONDS)
        raise ProcessFailed(
            Sentence(
                f"{ended.japanese}が途中で止まりました（終了コード {ended.exit_status}）。"
                "上の最後のメッセージで原因を確かめ、もう一度始めてください。",
                f"The {ended.name} has ended by itself (exit status {ended.exit_status}). "
                "Its last words are above; start again.",
            )
        )

    def _fork_services(self) -> None:
        databases = self.database_urls
        workers = tuple(map(self.url, self._workers))
        oqs = self.chosen.applied_to(
            oqs_sim.settings.Settings(
                database_url=databases["oqs"],
                clock_followers=workers,
                clock_forerunners=(self.url("intermediate_console"),),
                clinic_urls=(self.url("clinic"),),
                portal_reader_page=self.url("testbed") + "/portal-card",
                cards_url=self.url("testbed"),
                eligibility_only_institutions=limited(INSTITUTION, self.variant),
            )
        )
        intermediate = intermediate_server.settings.Settings(
            database_url=databases["intermediate"],
            oqs_line_url=self.url("oqs_line"),
            oqs_console_url=self.url("oqs_console"),
            line_directory=self.line_directory,
            worker_urls=workers,
        )
        worker = intermediate_server.settings.WorkerSettings(
            database_url=intermediate.database_url,
            oqs_line_url=self.url("oqs_line"),
            oqs_console_url=self.url("oqs_console"),
            line_directory=self.line_directory,
        )
        clinic = self.chosen.applied_to_clinic(
            clinic_client.settings.Settings(
                database_url=databases["clinic"],
                oqs_line_url=self.url("oqs_line"),
                oqs_console_url=self.url("oqs_console"),
                line_directory=self.line_directory,
                participant=terminal(INSTITUTION),
                institution_code=INSTITUTION,
                reader_part=self.pcsc.readers[0],
                exchange_directory=self.exchange,
                variant=self.variant,
                visual_passcode=self.visual_passcode,
                intermediate_line_url=self.url("intermediate_line"),
                intermediate_console_url=self.url("intermediate_console"),
                diagnosis_url=self.url("testbed") + DIAGNOSIS,
                face_url=self.url("testbed"),
            )
        )
        bed = testbed.settings.Settings(
            card_directory=self.card_directory,
            pcsc_directory=self.pcsc.directory,
            oqs_console_url=self.url("oqs_console"),
            pages=self.pages,
            stand_ins=records_folder() / STAND_INS,
            real_service=os.environ.get(SOCKET_VARIABLE),
            clinic_url=self.url("clinic"),
            intermediate_console_url=self.url("intermediate_console"),
            oqs_line_url=self.url("oqs_line"),
            line_directory=self.line_directory,
            worker_urls=workers,
            institution_code=INSTITUTION,
        )
        # The children share what is imported; the collector must not touch it.
        gc.freeze()
        self._fork("clinic's desk", ["clinic"], lambda: clinic_client.app.build_app(clinic))
        self._fork("OQS", ["oqs_console", "oqs_line"], lambda: oqs_sim.app.build_app(oqs))
        self._fork(
            "intermediate server",
            ["intermediate_console", "intermediate_line"],
            lambda: intermediate_server.app.build_app(intermediate),
        )
        for name in self._workers:
            self._fork_worker(_Worker(name, worker))
        self._fork("testbed", ["testbed"], lambda: testbed.app.build_app(bed))

    def _fork_worker(self, worker: _Worker) -> Child:
        child = self._fork(
            "sync worker",
            [worker.listener],
            lambda: intermediate_server.worker.build_app(worker.settings),
        )
        self._worker_processes[child.pid] = worker
        return child

    def _fork(self, name: str, listeners: list[str], build: Callable[[], FastAPI]) -> Child:
        mine = [self._listeners[listener] for listener in listeners]

        def run(started: Callable[[], None]) -> None:
            os.environ.update(self.pcsc.environment())
            for other in self._listeners.values():
                if other not in mine:
                    other.socket.close()
            run_service(build, mine, started)

        child = spawn(name, run, (Mistake,))
        self._children.append(child)
        return child
