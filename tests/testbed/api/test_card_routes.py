"""Cards over HTTP: what is in the store, and what the window does with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from reader.description.layout import PIN_REFERENCES
from testbed.api import municipal_office
from testbed.api.municipal_office import Secret
from testbed.cards.card_store import CardStore
from testbed.cards.municipal_office import MunicipalOffice
from testbed.oqs_console import OqsConsole
from testbed.readers.slots import Slots
from wire.serving.problem_http import install_problem_handlers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from testbed.readers.private_pcscd import PcscStack
    from virtual_card.image.card_image import CardImage

SELECT_JPKI = bytes.fromhex("00A4040C0AD392F000260100000001")
WRONG_PIN = bytes.fromhex("002000980439393939")


@pytest.fixture
def store(tmp_path: Path, card_image: CardImage) -> CardStore:
    store = CardStore(tmp_path)
    store.add("hanako", card_image)
    return store


@pytest.fixture
def slots(pcsc_stack: PcscStack) -> Iterator[Slots]:
    slots = Slots(pcsc_stack)
    yield slots
    slots.close()
    assert pcsc_stack.wait_until_empty(0)


@pytest.fixture
def window(store: CardStore, slots: Slots) -> TestClient:
    app = FastAPI()
    install_problem_handlers(app)
    # Nobody answers for J-LIS here; what needs it is in test_personas.
    office = MunicipalOffice(OqsConsole(httpx2.AsyncClient(base_url="http://127.0.0.1:9")), store)
    app.include_router(municipal_office.router(office, slots))
    return TestClient(app)


def test_a_card_is_described_without_its_secrets(window: TestClient) -> None:
    assert window.get("/cards/hanako").json() == {
        "Card": "hanako",
        "Label": "佐藤 花子",
        "SerialNumber": "990010000000001",
        "Kind": "my_number_card",
        "MunicipalityCode": "99001",
        "ExpiresOn": "20350217",
    }
    assert window.get("/cards/nobody").json()["code"] == "SIM-CARD-UNKNOWN"


def test_every_secret_of_the_card_can_be_reset() -> None:
    assert {secret.reference for secret in Secret} == set(PIN_REFERENCES)


def test_the_window_gives_the_tries_back(window: TestClient, store: CardStore) -> None:
    card = store.card("hanako")
    card.process(SELECT_JPKI)
    for _ in range(3):
        card.process(WRONG_PIN)
    assert window.put("/cards/hanako/pins/authentication", json={}).status_code == 204
    assert store.card("hanako").tries_left(Secret.AUTHENTICATION.reference) == 3


def test_the_window_sets_a_new_pin_and_never_repeats_it(
    window: TestClient, store: CardStore
) -> None:
    path = "/cards/hanako/pins/authentication"
    assert window.put(path, json={"Pin": "8642"}).status_code == 204
    card = store.card("hanako")
    card.process(SELECT_JPKI)
    assert card.process(bytes.fromhex("0020009804") + b"8642") == b"\x90\x00"
    for wrong in ("86421", ""):
        refused = window.put(path, json={"Pin": wrong})
        assert refused.status_code == 422
        assert "4 digits" in refused.json()["detail"]
        assert "数字4桁" in refused.json()["japanese"]
    assert "86421" not in refused.text


def test_a_card_in_the_reader_is_not_at_the_window(
    window: TestClient, store: CardStore, slots: Slots
) -> None:
    slots.move("hanako", 0, lambda: store.card("hanako"))
    for refused in (
        window.put("/cards/hanako/pins/authentication", json={}),
        window.post("/cards/hanako/renewal"),
        window.post("/cards", json={"Persona": "hanako"}),
    ):
        assert refused.status_code == 422
        assert "take it out first" in refused.json()["detail"]


def test_a_renewal_without_oqs_is_told_and_changes_nothing(
    window: TestClient, store: CardStore
) -> None:
    before = store.path("hanako").read_bytes()
    refused = window.post("/cards/hanako/renewal")
    assert refused.json()["code"] == "SIM-SERVICE-UNREACHABLE"
    assert store.path("hanako").read_bytes() == before
