"""Files of which lines were refused, or which were not read to the end, until that is mended."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, select

from intermediate_server.store.schema import unsettled_file
from storage import reading, turn_to_write
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine, Row

MOST_OF_INSURER = 100
"""How many files an insurer may leave unsettled; no further one is taken before one is."""
_COUNTS = ("lines", "accepted", "unchanged", "refused", "attention", "skipped", "left_out")
_WITHOUT_REPORT = [column for column in unsettled_file.c if column.name != "report"]
_ALL = select(*_WITHOUT_REPORT).order_by(unsettled_file.c.recorded_at.desc())
"""All of them without their reports, the newest first."""
_ONE = select(unsettled_file).where(unsettled_file.c.name == bindparam("of_name"))
"""One, with its report."""
_COUNT_OTHERS = select(func.count()).where(
    unsettled_file.c.insurer_number == bindparam("of_insurer"),
    unsettled_file.c.file_name != bindparam("of_file"),
)
"""How many an insurer has by other names: whose file is handed in mended, leaves no more."""
_DROP = delete(unsettled_file).where(unsettled_file.c.name == bindparam("of_name"))
"""Lets go of one."""
_DROP_NAMESAKES = delete(unsettled_file).where(
    unsettled_file.c.insurer_number == bindparam("of_insurer"),
    unsettled_file.c.file_name == bindparam("of_file"),
)
"""Lets go of what an insurer handed in under a name: the same file, mended, is there now."""


@dataclass(frozen=True, slots=True)
class UnsettledFile:
    """A file about which something is left to be done."""

    name: str
    """Nobody guesses it."""
    insurer: str
    file_name: str
    interrupted: str
    """Why it was not read to its end, in Japanese; empty where it was."""
    seconds: float
    """How long it was being taken."""
    counts: Mapping[str, int]
    """Lines: of the file, taken, taken before, refused, to look at, skipped, and left out here."""
    report: bytes = b""
    """The header of the report, and the lines that need a look; empty in lists."""


@dataclass(frozen=True)
class UnsettledFiles:
    """All such files of the page."""

    engine: Engine

    def begin(self, file: UnsettledFile) -> bool:
        """Keep a file that is about to be taken; False where its insurer has left too many.

        It is kept as it would be told if the service ended now.
        """
        with turn_to_write(self.engine), self.engine.begin() as connection:
            asked = {"of_insurer": file.insurer, "of_file": file.file_name}
            left = connection.execute(_COUNT_OTHERS, asked).scalar_one()
            if left >= MOST_OF_INSURER:
                return False
            connection.execute(insert(unsettled_file), _row(file))
        return True

    def end(self, insurer: str, file_name: str, left: UnsettledFile | None) -> None:
        """Keep what is left to be done of a file, in place of what came by its name before."""
        namesakes = {"of_insurer": insurer, "of_file": file_name}
        with turn_to_write(self.engine), self.engine.begin() as connection:
            connection.execute(_DROP_NAMESAKES, namesakes)
            if left is not None:
                connection.execute(insert(unsettled_file), _row(left))

    def drop(self, name: str) -> None:
        """Let go of a file: it is settled, or nothing of it was taken."""
        with turn_to_write(self.engine), self.engine.begin() as connection:
            connection.execute(_DROP, {"of_name": name})

    def find(self, name: str) -> UnsettledFile | None:
        """Return a file with its report."""
        with reading(self.engine) as connection:
            row = connection.execute(_ONE, {"of_name": name}).one_or_none()
        return None if row is None else _file(row, zlib.decompress(row.report))

    def all(self) -> tuple[UnsettledFile, ...]:
        """Return all of them, the newest first, without their reports."""
        with reading(self.engine) as connection:
            return tuple(_file(row) for row in connection.execute(_ALL))


def _row(file: UnsettledFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "insurer_number": file.insurer,
        "file_name": file.file_name,
        "interrupted": file.interrupted,
        "seconds": file.seconds,
        **{name: file.counts.get(name, 0) for name in _COUNTS},
        "report": zlib.compress(file.report),
        "recorded_at": wall_clock(),
    }


def _file(row: Row[Any], report: bytes = b"") -> UnsettledFile:
    counts = {name: getattr(row, name) for name in _COUNTS}
    return UnsettledFile(
        row.name,
        row.insurer_number,
        row.file_name,
        row.interrupted,
        row.seconds,
        counts,
        report,
    )
