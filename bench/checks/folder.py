"""The folder exchange: requests through the folder next to the line, and files of ``face``."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

import clinic_client.app
from bench.checks.clinic import INSTITUTION, number_requests
from bench.checks.trial import Line, oqs
from bench.load import HOST
from bench.service import processor_seconds, served
from bench.table import Row
from clinic_client.exchange.courier import Courier
from clinic_client.exchange.line_connections import LineConnections
from clinic_client.settings import Settings
from testbed.launch.line_certificates import terminal
from wire.messages.message_kind import MessageKind
from wire.messages.xml_reader import read_xml
from wire.messages.xml_writer import write_xml
from wire.serving.serve import Listener, bind
from wire.vocabulary.answer import QualificationAnswer

PEOPLE = 10_000
REQUESTS = 2_000
ROUNDS = 3
PUSHES = 200
RATE_TARGET = 200.0
"""Requests in a second."""
PUSH_TARGET = 0.050
"""Seconds from OQS's answer to its file in ``face``."""
_PATIENCE = 120.0


def _put(req: Path, round_: int, documents: list[bytes]) -> None:
    for number, document in enumerate(documents):
        name = f"OQSsiquc01req_{round_:04}{number:08}.xml"
        (req / f"{name}.tmp").write_bytes(document)
    for number in range(len(documents)):
        name = f"OQSsiquc01req_{round_:04}{number:08}.xml"
        (req / f"{name}.tmp").rename(req / name)


def _documents(count: int) -> list[bytes]:
    """Make the messages of the line's requests into documents."""
    found = []
    for request in number_requests(count, PEOPLE):
        body = request.partition(b"\r\n\r\n")[2]
        question = MessageKind.CONFIRMATION_REQUEST.model.model_validate_json(body)
        found.append(write_xml(question))
    return found


def _fetched(res: Path, count: int) -> float:
    """Return when so many answers lie in ``res``, and take them away."""
    until = time.perf_counter() + _PATIENCE
    while len(found := list(res.iterdir())) < count:
        if time.perf_counter() > until:
            raise TimeoutError(f"{len(found)} of {count} answers came.")
        time.sleep(0.005)
    now = time.perf_counter()
    for file in found:
        file.unlink()
    return now


async def _pushes(settings: Settings, root: Path, answer: QualificationAnswer) -> list[float]:
    """Return the seconds that each file of ``face`` takes."""
    seconds = []
    courier = Courier(settings, root, LineConnections(settings.oqs_line_url, None, 1.0))
    courier.start()
    while not (root / "face").exists():  # noqa: ASYNC110 # another thread makes it
        await asyncio.sleep(0.01)
    for _ in range(PUSHES):
        begun = time.perf_counter()
        await courier.push(answer)
        seconds.append(time.perf_counter() - begun)
    await courier.stop()
    return seconds


def measure() -> list[Row]:
    """Measure requests through the folder, and files of ``face``."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        line = Line(directory)
        with oqs(line, f"sqlite:///{directory}/oqs.sqlite", PEOPLE) as system:
            (service,) = system.services
            service.spent(number_requests(REQUESTS, PEOPLE))
            on_line = service.spent(number_requests(REQUESTS, PEOPLE)).per_second
            root = directory / "OQS"
            settings = Settings(
                f"https://{HOST}:{service.target.port}",
                "http://127.0.0.1:9",
                directory,
                participant=terminal(INSTITUTION),
                institution_code=INSTITUTION,
                reader_part="no such reader",
                exchange_directory=root,
            )
            console = Listener(bind(HOST, 0))
            build = partial(clinic_client.app.build_app, settings)
            rates, costs = [], []
            with served("clinic", build, console) as child:
                while not (root / "res").exists():
                    time.sleep(0.01)
                for round_ in range(ROUNDS):
                    documents = _documents(REQUESTS)
                    _put(root / "req", round_, documents[: REQUESTS // 10])
                    _fetched(root / "res", REQUESTS // 10)
                    before, begun = processor_seconds(child.pid), time.perf_counter()
                    _put(root / "req", round_ + ROUNDS, documents)
                    seconds = _fetched(root / "res", REQUESTS) - begun
                    rates.append(REQUESTS / seconds)
                    costs.append((processor_seconds(child.pid) - before) / REQUESTS)
                _put(root / "req", 9_999, documents[:1])
                while not (found := list((root / "res").iterdir())):
                    time.sleep(0.01)
                answer = read_xml(found[0].read_bytes(), QualificationAnswer)
        pushed = asyncio.run(_pushes(settings, directory / "pushes", answer))
    rate, cost = statistics.median(rates), statistics.median(costs)
    slowest = statistics.quantiles(pushed, n=100)[98]
    return [
        Row(
            "single requests through the folder",
            f"{rate:,.0f}/s, {cost * 1e6:,.0f} µs",
            f"{on_line:,.0f}/s on the line",
            f"{rate / on_line:.2f}",
            f"≥ {RATE_TARGET:.0f}/s",
            rate >= RATE_TARGET,
        ),
        Row(
            "a file of face after the answer, p99",
            f"{slowest * 1e3:.1f} ms",
            f"{statistics.median(pushed) * 1e3:.1f} ms median",
            "",
            f"≤ {PUSH_TARGET * 1e3:.0f} ms",
            slowest <= PUSH_TARGET,
        ),
    ]
