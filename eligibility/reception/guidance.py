"""Guidance (案内): what the desk reads and says in each situation, and the options in their order.

The table of section 6.3 of the rule catalogue, as values; R-021, R-072, R-090, R-092 to R-094,
R-097, R-112 to R-119, P-012 to P-015, P-017 to P-021, P-024 to P-026, P-030 to P-032, P-082, P-086
to P-088.
`decision` chooses the situation and strikes out the options that cannot be.
"""

from dataclasses import dataclass, replace

from eligibility.card.use import Obstacle
from eligibility.reception.contacts import HOTLINE
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.situation import Situation, Word
from eligibility.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Guidance:
    """What to read, say and write down in a situation, and the options in the order to try."""

    word: Word
    headline: Sentence
    say: Sentence
    options: tuple[FallbackOptionId, ...] = ()
    write_down: tuple[Sentence, ...] = ()


CARD_FACE = Sentence(
    "カードの氏名・生年月日・性別・住所と連絡先（個人番号は書き写しません）",
    "Name, date of birth, sex and address on the card, and a telephone number "
    "(never the individual number)",
)
"""券面4項目, and how to reach the patient."""
AS_TOLD = Sentence(
    "氏名・生年月日・性別・住所・連絡先・事業所名（聞き取り）",
    "Name, date of birth, sex, address, telephone and workplace, as told",
)
"""The same of who has nothing with them (P-082)."""
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
    FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
    FallbackOptionId.ORAL_NO_CHANGE,
    FallbackOptionId.DECLARATION,
    FallbackOptionId.CERTIFICATE,
)
"""F1 to F4 of section 6: with the card at hand."""

_WITHOUT_ORAL = (
    FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
    FallbackOptionId.DECLARATION,
    FallbackOptionId.CERTIFICATE,
)
"""After a change of insurer nobody can say that nothing has changed (§6 F2)."""

SELF_PAY = Guidance(
    word=Word.UNUSABLE,
    headline=Sentence(
        "保険の資格を確認できません。いったん全額の支払いになります。",
        "No insurance can be confirmed. The whole cost is paid for now.",
    ),
    say=Sentence(
        "保険の資格が分かるものがないため、きょうは全額のお支払いになります。"
        "領収書と明細書をお持ちのうえ、あとで保険者に療養費を申請できます。",
        "Nothing shows your insurance, so today you pay the whole cost. With the receipt and the "
        "itemised account you can ask your insurer for a refund.",
        "きょうは ぜんぶの おかねを はらいます。あとで ほけんに おかねを かえしてもらえます。",
    ),
    options=(FallbackOptionId.SELF_PAY,),
    write_down=(
        Sentence(
            "領収書と診療報酬明細書を渡したこと",
            "That receipt and itemised account were handed over",
        ),
    ),
)
"""When every other option is ruled out (§6 step 5 and F5)."""

_TABLE = {
    # Upon an answer of the check, or with a card that still has to be registered.
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
        options=_WITHOUT_ORAL,
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
        options=(FallbackOptionId.READ_CARD_AGAIN, *_WITHOUT_ORAL),
        write_down=(SHOWN_NUMBER,),
    ),
    Situation.NOT_FOUND: Guidance(
        word=Word.CHECK,
        headline=Sentence(
            "この番号と生年月日では見つかりません。打ち間違いか、まだ届いていない資格です。",
            "Nothing is found by this number and date of birth: a slip, or not registered yet.",
        ),
        say=Sentence(
            "番号をもう一度確かめます。資格確認書か、資格情報のお知らせをお見せいただけますか。",
            "Let us look at the number once more. May I see your eligibility certificate or "
            "notice?",
            "ばんごうを もういちど たしかめます。"
            "しかくかくにんしょか、しかくじょうほうの おしらせを みせてください。",
        ),
        options=(FallbackOptionId.ASK_NUMBER, *_WITHOUT_ORAL),
        write_down=(SHOWN_NUMBER, CARD_FACE),
    ),
    Situation.SEVERAL_INSURERS: Guidance(
        word=Word.CHECK,
        headline=Sentence(
            "複数の保険者に資格があります。いまの保険を一つに決めてください。",
            "Several insurers have this person. Settle on the current one.",
        ),
        say=Sentence(
            "保険が二つ登録されているようです。いまの保険の資格情報のお知らせか、資格確認書をお持ちですか。"
            "前の保険の保険者に、資格喪失の届出を確かめてください。",
            "Two insurances seem to be registered. Do you have the notice or certificate of the "
            "current one? Please ask the former insurer about the notification of your leaving.",
            "ほけんが ふたつ あります。いまの ほけんの おしらせか、しかくかくにんしょを "
            "みせてください。",
        ),
        options=_WITHOUT_ORAL,
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
        options=(FallbackOptionId.ASK_BRANCH, *_WITHOUT_ORAL),
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
            "健康保険証の利用登録がありません。この場で登録できます。"
            "登録できないときも、保険診療はできます。",
            "The card is not registered as a health insurance card. It can be, here and now; where "
            "that fails, insured care is possible all the same.",
        ),
        say=Sentence(
            "このカードはまだ保険証として登録されていません。いま画面で登録できます。",
            "This card is not registered for health insurance yet. You can do it now, on screen.",
            "この カードは まだ ほけんしょうとして つかえません。いま、がめんで とうろくできます。",
        ),
        # Registration needs an eligibility that is seen already (P-021): in the lag after a new
        # job it fails, and then the way is that of the lag (P-086).
        options=(
            FallbackOptionId.REGISTER_ON_THE_SPOT,
            FallbackOptionId.CERTIFICATE,
            FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
            FallbackOptionId.DECLARATION,
        ),
        write_down=(SHOWN_NUMBER, CARD_FACE),
    ),
    # Where something stands in the way of the check.
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
        options=_FALLBACK,
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
        options=_FALLBACK,
        write_down=(SHOWN_NUMBER, CARD_FACE),
    ),
    Situation.AUTHENTICATION: Guidance(
        word=Word.CHECK,
        headline=Sentence(
            "本人確認ができていません。ほかの方法があります。",
            "The person is not identified yet. There are other ways.",
        ),
        say=Sentence(
            # Not every card has a PIN (顔認証マイナンバーカード), and not every PIN is at fault.
            "別の方法で本人確認をします。きょうも保険で受診できます。"
            "暗証番号を忘れたときやロックされたときは、お住まいの市区町村の窓口で直せます。",
            "We identify you in another way; you are insured today all the same. A PIN that was "
            "forgotten or locked can be reset at your municipality.",
            "ほかの やりかたで かくにんします。"
            "きょうも ほけんが つかえます。"
            "あんしょうばんごうを わすれたときは、しやくしょで なおせます。",
        ),
        options=(FallbackOptionId.FACE, FallbackOptionId.PIN, FallbackOptionId.VISUAL, *_FALLBACK),
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
            "マイナポータルの画面をお見せいただけますか。資格確認書ならそれだけで受診できます。",
            "Cards cannot be read here. May I see the eligibility "
            "notice or the Mynaportal screen "
            "with the card? An eligibility certificate is enough by itself.",
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
            "資格確認書をお見せいただけますか。",
            "May I see your eligibility certificate?",
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
        options=_FALLBACK,
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
        write_down=(AS_TOLD,),
    ),
}


_REGISTERED_ELSEWHERE = replace(
    _TABLE[Situation.NOT_REGISTERED],
    headline=Sentence(
        "健康保険証の利用登録がありません。ここでは登録できませんが、保険診療はできます。",
        "The card is not registered as a health insurance card. It cannot be here; insured care is "
        "possible all the same.",
    ),
    say=Sentence(
        "このカードはまだ保険証として登録されていません。マイナポータルかセブン銀行ATMで登録できます。"
        "きょうは、資格確認書か資格情報のお知らせをお見せいただけますか。",
        "This card is not registered for health insurance yet; you can do it in Mynaportal or at a "
        "Seven Bank ATM. For today, please show the eligibility certificate or notice.",
        "この カードは まだ ほけんしょうとして つかえません。マイナポータルか セブンぎんこうの "
        "ATMで とうろくできます。",
    ),
)
"""Where there is no reader that registers (R-021), or it was refused there (P-021)."""


_SHOW_CERTIFICATE = Sentence(
    "資格確認書はお持ちですか。",
    "Do you have an eligibility certificate?",
    "しかくかくにんしょを もっていますか。",
)


def _of_card(
    is_so: tuple[str, str], told: tuple[str, str, str], then: tuple[str, str, str]
) -> Guidance:
    """Say how it is with the card (desk, patient) and what makes it usable again."""
    general, ask = _TABLE[Situation.CERTIFICATE], _SHOW_CERTIFICATE
    return replace(
        general,
        headline=Sentence(
            f"{is_so[0]}ほかの方法で保険診療ができます。",
            f"{is_so[1]} Insured care is possible in other ways.",
        ),
        say=Sentence(
            f"{told[0]}{ask.ja}{then[0]}",
            f"{told[1]} {ask.en} {then[1]}",
            f"{told[2]}{ask.easy}{then[2]}",
        ),
    )


_LIFTED_OR_NEW = Sentence(
    "カードが見つかったときの一時停止の解除や、カードの再発行は、お住まいの市区町村の窓口でできます。",
    "Your municipality lifts the suspension of a card that was found, or issues a new one.",
)
_OF_OBSTACLE = {
    Obstacle.LAPSED: _of_card(
        ("このカードの電子証明書は期限が切れています。", "This card's certificate has lapsed."),
        (
            "カードの電子証明書の期限が切れています。",
            "Your card's certificate has lapsed.",
            "カードの しょうめいしょの きげんが きれています。",
        ),
        (
            "お住まいの市区町村の窓口で更新すると、また使えます。",
            "Your municipality renews it.",
            "しやくしょで あたらしくすると、また つかえます。",
        ),
    ),
    Obstacle.SUSPENDED: _of_card(
        (
            "このカードは一時停止中です（紛失の届出など）。",
            "The card is suspended (as lost).",
        ),
        (
            "カードが一時停止になっています。",
            "Your card is suspended.",
            "カードが とめられています。",
        ),
        (
            f"{_LIFTED_OR_NEW.ja}お問い合わせは{HOTLINE.name}（{HOTLINE.telephone}）です。",
            f"{_LIFTED_OR_NEW.en} The hotline is {HOTLINE.telephone}.",
            "しやくしょで、また つかえるように するか、あたらしい カードを たのめます。",
        ),
    ),
    Obstacle.REVOKED: _of_card(
        ("このカードの電子証明書は失効しています。", "This card's certificate is revoked."),
        (
            "カードの電子証明書が失効しています。新しいカードをお持ちなら、そちらをお使いください。",
            "Your card's certificate is revoked. If you have a newer card, please use that one.",
            "この カードは もう つかえません。あたらしい カードが あれば、みせてください。",
        ),
        (
            "なければ、お住まいの市区町村の窓口で手続きができます。",
            "If not, ask your municipality.",
            "ないときは、しやくしょに きいてください。",
        ),
    ),
    Obstacle.MOVED_OUT: _of_card(
        (
            "転出のあと転入届がまだ出ていないため、このカードは休止しています。",
            "The card rests until moving in is filed.",
        ),
        (
            "お引っ越しの転入届がまだのため、カードが休止しています。",
            "Your card rests, as your moving in has not been filed.",
            "ひっこしの とどけが まだなので、カードが つかえません。",
        ),
        (
            "新しいお住まいの市区町村に転入届を出すと、また使えます。",
            "It works again once you file it at your new municipality.",
            "あたらしい まちの しやくしょに とどけると、また つかえます。",
        ),
    ),
    Obstacle.MOVE_LAPSED: _of_card(
        (
            "引っ越しの手続きが期限までになかったため、このカードは失効しています。",
            "The card has lapsed: the move was not filed in time.",
        ),
        (
            "お引っ越しの手続きが期限を過ぎたため、カードが失効しています。",
            "Your card has lapsed, as your move was not filed in time.",
            "ひっこしの てつづきが おくれたので、この カードは もう つかえません。",
        ),
        (
            "お住まいの市区町村の窓口で、新しいカードを申請できます。",
            "Apply for a new card at your municipality.",
            "しやくしょで あたらしい カードを たのめます。",
        ),
    ),
    Obstacle.LEFT_COUNTRY: _of_card(
        (
            "国外へ転出したため、このカードは失効しています。",
            "The card has lapsed, as its holder left the country.",
        ),
        (
            "国外への転出で、カードが失効しています。",
            "Your card has lapsed, as you left the country.",
            "がいこくへ ひっこしたので、この カードは もう つかえません。",
        ),
        (
            "お住まいの市区町村の窓口で、新しいカードを申請できます。",
            "Apply for a new card at your municipality.",
            "しやくしょで あたらしい カードを たのめます。",
        ),
    ),
}
"""What to say of a card by what OQS tells of it: R-111 to R-117, R-119, P-003, P-012, P-013."""


def guidance(
    situation: Situation, *, registers: bool = True, obstacle: Obstacle | None = None
) -> Guidance:
    """Return what the situation calls for, where cards can be registered or not.

    `obstacle` says what is with a certificate that cannot be used; what is not told stays general.
    """
    if situation is Situation.NOT_REGISTERED and not registers:
        return _REGISTERED_ELSEWHERE
    if situation is Situation.CERTIFICATE and obstacle in _OF_OBSTACLE:
        return _OF_OBSTACLE[obstacle]
    return _TABLE[situation]
