"""Two readers of one model, and one whose cable is pulled while a card works in it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from reader.description.layout import AUTHENTICATION_PIN
from tests.usb.conftest import PIN
from virtual_card.card import VirtualCard
from virtual_card.plugs.ccid import CcidPlug

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.usb.guest import Guest, SecondReader
    from virtual_card.image.card_image import CardImage

pytestmark = pytest.mark.timeout(600)

VERIFY, SIGN = 0x20, 0x2A


@contextmanager
def attached(guest: Guest) -> Iterator[SecondReader]:
    reader = guest.attach_reader()
    try:
        yield reader
    finally:
        guest.detach_reader(reader)


def model_of(reader: str) -> str:
    return reader.partition(" [")[0]


def prove(guest: Guest, reader: str, **more: int) -> dict[str, Any]:
    return guest.ask("prove", pin=PIN, challenge=os.urandom(40).hex(), reader=reader, **more)


def test_each_of_two_equal_readers_is_used_by_its_own_name(guest: Guest, issued: CardImage) -> None:
    first_card, second_card = VirtualCard(issued), VirtualCard(issued)
    with attached(guest) as reader:
        second, model = reader.name, model_of(reader.name)
        told = guest.ask("look", reader=model)
        assert told["error"] == "NoReader", "which one is not guessed"
        assert told["japanese"].count(model) == 2
        with CcidPlug(second_card, reader.connect):
            assert guest.wait_for("card-inserted")["reader"] == second
            assert prove(guest, second)["reader"] == second
            wrong = guest.ask("prove", pin="0000", challenge="00", reader=second)
            assert wrong["attempts_remaining"] == 2
            with CcidPlug(first_card, guest.connect, power=guest.bus):
                first = guest.wait_for("card-inserted")["reader"]
                assert model_of(first) == model
                assert first != second
                assert guest.ask("identify", reader=first)["reader"] == first
                assert prove(guest, first)["reader"] == first
                assert first_card.tries_left(AUTHENTICATION_PIN) == 3
                assert second_card.tries_left(AUTHENTICATION_PIN) == 2
            assert guest.wait_for("card-removed")["reader"] == first
        assert guest.wait_for("card-removed")["reader"] == second
    assert guest.wait_for("reader-detached")["reader"] == second
    assert guest.ask("look")["error"] == "NoCard", "the one that is left is the one in use"


@pytest.mark.parametrize("instruction", [VERIFY, SIGN])
def test_a_reader_unplugged_in_the_middle_is_told_and_goes_on_when_it_is_back(
    guest: Guest, issued: CardImage, instruction: int
) -> None:
    card = VirtualCard(issued)
    with attached(guest) as reader, CcidPlug(card, reader.connect):
        guest.wait_for("card-inserted")
        told = prove(guest, reader.name, unplugged_at=instruction)
        assert {"NoCard", "NoReader"} & set(told.get("kinds", ())), told
        assert guest.wait_for("reader-detached")["reader"] == reader.name
        assert guest.ask("look", reader=reader.name)["error"] == "NoReader"
        assert card.tries_left(AUTHENTICATION_PIN) == 3
    with attached(guest) as again:
        with CcidPlug(card, again.connect):
            guest.wait_for("card-inserted")
            assert "error" not in prove(guest, again.name)
        guest.wait_for("card-removed")
    guest.wait_for("reader-detached")
