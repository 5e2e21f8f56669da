"""A card that J-LIS issued to anybody comes into the store, and its image out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from oqs_sim.app import build_app
from oqs_sim.settings import Settings
from reader.pin import Pin
from reader.session import prove_identity
from testbed.api import handover
from testbed.cards.card_store import CardStore
from testbed.readers.slots import Slots
from tests.equipment.callers import OWN_URL, AtConsole
from tests.secrecy import says
from virtual_card.card import VirtualCard
from virtual_card.plugs.inprocess import InProcessConnection
from wire.serving.problem_http import install_problem_handlers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from testbed.readers.private_pcscd import PcscStack

NUMBER = "990000000043"


@pytest.fixture
def slots(pcsc_stack: PcscStack) -> Iterator[Slots]:
    slots = Slots(pcsc_stack)
    yield slots
    slots.close()


@pytest.fixture
def window(tmp_path: Path, slots: Slots) -> TestClient:
    app = FastAPI()
    install_problem_handlers(app)
    app.include_router(handover.router(CardStore(tmp_path / "cards"), slots))
    return TestClient(app)


@pytest.fixture(scope="module")
def issued() -> dict[str, Any]:
    """Let J-LIS issue a card to somebody who is no persona."""
    app = build_app(Settings())
    with TestClient(AtConsole(app), OWN_URL) as console:
        resident = {
            "IndividualNumber": NUMBER, "Name": "試験　太郎", "NameKana": "ｼｹﾝ ﾀﾛｳ", "Sex1": "1",
            "Birthdate": "19790301",
        }  # fmt: skip
        console.post("/sim/jlis/residents", json=resident).raise_for_status()
        answer = console.post("/sim/jlis/cards", json={"IndividualNumber": NUMBER})
    content: dict[str, Any] = answer.raise_for_status().json()
    return content


def order(issued: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {
        "Content": issued,
        "IndividualNumber": NUMBER,
        "AuthenticationPin": "4649",
        "SignaturePassword": "TEST99",
        **changed,
    }


def test_the_image_is_ready_for_the_virtual_card(
    window: TestClient, issued: dict[str, Any], tmp_path: Path
) -> None:
    done = window.put("/cards/taro", json=order(issued))
    assert done.status_code == 201, done.text
    assert done.json()["SerialNumber"] == issued["SerialNumber"]
    got = window.get("/cards/taro/image")
    assert got.headers["content-type"].startswith("application/toml")
    file = tmp_path / "elsewhere.card.toml"
    file.write_bytes(got.content)
    assert not says(got.text, "4649")
    connection = InProcessConnection(VirtualCard.from_file(file))
    proof = prove_identity(connection, Pin.authentication("4649"), b"challenge")
    assert proof.certificate.signed(proof.signature, b"challenge")


@pytest.mark.parametrize(
    ("name", "changed", "code"),
    [
        ("taro", {"IndividualNumber": "990000000044"}, "SIM-INVALID-NUMBER"),
        ("taro", {"AuthenticationPin": "46491"}, "SIM-INVALID-REQUEST"),
        ("taro", {"SignaturePassword": "short"}, "SIM-INVALID-REQUEST"),
        ("Taro!", {}, "SIM-INVALID-REQUEST"),
        ("taro", {"Content": {}}, "SIM-INVALID-REQUEST"),
    ],
)
def test_what_makes_no_card_is_refused_and_no_pin_repeated(
    window: TestClient, issued: dict[str, Any], name: str, changed: dict[str, Any], code: str
) -> None:
    refused = window.put(f"/cards/{name}", json=order(issued, **changed))
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert "46491" not in refused.text
    assert window.get("/cards/taro/image").json()["code"] == "SIM-CARD-UNKNOWN"


@pytest.mark.parametrize("part", ["Certificate", "PrivateKey"])
def test_a_damaged_answer_of_j_lis_is_refused(
    window: TestClient, issued: dict[str, Any], part: str
) -> None:
    broken = {**issued["Authentication"], part: "-----BEGIN NOTHING-----"}
    refused = window.put("/cards/taro", json=order({**issued, "Authentication": broken}))
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")
