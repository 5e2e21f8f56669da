"""Ten thousand requests, some of them damaged, while the service is killed again and again."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clinic_client.conftest import Oqs, World
from tests.clinic_client.exchange.conftest import asked, message, texts

REQUESTS = int(os.environ.get("OQS_SIM_EXCHANGE_REQUESTS", "300"))
KILLS = max(2, REQUESTS // 1_000)
SECONDS = 600.0
GOOD = "OQSsiquc01req_{:08}.xml"


@contextmanager
def serving(oqs: Oqs, world: World, place: Path, root: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "testbed", "serve", "clinic", "--port", "0"),
            *("--testbed-port", "0", "--line", str(world.certificates)),
            *("--database", f"sqlite:///{place}/clinic.sqlite", "--oqs-line", oqs.line.url),
            *("--oqs-console", oqs.console.url, "--exchange", str(root)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.deployment
@pytest.mark.timeout(SECONDS + 60)
def test_each_good_request_is_answered_once(oqs: Oqs, world: World, tmp_path: Path) -> None:
    chance = random.Random(20261120)
    root = tmp_path / "OQS"
    (root / "req").mkdir(parents=True)
    (root / "res").mkdir()
    damaged = set()
    whole = message(asked())
    for number in range(REQUESTS):
        name, content = GOOD.format(number), whole.replace(b"mark-1", b"%08d" % number)
        if chance.random() < 0.05:
            content = content[: chance.randrange(1, len(content) - 8)]
            damaged.add(number)
        (root / "req" / name).write_bytes(content)
    answers: Counter[str] = Counter()
    marks: set[str | None] = set()
    until = time.monotonic() + SECONDS
    killed = 0

    def fetched() -> None:
        for file in list((root / "res").iterdir()):
            answers[file.name] += 1
            if "res_" in file.name:
                marks.update(texts(file.read_bytes(), "ArbitraryFileIdentifier"))
            file.unlink()

    def is_done() -> bool:
        return len(answers) >= REQUESTS + len(damaged)

    while not is_done():
        assert time.monotonic() < until, (len(answers), len(list((root / "req").iterdir())))
        with serving(oqs, world, tmp_path, root) as process:
            goal = len(answers) + chance.randrange(1, REQUESTS // KILLS)
            while not is_done() and time.monotonic() < until:
                fetched()
                if killed < KILLS and len(answers) >= goal:
                    os.kill(process.pid, signal.SIGKILL)
                    killed += 1
                    break
                time.sleep(0.01)
        fetched()
    assert killed == KILLS
    good = set(range(REQUESTS)) - damaged
    expected = {GOOD.format(number).replace("req_", "res_") for number in good}
    expected |= {GOOD.format(number) for number in damaged}
    expected |= {GOOD.format(number).replace(".xml", ".err") for number in damaged}
    assert answers == Counter(expected)
    assert marks == {f"{number:08}" for number in good}
    assert [file.name for file in (root / ".exchange").iterdir()] == ["lock"]
