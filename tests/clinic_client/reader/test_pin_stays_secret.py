"""What a whole reception leaves behind: logs, pages, answers and events without the PIN."""

import io
import logging
from collections.abc import Callable
from typing import Any

import pytest

from reader.trace import logger as apdu_logger
from tests.equipment.leaks import leaks, told_by
from virtual_card.card import VirtualCard

RIGHT, WRONG, MALFORMED = "1234", "8642", "86427531"


def test_no_answer_page_event_or_log_of_the_clinic_holds_a_pin(
    at_reader: Callable[..., Any],
    card: Callable[[str], VirtualCard],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger=apdu_logger.name)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        caplog.set_level(logging.DEBUG, logger=name)
    clinic = at_reader(card("hanako"))
    said = io.StringIO()
    answers = [
        clinic.receive(WRONG),
        clinic.receive(WRONG),
        clinic.receive(WRONG),
        clinic.receive(MALFORMED),
        clinic.http.post("/api/visits", json={"Pin": {"typed": WRONG}}),
        clinic.http.post("/api/visits", json={"Pin": WRONG, "ConfirmLastTry": WRONG}),
        clinic.http.post("/api/visits", content=f'{{"Pin": "{WRONG}"'),
        clinic.receive(WRONG, ConfirmLastTry=True),
    ]
    assert answers[-1].json()["kind"] == "pin-blocked"
    for answer in answers:
        said.write(answer.text + repr(answer.headers))
    for path in ("/", "/patient", "/api/state"):
        said.write(clinic.http.get(path).text)
    said.write("".join(told_by(record) for record in caplog.records))
    for secret in (WRONG, MALFORMED):
        assert leaks(secret, said.getvalue()) == []
