"""The seed of the cards: certificates, tries and PINs, also of a card that lies in a slot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from reader.pcsc.pcsc_connection import PcscConnection
from testbed.cards.card_store import CardStore
from tests.presence import wait_until
from virtual_card.wrappers.trace import Trace
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from virtual_card.image.card_image import CardImage

READER = "Virtual PCD 00 00"
SELECT_JPKI = bytes.fromhex("00A4040C0AD392F000260100000001")
SELECT_PIN = bytes.fromhex("00A4020C020018")
ASK_TRIES = bytes.fromhex("00200080")
WRONG_PIN = bytes.fromhex("002000800439393939")
OLD_PIN, NEW_PIN = (bytes.fromhex(f"0020008004{pin.encode().hex()}") for pin in ("1234", "8642"))


@pytest.fixture
def testbed(testbed_url: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=testbed_url, timeout=20, trust_env=False) as client:
        yield client


def insert(testbed: httpx2.Client, card: str = "hanako", slot: int = 0, **order: object) -> None:
    testbed.put(f"/slots/{slot}", json={"Card": card, **order}).raise_for_status()


def seed(testbed: httpx2.Client, what: str, **order: str) -> httpx2.Response:
    answer = testbed.post(f"/sim/operation/{what}", json=order)
    if answer.is_success:
        assert answer.json()["Milliseconds"] >= 0
    return answer


def at_pin(*commands: bytes) -> list[int]:
    """Send commands to the PIN for user authentication; return their status words."""
    wait_until(READER, present=True)
    with PcscConnection(READER) as connection:
        return [connection.send(one)[1] for one in (SELECT_JPKI, SELECT_PIN, *commands)][2:]


def slots(testbed: httpx2.Client) -> list[Any]:
    return [one["Card"] for one in testbed.get("/slots").json()["Slots"]]


def test_a_card_that_lies_in_a_slot_has_its_tries_and_its_pin_again(
    testbed: httpx2.Client,
) -> None:
    insert(testbed)
    assert at_pin(WRONG_PIN) == [0x63C2]
    assert seed(testbed, "seed").status_code == 201
    assert at_pin(WRONG_PIN, WRONG_PIN, ASK_TRIES) == [0x63C1, 0x63C0, 0x63C0]
    for _ in range(2):
        assert seed(testbed, "reset").status_code == 200
        assert at_pin(ASK_TRIES) == [0x63C2]
        assert at_pin(OLD_PIN) == [0x9000]
        testbed.delete("/slots/0").raise_for_status()
        changed = testbed.put("/cards/hanako/pins/authentication", json={"Pin": "8642"})
        changed.raise_for_status()
        insert(testbed)
        assert at_pin(NEW_PIN) == [0x9000]


def test_each_card_lies_again_where_it_lay(testbed: httpx2.Client) -> None:
    insert(testbed, Timing="contactless", Faults=["mute:after=90"])
    before = slots(testbed)
    seed(testbed, "seed")
    insert(testbed, "ichiro")
    insert(testbed, "hanako", 1)
    assert slots(testbed) != before
    seed(testbed, "reset")
    assert slots(testbed) == before
    state = testbed.get("/slots/0").json()
    assert state["Timing"].startswith("contactless")
    assert [one["Fault"] for one in state["Faults"]] == ["mute:after=90"]


def test_a_card_that_died_since_lives(testbed: httpx2.Client) -> None:
    insert(testbed)
    seed(testbed, "seed")
    testbed.put("/slots/0/faults", json={"Faults": ["die"]}).raise_for_status()
    with PcscConnection(READER) as connection, pytest.raises(Exception):  # noqa: B017, PT011
        connection.send(SELECT_JPKI)
    assert testbed.get("/slots/0").json()["Dead"]
    seed(testbed, "reset")
    assert not testbed.get("/slots/0").json()["Dead"]
    assert at_pin(OLD_PIN) == [0x9000]


def test_a_recording_is_played_from_its_beginning(testbed: httpx2.Client, tmp_path: Path) -> None:
    file = tmp_path / "session.jsonl"
    insert(testbed, Trace=str(file))
    assert at_pin(OLD_PIN) == [0x9000]
    testbed.delete("/slots/0").raise_for_status()
    assert Trace.load(file).exchanges
    testbed.put("/slots/0", json={"Replay": str(file)}).raise_for_status()
    seed(testbed, "seed")
    for _ in range(2):
        assert at_pin(OLD_PIN) == [0x9000]
        assert testbed.get("/slots/0").json()["Surprises"] == []
        seed(testbed, "reset")


def test_without_a_seed_of_that_moment_nothing_is_put_back(testbed: httpx2.Client) -> None:
    insert(testbed)
    assert seed(testbed, "reset").json()["code"] == "SIM-NO-SEED"
    seed(testbed, "seed", Identity="one")
    refused = seed(testbed, "reset", Identity="two")
    assert (refused.status_code, refused.json()["code"]) == (409, "SIM-SEED-OF-ANOTHER-MOMENT")
    assert slots(testbed)[0] == "hanako"
    assert seed(testbed, "reset", Identity="one").status_code == 200


def test_a_card_that_was_ordered_before_the_reset_is_not_kept(
    tmp_path: Path, card_image: CardImage
) -> None:
    store = CardStore(tmp_path)
    store.add("hanako", card_image)
    since, files = store.times_put_back, store.files()
    store.put_back(files)
    for keep in (store.add, store.replace):
        with pytest.raises(Problem) as problem:
            keep("hanako", card_image, since)
        assert problem.value.entry is Catalogue.CARD_NOT_KEPT
    store.add("ichiro", card_image, store.times_put_back)
    store.put_back(files)
    assert store.names() == ["hanako"]


def test_a_reader_that_was_well_is_well_again(testbed: httpx2.Client) -> None:
    insert(testbed)
    seed(testbed, "seed")
    testbed.put("/panel/disturbances/reader/outage", json={"On": True}).raise_for_status()
    assert seed(testbed, "reset").status_code == 200
    assert at_pin(OLD_PIN) == [0x9000]
