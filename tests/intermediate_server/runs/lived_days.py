"""Days of insurers in one process: ledger, register, runs and worker, and OQS's intake."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import delete

import oqs_sim.app
from eligibility.days.dates import TOKYO
from eligibility.documents import Delivery
from eligibility.identifiers.numbers import individual_check_digit
from intermediate_server.acceptance import Acceptance
from intermediate_server.documents.document import PAPER_KINDS
from intermediate_server.documents.selection import Selection
from intermediate_server.filing.csv_file import CsvLine
from intermediate_server.filing.fields import read_procedure
from intermediate_server.filing.file_intake import FileIntake
from intermediate_server.policies import load_policies
from intermediate_server.procedures.change import UNKNOWN_SOURCE
from intermediate_server.procedures.person import PersonDetails
from intermediate_server.run_execution import RunExecution
from intermediate_server.store import open_store
from intermediate_server.store.outgoing.leases import Leases
from intermediate_server.sync.delivery import Sync
from intermediate_server.sync.pace import Pace
from storage import open_engine
from tests.chaos.year.town import OQS, Town, Workers
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from intermediate_server.filing.file_intake import LineOutcome
    from intermediate_server.procedures.procedure import Procedure
    from intermediate_server.runs.run_kinds import RunKind
    from intermediate_server.store.ledger import Recorded

LONG_VALID = date(2034, 2, 17)
"""The last day of an electronic certificate that outlasts a test."""


class LivedDays:
    """What insurers and their members do, and what comes of it; every day begins at 9."""

    def __init__(self, database_url: str, oqs_url: str, today: date) -> None:
        self.runner = asyncio.Runner()
        self.oqs = open_engine(oqs_url, OQS.metadata, oqs_sim.app.MIGRATIONS)
        self.town = Town(self.oqs, morning(today), {})
        self.store = open_store(database_url)
        leases = Leases(self.store.engine, "worker", 30, lambda _: datetime.now(UTC))
        self.workers = Workers(Sync(self.store, leases, cast("Any", self.town), Pace(100)))
        self.acceptance = Acceptance(
            self.store.ledger, load_policies(None), cast("Any", self.town), cast("Any", self.town)
        )
        self.execution = RunExecution(self.acceptance, self.store, cast("Any", self.workers))
        self.began = self.town.now
        self.runner.run(self.execution.follow(self.town.now, self.began))

    def to_post(self, insurer: str, since: date, until: date) -> Selection:
        """Ask for all papers that were issued on these days and may go out today."""
        return Selection(insurer, since, until, PAPER_KINDS, frozenset(Delivery), self.today)

    def close(self) -> None:
        self.runner.close()
        self.workers.sync.lock.release()
        self.store.close()
        self.oqs.dispose()

    def resident(
        self, birthdate: date, expires_on: date | None = LONG_VALID, *, registered: bool = False
    ) -> str:
        """Have somebody in the resident register; a card unless told otherwise."""
        place = len(self.town.residents)
        reference = f"SIM-{place:016}"
        person = PersonDetails(
            reference, f"模擬　{place}子", "ﾓｷﾞ ｺ", Sex.FEMALE, birthdate, "模擬県1", ""
        )
        self.town.residents[self.number_of(reference)] = (person, expires_on)
        if registered:
            self.town.register(reference)
        return reference

    @staticmethod
    def number_of(reference: str) -> str:
        body = f"{99_000_020_000 + int(reference[4:])}"
        return f"{body}{individual_check_digit(body)}"

    def file(self, reference: str | None, insurer: str, kind: str, **texts: str) -> Recorded:
        """File a procedure; None of a child without an individual number."""
        procedure = self._procedure(reference, insurer, kind, **texts)
        return self.runner.run(self.acceptance.accept(procedure))

    def file_in_file(
        self, reference: str | None, insurer: str, kind: str, **texts: str
    ) -> LineOutcome:
        """File a procedure as the one line of a file."""
        line = CsvLine(2, self._procedure(reference, insurer, kind, **texts))
        intake = FileIntake(self.acceptance, self.store)
        (outcome,) = self.runner.run(intake.take_lines([line], UNKNOWN_SOURCE, insurer))
        return outcome

    def _procedure(self, reference: str | None, insurer: str, kind: str, **texts: str) -> Procedure:
        asked = {
            "Kind": kind, "InsurerNumber": insurer, "InsuredCardSymbol": "模擬",
            "InsuredIdentificationNumber": "1", "InsuredBranchNumber": "01",
            "Householder": "模擬　主", **texts,
        }  # fmt: skip
        if reference is not None:
            asked["IndividualNumber"] = self.number_of(reference)
        if kind not in {"join", "newborn"} and "Householder" not in texts:
            asked.pop("Householder")
        return read_procedure(asked)

    def join(self, reference: str, insurer: str, **texts: str) -> Recorded:
        since = f"{self.today:%Y%m%d}"
        return self.file(reference, insurer, "join", **{"QualificationDate": since, **texts})

    @property
    def today(self) -> date:
        return self.town.now.astimezone(TOKYO).date()

    def advance(self, until: date) -> None:
        """Live on until a day, with the runs of all days."""
        self.town.now = morning(until)
        self.runner.run(self.execution.follow(self.town.now, self.began))
        self.runner.run(self.workers.follow(self.town.now))

    def run(self, kind: RunKind, insurer: str) -> None:
        """Have a person start a run."""
        policy = self.acceptance.policies.of_digits(insurer)

        async def done() -> None:
            await (await self.execution.start(kind, policy, None, "試験"))

        self.runner.run(done())

    def end_registrations(self) -> None:
        with self.oqs.begin() as connection:
            connection.execute(delete(OQS.registration))

    def papers(self, reference: str) -> list[tuple[str, str | None, date | None, date | None]]:
        """Return what was decided about somebody: occasion, kind, days of issue and of expiry."""
        return [
            (
                one.document.occasion.value,
                one.document.kind.value if one.document.kind else None,
                one.document.issued_on,
                one.document.expires_on,
            )
            for one in self.store.documents.of_person(reference)
        ]

    def entries(self, reference: str) -> list[Any]:
        return [one.change for one in self.store.ledger.history(reference)]


def morning(day: date) -> datetime:
    """Return the instant at which a day begins here."""
    return datetime(day.year, day.month, day.day, 9, tzinfo=TOKYO)
