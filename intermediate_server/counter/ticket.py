"""A discrepancy ticket (相違の申し出): what differs, who told it, what was answered (R-098).

The eight things that have to be said are those of `eligibility.reception.discrepancy`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from eligibility.sentence import Sentence

if TYPE_CHECKING:
    from datetime import date

    from eligibility.reception.discrepancy import DiscrepancyTicket
    from intermediate_server.procedures.change import Source


ANSWERED_BEFORE = Sentence(
    "この申し出には、すでに回答しています。一覧を読み直してください。",
    "The ticket has been answered already.",
)


class Finding(StrEnum):
    """What the insurer found."""

    CHECK_RIGHT = "check_right"
    """The online check is right; the paper is to be replaced."""
    PAPER_RIGHT = "paper_right"
    """The paper is right; the record is to be corrected by a procedure."""
    NEITHER = "neither"
    """Both are wrong, and are put right."""
    NO_DIFFERENCE = "no_difference"
    """They do not differ."""

    @property
    def japanese(self) -> str:
        """The word on the page."""
        return {
            "check_right": "オンライン資格確認の結果が正しい",
            "paper_right": "証類の記載が正しい",
            "neither": "どちらも誤り",
            "no_difference": "相違なし",
        }[self]

    @property
    def next_step(self) -> str:
        """What the clerk does about it."""
        return {
            "check_right": "証類を作り直して送ってください。",
            "paper_right": "「負担割合変更」「限度額区分」「訂正」など、違う項目を届け出て、"
            "記録を直してください。",
            "neither": "届出で記録を直し、証類を作り直してください。",
            "no_difference": "",
        }[self]


@dataclass(frozen=True, slots=True)
class TicketAnswer:
    """What the insurer answered."""

    finding: Finding
    text: str
    answered_on: date
    answered_by: str


@dataclass(frozen=True, slots=True)
class FiledTicket:
    """A ticket in the insurer's hands."""

    key: str
    """By which it is answered."""
    insurer_number: str
    ticket: DiscrepancyTicket
    received_on: date
    source: Source
    answer: TicketAnswer | None = None
