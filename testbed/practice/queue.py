"""Queues (順番): who comes to the desk one after another, ready-made or of one's own choice."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from eligibility.documents.kinds import DocumentKind
from eligibility.sentence import Sentence
from testbed.cards.life import Situation
from testbed.cards.personas import townspeople
from testbed.disturbing.disturbance import Place
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

OUTAGES = (Place.READER, Place.LINE, Place.OQS)
"""What may be out while a patient is there."""
LONGEST = 60
"""The most patients in a queue: there are not many more people in the town."""
_OUTAGE_OF = {Situation.READER_BROKEN: Place.READER, Situation.NETWORK_DOWN: Place.LINE}
"""What is out whenever somebody comes who is there for that."""
_ROWS_OF_TABLE = 16
"""The rows of the table of causes (rule catalogue, §6.3): the first situations of the town."""


@dataclass(frozen=True)
class QueueEntry:
    """Somebody who comes, and what is out then."""

    person: str
    """A key of the town."""
    outage: Place | None = None

    @classmethod
    def of(cls, person: str, outage: Place | None = None) -> QueueEntry:
        """Return the entry of a person; who is there for an outage brings it along.

        Raises:
            Problem: INVALID_REQUEST, where nobody of the town is called so.
        """
        who = townspeople().get(person)
        if who is None or who.life is None:
            raise Problem(
                Catalogue.INVALID_REQUEST,
                f"Nobody of the town is called {person!r}; ask GET /personas.",
                japanese=f"町に「{person}」という人はいません。一覧から選びなおしてください。",
            )
        own = _OUTAGE_OF.get(who.life.situation) if who.life.situation else None
        return cls(person, outage or own)


@dataclass(frozen=True)
class Queue:
    """A queue to be practised."""

    key: str
    """"" for one of one's own choice."""
    title: Sentence
    about: Sentence
    entries: tuple[QueueEntry, ...]

    def order(self) -> dict[str, Any]:
        """Return what begins it, as `POST /practice/start` takes it."""
        if self.key:
            return {"Queue": self.key}
        return {
            "Entries": [
                {"Person": one.person, "Outage": one.outage.value if one.outage else None}
                for one in self.entries
            ]
        }


OWN_TITLE = Sentence("自分で選んだ順番", "A queue of one's own")


def own_queue(entries: tuple[QueueEntry, ...]) -> Queue:
    """Return a queue of one's own choice."""
    return Queue("", OWN_TITLE, Sentence("", ""), entries)


@cache
def queues() -> Mapping[str, Queue]:
    """Return the queues that are ready, by key."""
    found = {
        key: Queue(
            key,
            Sentence(**written["title"]),
            Sentence(**written["about"]),
            tuple(_entry(one) for one in written["entries"]),
        )
        for key, written in _written()["queues"].items()
    }
    return {**found, "all_causes": _all_causes()}


def find_queue(key: str) -> Queue:
    """Return a queue that is ready.

    Raises:
        Problem: INVALID_REQUEST.
    """
    if key not in queues():
        raise Problem(
            Catalogue.INVALID_REQUEST,
            f"Queue is none of: {', '.join(queues())}.",
            japanese="その名前の順番はありません。一覧から選びなおしてください。",
        )
    return queues()[key]


@cache
def shown_by() -> Mapping[str, tuple[DocumentKind, ...]]:
    """Return what people show besides the card, of those of whom that is said."""
    return {
        key: tuple(DocumentKind(one) for one in documents)
        for key, documents in _written()["shows"].items()
    }


def _all_causes() -> Queue:
    """Return one of the town for each row of the table of causes, in the order of the table."""
    first: dict[Situation, str] = {}
    for who in townspeople().values():
        if who.life is not None and who.life.situation is not None:
            first.setdefault(who.life.situation, who.key)
    rows = list(Situation)[:_ROWS_OF_TABLE]
    return Queue(
        "all_causes",
        Sentence("全16の原因", "All 16 causes"),
        Sentence(
            "カードで確認できない原因の表を、上から順に一人ずつ。時間のあるときに。",
            "The table of causes from top to bottom, one patient each. Take your time.",
        ),
        tuple(QueueEntry.of(first[row]) for row in rows),
    )


def _entry(written: Mapping[str, str]) -> QueueEntry:
    outage = written.get("outage")
    return QueueEntry.of(written["person"], Place(outage) if outage else None)


@cache
def _written() -> Mapping[str, Any]:
    text = files("testbed.practice").joinpath("queues.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
