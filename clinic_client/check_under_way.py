"""A check on its way to a visit: under which id it is asked for, and where its time goes."""

from __future__ import annotations

import secrets
import time
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from clinic_client.visits.visit import Timings
from wire.request_note import current_note

if TYPE_CHECKING:
    from collections.abc import Iterator


class CheckStep(StrEnum):
    """What the time of a check is told apart by."""

    CHALLENGE = "challenge"
    CARD = "card"
    INQUIRY = "inquiry"


class CheckUnderWay:
    """One check, from the request that begins it to the record.

    At the patient's screen it takes several requests; what the patient thinks about between them
    is no time of the check. A step that is gone through again, as after a registration at the
    reader, adds to the first.
    """

    def __init__(self) -> None:
        self.visit_id = ""
        """Of the visit that comes of it; whatever is asked for it elsewhere says so."""
        self.name_another_visit()
        self._answering: list[float] = []
        """When the requests began that are being answered now."""
        self._seconds_before = 0.0
        self._steps: dict[CheckStep, float] = {}

    def name_another_visit(self) -> None:
        """Have what comes of the check from now on be another visit than until now."""
        self.visit_id = secrets.token_hex(8)

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count the time of a request of this check, and have all that it asks name the visit."""
        note = current_note()
        if note is not None:
            note.visit_id = self.visit_id
        began = time.perf_counter()
        self._answering.append(began)
        try:
            yield
        finally:
            self._answering.remove(began)
            self._seconds_before += time.perf_counter() - began

    @contextmanager
    def step(self, step: CheckStep) -> Iterator[None]:
        """Count the time of a step, whether it succeeds or not."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._steps[step] = self._steps.get(step, 0.0) + time.perf_counter() - began

    @property
    def timings(self) -> Timings:
        """Where the time went until now."""
        now = time.perf_counter()
        total = self._seconds_before + sum(now - began for began in self._answering)
        steps = {step: _milliseconds(seconds) for step, seconds in self._steps.items()}
        return Timings(
            steps.get(CheckStep.CHALLENGE),
            steps.get(CheckStep.CARD),
            steps.get(CheckStep.INQUIRY),
            _milliseconds(total),
        )


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
