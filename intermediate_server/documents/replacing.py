"""Replacing papers (差替え): what waits for the post gives way to a newer one in its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from eligibility.documents import Occasion
from eligibility.sentence import Sentence
from intermediate_server.documents.document import (
    LOST_KINDS,
    NOT_HELD,
    PAPER_KINDS,
    DocumentEvent,
    EventKind,
)
from intermediate_server.procedures.kinds import KIND_BY_WORD
from intermediate_server.procedures.renumbering import numbers_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from intermediate_server.documents.document import Document
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.kinds import ProcedureKind

CARD_FOUND = "カードが見つかったため"
"""Why a certificate of an emergency is withdrawn when the card is there again."""
CERTIFICATE_FOUND = "紛失した資格確認書が見つかったため"
"""Why a certificate is withdrawn that was issued for a lost one which has turned up."""
RELEASE_KEPT = "利用登録の解除を取り下げたため"
"""Why a certificate is withdrawn that was issued for a release which does not come."""


def by_document(number: int) -> str:
    """Say, as what is noted, that a paper gave way to one of the person's documents."""
    return f"差替え（証類{number}を交付）"


def by_procedure(kind: ProcedureKind) -> str:
    """Say, as what is noted, that a paper gave way to a right one, as something was filed."""
    return f"差替え（{kind.japanese}の届出）"


def note_of_ours(note: str) -> Sentence | None:
    """Return what is noted in both languages, where no clerk wrote it."""
    if note == CARD_FOUND:
        return Sentence(note, "as the card was found")
    if note == CERTIFICATE_FOUND:
        return Sentence(note, "as the lost certificate was found")
    if note == RELEASE_KEPT:
        return Sentence(note, "as the release was withdrawn")
    if found := re.fullmatch(r"再交付（証類(\d+)）", note):
        return Sentence(note, f"issued again as document {found[1]}")
    if found := re.fullmatch(r"差替え（証類(\d+)を交付）", note):
        return Sentence(note, f"replaced by document {found[1]}")
    if found := re.fullmatch(r"差替え（(.+)の届出）", note):
        kind = KIND_BY_WORD.get(found[1])
        return Sentence(note, f"replaced, as '{kind.value}' was filed") if kind else None
    return None


def replaced(
    history: Sequence[Change], documents: Sequence[Document], made: Sequence[Document]
) -> list[DocumentEvent]:
    """Return what becomes of papers in whose place others go out that were just decided on.

    It is the same kind of paper of the same membership, or of the other kind what the new one comes
    in place of; it waits for the post still, and would be in use from the same day on. A
    certificate of an emergency takes the place of no lasting one. What is in the member's hand is
    lost where that is why another one is issued.
    """
    entries = {one.version: one for one in history}
    found: dict[int, DocumentEvent] = {}
    for new in made:
        if new.kind not in PAPER_KINDS:
            continue
        numbers = numbers_of(history, entries[new.based_on].number)
        for old in (*documents, *made):
            same = old.number < new.number and entries[old.based_on].number in numbers
            if same and not old.waits and _lost(old, new):
                note = f"再交付（証類{new.number}）"
                found[old.number] = DocumentEvent(old.number, EventKind.LOST, new.decided_on, note)
            if same and old.waits and takes_place(old, new):
                note = by_document(new.number)
                found[old.number] = DocumentEvent(
                    old.number, EventKind.WITHDRAWN, new.decided_on, note
                )
    return list(found.values())


def takes_place(old: Document, new: Document) -> bool:
    """Tell whether a paper of a membership is of use in place of another one, from its day on."""
    alike = old.kind is new.kind and (new.renewed or not old.renewed)
    return (alike or new.succeeds == old.number) and _begins(old, new) == _begins(new, new)


def _lost(old: Document, new: Document) -> bool:
    """Tell whether a paper that went out is the one for whose loss another was decided on.

    It is in use by then; the renewed one, which is in use later, is another.
    """
    in_use = old.issued_on is None or old.issued_on <= new.decided_on
    return in_use and old.kind in LOST_KINDS.get(new.occasion, ()) and old.state not in NOT_HELD


def found_again(
    documents: Sequence[Document], found: Document, on: date
) -> Sequence[DocumentEvent]:
    """Return what becomes of the papers in its place that wait when a lost one is found.

    One that is valid still stays in use: then the other does not go out (R-054).
    """
    if found.expires_on is None or found.expires_on < on:
        return ()
    return [
        DocumentEvent(one.number, EventKind.WITHDRAWN, on, CERTIFICATE_FOUND)
        for one in documents
        if one.waits
        and one.number > found.number
        and one.insurer_number == found.insurer_number
        and one.occasion is Occasion.CERTIFICATE_LOST
        and one.kind is found.kind
    ]


def _begins(one: Document, new: Document) -> date:
    """Return from when a paper is of use, looked at when another one is decided on."""
    return max(one.issued_on or new.decided_on, new.decided_on)
