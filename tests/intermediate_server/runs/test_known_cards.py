"""While an advance of the clock is followed, OQS is asked no more often than answers can change."""

from __future__ import annotations

from datetime import date

import pytest

from intermediate_server.procedures.person import NO_CARD, CardStanding
from intermediate_server.runs import known_cards
from intermediate_server.runs.known_cards import KnownCards

ENDS = date(2027, 5, 15)
FIRST = date(2027, 1, 1)
CARDS = {
    "near": CardStanding(registered=True, certificate_expires_on=date(2027, 2, 17)),
    "far": CardStanding(registered=True, certificate_expires_on=ENDS),
    "none": NO_CARD,
}


def asked(known: KnownCards, on: date, *, ends_only: bool = True) -> list[str]:
    """Ask of all; return of whom OQS has to be asked."""
    unknown = known.unknown(CARDS, on, ends_only=ends_only)
    answers = {one: CARDS[one] for one in unknown}
    assert known.with_answers(list(CARDS), answers, on) == CARDS
    return unknown


def test_the_runs_of_a_day_ask_once() -> None:
    known = KnownCards()
    assert asked(known, FIRST) == ["near", "far", "none"]
    assert asked(known, FIRST, ends_only=False) == []


@pytest.mark.rules("P-003")
def test_a_certificate_whose_end_is_far_is_asked_about_when_it_is_near() -> None:
    known = KnownCards()
    asked(known, FIRST)
    assert asked(known, date(2027, 2, 14)) == ["near"]
    assert asked(known, date(2027, 2, 15)) == ["near", "far"], "three months before its end"


def test_what_depends_on_more_than_the_end_is_asked_about_each_day() -> None:
    known = KnownCards()
    asked(known, FIRST)
    assert asked(known, date(2027, 1, 16), ends_only=False) == list(CARDS)


def test_of_whom_nothing_is_kept_oqs_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_cards, "MOST_KEPT", 2)
    known = KnownCards()
    assert asked(known, FIRST) == asked(known, FIRST) == list(CARDS)
