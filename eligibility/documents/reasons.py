"""Reasons (理由): why a document is issued, or is not. The clerk and the member read them."""

from dataclasses import dataclass

from eligibility.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence, and the rules that it rests on."""

    text: Sentence
    rules: tuple[str, ...]


BLOCKED = Reason(
    Sentence(
        "自己情報提供不可の届出があり、マイナ保険証を使えないため、職権で交付します。",
        "The member's own data are blocked, so the card cannot be used: issued ex officio.",
    ),
    ("P-031",),
)
LATE_ELDERLY = Reason(
    Sentence(
        "後期高齢者医療では、マイナ保険証の有無にかかわらず交付します。",
        "Late elderly medical care issues it whether or not the card is registered.",
    ),
    ("P-052",),
)
NEWBORN = Reason(
    Sentence(
        "個人番号がまだないため、資格取得届により交付します。",
        "There is no individual number yet: issued upon the notification of joining.",
    ),
    ("R-016",),
)
SUPPORT = Reason(
    Sentence(
        "マイナ保険証での受診が難しい方として交付します。次からは申請なしで更新します。",
        "Issued as the member can hardly use the card; renewed without another application.",
    ),
    ("R-046", "P-063"),
)
NOT_A_HOLDER = Reason(
    Sentence(
        "マイナ保険証をお持ちでない（または使えない）ため、申請なしで交付します。",
        "The member has no working health insurance card: issued without an application.",
    ),
    ("R-040", "R-042", "P-060"),
)
EMPLOYER_ASKED = Reason(
    Sentence(
        "事業主が資格確認書の発行を「要」と届け出たので、交付します。",
        "Issued as the employer's notification says that a certificate is needed.",
    ),
    ("P-064", "R-040"),
)
ON_THE_LIST = Reason(
    Sentence(
        "事業主が資格確認書の発行を「不要」と届け出たので、加入のときには交付しません。"
        "利用登録がなければ、毎月の一覧により職権で交付します。",
        "Not issued on joining, as the employer's notification says that none is needed; issued by "
        "the monthly list where the card is not registered.",
    ),
    ("P-064",),
)
HOLDER = Reason(
    Sentence(
        "マイナ保険証をお持ちなので、資格情報をお知らせします。",
        "The member has a registered card, and is told of the eligibility.",
    ),
    ("R-070",),
)
RELEASED = Reason(
    Sentence(
        "利用登録の解除により交付します。",
        "Issued upon the release of the use registration.",
    ),
    ("R-028", "R-029", "P-060"),
)
CARD_LOST = Reason(
    Sentence(
        "カードが手元にないため、申請により交付します。",
        "Issued on application, as the card is not at hand.",
    ),
    ("R-044", "R-047", "R-048"),
)
CARD_LOST_OR_PROOF = Reason(
    Sentence(
        "カードが手元にないため、申請により交付します。"
        "すぐに受診する予定があれば、勤め先を通じて健康保険被保険者資格証明書も受けられます。",
        "Issued on application, as the card is not at hand. Who sees a doctor soon can also get a "
        "proof through the employer.",
    ),
    ("R-048",),
)
CARD_GIVEN_UP = Reason(
    Sentence(
        "マイナンバーカードを返納されたため交付します。",
        "Issued as the My Number card was given up.",
    ),
    ("P-060",),
)
CERTIFICATE_LOST = Reason(
    Sentence("資格確認書を再発行します。", "The certificate is issued again."), ("R-054",)
)
GIVEN_BACK = Reason(
    Sentence(
        "資格確認書を返却いただいたので、資格情報のお知らせを交付します。",
        "The certificate was given back; the notice takes its place.",
    ),
    ("R-050",),
)
NOTICE_LOST = Reason(
    Sentence("資格情報のお知らせを再発行します。", "The notice is issued again."), ("R-076",)
)
NO_WAY_INTO_PORTAL = Reason(
    Sentence(
        "マイナポータルにログインできないため、申請により資格情報のお知らせを交付します。",
        "The notice is issued on application, as the member cannot log in to the portal.",
    ),
    ("R-076", "R-079"),
)
LAPSED = Reason(
    Sentence(
        "電子証明書の期限が切れ、マイナ保険証を使えなくなるため交付します。",
        "Issued as the electronic certificate has expired and the card stops working.",
    ),
    ("P-005",),
)
OLD_CARD = Reason(
    Sentence("健康保険証を交付します。", "The health insurance card is issued."),
    ("R-005", "R-010", "R-015", "R-016"),
)
TURNED_70_BEFORE_THE_START = Reason(
    Sentence(
        "被保険者証兼高齢受給者証を11月末までに届くように送ります。",
        "A card that is also the certificate of the elderly arrives by the end of November.",
    ),
    ("R-151",),
)

NO_SPARE = Reason(
    Sentence(
        "マイナ保険証をお持ちの方には、念のための資格確認書は交付できません。"
        "カードを使わないことにするときは、利用登録の解除を申請してください。",
        "Who has a registered card gets no certificate to spare. To do without the card, apply "
        "for the release of the use registration.",
    ),
    ("R-045", "P-060"),
)
EMERGENCY_ENDED = Reason(
    Sentence(
        "緊急に交付した資格確認書は更新しません。マイナ保険証で受診できます。",
        "A certificate issued in an emergency is not renewed; the member's card works.",
    ),
    ("R-044",),
)
OLD_CARD_STILL_WORKS = Reason(
    Sentence(
        "お手元の健康保険証が有効期限まで使えるので、資格確認書は交付しません。",
        "The health insurance card at hand still works until its expiry; no certificate is issued.",
    ),
    ("R-029", "R-051"),
)
BEFORE_THE_START = Reason(
    Sentence(
        "資格確認書と資格情報のお知らせの交付は、まだ始まっていません。",
        "Certificates and notices are not issued yet.",
    ),
    ("R-010",),
)
PORTAL_IS_ENOUGH = Reason(
    Sentence(
        "マイナポータルの資格情報画面で確認できるため、再交付しません。"
        "ログインできないときは申請してください。",
        "The portal shows the eligibility, so the notice is not issued again. Who cannot log in "
        "applies for it.",
    ),
    ("R-076", "R-079"),
)
NO_OCCASION = Reason(
    Sentence(
        "この届出では、資格情報のお知らせを送りません。申請があれば交付します。",
        "This procedure brings no notice; it is issued on application.",
    ),
    ("R-070", "R-079"),
)
SPECIAL_EXPENSES = Reason(
    Sentence(
        "特別療養費の対象かどうかが変わったので、その記載を改めた資格情報のお知らせを交付します。",
        "Whether the member pays all first has changed; a notice that says so takes the place of "
        "the last.",
    ),
    ("R-056", "R-159"),
)
NOT_YET_RELEASED = Reason(
    Sentence(
        "システムで解除を確認してから、資格確認書を交付します。",
        "The certificate is issued once the system shows the release.",
    ),
    ("R-029",),
)
STILL_IN_GRACE = Reason(
    Sentence(
        "電子証明書は猶予期間中で、マイナ保険証を使えます。時期が来たら交付します。",
        "The electronic certificate is in its grace and the card works; issued when it is time.",
    ),
    ("P-005",),
)
REFUND_ONLY = Reason(
    Sentence(
        "資格確認書は交付しません。再発行までの受診は、いったん全額を支払い、療養費を申請してください。",
        "No certificate is issued. Until the card is made anew, pay the whole cost and apply for "
        "a refund.",
    ),
    ("R-096", "R-118"),
)

LIMIT = Reason(
    Sentence(
        "マイナ保険証をお持ちでない（または使えない）ため、申請により交付します。",
        "The member has no working health insurance card: issued on application.",
    ),
    ("R-153", "R-156"),
)
LIMIT_THOUGH_HOLDER = Reason(
    Sentence(
        "申請により交付します。マイナ保険証を使える医療機関では、この証はいりません。",
        "Issued on application, though it is not needed where the card can be read.",
    ),
    ("R-153", "R-156"),
)
NO_LIMIT = Reason(
    Sentence(
        "限度額適用区分が認定されていないため、交付しません。先に「限度額区分」を届け出てください。",
        "No limit category is in force. File the category first.",
    ),
    ("R-154",),
)
LIMIT_BY_RATIO = Reason(
    Sentence(
        "この区分は負担割合で分かるため、認定証は交付しません。",
        "Clinics know this category by the ratio: no certificate is made.",
    ),
    ("P-028",),
)
ENDS_SOON = Reason(
    Sentence(
        "電子証明書の有効期限が近い（または過ぎた）ため、更新をお知らせします。",
        "The electronic certificate ends soon, or has: the member is told to renew it.",
    ),
    ("R-111", "P-003"),
)
NO_CERTIFICATE_THAT_ENDS = Reason(
    Sentence(
        "マイナ保険証をお持ちでないため、有効期限のお知らせはありません。",
        "The member has no registered card whose certificate could end.",
    ),
    ("R-111",),
)
NOTHING_TO_LAPSE = Reason(
    Sentence(
        "電子証明書をお持ちでないため、失効による交付はありません。",
        "The member has no electronic certificate that could lapse.",
    ),
    ("P-005",),
)
ENDS_LATER = Reason(
    Sentence(
        "電子証明書の有効期限まで3か月より長いため、まだお知らせしません。",
        "The electronic certificate is valid for more than three months.",
    ),
    ("P-003",),
)
HAS_LAPSED = Reason(
    Sentence(
        "電子証明書はすでに失効しています。資格確認書を交付してください。",
        "The electronic certificate has lapsed already: issue a certificate.",
    ),
    ("P-002", "P-005"),
)
LAST_FOUR = Reason(
    Sentence(
        "登録されている個人番号の下4桁を確かめていただきます。",
        "The member is asked to compare the last four digits on record.",
    ),
    ("R-190",),
)
NO_NUMBER_ON_RECORD = Reason(
    Sentence(
        "個人番号がまだ登録されていないため、確かめるものがありません。",
        "No individual number is on record, so there is nothing to compare.",
    ),
    ("R-190",),
)
