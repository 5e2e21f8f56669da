"""What can go wrong at the press of a button: four parts, each of them out or slow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

READER_OUT = "mute"
"""The reader gets no answer from any card."""
READER_SLOW = "slow:ms=500"
LINE_OUT = "cut:when=before"
LINE_SLOW = "delay:ms=3000"
OQS_OUT = "status:code=SIM-STORAGE-UNAVAILABLE"
OQS_SLOW = "delay:ms=5000"
"""With the line's delay it stays within the ten seconds after which a desk gives up."""
WORKER_SLOW = "delay:ms=3000"
CHANGES = "/intermediate/changes*"
"""The paths of OQS by which the sync worker delivers."""


class Place(StrEnum):
    """Where something goes wrong."""

    READER = "reader"
    LINE = "line"
    """Between the clinic and OQS."""
    OQS = "oqs"
    """At OQS, for all who ask it."""
    WORKER = "worker"
    """At the sync worker (中間サーバーの連携)."""


class Manner(StrEnum):
    """How it goes wrong."""

    OUTAGE = "outage"
    DELAY = "delay"


@dataclass(frozen=True)
class Disturbance:
    """A place and what is wrong there."""

    place: Place
    manner: Manner


ALL = tuple(Disturbance(place, manner) for place in Place for manner in Manner)


@dataclass(frozen=True)
class OqsFault:
    """A fault of OQS by which something goes wrong, as its operator would set it."""

    effect: str
    path: str = ""
    institution_code: str | None = None

    def order(self) -> dict[str, str]:
        """Write it as OQS takes it."""
        order = {"Effect": self.effect, "Path": self.path}
        if self.institution_code is not None:
            order["MedicalInstitutionCode"] = self.institution_code
        return order


def oqs_fault(what: Disturbance, institution_code: str) -> OqsFault | None:
    """Return the fault of OQS that it is; None where it is none."""
    return {
        Disturbance(Place.LINE, Manner.OUTAGE): OqsFault(LINE_OUT, "", institution_code),
        Disturbance(Place.LINE, Manner.DELAY): OqsFault(LINE_SLOW, "", institution_code),
        Disturbance(Place.OQS, Manner.OUTAGE): OqsFault(OQS_OUT),
        Disturbance(Place.OQS, Manner.DELAY): OqsFault(OQS_SLOW),
        Disturbance(Place.WORKER, Manner.DELAY): OqsFault(WORKER_SLOW, CHANGES),
    }.get(what)


def reader_fault(manner: Manner) -> str:
    """Return what the reader does to every card then, as faults of a card are written."""
    return READER_OUT if manner is Manner.OUTAGE else READER_SLOW
