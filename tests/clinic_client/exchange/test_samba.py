"""The folder lies on a share, and programs of other machines use it over SMB."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clinic_client.exchange.conftest import Maker, asked, message, texts
from tests.clinic_client.exchange.samba_share import SECONDS, Share, shared

Open = Callable[..., Any]


@pytest.fixture
def share(maker: Maker, tmp_path: Path) -> Iterator[Share]:
    maker.root.mkdir()
    with shared(maker.root, tmp_path / "samba") as running:
        yield running


def come(share: Share, folder: str, *names: str) -> None:
    """Look into a folder over the share until the files are there."""
    until = time.monotonic() + SECONDS
    while not set(names) <= (found := share.names(folder)):
        assert time.monotonic() < until, found


@pytest.mark.deployment
def test_requests_and_answers_go_over_a_real_share(
    open_clinic: Open, maker: Maker, share: Share, tmp_path: Path
) -> None:
    # Nothing is judged as damaged while the test is at it, however slow the machine is.
    open_clinic(exchange_directory=maker.root, exchange_settle_seconds=600.0)
    maker.wait_for("face", lambda _: True)
    here = tmp_path / "here"

    several = [f"OQSsiquc01req_{number}.xml" for number in range(8)]
    share.put(message(asked()), here, *(f"req/{name}" for name in several))
    answers = [name.replace("req_", "res_") for name in several]
    come(share, "res", *answers)
    assert share.names("req") == set()
    for name in answers:
        answer = share.fetch(f"res/{name}", here)
        assert texts(answer, "Name") == ["佐藤　花子"]
    assert share.names("res") == set()

    # What a program still writes, and has open, is left alone; others pass it by.
    document = message(asked())
    start, end = document[:-9], document[-9:]
    with share.writing("req/OQSsiquc01req_90.xml") as file:
        file.write(start + b" " * (2 << 20))
        file.flush()
        maker.wait_for("req", lambda names: "OQSsiquc01req_90.xml" in names)
        share.put(document, here, "req/OQSsiquc01req_91.xml")
        come(share, "res", "OQSsiquc01res_91.xml")
        assert share.names("req") == {"OQSsiquc01req_90.xml"}
        file.write(end)
    come(share, "res", "OQSsiquc01res_90.xml")
    assert texts(share.fetch("res/OQSsiquc01res_90.xml", here), "QualificationValidity") == ["1"]

    # An answer that another program holds open is whole, and a request of its name waits for it.
    with share.holding("res/OQSsiquc01res_91.xml"):
        share.put(message(asked("7654321")), here, "req/OQSsiquc01req_91.xml")
        share.put(document, here, "req/OQSsiquc01req_92.xml")
        come(share, "res", "OQSsiquc01res_92.xml")
        assert share.names("req") == {"OQSsiquc01req_91.xml"}
    assert texts(share.fetch("res/OQSsiquc01res_91.xml", here), "QualificationValidity") == ["1"]
    come(share, "res", "OQSsiquc01res_91.xml")
    assert texts(share.fetch("res/OQSsiquc01res_91.xml", here), "QualificationValidity") == ["4"]

    # What cannot be asked comes back with its reason.
    share.put(document, here, "req/OQSsixyz01req_1.xml")
    come(share, "res", "OQSsixyz01req_1.xml", "OQSsixyz01req_1.err")
    assert share.fetch("res/OQSsixyz01req_1.err", here).startswith(b"SIM-EXCHANGE-NAME")
    assert share.fetch("res/OQSsixyz01req_1.xml", here) == document


@pytest.mark.deployment
def test_a_request_that_a_program_of_the_share_holds_open_is_answered_once(
    open_clinic: Open, maker: Maker, share: Share, tmp_path: Path
) -> None:
    for folder in ("req", "res"):
        (maker.root / folder).mkdir()
    here = tmp_path / "here"
    share.put(message(asked()), here, "req/OQSsiquc01req_1.xml")
    with share.holding("req/OQSsiquc01req_1.xml"):
        clinic = open_clinic(exchange_directory=maker.root)
        come(share, "res", "OQSsiquc01res_1.xml")
        assert clinic.get("/api/exchange")["trouble"] == ""
    assert texts(share.fetch("res/OQSsiquc01res_1.xml", here), "Name") == ["佐藤　花子"]
    share.put(message(asked()), here, "req/OQSsiquc01req_2.xml")
    come(share, "res", "OQSsiquc01res_2.xml")
    assert share.names("res") == {"OQSsiquc01res_2.xml"}
