"""Replacing papers (差替え): what waits for the post gives way to a newer one in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intermediate_server.documents.document import PAPER_KINDS, DocumentEvent, EventKind
from intermediate_server.procedures.renumbering import numbers_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from intermediate_server.documents.document import Document
    from intermediate_server.procedures.change import Change


def replaced(
    history: Sequence[Change], documents: Sequence[Document], made: Sequence[Document]
) -> list[DocumentEvent]:
    """Return what becomes of papers in whose place others go out that were just decided on.

    It is the same kind of paper of the same membership, waits for the post still, and would be in
    use from the same day on. A certificate of an emergency takes the place of no lasting one.
    """
    entries = {one.version: one for one in history}
    found: dict[int, DocumentEvent] = {}
    for new in made:
        if new.kind not in PAPER_KINDS:
            continue
        numbers = numbers_of(history, entries[new.based_on].number)
        for old in (*documents, *made):
            if (
                old.number < new.number
                and old.waits
                and old.kind is new.kind
                and entries[old.based_on].number in numbers
                and (new.renewed or not old.renewed)
                and _begins(old, new) == _begins(new, new)
            ):
                note = f"差替え（証類{new.number}を交付）"
                found[old.number] = DocumentEvent(
                    old.number, EventKind.WITHDRAWN, new.decided_on, note
                )
    return list(found.values())


def _begins(one: Document, new: Document) -> date:
    """Return from when a paper is of use, looked at when another one is decided on."""
    return max(one.issued_on or new.decided_on, new.decided_on)
