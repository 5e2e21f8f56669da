"""Guidance (案内) where something stands in the way of the check.

Section 6.3 of the rule catalogue; R-072, R-092 to R-094, P-014, P-015, P-017 to P-020, P-030,
P-031, P-082, P-086 to P-088.
"""

from eligibility.reception.options import FallbackOptionId
from eligibility.reception.situation import (
    CARD_FACE,
    FALLBACK,
    SHOWN_NUMBER,
    Guidance,
    Situation,
    Word,
)
from eligibility.sentence import Sentence

OBSTACLES = {
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
            "きかいが つかえません。"
            "カードと いっしょに、しかくじょうほうの おしらせか、"
            "マイナポータルの がめんを みせてください。",
        ),
        options=FALLBACK,
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
            "システムに つながりません。"
            "カードと いっしょに、しかくじょうほうの おしらせか、ほぞんした "
            "マイナポータルの PDFを みせてください。",
        ),
        options=FALLBACK,
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
            "ほかの やりかたで かくにんします。"
            "きょうも ほけんが つかえます。"
            "あんしょうばんごうは、しやくしょで なおせます。",
        ),
        options=(FallbackOptionId.FACE, FallbackOptionId.PIN, FallbackOptionId.VISUAL, *FALLBACK),
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
            "カードの しょうめいしょが つかえません。"
            "しかくかくにんしょを もっていますか。"
            "カードは、しやくしょで てつづきすると、また つかえます。",
        ),
        options=(
            FallbackOptionId.CERTIFICATE,
            FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
            FallbackOptionId.ORAL_NO_CHANGE,
            FallbackOptionId.DECLARATION,
        ),
        write_down=(SHOWN_NUMBER, CARD_FACE),
    ),
    Situation.NO_CARD: Guidance(
        word=Word.CHECK,
        headline=Sentence("カードがありません。", "There is no card."),
        say=Sentence(
            "資格確認書はお持ちですか。なければ、保険者に交付を申請できます。",
            "Do you have an eligibility certificate? If not, your insurer issues one on request.",
            "しかくかくにんしょを もっていますか。"
            "ないときは、ほけんの かいしゃや やくしょに たのめます。",
        ),
        options=(FallbackOptionId.CERTIFICATE, FallbackOptionId.EMPLOYER_PROOF),
        write_down=(SHOWN_NUMBER,),
    ),
    Situation.NO_READER: Guidance(
        word=Word.CHECK,
        headline=Sentence(
            "この医療機関では読み取れません。書類で保険診療ができます。",
            "There is no reader here. Insured care is possible by documents.",
        ),
        say=Sentence(
            "ここではカードを読み取れません。カードと一緒に、資格情報のお知らせか、"
            "マイナポータルの画面を見せてください。資格確認書ならそれだけで受診できます。",
            "Cards cannot be read here. Please show the eligibility "
            "notice or the Mynaportal screen "
            "with the card. An eligibility certificate is enough by itself.",
            "ここでは カードを よみとれません。カードと いっしょに、しかくじょうほうの おしらせか、"
            "マイナポータルの がめんを みせてください。",
        ),
        options=(
            FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
            FallbackOptionId.CERTIFICATE,
            FallbackOptionId.DECLARATION,
        ),
        write_down=(SHOWN_NUMBER,),
    ),
    Situation.SMARTPHONE: Guidance(
        word=Word.CHECK,
        headline=Sentence(
            "このスマートフォンでは確認できません。カードか資格確認書で受け付けます。",
            "The smartphone cannot be used. Accept by the card or an eligibility certificate.",
        ),
        say=Sentence(
            "スマートフォンでは確認できません。マイナンバーカードか資格確認書をお持ちですか。",
            "We cannot check by smartphone. Do you have the My Number card, or an eligibility "
            "certificate?",
            "スマートフォンは つかえません。マイナンバーカードか "
            "しかくかくにんしょを もっていますか。",
        ),
        options=(FallbackOptionId.PHYSICAL_CARD, FallbackOptionId.CERTIFICATE),
    ),
    Situation.BLOCKED: Guidance(
        word=Word.UNUSABLE,
        headline=Sentence(
            "カードでは確認できません。資格確認書で受け付けます。",
            "The card cannot be used. Accept by the eligibility certificate.",
        ),
        say=Sentence(
            "資格確認書を見せてください。",
            "Please show your eligibility certificate.",
            "しかくかくにんしょを みせてください。",
        ),
        options=(FallbackOptionId.CERTIFICATE,),
        write_down=(
            Sentence(
                "住所は書き写さず、だれにも伝えません。",
                "Do not copy the address, and tell it to nobody.",
            ),
        ),
    ),
    Situation.VIEW_STOPPED: Guidance(
        word=Word.CHECK,
        headline=Sentence(
            "保険者が登録を確かめている間、資格が見えません。保険診療はできます。",
            "The insurer is verifying the record; nothing is shown. Insured care is possible.",
        ),
        say=Sentence(
            "登録の確認のため、資格が一時的に見えません。きょうも保険で受診できます。"
            "資格情報のお知らせをお持ちですか。保険者に連絡してください。",
            "Your record is being verified and cannot be seen for now; you are insured today all "
            "the same. Do you have the eligibility notice? Please call your insurer.",
            "とうろくを たしかめているため、しかくが みえません。きょうも ほけんが つかえます。"
            "しかくじょうほうの おしらせを もっていますか。",
        ),
        options=FALLBACK,
        write_down=(SHOWN_NUMBER, CARD_FACE),
    ),
    Situation.DISASTER: Guidance(
        word=Word.CHECK,
        headline=Sentence(
            "災害時の扱いです。カードも書類もなくても保険診療ができます。",
            "Disaster: insured care is possible without card and documents.",
        ),
        say=Sentence(
            "お名前・生年月日・性別・住所を教えてください。きょうも保険で受診できます。",
            "Please tell us your name, date of birth, sex and address. You are insured today all "
            "the same.",
            "なまえ、うまれた ひ、せいべつ、じゅうしょを "
            "おしえてください。きょうも ほけんが つかえます。",
        ),
        options=(FallbackOptionId.EMERGENCY_LOOKUP, FallbackOptionId.STATEMENT),
        write_down=(
            Sentence(
                "氏名・生年月日・性別・住所・連絡先・事業所名（聞き取り）",
                "Name, date of birth, sex, address, telephone and workplace, as told",
            ),
        ),
    ),
}
