"""By what a card is known again, without a PIN and without touching its applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reader.errors import CardRemoved
from reader.pcsc.identity import GET_UID, CardIdentity, IdentityKind, read_identity
from tests.reader.plain_card import BANK_CARD_ATR, PlainCard

if TYPE_CHECKING:
    from collections.abc import Callable

    from virtual_card.plugs.vpcd import VpcdPlug

    Insert = Callable[..., VpcdPlug]

READER = "Virtual PCD 00 00"
NUMBER = bytes.fromhex("04A2B3C4D5E680")


def test_a_contactless_card_is_known_by_its_number(insert: Insert) -> None:
    card = PlainCard(NUMBER)
    insert(card)
    assert read_identity(READER) == CardIdentity(IdentityKind.UID, NUMBER)
    assert set(card.commands) == {GET_UID}


def test_a_card_on_contacts_is_known_by_its_answer_to_reset_only(insert: Insert) -> None:
    insert(PlainCard(atr=BANK_CARD_ATR))
    assert read_identity(READER) == CardIdentity(IdentityKind.ATR, BANK_CARD_ATR)


@pytest.mark.parametrize(
    "numbers",
    [("08112233",), ("11223344", "55667788")],
    ids=["announced as random", "another one after a loss of power"],
)
def test_a_number_that_changes_is_told(insert: Insert, numbers: tuple[str, ...]) -> None:
    insert(PlainCard(*map(bytes.fromhex, numbers)))
    assert read_identity(READER).changes


def test_a_number_of_seven_bytes_may_begin_with_08(insert: Insert) -> None:
    insert(PlainCard(bytes.fromhex("08112233445566")))
    assert not read_identity(READER).changes


def test_a_card_that_leaves_too_early_is_a_removal(insert: Insert) -> None:
    insert(PlainCard(NUMBER, pulled=True))
    with pytest.raises(CardRemoved):
        read_identity(READER)
