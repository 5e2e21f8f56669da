"""Guidance (案内) upon an answer of the check, or a card that still has to be registered.

Sections 6 and 6.3 of the rule catalogue; R-021, R-090, R-097, P-021, P-024 to P-026, P-032.
"""

from eligibility.reception.options import FallbackOptionId
from eligibility.reception.situation import (
    CARD_FACE,
    SHOWN_NUMBER,
    WITHOUT_ORAL,
    Guidance,
    Situation,
    Word,
)
from eligibility.sentence import Sentence

ANSWERS = {
    Situation.VALID: Guidance(
        word=Word.VALID,
        headline=Sentence("資格を確認しました。", "The eligibility is confirmed."),
        say=Sentence(
            "確認できました。カードをお取りください。",
            "All is well. Please take the card.",
            "かくにんできました。カードを とってください。",
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
            "あたらしい ほけんの じょうほうが まだ とどいていません。"
            "きょうも ほけんが つかえます。"
            "しかくじょうほうの おしらせか、マイナポータルの がめんを みせてください。",
        ),
        options=WITHOUT_ORAL,
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
            "ほけんが かわっています。"
            "マイナンバーカードか、あたらしい しかくかくにんしょを みせてください。",
        ),
        options=(FallbackOptionId.READ_CARD_AGAIN, *WITHOUT_ORAL),
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
            "ほけんの ばんごうを たしかめます。えだばんが わかるものを みせてください。",
        ),
        options=(FallbackOptionId.ASK_BRANCH, *WITHOUT_ORAL),
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
            "いりょうけんを もっていますか。ないときは、ふくしじむしょに ききます。",
        ),
        options=(FallbackOptionId.WELFARE_TICKET,),
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
            "この カードは まだ ほけんしょうとして つかえません。いま、がめんで とうろくできます。",
        ),
        options=(FallbackOptionId.REGISTER_ON_THE_SPOT, FallbackOptionId.CERTIFICATE),
    ),
}
