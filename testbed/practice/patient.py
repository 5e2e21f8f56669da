"""A patient of an exercise: a person of the town, and what they have with them on the day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from eligibility.cost.burden import elderly_from
from eligibility.documents.kinds import DocumentKind
from eligibility.documents.old_card import LAST_DAY
from eligibility.documents.validity import certificate_end, notice_end, ratio_printed
from eligibility.identifiers.numbers import InsurerNumber, InvalidNumber
from eligibility.reception.presented import Presented
from intermediate_server.policies import load_policies
from testbed.cards.life import Situation
from testbed.cards.personas import townspeople
from testbed.practice.queue import shown_by
from wire.dates import read_day

if TYPE_CHECKING:
    from eligibility.qualification import QualificationValidity
    from testbed.cards.life import Filing, Life
    from testbed.cards.personas import Persona

_NOT_LAID = frozenset(
    {Situation.NO_READER, Situation.DISASTER, Situation.SMARTPHONE, Situation.PROTECTED}
)
"""Whose card, or phone, does not come onto the reader, though they have one."""
_LEFT_AT_HOME = frozenset({Situation.DISASTER, Situation.SMARTPHONE})
"""Who has no My Number card with them."""
_PHYSICAL = frozenset({"card", "face_authentication_card"})
"""The kinds of a card that is a My Number card."""
_PROTECTING = frozenset({"block", "hide"})
"""The procedures that protect somebody: 自己情報提供不可, 住所不開示 (P-031)."""
_WITH_A_SHARE = frozenset(
    {
        DocumentKind.CERTIFICATE,
        DocumentKind.NOTICE,
        DocumentKind.PORTAL_SCREEN,
        DocumentKind.PORTAL_PDF,
    }
)
"""Papers on which the share stands from 70 on; the portal shows what the notice says (R-073)."""
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Paper:
    """Something that is shown besides the card, with what is printed on it."""

    document: DocumentKind
    insurer_number: InsurerNumber | None = None
    expires_on: date | None = None
    ratio: int | None = None
    """In tenths; None where the ratio is not printed (R-056, R-150)."""
    symbol: str = ""
    number: str = ""
    branch: str = ""
    special_expenses: bool = False
    """Whether 特別療養費 is printed: of somebody in arrears (R-056, R-081, R-159)."""

    def presented(self, validity: QualificationValidity | None = None) -> Presented:
        """Return it as the rules judge it; ``validity`` answers a check by its number."""
        return Presented(
            self.document,
            self.insurer_number.kind if self.insurer_number else None,
            self.expires_on,
            self.ratio,
            validity,
            undated=self.expires_on is None,
            special_expenses=self.special_expenses,
        )


@dataclass(frozen=True)
class Patient:
    """Who stands at the desk."""

    who: Persona
    life: Life
    birthdate: date
    papers: tuple[Paper, ...]
    lays_card: bool
    """Whether their card comes onto the reader."""
    card_at_hand: bool
    """Whether the My Number card itself is with them."""
    ratio: int | None
    """What they pay by their story, in tenths; None where it does not say."""

    @property
    def told_address(self) -> str:
        """The address on their card, or as they tell it; "" where the desk does not learn it.

        That of who is protected is written down nowhere (P-031).
        """
        if any(one["Kind"] in _PROTECTING for one in (*self.life.filings, *self.life.later)):
            return ""
        tells = self.card_at_hand or self.life.situation is Situation.DISASTER
        return self.who.address if tells else ""

    @property
    def in_arrears(self) -> bool:
        """Whether they pay the whole cost first (特別療養費, R-159)."""
        return _in_arrears(self.life)


def patient_of(key: str, on: date) -> Patient:
    """Return a person of the town as they come on a day (R-041, R-070 to R-072)."""
    who = townspeople()[key]
    life = who.life
    assert life is not None, f"{key} has no story"
    physical = who.kind in _PHYSICAL and life.situation not in _LEFT_AT_HOME
    documents = shown_by().get(
        key, (DocumentKind.NOTICE if physical else DocumentKind.CERTIFICATE,)
    )
    birthdate = read_day(who.birthdate)
    return Patient(
        who=who,
        life=life,
        birthdate=birthdate,
        papers=tuple(_paper(one, life, birthdate, on) for one in documents),
        lays_card=who.has_card and life.situation not in _NOT_LAID,
        card_at_hand=physical,
        ratio=_ratio(life),
    )


def _in_arrears(life: Life) -> bool:
    return any(one["Kind"] == "arrears" for one in (*life.filings, *life.later))


def _ratio(life: Life) -> int | None:
    filed = [one.get("InsuredPartialContributionRatio", "") for one in life.filings]
    written = life.ratio or next(filter(None, reversed(filed)), "")
    return int(written) // 10 if written else None


def _paper(document: DocumentKind, life: Life, birthdate: date, on: date) -> Paper:
    """Return what is shown, made out by the insurer as its ways are."""
    try:
        insurer = InsurerNumber.parse(life.insurer)
    except InvalidNumber:  # the welfare office's, which makes none of these out
        return Paper(document)
    joined = _joining(life)
    paper = Paper(
        document,
        insurer,
        symbol=joined.get("InsuredCardSymbol", ""),
        number=joined.get("InsuredIdentificationNumber", ""),
        branch=joined.get("InsuredBranchNumber", ""),
        special_expenses=_in_arrears(life) and document in _WITH_A_SHARE,
    )
    if document not in _WITH_A_SHARE:
        return paper
    policy = load_policies().of(insurer)
    ways, kind = policy.documents, policy.kind
    since = joined.get("QualificationDate")
    issued = max(LAST_DAY + _ONE_DAY, read_day(since)) if since else LAST_DAY + _ONE_DAY
    ends: date | None
    if document is DocumentKind.CERTIFICATE:
        while (ends := certificate_end(issued, birthdate, kind, ways.certificate)) < on:
            issued = ends + _ONE_DAY  # made out anew
    else:
        # One comes anew as the share of 70 begins, and each August from then on.
        issued = max(issued, elderly_from(birthdate)) if elderly_from(birthdate) <= on else issued
        while (
            ends := notice_end(issued, birthdate, kind, ways.certificate, ways.notice)
        ) is not None and ends < on:
            issued = ends + _ONE_DAY
    printed = ratio_printed(birthdate, issued, kind)
    return replace(paper, expires_on=ends, ratio=_ratio(life) if printed else None)


def _joining(life: Life) -> Filing:
    """Return the filing by which they are with their insurer now."""
    filed = (*life.filings, *life.later)
    return next(
        (
            one
            for one in reversed(filed)
            if "QualificationDate" in one and one["InsurerNumber"] == life.insurer
        ),
        {},
    )
