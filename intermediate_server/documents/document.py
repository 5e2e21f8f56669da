"""A document as the register (交付簿) has it: what was decided, when, and how it was sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from eligibility.documents import DocumentKind, Occasion

if TYPE_CHECKING:
    from datetime import date

    from eligibility.documents import Delivery


PRINTED_KINDS = frozenset({DocumentKind.CERTIFICATE, DocumentKind.NOTICE})
"""What shows the eligibility today, and is renewed."""
OLD_CARDS = frozenset(
    {DocumentKind.OLD_CARD, DocumentKind.ELDERLY_CARD, DocumentKind.SHORT_TERM_CARD}
)
"""What showed the eligibility before, and is issued no more (R-001)."""
WITH_RATIO = PRINTED_KINDS | {DocumentKind.OLD_CARD, DocumentKind.ELDERLY_CARD}
"""What carries 負担割合 and 発効期日 from 70 on (R-056, R-150)."""
LIMIT_CERTIFICATES = frozenset(
    {DocumentKind.LIMIT_CERTIFICATE, DocumentKind.LIMIT_AND_MEALS_CERTIFICATE}
)
NAMES_THE_HEAD = frozenset(
    {
        DocumentKind.CERTIFICATE,
        DocumentKind.OLD_CARD,
        DocumentKind.ELDERLY_CARD,
        *LIMIT_CERTIFICATES,
    }
)
"""What names the head of the household (世帯主) in 国保 (R-056)."""
LETTERS = frozenset({DocumentKind.EXPIRY_NOTICE, DocumentKind.LAST_FOUR_NOTICE})
"""What shows no eligibility, and stays with who gets it."""
PAPER_KINDS = WITH_RATIO | LETTERS | LIMIT_CERTIFICATES
"""All that is printed here; other documents are only decided on."""


NOT_ISSUED = "not_issued"
"""The state of a decision that no document is issued."""
ISSUED = "issued"
"""The state of a document of which nothing is written down yet, or which waits again."""


@dataclass(frozen=True, slots=True)
class Document:
    """A decision on a document. It is never altered; a later number stands beside it."""

    person_reference: str
    number: int
    """Counts the person's decisions, from 1, over all insurers."""
    based_on: int
    """The version of the ledger whose state is printed."""
    insurer_number: str
    occasion: Occasion
    kind: DocumentKind | None
    """None where nothing is issued."""
    reason: str
    """Why, as a Japanese sentence."""
    rules: tuple[str, ...]
    """The rules that the decision rests on."""
    decided_on: date
    occasioned_by: int | None = None
    """The version of the ledger that was the occasion; None of an application or a renewal."""
    issued_on: date | None = None
    """交付年月日."""
    expires_on: date | None = None
    ratio_from: date | None = None
    """発効期日, where a ratio is printed."""
    renewed: bool = False
    """Whether its successor follows without an application."""
    succeeds: int | None = None
    """The number of the document that it renews."""
    delivery: Delivery | None = None
    last_four: str = ""
    """下4桁, printed on the notice that asks the member to compare them; else empty (R-190)."""
    state: str = field(default=ISSUED, compare=False)
    """What had become of it when it was looked at."""

    @property
    def waits(self) -> bool:
        """Whether it waits for the post."""
        return self.kind is not None and self.state == ISSUED

    @property
    def pdf_path(self) -> str | None:
        """Where its PDF is to be had on the console; None for what is not printed."""
        if self.kind not in PAPER_KINDS:
            return None
        return f"/documents/{self.person_reference}/{self.number}.pdf"


class EventKind(StrEnum):
    """What became of a document."""

    SENT = "sent"
    """送付."""
    HANDED_OVER = "handed_over"
    """窓口で手渡し."""
    UNDELIVERED = "undelivered"
    """返戻: it came back."""
    GIVEN_BACK = "given_back"
    """返却 (R-049, R-052); of an old card also 回収 (R-003, R-008)."""
    LOST = "lost"
    """紛失 (R-005, R-054)."""
    FOUND = "found"
    """A lost one has turned up (R-007)."""
    ASKED_BACK = "asked_back"
    """返却依頼: the insurer has asked for it (PP-10, PP-12)."""
    DESTROYED = "destroyed"
    """処分: its holder has cut it up (R-004, R-053)."""
    ANSWERED = "answered"
    """回答: the member has answered what the letter asks (R-190)."""
    WITHDRAWN = "withdrawn"
    """発送の取りやめ: it does not go out, and why is in the note."""
    BACK_TO_POST = "back_to_post"
    """発送待ちに戻す: it was noted as sent, or withdrawn, by mistake, and waits for the post."""

    @property
    def japanese(self) -> str:
        """The word in the register."""
        return {
            "sent": "送付",
            "handed_over": "手渡し",
            "undelivered": "返戻",
            "given_back": "返却・回収",
            "lost": "紛失",
            "found": "発見",
            "asked_back": "返却依頼",
            "destroyed": "処分",
            "answered": "回答",
            "withdrawn": "発送取りやめ",
            "back_to_post": "発送待ちに戻した",
        }[self]

    @property
    def state(self) -> str:
        """The state in which it leaves a document."""
        return ISSUED if self is EventKind.BACK_TO_POST else self.value


LOST_KINDS = {
    Occasion.CERTIFICATE_LOST: frozenset({DocumentKind.CERTIFICATE}),
    Occasion.NOTICE_LOST: frozenset({DocumentKind.NOTICE}),
    Occasion.OLD_CARD_LOST: OLD_CARDS,
}
"""What is lost where it is applied for anew."""
NOT_HELD = frozenset(
    {
        EventKind.GIVEN_BACK,
        EventKind.DESTROYED,
        EventKind.UNDELIVERED,
        EventKind.LOST,
        EventKind.WITHDRAWN,
    }
)
"""After these a document is in nobody's hand, until it is found or sent again."""


@dataclass(frozen=True, slots=True)
class DocumentEvent:
    """What became of a document on a day."""

    number: int
    event: EventKind
    on: date
    note: str = ""


class PaperWork(NamedTuple):
    """What a procedure comes to in the register."""

    issued: tuple[Document, ...] = ()
    events: tuple[DocumentEvent, ...] = ()
    """What becomes of the person's earlier documents."""


@dataclass(frozen=True, slots=True)
class RegisteredDocument:
    """A document with what became of it."""

    document: Document
    events: tuple[DocumentEvent, ...] = ()
