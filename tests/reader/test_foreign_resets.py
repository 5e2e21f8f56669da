"""A card that another program resets beneath us, between any two commands, and nothing tells of it.

As pcscd 1.9.9 does it, see `reader.applications.application_client`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reader.applications.jpki import CertificateFile
from reader.card_pins import change_pin, tries_of, tries_of_every_pin
from reader.description.layout import (
    AUTHENTICATION_PIN,
    INPUT_SUPPORT_PIN,
    PIN_REFERENCES,
    SIGNATURE_PASSWORD,
)
from reader.errors import CardFault, CardInUse, NextStep
from reader.pin import Pin
from reader.readings import read_attributes, read_certificate, read_report
from reader.session import look, prove_identity, why_locked
from tests.faces import INPUT_SUPPORT_PIN as TEXT
from virtual_card.plugs.inprocess import InProcessConnection

if TYPE_CHECKING:
    from collections.abc import Callable

    from reader.connection import CardConnection
    from virtual_card.card import VirtualCard

VERIFY_WITH_A_PIN = 5
RIGHT = Pin.authentication("1234")


class ResetBefore(InProcessConnection):
    """Loses what was selected and verified before its n-th command, once."""

    def __init__(self, card: VirtualCard, nth: int) -> None:
        super().__init__(card)
        self._lost, self._left = card, nth
        self.pins_sent = 0

    @property
    def struck(self) -> bool:
        return self._left < 0

    def send(self, apdu: bytes, /) -> tuple[bytes, int]:
        if self._left == 0:
            self._lost.power_off()
        self._left -= 1
        self.pins_sent += apdu[1] == 0x20 and len(apdu) > VERIFY_WITH_A_PIN
        return super().send(apdu)


def at_every_command(
    make_card: Callable[..., VirtualCard], use: Callable[[CardConnection], object]
) -> list[object]:
    """Do it again and again, reset one command later each time; return what came of each."""
    came: list[object] = []
    while True:
        card = make_card()
        connection = ResetBefore(card, len(came))
        try:
            one: object = use(connection)
        except CardInUse:
            one = None
        assert connection.pins_sent <= 1
        for reference in PIN_REFERENCES:
            assert card.tries_left(reference) == reference.tries
        if not connection.struck:
            return came
        came.append(one)


@pytest.mark.parametrize(
    "use",
    [
        look,
        read_report,
        tries_of_every_pin,
        lambda card: read_certificate(card, CertificateFile.AUTHENTICATION),
        lambda card: tries_of(card, INPUT_SUPPORT_PIN),
        lambda card: str(why_locked(card, AUTHENTICATION_PIN)),
        lambda card: str(why_locked(card, SIGNATURE_PASSWORD)),
    ],
    ids=["look", "report", "every PIN", "certificate", "one PIN", "why locked", "why, signature"],
)
def test_what_needs_no_pin_is_right_wherever_the_card_is_reset(
    make_card: Callable[..., VirtualCard], use: Callable[[CardConnection], object]
) -> None:
    came = at_every_command(make_card, use)
    assert came
    undisturbed = use(InProcessConnection(make_card()))
    assert came == [undisturbed] * len(came)


@pytest.mark.parametrize(
    "use",
    [
        lambda card: prove_identity(card, RIGHT, b"challenge"),
        lambda card: read_attributes(card, Pin(TEXT, INPUT_SUPPORT_PIN)),
        lambda card: change_pin(card, RIGHT, Pin.authentication("9182")),
    ],
    ids=["proof", "attributes", "change"],
)
def test_what_needs_a_pin_is_right_or_told_of_and_the_pin_is_sent_once(
    make_card: Callable[..., VirtualCard], use: Callable[[CardConnection], object]
) -> None:
    came = at_every_command(make_card, use)
    assert None in came
    undisturbed = use(InProcessConnection(make_card()))
    assert {repr(one) for one in came if one is not None} <= {repr(undisturbed)}
    assert all(one in (None, undisturbed) for one in came)


def test_a_card_that_refuses_by_itself_is_no_card_in_use(
    make_card: Callable[..., VirtualCard],
) -> None:
    with pytest.raises(CardFault) as caught:
        read_certificate(InProcessConnection(make_card()), CertificateFile.SIGNATURE)
    assert caught.value.status_word == 0x6982
    assert caught.value.next_step is NextStep.PLACE_CARD
