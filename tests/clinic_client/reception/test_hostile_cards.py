"""Whatever a card at the desk answers, the desk gets a visit or a problem that says what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reader.description.layout import CardKind
from tests.equipment.hostile_card import ChangingCard, Watch, hostile
from tests.fuzzing import seeded
from virtual_card.card import VirtualCard
from virtual_card.chip.memory import VolatileMemory

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.timeout(0)
def test_no_card_is_an_error_of_the_server(
    at_reader: Callable[..., Any], card: Callable[[str], VirtualCard]
) -> None:
    hanako = card("hanako").image
    images = [hanako, replace(hanako, signature=None), replace(hanako, kind=CardKind.ANDROID_PHONE)]
    lying = ChangingCard(VirtualCard(hanako))
    clinic = at_reader(lying)
    assert clinic.visit()["Word"] == "VALID"
    for number, choose in seeded("visits", 60):
        lying.answerer, lying.watch = hostile(choose.choice(images), choose), Watch()
        try:
            came = clinic.receive("1234", ConfirmLastTry=False)
            assert came.status_code in (201, 409), came.text
            if came.status_code != 201:
                assert came.json()["japanese"].endswith("。")
            assert lying.watch.verifies <= 1
            unchecked = clinic.http.post("/api/visits/unchecked", json={"Cause": "NETWORK"})
            assert unchecked.status_code < 500, unchecked.text
        except BaseException as error:
            error.add_note(f"case {number}: {vars(lying.answerer)}")
            raise
    lying.answerer = VirtualCard(hanako, VolatileMemory())
    assert clinic.visit()["Word"] == "VALID", "the next patient is received"
