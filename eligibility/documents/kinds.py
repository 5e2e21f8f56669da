"""Documents (証類): the papers and screens by which a patient shows who insures them.

Section 1.3 of the rule catalogue, with R-041, R-071 and R-156.
"""

from enum import StrEnum


class DocumentKind(StrEnum):
    """What is shown at the desk besides the card, or issued by the insurer."""

    OLD_CARD = "old_card"
    """従来の健康保険証 (被保険者証)."""
    SHORT_TERM_CARD = "short_term_card"
    """短期被保険者証: the old card of someone in arrears."""
    ELDERLY_CARD = "elderly_card"
    """高齢受給者証, or 被保険者証兼高齢受給者証: the ratio of 70 to 74."""
    LATE_ELDERLY_CARD = "late_elderly_card"
    """後期高齢者医療被保険者証."""
    ARREARS_PROOF = "arrears_proof"
    """被保険者資格証明書 of someone in long arrears; not to be taken for EMPLOYER_PROOF."""
    LIMIT_CERTIFICATE = "limit_certificate"
    """限度額適用認定証."""
    LIMIT_AND_MEALS_CERTIFICATE = "limit_and_meals_certificate"
    """限度額適用・標準負担額減額認定証."""
    SPECIFIC_DISEASE_CERTIFICATE = "specific_disease_certificate"
    """特定疾病療養受療証."""
    LOCAL_SUBSIDY = "local_subsidy"
    """マル福など、自治体の医療費助成受給者証."""
    WELFARE_CERTIFICATE = "welfare_certificate"
    """生活保護受給者証."""
    MEDICAL_TICKET = "medical_ticket"
    """医療券・調剤券 of public assistance, on paper (P-032)."""
    CERTIFICATE = "certificate"
    """資格確認書."""
    NOTICE = "notice"
    """資格情報のお知らせ (資格情報通知書)."""
    PORTAL_SCREEN = "portal_screen"
    """マイナポータルの資格情報画面."""
    PORTAL_PDF = "portal_pdf"
    """その画面から保存したPDF."""
    DECLARATION = "declaration"
    """被保険者資格申立書, filled in at the desk."""
    EMPLOYER_PROOF = "employer_proof"
    """健康保険被保険者資格証明書, obtained through the employer."""
    EXPIRY_NOTICE = "expiry_notice"
    """有効期限のお知らせ: a letter on the end of the electronic certificate (D-15)."""
    LAST_FOUR_NOTICE = "last_four_notice"
    """個人番号の下4桁のお知らせ, which the member compares; a letter (R-190)."""

    @property
    def japanese(self) -> str:
        """The name on the pages."""
        return _JAPANESE[self]

    @property
    def sufficient_alone(self) -> bool:
        """Whether it is enough by itself, as long as it is in force (R-041, R-071).

        A notice, a portal screen, its PDF and a declaration are shown with the card only.
        """
        return self in _SUFFICIENT_ALONE

    @property
    def with_card(self) -> bool:
        """Whether it shows the eligibility together with the My Number card (R-072, R-073)."""
        return self in _SHOWS_WITH_CARD

    @property
    def replaced_by_card(self) -> bool:
        """Whether a マイナ保険証 makes it unnecessary at the desk (R-156)."""
        return self not in {DocumentKind.LOCAL_SUBSIDY, DocumentKind.WELFARE_CERTIFICATE}


_SUFFICIENT_ALONE = frozenset(
    {
        DocumentKind.OLD_CARD,
        DocumentKind.SHORT_TERM_CARD,
        DocumentKind.LATE_ELDERLY_CARD,
        DocumentKind.CERTIFICATE,
        DocumentKind.EMPLOYER_PROOF,
    }
)
_SHOWS_WITH_CARD = frozenset(
    {DocumentKind.NOTICE, DocumentKind.PORTAL_SCREEN, DocumentKind.PORTAL_PDF}
)
_JAPANESE = {
    DocumentKind.OLD_CARD: "従来の健康保険証",
    DocumentKind.SHORT_TERM_CARD: "短期被保険者証",
    DocumentKind.ELDERLY_CARD: "高齢受給者証",
    DocumentKind.LATE_ELDERLY_CARD: "後期高齢者医療被保険者証",
    DocumentKind.ARREARS_PROOF: "被保険者資格証明書",
    DocumentKind.LIMIT_CERTIFICATE: "限度額適用認定証",
    DocumentKind.LIMIT_AND_MEALS_CERTIFICATE: "限度額適用・標準負担額減額認定証",
    DocumentKind.SPECIFIC_DISEASE_CERTIFICATE: "特定疾病療養受療証",
    DocumentKind.LOCAL_SUBSIDY: "医療費助成受給者証",
    DocumentKind.WELFARE_CERTIFICATE: "生活保護受給者証",
    DocumentKind.MEDICAL_TICKET: "医療券・調剤券",
    DocumentKind.CERTIFICATE: "資格確認書",
    DocumentKind.NOTICE: "資格情報のお知らせ",
    DocumentKind.PORTAL_SCREEN: "マイナポータルの資格情報画面",
    DocumentKind.PORTAL_PDF: "マイナポータルから保存したPDF",
    DocumentKind.DECLARATION: "被保険者資格申立書",
    DocumentKind.EMPLOYER_PROOF: "健康保険被保険者資格証明書",
    DocumentKind.EXPIRY_NOTICE: "有効期限のお知らせ",
    DocumentKind.LAST_FOUR_NOTICE: "個人番号の下4桁のお知らせ",
}
