"""While OQS is silent requests wait, and hold nobody up."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from clinic_client.exchange.courier import Courier, ExchangeState
from clinic_client.exchange.line_connections import LineConnections
from clinic_client.settings import Settings
from tests.clinic_client.exchange.test_line_connections import asked
from wire.catalogue import Catalogue, Problem
from wire.serving.problem_http import answer_of

SECONDS = 20.0
DOCUMENT = "<XmlMsg>%d</XmlMsg>"
NUMBER, MEDICINES = "/qualification/number", "/medical/medicines"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s"
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


class SilentRoutes:
    """An OQS that answers with the request, and on some routes that it cannot."""

    def __init__(self) -> None:
        self.silent: set[str] = set()
        self.mute: dict[str, asyncio.Event] = {}
        """Routes that take a request, and answer it when this is set."""
        self.tries: Counter[str] = Counter()
        self.answered: Counter[bytes] = Counter()
        self.unavailable = UNAVAILABLE
        """What a silent route says."""
        self.serving: set[asyncio.Task[None]] = set()

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.add(asyncio.create_task(self.serve(reader, writer)))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                _, path, _, document = (await asked(reader)).split(b" ", 3)
                route = path.decode()
                self.tries[route] += 1
                if route in self.mute:
                    await self.mute[route].wait()
                if route in self.silent:
                    writer.write(self.unavailable)
                else:
                    self.answered[document] += 1
                    writer.write(OK % (len(document), document))
                await writer.drain()
        writer.close()


class Exchange:
    """The folder, and what stands behind it."""

    def __init__(
        self, oqs: SilentRoutes, courier: Courier, root: Path, server: asyncio.Server
    ) -> None:
        self.oqs, self.courier, self.root, self.server = oqs, courier, root, server

    def put(self, api: str, numbers: range) -> None:
        for number in numbers:
            (self.root / "req" / f"{api}req_{number}.xml").write_text(DOCUMENT % number)

    async def settled(self, holds: Callable[[ExchangeState], bool]) -> None:
        async with asyncio.timeout(SECONDS):
            while not holds(self.courier.state):  # noqa: ASYNC110 # it tells nobody
                await asyncio.sleep(0.01)

    def names(self, folder: str) -> set[str]:
        return {file.name for file in (self.root / folder).iterdir()}

    async def until(self, folder: str, count: int) -> set[str]:
        """Look into a folder, as programs do, until so many files are there."""
        async with asyncio.timeout(SECONDS):
            while len(self.names(folder)) != count:  # noqa: ASYNC110 # as programs do
                await asyncio.sleep(0.01)
        return self.names(folder)


@asynccontextmanager
async def exchange(
    root: Path, patience: float = 60.0, seconds: float = SECONDS
) -> AsyncIterator[Exchange]:
    oqs = SilentRoutes()
    server = await asyncio.start_server(oqs.connected, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = Settings(url, url, root, exchange_patience_seconds=patience)
    courier = Courier(settings, root, LineConnections(url, None, seconds))
    for folder in ("req", "res"):
        (root / folder).mkdir(parents=True)
    async with server:
        courier.start()
        try:
            yield Exchange(oqs, courier, root, server)
        finally:
            await courier.stop()
            for answers in oqs.mute.values():
                answers.set()
            await asyncio.gather(*oqs.serving)


@pytest.mark.asyncio
async def test_all_are_taken_wait_and_are_answered_once_when_oqs_is_back(tmp_path: Path) -> None:
    async with exchange(tmp_path / "OQS") as running:
        running.oqs.silent.add(NUMBER)
        running.put("OQSsiquc01", range(100))
        await running.until("req", 0)
        state = running.courier.state
        await running.settled(lambda state: state.waiting == 100)
        assert (state.under_way, state.answered, state.refused) == (100, 0, 0)
        assert running.oqs.tries[NUMBER] < 100, "one asks for all whether OQS is back"
        running.oqs.silent.clear()
        names = await running.until("res", 100)
        assert names == {f"OQSsiquc01res_{number}.xml" for number in range(100)}
        assert running.oqs.answered == {(DOCUMENT % number).encode(): 1 for number in range(100)}


@pytest.mark.asyncio
async def test_who_waits_holds_nobody_up(tmp_path: Path) -> None:
    async with exchange(tmp_path / "OQS") as running:
        running.oqs.silent.add(MEDICINES)
        running.put("YZKsiquc01", range(40))
        await running.until("req", 0)
        running.put("OQSsiquc01", range(3))
        assert all("siquc01res" in name for name in await running.until("res", 3))
        await running.settled(lambda state: state.under_way == 40)


@pytest.mark.asyncio
async def test_whose_patience_is_over_hears_why_and_the_next_one_tries(tmp_path: Path) -> None:
    async with exchange(tmp_path / "OQS", patience=0.0) as running:
        running.oqs.silent.add(NUMBER)
        running.put("OQSsiquc01", range(40))
        names = await running.until("res", 80)
        reason = (running.root / "res" / "OQSsiquc01req_7.err").read_text()
        assert reason.startswith("SIM-EXCHANGE-NOT-DONE")
        assert "503" in reason
        running.oqs.silent.clear()
        running.put("OQSsiquc01", range(40, 41))
        assert await running.until("res", 81) - names == {"OQSsiquc01res_40.xml"}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "problem", "is_known"),
    [
        (503, Catalogue.MAINTENANCE, True),
        (429, Catalogue.FAULT_INJECTED, True),
        (502, Catalogue.FAULT_INJECTED, True),
        (503, Catalogue.STORAGE_UNAVAILABLE, False),
        (504, None, False),
    ],
)
async def test_whose_patience_is_over_hears_whether_it_was_done(
    tmp_path: Path, status: int, problem: Catalogue | None, *, is_known: bool
) -> None:
    document = b""
    if problem is not None:
        told = Problem(problem, "until six", japanese="6時までです。")
        document = bytes(answer_of(told).body)
    async with exchange(tmp_path / "OQS", patience=0.0) as running:
        running.oqs.unavailable = (
            b"HTTP/1.1 %d No\r\nContent-Type: application/problem+json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (status, len(document), document)
        )
        running.oqs.silent.add(NUMBER)
        running.put("OQSsiquc01", range(1))
        await running.until("res", 2)
    code, japanese, detail, *_ = (
        (tmp_path / "OQS" / "res" / "OQSsiquc01req_0.err").read_text().splitlines()
    )
    if not is_known:
        assert code == "SIM-EXCHANGE-NO-ANSWER"
        assert "処理されたかどうかは分かりません" in japanese
    else:
        assert problem is not None
        assert code == problem.kind.code
        assert japanese == "6時までです。この要求は処理されていません。"
        assert detail == "until six It was not carried out."


@pytest.mark.asyncio
async def test_who_never_reached_oqs_hears_that_nothing_was_done(tmp_path: Path) -> None:
    async with exchange(tmp_path / "OQS", patience=0.0) as running:
        running.server.close()
        running.put("OQSsiquc01", range(1))
        await running.until("res", 2)
    reason = (tmp_path / "OQS" / "res" / "OQSsiquc01req_0.err").read_text()
    assert reason.startswith("SIM-EXCHANGE-NOT-DONE")
    assert "この要求は処理されていません" in reason


@pytest.mark.asyncio
async def test_what_waits_is_left_for_the_next_start(tmp_path: Path) -> None:
    async with exchange(tmp_path / "OQS") as running:
        running.oqs.silent.add(NUMBER)
        running.put("OQSsiquc01", range(40))
        await running.until("req", 0)
    left = tmp_path / "OQS" / ".exchange"
    assert len({file.name for file in left.iterdir()} - {"lock"}) == 40
    (tmp_path / "OQS" / "req").rmdir()
    (tmp_path / "OQS" / "res").rmdir()
    async with exchange(tmp_path / "OQS") as running:
        await running.until("res", 40)


@pytest.mark.asyncio
async def test_a_route_that_takes_requests_and_never_answers_holds_no_other_up(
    tmp_path: Path,
) -> None:
    async with exchange(tmp_path / "OQS") as running:
        running.oqs.mute[MEDICINES] = answers = asyncio.Event()
        running.put("YZKsiquc01", range(80))
        await running.until("req", 0)
        await running.settled(lambda _: running.oqs.tries[MEDICINES] == 32)
        running.put("OQSsiquc01", range(40))
        await running.until("res", 40)
        assert running.courier.state.under_way == 80, "none of them was given up for it"
        assert running.oqs.tries[MEDICINES] == 32, "what is not sent yet is not at risk"
        answers.set()
        await running.until("res", 120)
        assert set(running.oqs.answered.values()) == {1, 2}
        assert sum(running.oqs.answered.values()) == 120, "each was asked for once"
        assert running.courier.state.refused == 0


@pytest.mark.asyncio
async def test_who_is_lost_on_a_mute_route_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    async with exchange(tmp_path / "OQS", seconds=2.0) as running:
        running.oqs.mute[MEDICINES] = answers = asyncio.Event()
        running.put("YZKsiquc01", range(33))
        await running.until("req", 0)
        await running.settled(lambda state: state.refused == 32)
        answers.set()
        await running.settled(lambda state: state.answered == 1)
        assert running.oqs.tries[MEDICINES] == 33, "nothing is sent twice"
        assert len(running.names("res")) == 2 * 32 + 1
