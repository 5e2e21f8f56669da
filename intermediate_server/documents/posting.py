"""Posting (郵送): the papers that go out together, and the lists that go along (PP-09).

Papers are printed in parts of a thousand, so that a run over any number of members is printed with
bounded memory; the list of a part has the same papers in the same order, each with its page.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from eligibility.days.eras import era_date
from eligibility.documents import Delivery
from eligibility.documents.content import NATIONAL
from eligibility.sentence import Sentence
from intermediate_server.documents.papers import printed
from intermediate_server.documents.printing import check_characters, pages_of
from intermediate_server.documents.selection import MAILED, PostingPart, PostingRow
from intermediate_server.procedures.kinds import ProcedureKind
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eligibility.documents import DocumentKind, Paper
    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.documents.document import Document
    from intermediate_server.procedures.change import Change

PAPERS_IN_A_PART = 1_000
"""How many papers one PDF has at most."""
_WITHOUT_ADDRESS = Sentence(
    "住所か郵便番号が届けられていないため、発送を止めています。"
    "「住所変更」で住所と郵便番号を届け出てください。",
    "It cannot be posted without an address and its postal code; file a change of address with "
    "both.",
)
COLUMNS = (
    "通番", "送付方法", "証類", "氏名", "郵便番号", "住所", "保険者番号", "記号・番号・枝番",
    "交付年月日", "部", "頁", "印刷できない理由", "宛名",
)  # fmt: skip
"""The header of the list as CSV."""


class Hindrance(NamedTuple):
    """Why a paper cannot be printed, or cannot go out, as things are."""

    why: Sentence
    detail: str = ""
    """The characters that are at fault."""
    mended_by: ProcedureKind | None = None
    """The procedure that mends it; None where none does."""

    @property
    def japanese(self) -> str:
        """The sentence of a list."""
        return f"{self.why.ja}{self.detail}"


def ready(
    document: Document, entry: Change, policy: InsurerPolicy, font: Path | None
) -> tuple[Paper | None, tuple[Hindrance, ...]]:
    """Return what is printed on a document that waits for the post, or all that is in its way."""
    paper: Paper | None = None
    found: list[Hindrance] = []
    try:
        paper = printed(document, entry, policy)
        check_characters(paper, font)
    except Problem as problem:
        found.append(_not_printable(problem, entry))
    if document.delivery in MAILED and not (entry.person.post_number and entry.person.address):
        found.append(Hindrance(_WITHOUT_ADDRESS, mended_by=ProcedureKind.ADDRESS))
    return (None if found else paper), tuple(found)


def _not_printable(problem: Problem, entry: Change) -> Hindrance:
    why, detail = Sentence(problem.japanese, problem.entry.kind.title), ""
    mended_by: ProcedureKind | None = None
    match problem.entry:
        case Catalogue.HOUSEHOLDER_UNKNOWN:
            mended_by = ProcedureKind.CHANGE
            why = Sentence(why.ja, problem.detail or why.en)
        case Catalogue.CHARACTER_NOT_PRINTABLE:
            detail = problem.detail or ""
            moves = detail.startswith(f"「{entry.person.address}」")
            mended_by = ProcedureKind.ADDRESS if moves else ProcedureKind.CORRECT
    return Hindrance(why, detail, mended_by)


def part_of(
    found: Sequence[tuple[Document, Change]],
    counts: Counter[tuple[Delivery, DocumentKind]],
    part: int,
    policy: InsurerPolicy,
    font: Path | None,
) -> PostingPart:
    """Make a part of what the register has for it.

    Raises:
        Problem: FONT_MISSING.
    """
    rows: list[PostingRow] = []
    papers: list[Paper] = []
    page = 1
    for place, (document, entry) in enumerate(found, (part - 1) * PAPERS_IN_A_PART + 1):
        paper, hindrances = ready(document, entry, policy, font)
        refusal = "".join(one.japanese for one in hindrances)
        row = _row(document, entry, place, part, page if paper else 0, refusal)
        if policy.kind in NATIONAL and entry.householder:
            row = replace(row, addressee=entry.householder)
        rows.append(row)
        if paper is not None:
            papers.append(paper)
            page += pages_of(paper)
    by_way = Counter[Delivery]()
    for (way, _), count in counts.items():
        by_way[way] += count
    return PostingPart(part, parts_of(counts), by_way, tuple(rows), tuple(papers))


def parts_of(counts: Counter[tuple[Delivery, DocumentKind]]) -> int:
    """Return how many parts so many papers have; at least one, which may be empty."""
    return max(1, -(-counts.total() // PAPERS_IN_A_PART))


def _row(
    document: Document, entry: Change, number: int, part: int, page: int, refusal: str
) -> PostingRow:
    assert document.kind is not None
    assert document.issued_on is not None
    one = entry.qualification
    insured = "・".join(text for text in (one.symbol, one.number, one.branch) if text)
    return PostingRow(
        number=number,
        delivery=document.delivery or Delivery.COUNTER,
        kind=document.kind,
        name=entry.person.name,
        addressee=entry.person.name,
        post_number=_with_dash(entry.person.post_number),
        address=entry.person.address,
        insurer_number=document.insurer_number,
        insured=insured,
        issued_on=era_date(document.issued_on),
        part=part,
        page=page,
        document=(document.person_reference, document.number),
        refusal=refusal,
    )


def _with_dash(post_number: str) -> str:
    digits = post_number.replace("-", "")
    return f"{digits[:3]}-{digits[3:]}" if len(digits) == 7 else post_number
