"""Options (確認の方法): by what, other than a smooth check, a patient's insurance can be accepted.

Sections 6 and 6.3 of the rule catalogue. Each option says what to do, whether the patient then
pays only their share, and how the visit is claimed.
"""

from dataclasses import dataclass
from enum import StrEnum

from eligibility.cost.claims import ClaimMode
from eligibility.sentence import Sentence
from eligibility.terminal.clinic_variant import ClinicVariant
from eligibility.terminal.identity import Method


class FallbackOptionId(StrEnum):
    """The options, by what is shown or done."""

    CHECK = "check"
    """オンライン資格確認: the check itself."""
    FACE = "face"
    """顔認証."""
    PIN = "pin"
    """暗証番号."""
    VISUAL = "visual"
    """目視確認."""
    REGISTER_ON_THE_SPOT = "register_on_the_spot"
    """その場で利用登録."""
    READ_CARD_AGAIN = "read_card_again"
    """カードで確認しなおす."""
    ASK_BRANCH = "ask_branch"
    """枝番を確かめる."""
    ASK_NUMBER = "ask_number"
    """番号と生年月日を確かめて、照会しなおす."""
    WELFARE_TICKET = "welfare_ticket"
    """医療券."""
    CARD_WITH_PORTAL_OR_NOTICE = "card_with_portal_or_notice"
    """カードと、マイナポータルの画面・PDF または資格情報のお知らせ."""
    ORAL_NO_CHANGE = "oral_no_change"
    """再診: 変わりがないことを口頭で確かめる."""
    DECLARATION = "declaration"
    """被保険者資格申立書."""
    CERTIFICATE = "certificate"
    """資格確認書."""
    OLD_CARD = "old_card"
    """有効期限内の従来の健康保険証."""
    NUMBER_ONLY = "number_only"
    """経過措置: an expired card or a notice alone, and a check by its number."""
    PHYSICAL_CARD = "physical_card"
    """スマートフォンの代わりに、マイナンバーカードそのもの."""
    EMERGENCY_LOOKUP = "emergency_lookup"
    """緊急時医療情報・資格確認機能."""
    STATEMENT = "statement"
    """災害: 氏名・生年月日・連絡先などの申し出."""
    EMPLOYER_PROOF = "employer_proof"
    """健康保険被保険者資格証明書."""
    SELF_PAY = "self_pay"
    """全額自己負担."""


@dataclass(frozen=True, slots=True)
class FallbackOption:
    """One option.

    `accepted` says whether it leads to insured care today, at the patient's ratio; `claim_mode`
    how a visit by this option is claimed, None where that depends on what is known besides.
    `needs_card` says whether the My Number card itself must be at hand.
    """

    id: FallbackOptionId
    text: Sentence
    rules: tuple[str, ...]
    accepted: bool = True
    needs_card: bool = True
    claim_mode: ClaimMode | None = ClaimMode.NORMAL


_OPTIONS = {
    option.id: option
    for option in (
        FallbackOption(
            FallbackOptionId.CHECK,
            Sentence(
                "オンライン資格確認の結果で受け付けます。",
                "Accept by the answer of the online check.",
            ),
            ("R-090", "P-024"),
        ),
        FallbackOption(
            FallbackOptionId.FACE,
            Sentence(
                "顔認証で本人確認をします。暗証番号が使えないカードでもできます。",
                "Identify by face; this works even when the PIN is locked.",
            ),
            ("P-018", "P-020"),
        ),
        FallbackOption(
            FallbackOptionId.PIN,
            Sentence(
                "4桁の暗証番号で本人確認をします。3回続けて間違えるとロックされます。",
                "Identify by the 4-digit PIN; three wrong entries in a row lock it.",
            ),
            ("P-017", "P-020"),
        ),
        FallbackOption(
            FallbackOptionId.VISUAL,
            Sentence(
                "目視確認モードにして、職員がカードの写真と本人を見比べます。",
                "Switch to visual mode and compare the card's photograph with the person.",
            ),
            ("P-019", "P-020"),
        ),
        FallbackOption(
            FallbackOptionId.REGISTER_ON_THE_SPOT,
            Sentence(
                "読取機の画面で、その場で健康保険証の利用登録をします。",
                "Register the card as a health insurance card on the reader, on the spot.",
            ),
            ("R-021", "P-021"),
        ),
        FallbackOption(
            FallbackOptionId.READ_CARD_AGAIN,
            Sentence(
                "マイナンバーカードで確認しなおします。新しい資格が表示されます。",
                "Check again with the My Number card; it shows the new eligibility.",
            ),
            ("P-024",),
        ),
        FallbackOption(
            FallbackOptionId.ASK_BRANCH,
            Sentence(
                "枝番と生年月日を確かめて、照会しなおします。",
                "Make sure of branch number and date of birth, and ask again.",
            ),
            ("P-026",),
        ),
        FallbackOption(
            FallbackOptionId.ASK_NUMBER,
            Sentence(
                "番号・枝番・生年月日を書類と見比べて、照会しなおします。",
                "Compare number, branch and date of birth with the document, and ask again.",
            ),
            ("P-026",),
            needs_card=False,
        ),
        FallbackOption(
            FallbackOptionId.WELFARE_TICKET,
            Sentence(
                "医療券・調剤券を見せてもらいます。なければ福祉事務所に確かめます。",
                "Ask for the medical ticket; without one, ask the welfare office.",
            ),
            ("P-024", "P-032"),
            needs_card=False,
        ),
        FallbackOption(
            FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
            Sentence(
                "マイナンバーカードと一緒に、いまの保険者の資格情報のお知らせか、"
                "マイナポータルの資格情報の画面・PDFを見せてもらいます。",
                "With the My Number card, ask for the current insurer's eligibility notice, or the "
                "Mynaportal eligibility screen or PDF.",
            ),
            ("R-071", "R-072", "R-073", "R-092"),
        ),
        FallbackOption(
            FallbackOptionId.ORAL_NO_CHANGE,
            Sentence(
                "再診で番号が分かっていれば、保険に変わりがないことを口頭で確かめます。",
                "On a further visit with known numbers, ask whether the insurance is unchanged.",
            ),
            ("P-086",),
        ),
        FallbackOption(
            FallbackOptionId.DECLARATION,
            Sentence(
                "被保険者資格申立書に、分かるところだけ書いてもらいます。",
                "Have the patient fill in the declaration of eligibility, as far as known.",
            ),
            ("R-092", "P-084", "P-085", "P-086"),
            claim_mode=None,
        ),
        FallbackOption(
            FallbackOptionId.CERTIFICATE,
            Sentence(
                "有効期限内の資格確認書を見せてもらいます。これだけで受診できます。",
                "Ask for an eligibility certificate that has not expired; it is enough by itself.",
            ),
            ("R-041", "P-088"),
            needs_card=False,
        ),
        FallbackOption(
            FallbackOptionId.OLD_CARD,
            Sentence(
                "有効期限内の健康保険証を見せてもらいます。",
                "Accept the health insurance card, which has not expired.",
            ),
            ("R-001", "R-002"),
            needs_card=False,
        ),
        FallbackOption(
            FallbackOptionId.NUMBER_ONLY,
            Sentence(
                "記号・番号で照会して「有効」なら、今回は受け付けます。"
                "次はマイナ保険証か資格確認書を持ってきてもらいます。",
                "Check by symbol and number; if that says 有効, accept it this time. Next time the "
                "card or an eligibility certificate is needed.",
            ),
            ("P-050", "P-051"),
            needs_card=False,
        ),
        FallbackOption(
            FallbackOptionId.PHYSICAL_CARD,
            Sentence(
                "スマートフォンではなく、マイナンバーカードを読取機に置いてもらいます。",
                "Ask for the My Number card itself instead of the smartphone.",
            ),
            ("P-014", "P-015"),
        ),
        FallbackOption(
            FallbackOptionId.EMERGENCY_LOOKUP,
            Sentence(
                "緊急時の確認機能を開き、氏名・性別・生年月日・住所で資格を調べます。",
                "Open the emergency function and look the person up by name, sex, date of birth "
                "and address.",
            ),
            ("P-087",),
            needs_card=False,
        ),
        FallbackOption(
            FallbackOptionId.STATEMENT,
            Sentence(
                "氏名・生年月日・連絡先・事業所名などを聞き取り、書きとめます。",
                "Take down name, date of birth, telephone, workplace and so on, as told.",
            ),
            ("P-082",),
            needs_card=False,
            claim_mode=ClaimMode.DISASTER,
        ),
        FallbackOption(
            FallbackOptionId.EMPLOYER_PROOF,
            Sentence(
                "勤め先を通じて出た健康保険被保険者資格証明書を見せてもらいます。",
                "Ask for the proof of insurance that was obtained through the employer.",
            ),
            ("R-048",),
            needs_card=False,
        ),
        FallbackOption(
            FallbackOptionId.SELF_PAY,
            Sentence(
                "いったん全額を支払ってもらい、あとで保険者に療養費を申請してもらいます。",
                "The patient pays the whole cost now and applies to the insurer for a refund.",
            ),
            ("R-096", "P-088"),
            accepted=False,
            needs_card=False,
            claim_mode=ClaimMode.NO_CLAIM,
        ),
    )
}


def fallback_option(option_id: FallbackOptionId) -> FallbackOption:
    """Return the option with the id."""
    return _OPTIONS[option_id]


def out_of_reach(variant: ClinicVariant) -> frozenset[FallbackOptionId]:
    """Return what a clinic of the variant has no means for (P-022, R-021, R-093)."""
    out = set()
    if not variant.registers:
        out.add(FallbackOptionId.REGISTER_ON_THE_SPOT)
    if not variant.reads_cards:
        out |= _AT_A_READER
    elif Method.FACE not in variant.operation.methods:
        out.add(FallbackOptionId.FACE)
    return frozenset(out)


_AT_A_READER = {
    FallbackOptionId.FACE,
    FallbackOptionId.PIN,
    FallbackOptionId.VISUAL,
    FallbackOptionId.READ_CARD_AGAIN,
    FallbackOptionId.PHYSICAL_CARD,
}
