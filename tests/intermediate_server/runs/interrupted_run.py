"""A run over all members in a process of its own, which ends hard at a chosen moment.

Arguments: the database, the kind of run, the day, and at which member (counted over all) it ends;
0 for never.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from intermediate_server import run_execution
from intermediate_server.policies import load_policies
from intermediate_server.procedures.person import NO_CARD
from intermediate_server.run_execution import RunExecution
from intermediate_server.runs.run_kinds import RunKind
from intermediate_server.store import open_store

if TYPE_CHECKING:
    from intermediate_server.runs.run_task import RunTask

MOGAMI = "990010"


class NoCards:
    """An OQS that knows of no card."""

    async def cards(self, references: list[str]) -> list[Any]:
        """Say that nobody has a card."""
        return [NO_CARD] * len(references)


def execution_on(database: str, at_once: int = 7) -> RunExecution:
    """Return what does runs on a database, a few members at a time."""
    acceptance = SimpleNamespace(policies=load_policies(None), oqs=NoCards())
    return RunExecution(
        cast("Any", acceptance),
        open_store(database),
        cast("Any", None),
        persons_at_once=at_once,
    )


def main(database: str, kind: str, day: str, ends_at: int) -> None:
    """Do the run, or end in the middle of it."""
    execution = execution_on(database)
    decide, count = run_execution.decide, 0

    def counted(task: RunTask, *known: Any) -> Any:
        nonlocal count
        count += 1
        if count == ends_at:
            os._exit(9)
        return decide(task, *known)

    run_execution.decide = counted  # this process ends with it
    on = date.fromisoformat(day)
    at = datetime(on.year, on.month, on.day, tzinfo=UTC)
    run = execution.store.runs.begin(RunKind(kind), MOGAMI, on, at, "試験")
    asyncio.run(execution.attend(run))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
