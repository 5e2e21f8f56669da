"""Timing profiles: how they are written, what they cost, and that waiting can be ended."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from virtual_card.plug import CardMute
from virtual_card.wrappers.specification import SpecificationError
from virtual_card.wrappers.timing import (
    CONTACT,
    CONTACTLESS,
    INSTANT,
    PROFILES,
    TimedCard,
    TimingProfile,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from virtual_card.card import VirtualCard

SELECT_JPKI = bytes.fromhex("00A4040C0AD392F000260100000001")
SIGN = bytes.fromhex("802A0097010100")


def test_a_profile_is_named_and_may_differ_from_it() -> None:
    assert TimingProfile.parse("contactless") == CONTACTLESS
    changed = TimingProfile.parse("contact:signature=350,byte=0.5")
    assert changed == TimingProfile("contact", CONTACT.command, 0.5, 350)
    assert TimingProfile.parse(str(changed)) == changed
    assert [str(profile) for profile in PROFILES.values()] == list(PROFILES)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("slow", "Choose one of instant, contact, contactless"),
        ("contact:letter=1", "not 'letter'"),
        ("contact:byte=-1", "milliseconds from 0"),
        ("contact:byte=nan", "milliseconds from 0"),
    ],
)
def test_an_unknown_profile_is_told_with_those_there_are(text: str, told: str) -> None:
    with pytest.raises(SpecificationError) as refused:
        TimingProfile.parse(text)
    assert told in str(refused.value)


def test_an_exchange_costs_by_command_byte_and_signature() -> None:
    profile = TimingProfile("contact", command=10, byte=1, signature=100)
    assert profile.seconds(bytes(5), bytes(10) + b"\x90\x00") == pytest.approx(0.027)
    assert profile.seconds(SIGN, bytes(256) + b"\x90\x00") == pytest.approx(0.375)
    assert profile.seconds(SIGN, b"\x69\x82") == pytest.approx(0.019), "nothing was signed"
    assert INSTANT.seconds(SIGN, bytes(258)) == 0


def test_a_timed_card_answers_no_sooner_than_its_profile_says(
    make_card: Callable[..., VirtualCard],
) -> None:
    card = TimedCard(make_card(), TimingProfile("contact", command=20))
    instants = [time.monotonic()]
    for _ in range(5):
        assert card.process(SELECT_JPKI) == b"\x90\x00"
        instants.append(time.monotonic())
    assert all(after - before >= 0.02 for before, after in pairwise(instants))


def test_taking_the_card_out_ends_the_waiting(make_card: Callable[..., VirtualCard]) -> None:
    card = TimedCard(make_card(), TimingProfile("contact", command=60_000))
    ended = threading.Event()

    def use() -> None:
        with pytest.raises(CardMute):
            card.process(SELECT_JPKI)
        ended.set()

    user = threading.Thread(target=use)
    user.start()
    card.power_off()
    assert ended.wait(20)
    user.join()
