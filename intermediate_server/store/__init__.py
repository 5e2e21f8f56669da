"""What the intermediate server keeps, and every statement about it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

from intermediate_server.store.bulk_recorder import BulkRecorder
from intermediate_server.store.discrepancy_register import DiscrepancyRegister
from intermediate_server.store.document_register import DocumentRegister
from intermediate_server.store.finding.document_list import DocumentList
from intermediate_server.store.finding.person_search import PersonSearch
from intermediate_server.store.finding.procedure_list import ProcedureList
from intermediate_server.store.incoming.unsettled_files import UnsettledFiles
from intermediate_server.store.ledger import Ledger
from intermediate_server.store.outgoing.control import DeliveryControl
from intermediate_server.store.outgoing.leases import lay_out
from intermediate_server.store.outgoing.outbox import Backlog, Outbox
from intermediate_server.store.outgoing.version_conflicts import VersionConflicts
from intermediate_server.store.reading_log import ReadingLog
from intermediate_server.store.runs import Runs
from intermediate_server.store.schema import metadata
from intermediate_server.store.waiting_post import Post
from storage import StorageUnavailable, open_engine

if TYPE_CHECKING:
    from sqlalchemy import Engine

__all__ = [
    "MIGRATIONS",
    "Backlog",
    "BulkRecorder",
    "DeliveryControl",
    "DiscrepancyRegister",
    "DocumentRegister",
    "Ledger",
    "Outbox",
    "Post",
    "ReadingLog",
    "Runs",
    "Store",
    "UnsettledFiles",
    "VersionConflicts",
    "open_store",
]

MIGRATIONS = Path(str(files("intermediate_server.store"))) / "migrations"


@dataclass(frozen=True)
class Store:
    """The ledger, the register of documents, and what waits for its delivery."""

    engine: Engine
    ledger: Ledger
    outbox: Outbox
    control: DeliveryControl
    """What people decide about the delivery."""
    documents: DocumentRegister
    post: Post
    recorder: BulkRecorder
    readings: ReadingLog
    conflicts: VersionConflicts
    discrepancies: DiscrepancyRegister
    runs: Runs
    search: PersonSearch
    procedure_list: ProcedureList
    document_list: DocumentList
    unsettled_files: UnsettledFiles

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def open_store(url: str) -> Store:
    """Open the database, and bring it up to date.

    Raises:
        StorageUnavailable: it cannot be opened, is newer than this program, or is in memory,
            where the service and its worker could not share it.
    """
    engine = open_engine(url, metadata, MIGRATIONS)
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        engine.dispose()
        raise StorageUnavailable(
            "中間サーバーと同期ワーカーは別々のプロセスで、一つのデータベースを使います。メモリーには"
            "置けません。両方に同じファイルを指定してください: sqlite:///PATH。",
            "The intermediate server and its sync worker are two processes and share one "
            "database, which cannot lie in memory. Give both the same file: sqlite:///PATH.",
        )
    lay_out(engine)
    return Store(
        engine,
        Ledger(engine),
        Outbox(engine),
        DeliveryControl(engine),
        DocumentRegister(engine),
        Post(engine),
        BulkRecorder(engine),
        ReadingLog(engine),
        VersionConflicts(engine),
        DiscrepancyRegister(engine),
        Runs(engine),
        PersonSearch(engine),
        ProcedureList(engine),
        DocumentList(engine),
        UnsettledFiles(engine),
    )
