"""Qualification (資格): who is insured where, and what the online check says of it on a day.

Rules P-024 to P-027 and P-030: the codes are those of `QualificationValidity` (資格有効性).
They come from a secondary source; the official specification was not available.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from eligibility.identifiers.insured_number import (
    comparable_branch,
    comparable_number,
    comparable_symbol,
)


class QualificationValidity(IntEnum):
    """資格有効性, the word of the answer (P-024)."""

    VALID = 1
    """有効."""
    INVALID = 2
    """無効."""
    INVALID_NEW_EXISTS = 3
    """無効（新しい資格あり）."""
    NONE = 4
    """該当資格なし."""
    SEVERAL = 5
    """複数該当."""
    VALID_UNREGISTERED = 6
    """有効（未登録）, of public assistance (医療扶助) only."""

    @property
    def japanese(self) -> str:
        """The word as the code table writes it."""
        return _JAPANESE[self]


_JAPANESE = {
    QualificationValidity.VALID: "有効",
    QualificationValidity.INVALID: "無効",
    QualificationValidity.INVALID_NEW_EXISTS: "無効（新しい資格あり）",
    QualificationValidity.NONE: "該当資格なし",
    QualificationValidity.SEVERAL: "複数該当",
    QualificationValidity.VALID_UNREGISTERED: "有効（未登録）",
}


class ReasonOfLoss(StrEnum):
    """喪失事由 (P-027)."""

    DEATH = "01"
    """死亡."""
    PUBLIC_ASSISTANCE = "02"
    """生活保護受給開始."""
    OTHER_INSURANCE = "03"
    """医療保険等の資格取得."""
    OTHER = "99"
    """その他."""


@dataclass(frozen=True, slots=True)
class Qualification:
    """One person's membership of one insurer.

    In force from `qualified_on` (資格取得日) until the day before `disqualified_on` (資格喪失日);
    the day of loss itself is no longer insured. A membership that was cancelled has both dates
    equal and was never in force.
    """

    insurer_number: str
    symbol: str
    number: str
    branch: str
    qualified_on: date
    disqualified_on: date | None = None
    reason_of_loss: ReasonOfLoss | None = None

    def __post_init__(self) -> None:
        """Refuse a loss before the beginning (`ValueError`)."""
        if self.disqualified_on is not None and self.disqualified_on < self.qualified_on:
            raise ValueError(
                f"a qualification of {self.qualified_on.isoformat()} cannot be lost before it, "
                f"on {self.disqualified_on.isoformat()}"
            )

    def active(self, on: date) -> bool:
        """Tell whether the membership is in force on the day, whenever it is seen (P-092)."""
        return self.qualified_on <= on and not self.lost(on)

    def lost(self, on: date) -> bool:
        """Tell whether the membership has ended on or before the day."""
        return self.disqualified_on is not None and self.disqualified_on <= on

    @property
    def never_was(self) -> bool:
        """Whether the membership was cancelled: it ends on the day on which it begins."""
        return self.disqualified_on == self.qualified_on

    def same_number(self, other: "Qualification") -> bool:
        """Tell whether both are known by the same 保険者番号・記号・番号・枝番, however written."""
        return (
            self.insurer_number == other.insurer_number
            and self.has_number(comparable_symbol(other.symbol), comparable_number(other.number))
            and comparable_branch(self.branch) == comparable_branch(other.branch)
        )

    def has_number(self, symbol: str, number: str) -> bool:
        """Tell whether 記号・番号, in their compared form, are those of the membership."""
        return comparable_symbol(self.symbol) == symbol and comparable_number(self.number) == number


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check says: the validity, and the qualification that it is said of.

    `qualification` is the one in force (VALID), the one that was lost (INVALID,
    INVALID_NEW_EXISTS), or None. `active` holds all that are in force on the day.
    """

    validity: QualificationValidity
    qualification: Qualification | None = None
    active: tuple[Qualification, ...] = ()


def judge_card(
    qualifications: Iterable[Qualification], on: date, *, view_stopped: bool = False
) -> Verdict:
    """Judge a person who was identified by card (照会区分1; P-024, P-025).

    One in force is VALID, several are SEVERAL; none in force but some lost is INVALID with the one
    that was lost last; nothing known, or only what begins later, is NONE. `view_stopped`: the
    record does not match the resident registry, and nothing of it is shown until the insurer has
    corrected it (閲覧停止; P-030). What was cancelled is not known.
    """
    known = () if view_stopped else tuple(one for one in qualifications if not one.never_was)
    active = _active(known, on)
    if len(active) == 1:
        return Verdict(QualificationValidity.VALID, active[0], active)
    if active:
        return Verdict(QualificationValidity.SEVERAL, None, active)
    lost = [one for one in known if one.lost(on)]
    if lost:
        return Verdict(QualificationValidity.INVALID, max(lost, key=_lost_last))
    return Verdict(QualificationValidity.NONE)


def judge_number(
    asked: Qualification | None, qualifications_of_person: Iterable[Qualification], on: date
) -> Verdict:
    """Judge the qualification that was asked for by its number (照会区分2; P-024, P-026).

    `asked` is what the number leads to, or None. One lost while another of the same person is in
    force is INVALID_NEW_EXISTS. A number that the person was given again counts as in force.
    """
    if asked is None:
        return Verdict(QualificationValidity.NONE)
    active = _active(qualifications_of_person, on)
    if asked.active(on):
        return Verdict(QualificationValidity.VALID, asked, active or (asked,))
    for one in active:
        if one.same_number(asked):
            return Verdict(QualificationValidity.VALID, one, active)
    if not asked.lost(on) or (asked.never_was and not active):
        return Verdict(QualificationValidity.NONE, None, active)
    if active:
        return Verdict(QualificationValidity.INVALID_NEW_EXISTS, asked, active)
    return Verdict(QualificationValidity.INVALID, asked)


def _active(qualifications: Iterable[Qualification], on: date) -> tuple[Qualification, ...]:
    return tuple(one for one in qualifications if one.active(on))


def _lost_last(one: Qualification) -> tuple[date, date]:
    return (one.disqualified_on or date.min, one.qualified_on)
