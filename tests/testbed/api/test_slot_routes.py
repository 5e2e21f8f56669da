"""A slot as a resource: put in, taken out, reset, and what goes wrong, over HTTP."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from reader.errors import CardFault, CardRemoved
from reader.pcsc.pcsc_connection import PcscConnection
from tests.presence import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from testbed.readers.private_pcscd import PcscStack

READER = "Virtual PCD 00 00"
SELECT_JPKI = bytes.fromhex("00A4040C0AD392F000260100000001")
VERIFY = bytes.fromhex("002000980431323334")
SIGN = bytes.fromhex("802A0097010100")


@pytest.fixture
def testbed(testbed_url: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=testbed_url, timeout=20, trust_env=False) as client:
        yield client


def put_in(testbed: httpx2.Client, **order: object) -> dict[str, Any]:
    answer = testbed.put("/slots/0", json={"Card": "hanako", **order})
    assert answer.status_code == 200, answer.text
    wait_until(READER, present=True)
    state: dict[str, Any] = answer.json()
    return state


def test_the_answer_comes_when_programs_see_the_card(
    testbed: httpx2.Client, pcsc_stack: PcscStack
) -> None:
    for card in ("hanako", "ichiro"):
        assert testbed.put("/slots/0", json={"Card": card}).status_code == 200
        assert pcsc_stack.shows_card(0)


def test_a_slot_says_what_is_in_it_and_what_that_goes_through(
    testbed: httpx2.Client, tmp_path: Path
) -> None:
    trace = str(tmp_path / "t.jsonl")
    state = put_in(testbed, Timing="contact:signature=9", Faults=["remove:after=90"], Trace=trace)
    assert state == {
        "Slot": 0,
        "Reader": READER,
        "Card": "hanako",
        "Timing": "contact:signature=9",
        "Faults": [{"Fault": "remove:after=90", "Struck": 0}],
        "Trace": trace,
        "Waiting": False,
        "Dead": False,
        "Surprises": [],
    }
    assert testbed.get("/slots/0").json() == state
    assert testbed.get("/slots").json()["Slots"][0] == state
    assert testbed.delete("/slots/0").json()["Card"] is None
    assert testbed.get("/slots/0").json()["Timing"] is None


def test_faults_are_set_added_listed_and_cleared(testbed: httpx2.Client) -> None:
    put_in(testbed)
    first, second = "answer:status=6F00,command=VERIFY", "answer:status=6A82,command=READ"
    testbed.put("/slots/0/faults", json={"Faults": ["mute"]})
    testbed.put("/slots/0/faults", json={"Faults": [first]})
    testbed.post("/slots/0/faults", json={"Faults": [second]})
    with PcscConnection(READER) as connection:
        connection.send(SELECT_JPKI)
        assert connection.send(VERIFY) == (b"", 0x6F00)
        assert testbed.get("/slots/0/faults").json() == {
            "Faults": [{"Fault": first, "Struck": 1}, {"Fault": second, "Struck": 0}]
        }
        assert testbed.delete("/slots/0/faults").status_code == 204
        assert testbed.get("/slots/0/faults").json() == {"Faults": []}
        assert connection.send(VERIFY) == (b"", 0x9000)


def test_a_card_is_reset_beneath_the_program_that_uses_it(testbed: httpx2.Client) -> None:
    put_in(testbed)
    with PcscConnection(READER) as connection:
        for kind in ("cold", "warm"):
            for command in (SELECT_JPKI, VERIFY):
                assert connection.send(command) == (b"", 0x9000)
            assert testbed.post("/slots/0/reset", json={"Kind": kind}).status_code == 200
            connection.send(SELECT_JPKI)
            assert connection.send(SIGN) == (b"", 0x6982)


def test_a_card_that_dies_is_dead_until_it_is_repaired(testbed: httpx2.Client) -> None:
    put_in(testbed, Faults=["die"])
    with PcscConnection(READER) as connection, pytest.raises(CardFault):
        connection.send(SELECT_JPKI)
    assert testbed.delete("/slots/0").status_code == 200
    wait_until(READER, present=False)
    assert put_in(testbed)["Dead"] is True
    with pytest.raises(CardFault):
        PcscConnection(READER)
    assert testbed.post("/cards/hanako/repair").status_code == 204
    with PcscConnection(READER) as connection:
        assert connection.send(SELECT_JPKI) == (b"", 0x9000)
    assert testbed.get("/slots/0").json()["Dead"] is False


def test_a_trace_is_played_again_in_a_slot(testbed: httpx2.Client, tmp_path: Path) -> None:
    trace = str(tmp_path / "t.jsonl")
    put_in(testbed, Trace=trace)
    with PcscConnection(READER) as connection:
        recorded = [connection.send(command) for command in (SELECT_JPKI, VERIFY, SIGN)]
    testbed.delete("/slots/0")
    wait_until(READER, present=False)
    answer = testbed.put("/slots/0", json={"Replay": trace})
    assert answer.json()["Card"] == "t.jsonl"
    wait_until(READER, present=True)
    other_pin = VERIFY[:-4] + b"9999"
    with PcscConnection(READER) as connection:
        played = [connection.send(command) for command in (SELECT_JPKI, other_pin, SIGN)]
        assert played == recorded
        assert connection.send(SIGN) == (b"", 0x6F00)
    assert "The recording has ended" in testbed.get("/slots/0").json()["Surprises"][0]


def test_a_card_may_be_pulled_in_the_middle_of_an_answer(testbed: httpx2.Client) -> None:
    put_in(testbed, Faults=["remove:moment=answer,command=SELECT"])
    with PcscConnection(READER) as connection, pytest.raises(CardRemoved):
        connection.send(SELECT_JPKI)
    assert testbed.get("/slots/0").json()["Card"] is None


@pytest.mark.parametrize(
    ("order", "status", "told"),
    [
        ({}, 422, "Name either a Card or a trace"),
        ({"Card": "hanako", "Replay": "/t.jsonl"}, 422, "Name either a Card or a trace"),
        ({"Card": "nobody"}, 404, "Cards there are: hanako, ichiro."),
        ({"Card": "../hanako"}, 404, "Cards there are: hanako, ichiro."),
        ({"Card": "hanako", "Timing": "slow"}, 422, "Choose one of instant"),
        ({"Card": "hanako", "Faults": ["burn"]}, 422, "The faults are slow, mute"),
        ({"Card": "hanako", "Trace": "t.jsonl"}, 422, "absolute path"),
        ({"Card": "hanako", "Trace": "/nowhere/t.jsonl"}, 422, "cannot be written"),
        ({"Card": "hanako", "Trace": "/etc/passwd"}, 422, "ends in .jsonl"),
        ({"Replay": "/nowhere/t.jsonl"}, 422, "cannot be read"),
    ],
)
def test_an_order_that_cannot_be_carried_out_is_told(
    testbed: httpx2.Client, order: dict[str, object], status: int, told: str
) -> None:
    refused = testbed.put("/slots/0", json=order)
    assert refused.status_code == status
    assert told in refused.text
    assert testbed.get("/slots/0").json()["Card"] is None


def test_an_empty_slot_and_an_unknown_one_are_told(testbed: httpx2.Client) -> None:
    for method, path, body in (
        ("PUT", "/slots/0/faults", {"Faults": []}),
        ("POST", "/slots/0/faults", {"Faults": ["mute"]}),
        ("DELETE", "/slots/0/faults", None),
        ("POST", "/slots/0/reset", {}),
    ):
        answer = testbed.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "SIM-SLOT-EMPTY"), path
    unknown = testbed.get("/slots/7")
    assert (unknown.status_code, unknown.json()["detail"]) == (404, "The slots are 0 to 1.")


def disturb(testbed: httpx2.Client, manner: str, *, on: bool) -> None:
    path = f"/panel/disturbances/reader/{manner}"
    testbed.put(path, json={"On": on}).raise_for_status()


def test_while_the_reader_is_out_no_card_answers_and_all_do_when_that_is_ended(
    testbed: httpx2.Client,
) -> None:
    put_in(testbed)
    disturb(testbed, "outage", on=True)
    disturb(testbed, "outage", on=True)
    with PcscConnection(READER) as connection, pytest.raises(CardFault):
        connection.send(SELECT_JPKI)
    # A card that is laid on later finds the reader as it is; the card itself is not to blame.
    assert put_in(testbed, Card="ichiro")["Faults"] == []
    with PcscConnection(READER) as connection, pytest.raises(CardFault):
        connection.send(SELECT_JPKI)
    assert 'aria-label="読取機 障害 起きています"' in testbed.get("/").text
    disturb(testbed, "outage", on=False)
    assert 'aria-label="読取機 障害 なし"' in testbed.get("/").text
    put_in(testbed)
    with PcscConnection(READER) as connection:
        assert connection.send(SELECT_JPKI)[1] == 0x9000


def test_a_slow_reader_takes_half_a_second_longer_for_each_command(
    testbed: httpx2.Client,
) -> None:
    put_in(testbed)
    disturb(testbed, "delay", on=True)
    with PcscConnection(READER) as connection:
        begun = time.monotonic()
        connection.send(SELECT_JPKI)
        assert time.monotonic() - begun >= 0.5
    disturb(testbed, "delay", on=False)
    assert 'aria-label="読取機 遅れ なし"' in testbed.get("/").text


def test_what_the_panel_cannot_reach_is_refused_and_named(testbed: httpx2.Client) -> None:
    for place, named in (("line", "OQS"), ("oqs", "OQS"), ("worker", "intermediate")):
        answer = testbed.put(f"/panel/disturbances/{place}/outage", json={"On": True})
        assert not answer.is_success
        assert named in answer.json()["detail"]
    page = testbed.get("/").text
    assert 'aria-label="回線 障害 分かりません"' in page
    assert "資格を確認できず、新しいカードも作れません。" in page
