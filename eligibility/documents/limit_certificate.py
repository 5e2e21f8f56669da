"""限度額適用認定証: who needs one, and what is printed on it (R-153 to R-156).

With a マイナ保険証 nobody needs it, as the online check tells the limit; it is made on application
for who does without, or goes to a clinic without a reader.
"""

from dataclasses import dataclass
from datetime import date

from eligibility.cost.limits import INPATIENT_DAYS, LimitCategory
from eligibility.days.eras import era_date
from eligibility.documents.content import (
    NATIONAL,
    SIMULATION,
    Line,
    PrintedMember,
    PrintedMembership,
    insurer_lines,
    number_lines,
    scheme,
)
from eligibility.documents.kinds import DocumentKind

_WITH_MEALS = frozenset(
    {
        LimitCategory.A05, LimitCategory.A06, LimitCategory.B05, LimitCategory.B06,
        LimitCategory.B07, LimitCategory.B08,
    }
)  # fmt: skip
"""Classes of households without municipal tax, whose meals are cheaper too."""
LONGER_STAYS = (
    f"過去12か月の入院が{INPATIENT_DAYS}日を超えたときは、食事代がさらに下がります。"
    "保険者に、別に申請してください。"
)
_TOLD_BY_THE_RATIO = frozenset(
    {LimitCategory.B01, LimitCategory.B04, LimitCategory.B09, LimitCategory.B10}
)
"""From 70 on, the classes that clinics know by the ratio alone: 現役並みⅢ and 一般."""


def tax_exempt(category: LimitCategory) -> bool:
    """Tell whether a class is of a household that pays no municipal tax (非課税世帯)."""
    return category in _WITH_MEALS


def limit_paper(category: LimitCategory) -> DocumentKind | None:
    """Return which paper a class has: with the meals for who pays no tax; None where none is made.

    From 70 on, the ratio by itself tells 現役並みⅢ and 一般 [public scheme, unverified here].
    """
    if category in _TOLD_BY_THE_RATIO:
        return None
    return (
        DocumentKind.LIMIT_AND_MEALS_CERTIFICATE
        if tax_exempt(category)
        else DocumentKind.LIMIT_CERTIFICATE
    )


def limit_effective(applied_on: date, qualified_on: date, valid_from: date | None) -> date:
    """Return 発効期日: the first of the month of the application [public scheme].

    Not before the membership or the class itself begins.
    """
    return max(applied_on.replace(day=1), qualified_on, valid_from or date.min)


@dataclass(frozen=True, slots=True)
class PrintedLimitCertificate:
    """A 限度額適用認定証, or 限度額適用・標準負担額減額認定証."""

    member: PrintedMember
    membership: PrintedMembership
    category: LimitCategory
    effective_on: date
    issued_on: date
    expires_on: date
    long_stay_from: date | None = None
    """長期入院該当年月日, where an application after more than 90 days is on record (R-155)."""

    def __post_init__(self) -> None:
        """Refuse a class that has no such paper, and days in disorder (`ValueError`)."""
        if limit_paper(self.category) is None:
            raise ValueError(f"no paper is made for the class {self.category}")
        if self.expires_on < self.issued_on:
            raise ValueError("a paper cannot expire before it is issued")

    @property
    def kind(self) -> DocumentKind:
        """Which of the two papers it is."""
        kind = limit_paper(self.category)
        assert kind is not None
        return kind

    @property
    def title(self) -> str:
        """Its title in full."""
        return f"{scheme(self.membership.kind)}{self.kind.japanese}"

    @property
    def lines(self) -> tuple[Line, ...]:
        """All fields in the order of the form [unverified: forms differ]."""
        member, membership = self.member, self.membership
        head = member.head_of_household
        named = [Line("世帯主氏名", head)] if membership.kind in NATIONAL and head else []
        return (
            Line("有効期限", era_date(self.expires_on)),
            Line("交付年月日", era_date(self.issued_on)),
            *number_lines(membership),
            Line("氏名", member.name),
            Line("性別", member.sex),
            Line("生年月日", era_date(member.birthdate)),
            *named,
            Line("住所", member.address),
            Line("発効期日", era_date(self.effective_on)),
            Line("適用区分", self.category.japanese),
            *self._long_stay,
            *insurer_lines(membership),
        )

    @property
    def _long_stay(self) -> tuple[Line, ...]:
        if self.long_stay_from is None or not tax_exempt(self.category):
            return ()
        return (Line("長期入院該当年月日", era_date(self.long_stay_from)),)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What else stands on it; of who pays no tax, what a long stay needs (R-155)."""
        return (
            (
                "医療機関などの窓口で、資格確認書などと一緒に見せてください。"
                "ひと月の窓口での支払いが、適用区分の限度額までになります。"
            ),
            "マイナ保険証を使うときは、この証はいりません。",
            *([LONGER_STAYS] if tax_exempt(self.category) and not self._long_stay else []),
            SIMULATION,
        )
