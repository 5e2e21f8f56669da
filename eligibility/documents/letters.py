"""Letters (通知) of an insurer that are no proof of anything.

The notice that an electronic certificate ends (D-15, R-111, P-002, P-005), and the notice of the
last four digits of the number on record (R-190, seed 004).
"""

from dataclasses import dataclass
from datetime import date

from eligibility.card.certificates import EARLY_RENEWAL_MONTHS, grace_end
from eligibility.days.eras import era_date
from eligibility.days.office_calendar import add_months
from eligibility.documents.content import (
    SIMULATION,
    Line,
    PrintedMember,
    PrintedMembership,
    insurer_lines,
    number_lines,
)
from eligibility.documents.document_policy import LapsedIssue
from eligibility.documents.kinds import DocumentKind
from eligibility.documents.validity import lapsed_issue_day

_CARD_BACK = (
    "マイナンバーは、マイナンバーカードの裏面に記載されています。"
    "カードを持っていない場合は、通知カードなどで確認できます。"
)


@dataclass(frozen=True, slots=True)
class PrintedExpiryNotice:
    """有効期限のお知らせ: when the card's electronic certificate ends, and what is done then.

    The municipality sends one of its own (R-111); this is the insurer's, which says what a
    certificate that ends means for insured care (P-002, P-005; PP-13).
    """

    member: PrintedMember
    membership: PrintedMembership
    issued_on: date
    electronic_expires_on: date
    lapsed: LapsedIssue

    kind = DocumentKind.EXPIRY_NOTICE

    @property
    def title(self) -> str:
        """Its title."""
        return "マイナンバーカードの電子証明書の有効期限のお知らせ"

    @property
    def lines(self) -> tuple[Line, ...]:
        """The fields, in their order."""
        ends = self.electronic_expires_on
        return (
            *number_lines(self.membership),
            Line("氏名", self.member.name),
            Line("電子証明書の有効期限", era_date(ends)),
            Line("更新できる時期", f"{era_date(add_months(ends, -EARLY_RENEWAL_MONTHS))}から"),
            Line("マイナ保険証として使える期限", era_date(grace_end(ends))),
            *insurer_lines(self.membership),
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it says above the fields, and beneath."""
        over = self.issued_on > self.electronic_expires_on
        return (
            (
                "あなたのマイナンバーカードの電子証明書は、下記の日に有効期限を"
                f"{'迎えました' if over else '迎えます'}。"
                "お住まいの市区町村の窓口で更新してください。"
            ),
            (
                "有効期限を過ぎても、上の期限までは、マイナ保険証で資格の確認を受けられます。"
                "その間、薬剤や健診などの情報は提供できません。"
            ),
            "その期限までに更新しないと、マイナ保険証は使えなくなり、利用登録も解除されます。",
            self._certificate,
            SIMULATION,
        )

    @property
    def _certificate(self) -> str:
        due = lapsed_issue_day(self.electronic_expires_on, self.lapsed)
        match self.lapsed:
            case LapsedIssue.ON_APPLICATION:
                return "更新しない方には、申請により資格確認書を交付します。"
            case LapsedIssue.BEFORE_GRACE_ENDS:
                assert due is not None
                return (
                    f"更新が確認できない方には、{era_date(due)}までに"
                    "資格確認書をお送りします。申請はいりません。"
                )
            case _:
                assert due is not None
                return (
                    f"更新が確認できない方には、{era_date(due)}以後に"
                    "資格確認書をお送りします。申請はいりません。"
                )


@dataclass(frozen=True, slots=True)
class PrintedLastFourNotice:
    """個人番号の下4桁のお知らせ: the member compares them with the card (R-190).

    No more of the number than its last four digits stands on it.
    """

    member: PrintedMember
    membership: PrintedMembership
    issued_on: date
    last_four: str

    kind = DocumentKind.LAST_FOUR_NOTICE

    def __post_init__(self) -> None:
        """Refuse what is not four digits (`ValueError`), without repeating it."""
        if len(self.last_four) != 4 or not (self.last_four.isascii() and self.last_four.isdigit()):
            raise ValueError("the last four digits are four digits")

    @property
    def title(self) -> str:
        """Its title."""
        return "マイナンバーの下4桁のご確認のお願い"

    @property
    def lines(self) -> tuple[Line, ...]:
        """The fields, in their order."""
        return (
            *number_lines(self.membership),
            Line("氏名", self.member.name),
            Line("マイナンバーの下4桁", self.last_four),
            *insurer_lines(self.membership),
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it says above the fields, and beneath."""
        return (
            (
                "当方に登録されている、あなたのマイナンバーの下4桁を表示しています。"
                "お手元のマイナンバーの下4桁と照合して、誤りがないかご確認ください。"
            ),
            (
                "誤りがあった場合は、お手数ですが、下記までご連絡ください。"
                "連絡には、マイナンバーの全体を書かないでください。"
            ),
            _CARD_BACK,
            SIMULATION,
        )
