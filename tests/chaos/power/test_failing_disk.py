"""A disk that is full, and one that fails: what is refused, what is left, and how it goes on."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import pytest

from tests.chaos.power.found import Found
from tests.chaos.power.load import INSURER, Load, individual_number
from tests.chaos.power.recorder import Recorder
from tests.chaos.power.test_whole_system import system, urls

pytestmark = [pytest.mark.deployment, pytest.mark.long, pytest.mark.timeout(300)]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Load, Path]]:
    """Run the system on a disk that a test can fill or break, with a member and a card."""
    program = ["-m", "testbed", "up", "--port", "0", "--json"]
    with (
        TemporaryDirectory(prefix="oqs-t-") as root,  # short, as addresses of sockets must be
        closing(Recorder(tmp_path, Path(root), only=".sqlite")) as recorder,
        system(program, TMPDIR=root, **recorder.environment()) as addresses,
        Load(addresses, recorder) as load,
    ):
        load.prepare()
        load.check_or_register()
        load.receive()  # SQLite flushes the head of a new log itself; that has been done then
        yield load, Path(addresses["line_directory"]).parent


Requests = dict[str, tuple[Callable[[], httpx2.Response], int]]


def requests_of(load: Load) -> Requests:
    """Return one request of each kind that changes something, and how it is answered else.

    Each can be sent again: those that have a key are known by it.
    """
    member = load.members[0]
    by_number = {
        "InsurerNumber": INSURER,
        "IndividualNumber": member.individual_number,
        "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": member.number,
        "InsuredBranchNumber": "01",
    }
    resident = {
        "IndividualNumber": individual_number(70_000),
        "Name": "模擬　一郎",
        "NameKana": "ﾓｷﾞ ｲﾁﾛｳ",
        "Sex1": "1",
        "Birthdate": "19800217",
    }

    def key(name: str) -> dict[str, str]:
        return {"Idempotency-Key": f"full-{name}"}

    address = {**by_number, "Kind": "address", "FiledOn": "20240401", "Address": "模擬町9"}
    application = {**by_number, "Occasion": "card_lost"}
    visit = {"Cause": "network", "Birthdate": "19800217"}
    console, clinic, at_insurer = load.console, load.clinic, load.insurer
    return {
        "procedure": (
            lambda: at_insurer.post("/procedures", json=address, headers=key("procedure")),
            201,
        ),
        "document": (lambda: at_insurer.post("/documents", json=application), 201),
        "visit": (
            lambda: clinic.post("/api/visits/unchecked", json=visit, headers=key("visit")),
            201,
        ),
        "setting": (
            lambda: console.put("/sim/clock", json={"Mode": "accelerated", "SecondsPerDay": 600}),
            200,
        ),
        "advance": (
            lambda: console.post(
                "/sim/clock/advance", json={"Seconds": 60}, headers=key("advance")
            ),
            200,
        ),
        "resident": (lambda: console.post("/sim/jlis/residents", json=resident), 201),
        "card": (
            lambda: console.post(
                "/sim/jlis/cards", json={"IndividualNumber": load.members[1].individual_number}
            ),
            201,
        ),
        "check": (load.check, 200),
    }


def held(found: Found) -> tuple[object, ...]:
    return (
        found.ledger, found.documents, found.residents, found.cards, found.strays, found.visits,
        found.clock, found.inquiries,
    )  # fmt: skip


def test_a_full_disk_refuses_in_a_sentence_and_leaves_nothing_half_done(
    running: tuple[Load, Path],
) -> None:
    load, directory = running
    requests = requests_of(load)
    before = Found.read(urls(directory))
    (full := load.recorder.faults / "full").touch()
    for kind, (send, _) in requests.items():
        refused = send()
        assert refused.status_code == 503, (kind, refused.text)
        problem = refused.json()
        assert problem["code"] == "SIM-STORAGE-UNAVAILABLE", kind
        assert problem["japanese"], kind
    full.unlink()
    assert held(Found.read(urls(directory))) == held(before)
    for kind, (send, status) in requests.items():
        assert send().status_code == status, kind
    after = Found.read(urls(directory))
    assert len(after.ledger) == len(before.ledger) + 1
    assert Counter(after.documents.values())["card_lost"] == 1
    assert len(after.visits) == len(before.visits) + 1
    assert not after.contradictions()


def test_a_flush_that_fails_is_final_until_the_service_is_started_again(
    running: tuple[Load, Path],
) -> None:
    load, _ = running
    requests = requests_of(load)
    (broken := load.recorder.faults / "broken").touch()
    once = ("visit", "procedure", "advance")
    for kind in once:
        assert requests[kind][0]().status_code == 503, kind
    broken.unlink()
    # The kernel may have dropped what it could not write, and would report success now.
    for kind in requests:
        refused = requests[kind][0]()
        assert refused.is_server_error, (kind, refused.text)
