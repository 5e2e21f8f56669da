"""Guidance (案内): what the desk reads and says in each situation, and the ways in their order.

The table of section 6.3 of the rule catalogue, as values. `reception` chooses the situation and
strikes out the ways that cannot be.
"""

from dataclasses import dataclass
from enum import StrEnum

from eligibility.sentence import Sentence
from eligibility.ways import WayId


class Word(StrEnum):
    """The one large answer."""

    VALID = "valid"
    CHECK = "check"
    UNUSABLE = "unusable"

    @property
    def japanese(self) -> str:
        """The word that the receptionist reads."""
        return {Word.VALID: "有効", Word.CHECK: "要確認", Word.UNUSABLE: "使えません"}[self]


class Situation(StrEnum):
    """What the desk is faced with."""

    VALID = "valid"
    LAG = "lag"
    """無効 / 該当資格なし: the new eligibility is not visible yet."""
    NEW_EXISTS = "new_exists"
    """無効（新しい資格あり）: asked by an old number."""
    SEVERAL = "several"
    """複数該当."""
    WELFARE = "welfare"
    """有効（未登録） of public assistance."""
    DEVICE = "device"
    NETWORK = "network"
    AUTHENTICATION = "authentication"
    CERTIFICATE = "certificate"
    NOT_REGISTERED = "not_registered"
    NO_CARD = "no_card"
    """The card is not at hand and nothing was checked."""


@dataclass(frozen=True, slots=True)
class Guidance:
    """What to read, say and write down in a situation, and the ways in the order to try."""

    word: Word
    headline: Sentence
    say: Sentence
    ways: tuple[WayId, ...] = ()
    write_down: tuple[Sentence, ...] = ()


CARD_FACE = Sentence(
    "カードの氏名・生年月日・性別・住所と連絡先（個人番号は書き写しません）",
    "Name, date of birth, sex and address on the card, and a telephone number "
    "(never the individual number)",
)
SHOWN_NUMBER = Sentence(
    "見せてもらった保険者番号・記号・番号・枝番と、何で確認したか",
    "Insurer number, symbol, number and branch as shown, and on what they were shown",
)
KEEP_DECLARATION = Sentence(
    "申立書は、支払いが確認できるまで保管します。",
    "Keep the declaration until the payment is confirmed.",
)
OLD_NUMBER = Sentence(
    "以前の保険者番号・記号・番号・枝番（旧資格の請求に使います）",
    "The previous insurer number, symbol, number and branch (for a claim as 旧資格)",
)

_FALLBACK = (
    WayId.CARD_WITH_PORTAL_OR_NOTICE,
    WayId.ORAL_NO_CHANGE,
    WayId.DECLARATION,
    WayId.CERTIFICATE,
)
"""F1 to F4 of section 6: with the card at hand."""

_WITHOUT_ORAL = (WayId.CARD_WITH_PORTAL_OR_NOTICE, WayId.DECLARATION, WayId.CERTIFICATE)
"""After a change of insurer nobody can say that nothing has changed (§6 F2)."""

_TABLE = {
    Situation.VALID: Guidance(
        word=Word.VALID,
        headline=Sentence("資格を確認しました。", "The eligibility is confirmed."),
        say=Sentence(
            "確認できました。カードをお取りください。", "All is well. Please take the card."
        ),
    ),
    Situation.LAG: Guidance(
        word=Word.CHECK,
        headline=Sentence(
            "新しい資格がまだ見えません。保険診療はできます。",
            "The new eligibility is not visible yet. Insured care is possible.",
        ),
        say=Sentence(
            "新しい保険の登録がまだ届いていないようです。きょうも保険で受診できます。"
            "資格情報のお知らせか、マイナポータルの画面をお持ちですか。",
            "Your new insurance has not reached the system yet. You are insured today all the "
            "same. Do you have the eligibility notice, or the Mynaportal screen?",
        ),
        ways=_WITHOUT_ORAL,
        write_down=(SHOWN_NUMBER, CARD_FACE),
    ),
    Situation.NEW_EXISTS: Guidance(
        word=Word.CHECK,
        headline=Sentence(
            "この番号の資格は終わっています。新しい資格があります。",
            "The eligibility under this number has ended. There is a new one.",
        ),
        say=Sentence(
            "保険が変わっているようです。マイナンバーカードか、新しい資格確認書をお持ちですか。",
            "Your insurance seems to have changed. Do you have your My Number card, or the new "
            "eligibility certificate?",
        ),
        ways=(WayId.READ_CARD_AGAIN, *_WITHOUT_ORAL),
        write_down=(SHOWN_NUMBER,),
    ),
    Situation.SEVERAL: Guidance(
        word=Word.CHECK,
        headline=Sentence(
            "該当する資格が複数あります。一つに決めてください。",
            "Several eligibilities fit. Settle on one.",
        ),
        say=Sentence(
            "保険の番号を確かめます。枝番の分かるものをお持ちですか。",
            "Let us make sure of your number. Do you have something that shows the branch number?",
        ),
        ways=(WayId.ASK_BRANCH, *_WITHOUT_ORAL),
        write_down=(SHOWN_NUMBER,),
    ),
    Situation.WELFARE: Guidance(
        word=Word.CHECK,
        headline=Sentence(
            "医療扶助は有効ですが、この医療機関への委託が登録されていません。",
            "Public assistance is valid, but not registered for this institution.",
        ),
        say=Sentence(
            "医療券をお持ちですか。なければ福祉事務所に確かめます。",
            "Do you have a medical ticket? If not, we shall ask the welfare office.",
        ),
        ways=(WayId.WELFARE_TICKET,),
    ),
    Situation.DEVICE: Guidance(
        word=Word.CHECK,
        headline=Sentence(
            "読取機が使えません。保険診療はできます。",
            "The reader does not work. Insured care is possible.",
        ),
        say=Sentence(
            "読取機が使えないため、別の方法で確認します。カードと一緒に、"
            "資格情報のお知らせか、マイナポータルの画面をお持ちですか。",
            "The reader is out of order, so we check in another way. Besides the card, do you "
            "have the eligibility notice, or the Mynaportal screen?",
        ),
        ways=_FALLBACK,
        write_down=(SHOWN_NUMBER, CARD_FACE),
    ),
    Situation.NETWORK: Guidance(
        word=Word.CHECK,
        headline=Sentence(
            "オンライン資格確認につながりません。保険診療はできます。",
            "The online check cannot be reached. Insured care is possible.",
        ),
        say=Sentence(
            "確認のシステムにつながらないため、別の方法で確認します。カードと一緒に、"
            "資格情報のお知らせか、保存したマイナポータルのPDFをお持ちですか。",
            "The system cannot be reached, so we check in another way. Besides the card, do you "
            "have the eligibility notice, or a saved Mynaportal PDF?",
        ),
        ways=_FALLBACK,
        write_down=(SHOWN_NUMBER, CARD_FACE),
    ),
    Situation.AUTHENTICATION: Guidance(
        word=Word.CHECK,
        headline=Sentence(
            "本人確認ができていません。ほかの方法があります。",
            "The person is not identified yet. There are other ways.",
        ),
        say=Sentence(
            "別の方法で本人確認をします。きょうも保険で受診できます。"
            "暗証番号は、お住まいの市区町村の窓口で直せます。",
            "We identify you in another way; you are insured today all the same. The PIN can be "
            "reset at your municipality.",
        ),
        ways=(WayId.FACE, WayId.PIN, WayId.VISUAL, *_FALLBACK),
        write_down=(SHOWN_NUMBER,),
    ),
    Situation.CERTIFICATE: Guidance(
        word=Word.UNUSABLE,
        headline=Sentence(
            "このカードの電子証明書は使えません。ほかの方法で保険診療ができます。",
            "This card's certificate cannot be used. Insured care is possible in other ways.",
        ),
        say=Sentence(
            "カードの電子証明書が使えなくなっています。資格確認書はお持ちですか。"
            "カードは、お住まいの市区町村の窓口で手続きすると、また使えます。",
            "Your card's certificate no longer works. Do you have an eligibility certificate? "
            "Your municipality can make the card usable again.",
        ),
        ways=(
            WayId.CERTIFICATE,
            WayId.CARD_WITH_PORTAL_OR_NOTICE,
            WayId.ORAL_NO_CHANGE,
            WayId.DECLARATION,
        ),
        write_down=(SHOWN_NUMBER, CARD_FACE),
    ),
    Situation.NOT_REGISTERED: Guidance(
        word=Word.CHECK,
        headline=Sentence(
            "健康保険証の利用登録がありません。この場で登録できます。",
            "The card is not registered as a health insurance card. It can be, here and now.",
        ),
        say=Sentence(
            "このカードはまだ保険証として登録されていません。いま画面で登録できます。",
            "This card is not registered for health insurance yet. You can do it now, on screen.",
        ),
        ways=(WayId.REGISTER_ON_THE_SPOT, WayId.CERTIFICATE),
    ),
    Situation.NO_CARD: Guidance(
        word=Word.CHECK,
        headline=Sentence("カードがありません。", "There is no card."),
        say=Sentence(
            "資格確認書はお持ちですか。なければ、保険者に交付を申請できます。",
            "Do you have an eligibility certificate? If not, your insurer issues one on request.",
        ),
        ways=(WayId.CERTIFICATE, WayId.EMPLOYER_PROOF),
        write_down=(SHOWN_NUMBER,),
    ),
}

SELF_PAY = Guidance(
    word=Word.UNUSABLE,
    headline=Sentence(
        "保険の資格を確認できません。いったん全額の支払いになります。",
        "No insurance can be confirmed. The whole cost is paid for now.",
    ),
    say=Sentence(
        "きょうは全額のお支払いになります。領収書をお持ちのうえ、あとで保険者に療養費を申請できます。",
        "Today you pay the whole cost. With the receipt you can ask your insurer for a refund.",
    ),
    ways=(WayId.SELF_PAY,),
    write_down=(
        Sentence(
            "領収書と診療報酬明細書を渡したこと",
            "That receipt and itemised account were handed over",
        ),
    ),
)
"""When every other way is ruled out (§6 step 5 and F5)."""


def guidance(situation: Situation) -> Guidance:
    """Return what the situation calls for."""
    return _TABLE[situation]
