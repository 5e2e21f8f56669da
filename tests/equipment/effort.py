"""How much a database does for some statements, whatever else the machine does."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


@contextmanager
def effort(engine: Engine) -> Iterator[list[int]]:
    """Give how much the database does: rows that it reads, or steps of its machine."""
    spent = [0]
    watched: list[Any] = []

    def step() -> int:
        spent[0] += 1
        return 0

    def watch(_: object, cursor: Any, statement: str, given: Any, *_more: object) -> None:
        if engine.dialect.name == "sqlite":
            watched.append(cursor.connection)
            cursor.connection.set_progress_handler(step, 10)
        elif "SELECT" in statement:
            with closing(cursor.connection.cursor()) as other:
                other.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", given)
                (plans,) = other.fetchone()
            spent[0] += sum(_read(one["Plan"]) for one in plans)

    event.listen(engine, "before_cursor_execute", watch)
    try:
        yield spent
    finally:
        event.remove(engine, "before_cursor_execute", watch)
        for connection in watched:
            connection.set_progress_handler(None, 0)


def _read(plan: dict[str, Any]) -> int:
    rows = sum(map(_read, plan.get("Plans", ())))
    if "Relation Name" in plan:
        each = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        rows += round(each * plan["Actual Loops"])
    return rows
