"""What may become of a paper, one event after another."""

from __future__ import annotations

from datetime import date

import pytest

from eligibility.documents import DocumentKind, Occasion
from intermediate_server.counter.noting import check_event, choices
from intermediate_server.documents.document import (
    Document,
    DocumentEvent,
    EventKind,
    RegisteredDocument,
)
from wire.catalogue import Problem

TODAY = date(2026, 11, 16)
PAPER = Document(
    "P1", 1, 1, "990010", Occasion.JOINED, DocumentKind.CERTIFICATE, "", (), TODAY, issued_on=TODAY
)


def after(*events: str) -> RegisteredDocument:
    return RegisteredDocument(
        PAPER, tuple(DocumentEvent(1, EventKind(event), TODAY) for event in events)
    )


@pytest.mark.parametrize("goes_out", ["sent", "handed_over"])
@pytest.mark.parametrize(
    "before",
    [["withdrawn"], ["sent"], ["handed_over"], ["sent", "undelivered", "sent"]],
)
def test_nothing_goes_out_twice_nor_after_it_was_withdrawn(
    before: list[str], goes_out: str
) -> None:
    paper = after(*before)
    assert EventKind(goes_out) not in choices(paper, TODAY)
    with pytest.raises(Problem, match="follows") as refused:
        check_event(paper, EventKind(goes_out), TODAY, TODAY, "")
    assert "発送待ちに戻した" in refused.value.japanese


@pytest.mark.parametrize("goes_out", ["sent", "handed_over"])
@pytest.mark.parametrize(
    "before",
    [
        [],
        ["withdrawn", "back_to_post"],
        ["sent", "back_to_post"],
        ["sent", "undelivered"],
        ["handed_over", "back_to_post"],
        ["sent", "lost", "found"],
    ],
)
def test_what_waits_again_or_came_back_goes_out(before: list[str], goes_out: str) -> None:
    paper = after(*before)
    assert EventKind(goes_out) in choices(paper, TODAY)
    check_event(paper, EventKind(goes_out), TODAY, TODAY, "")


@pytest.mark.parametrize("before", [[], ["sent", "back_to_post"], ["handed_over"]])
def test_only_what_was_sent_comes_back(before: list[str]) -> None:
    paper = after(*before)
    assert EventKind.UNDELIVERED not in choices(paper, TODAY)
    with pytest.raises(Problem):
        check_event(paper, EventKind.UNDELIVERED, TODAY, TODAY, "")
    sent = after("sent")
    assert EventKind.UNDELIVERED in choices(sent, TODAY)
    check_event(sent, EventKind.UNDELIVERED, TODAY, TODAY, "")


@pytest.mark.parametrize(
    "events", [["withdrawn"], ["sent"], ["handed_over"], ["undelivered"], ["destroyed"], []]
)
def test_what_may_be_noted_is_just_what_is_offered(events: list[str]) -> None:
    paper = after(*events)
    taken = set()
    for event in EventKind:
        try:
            check_event(paper, event, TODAY, TODAY, "訳")
        except Problem:
            continue
        taken.add(event)
    assert taken == set(choices(paper, TODAY))
