"""The catalogue of all problems, and the exception that carries one.

Each entry says two things to two people: a Japanese sentence to the one at the desk, and the
next step to the one who writes the software. The reference page is made from this catalogue.
Codes that the real system surely has, but whose names nobody outside knows, begin with
``SIM-``. How a problem is answered over HTTP is in `wire.serving.problem_http`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class ProblemKind:
    """An entry of the catalogue."""

    code: str
    status: int
    """The HTTP status."""
    title: str
    """English, for the implementer."""
    japanese: str
    """What the person at the desk reads: what happened, and what to do next."""
    advice: str
    """What the implementer should do."""


class Catalogue(Enum):
    """All problems of all services."""

    INVALID_REQUEST = ProblemKind(
        "SIM-INVALID-REQUEST",
        422,
        "The request does not have the form of this route.",
        "送った内容に誤りがあります。示された項目を直して、もう一度送ってください。",
        "Compare the named fields with the OpenAPI document of the service.",
    )
    NOT_FOUND = ProblemKind(
        "SIM-NOT-FOUND",
        404,
        "Nothing is there.",
        "見つかりませんでした。番号や宛先を確かめてください。",
        "Check the path and the identifiers in it.",
    )
    METHOD_NOT_ALLOWED = ProblemKind(
        "SIM-METHOD-NOT-ALLOWED",
        405,
        "The route does not take this method.",
        "この操作はできません。",
        "See the OpenAPI document for the methods of this route.",
    )
    BAD_REQUEST = ProblemKind(
        "SIM-BAD-REQUEST",
        400,
        "What was sent is not HTTP as it should be.",
        "送信の形式に誤りがあるため、受け付けられません。プログラムの担当者に知らせてください。",
        "Send HTTP/1.1 with one Host header; an ordinary client library does.",
    )
    REQUEST_TOO_SLOW = ProblemKind(
        "SIM-REQUEST-TOO-SLOW",
        408,
        "The request did not arrive in time.",
        "送信が途中で止まったため、受け付けを打ち切りました。もう一度送ってください。",
        "Send the request without pauses; the settings (`bounds`) say how long it may take.",
    )
    NOT_ACCEPTABLE = ProblemKind(
        "SIM-NOT-ACCEPTABLE",
        406,
        "This route has no answer in a form that the request accepts.",
        "求められた形式では答えられません。プログラムの担当者に知らせてください。",
        "Name one of the forms of the detail in the header Accept, or leave the header out.",
    )
    BODY_TOO_LARGE = ProblemKind(
        "SIM-BODY-TOO-LARGE",
        413,
        "The body is longer than this route takes.",
        "送った内容が大きすぎます。いくつかに分けて送ってください。",
        "Send less at once; the settings (`bounds`) say how much is taken.",
    )
    HEADER_TOO_LARGE = ProblemKind(
        "SIM-HEADER-TOO-LARGE",
        431,
        "Request line, headers and trailers are longer than the service takes.",
        "送信の見出し部分が長すぎます。プログラムの担当者に知らせてください。",
        "Send fewer or shorter headers; the settings (`bounds`) say how much is taken.",
    )
    TOO_MANY_CONNECTIONS = ProblemKind(
        "SIM-TOO-MANY-CONNECTIONS",
        503,
        "The service holds as many connections as it may.",
        "接続が混み合っています。しばらくしてからもう一度試してください。",
        "Close idle connections, and use each for many requests; then ask again.",
    )
    SHUTTING_DOWN = ProblemKind(
        "SIM-SHUTTING-DOWN",
        503,
        "The service is being stopped, and did not finish this request.",
        "サービスが停止するところです。再開してから、もう一度送ってください。",
        "Send the request again when the service is up; look first at what it has done already.",
    )
    NOT_READY = ProblemKind(
        "SIM-NOT-READY",
        503,
        "The service runs, but something that it needs does not work.",
        "サービスは動いていますが、必要なものが使えません。管理者に知らせてください。",
        "The member `parts` says what does not work; the service's log has the cause.",
    )
    MAINTENANCE = ProblemKind(
        "SIM-MAINTENANCE",
        503,
        "OQS is being maintained, and answers no requests of the lines.",
        "オンライン資格確認等システムは計画停止中です。終わるまで書類で資格を確認し、あとで"
        "もう一度確かめてください。",
        "Do not ask again before the seconds of Retry-After; the detail says until when.",
    )
    FAULT_INJECTED = ProblemKind(
        "SIM-FAULT-INJECTED",
        503,
        "An operator of the simulation has this request fail.",
        "模擬の障害です。オンライン資格確認が使えないときの手順で受け付けてください。",
        "Nothing to mend: `oqs fault list` shows the rules, `oqs fault clear` ends them.",
    )
    FEED_STOPPED = ProblemKind(
        "SIM-FEED-STOPPED",
        503,
        "OQS takes in no changes: an operator of the simulation has stopped the feed.",
        "変更の取り込みは、模擬の操作で止められています。資格の変更は、再開するまで見えません。",
        "Deliver the same batch again later; `oqs fault clear` lets changes in.",
    )
    MODE_NOT_OPEN = ProblemKind(
        "SIM-MODE-NOT-OPEN",
        403,
        "Neither 障害時モード nor 災害時モード is open for this institution.",
        "この医療機関では、障害時モードも災害時モードも開かれていません。コールセンターに電話して、"
        "開いてもらってください。",
        "Who answers the telephone opens it: `oqs window open system_failure --institution …`, or "
        "POST /sim/operation/windows on the console of OQS.",
    )
    CONSENT_MISSING = ProblemKind(
        "SIM-CONSENT-MISSING",
        422,
        "The patient's oral consent is not stated.",
        "患者さんの同意を口頭で確かめ、「同意あり」として送ってください。",
        "Send OralConsent 1 when the patient has agreed; without it nobody is looked up.",
    )
    NO_SUCH_RULE = ProblemKind(
        "SIM-NO-SUCH-RULE",
        404,
        "There is no window, fault or report of this number.",
        "その番号のものはありません。一覧で番号を確かめてください。",
        "List what there is, and take its number.",
    )
    NO_SEED = ProblemKind(
        "SIM-NO-SEED",
        409,
        "No seed was taken that the database could be put back to.",
        "戻す先の状態がまだ記録されていません。先に「この状態を出発点にする」を行ってください。",
        "POST /sim/operation/seed (or `oqs reset --take`) first, then reset.",
    )
    SEED_OUTDATED = ProblemKind(
        "SIM-SEED-OUTDATED",
        409,
        "The seed was taken before the tables were brought up to date.",
        "出発点は、プログラムの更新より前に記録したものなので、戻せません。もう一度"
        "「この状態を出発点にする」を行ってください。",
        "POST /sim/operation/seed (or `oqs reset --take`) again: rows of older tables fit no newer "
        "ones.",
    )
    SEED_OF_ANOTHER_MOMENT = ProblemKind(
        "SIM-SEED-OF-ANOTHER-MOMENT",
        409,
        "The seed here was not taken together with that of OQS.",
        "ここの出発点は、オンライン資格確認等システムの出発点と同じときのものではないので、"
        "戻していません。もう一度「この状態を出発点にする」を行ってください。",
        "It did not answer when the seed was taken, or was begun anew since. Take the seed of the "
        "whole system again (`oqs reset --take`).",
    )
    CARD_NOT_KEPT = ProblemKind(
        "SIM-CARD-NOT-KEPT",
        409,
        "The system went back to its seed while the card was made.",
        "カードを作っている間に、システムが出発点に戻りました。もう一度申し込んでください。",
        "J-LIS does not know the card any more; order it again.",
    )
    LEDGER_WENT_BACK = ProblemKind(
        "SIM-LEDGER-WENT-BACK",
        409,
        "The changes were read before the ledger went back to its seed.",
        "中間サーバーが出発点に戻る前に読まれた変更です。取り込んでいません。",
        "Read the ledger again, and deliver what it has now. A ledger that is older than the last "
        "reset (a copy put in its place) is refused too: take the seed again.",
    )
    OQS_FAILED = ProblemKind(
        "SIM-OQS-FAILED",
        502,
        "OQS answers, and failed over this one request.",
        "オンライン資格確認等システムが、この照会だけ処理できませんでした。もう一度試し、"
        "続くときは書類で資格を確認してください。",
        "Other requests may work; the log of OQS has the cause.",
    )
    EXCHANGE_NAME = ProblemKind(
        "SIM-EXCHANGE-NAME",
        422,
        "The file's name is not that of a request that is known.",
        "要求ファイルの名前が、知っている電文のものではありません。ファイルは送られていません。"
        "名前を確かめて、もう一度置いてください。",
        "A request is called <API-ID>_<suffix>.xml or .zip; docs/reference/exchange.md has them.",
    )
    EXCHANGE_NO_ANSWER = ProblemKind(
        "SIM-EXCHANGE-NO-ANSWER",
        504,
        "OQS gave no answer to the request in the folder.",
        "オンライン資格確認等システムから返事がありませんでした。処理されたかどうかは分かりません。"
        "回線を確かめ、結果を調べてから、必要ならもう一度置いてください。",
        "Look for what was done before the request is sent again under a new name.",
    )
    EXCHANGE_NOT_DONE = ProblemKind(
        "SIM-EXCHANGE-NOT-DONE",
        503,
        "OQS was out of reach for as long as a request of the folder waits.",
        "オンライン資格確認等システムにつながりませんでした。この要求は処理されていません。"
        "回線を確かめ、もう一度置いてください。",
        "Nothing was done: put the request again when OQS is back; the detail says why it was not.",
    )
    INTERNAL = ProblemKind(
        "SIM-INTERNAL",
        500,
        "The simulator failed.",
        "模擬システムの内部で失敗しました。もう一度試し、続くときは管理者に知らせてください。",
        "The service's log has the cause; please report it as a bug.",
    )
    NO_CLIENT_CERTIFICATE = ProblemKind(
        "SIM-NO-CLIENT-CERTIFICATE",
        401,
        "This route is only for a caller with a client certificate.",
        "この端末は登録されていません。端末の証明書を確かめてください。",
        "Connect to the TLS address with a certificate of the deployment's line CA.",
    )
    CERTIFICATE_REFUSED = ProblemKind(
        "SIM-CERTIFICATE-REFUSED",
        403,
        "The client certificate has been revoked.",
        "この端末の証明書は取り消されています。新しい証明書を受け取ってください。",
        "Enrol anew with `oqs certificates enrol`, and connect with the new certificate.",
    )
    REVOCATIONS_UNKNOWN = ProblemKind(
        "SIM-REVOCATIONS-UNKNOWN",
        503,
        "Who is revoked is not known at present, and so nobody is let in.",
        "取り消された証明書の一覧を読めないため、どの端末の要求も受け付けていません。"
        "管理者に知らせてください。",
        "This says nothing about the caller's certificate. The operator puts crl.pem back into the "
        "line's folder `public`, by `oqs certificates make` where the line was made.",
    )
    WRONG_CALLER = ProblemKind(
        "SIM-WRONG-CALLER",
        403,
        "The certificate belongs to another caller than the request names.",
        "証明書と申請の番号が一致しません。端末の設定を確かめてください。",
        "Send the institution code or insurer number of the certificate's common name.",
    )
    CHALLENGE_UNKNOWN = ProblemKind(
        "SIM-CHALLENGE-UNKNOWN",
        403,
        "The challenge was not issued to this caller by this system, or that was long ago.",
        "この確認は、こちらで始められたものではありません。カードを置き直して、はじめから行ってください。",
        "Have the card sign the decoded bytes of a challenge that the same caller has just asked "
        "for, and send it as it came.",
    )
    CHALLENGE_EXPIRED = ProblemKind(
        "SIM-CHALLENGE-EXPIRED",
        403,
        "The challenge has expired.",
        "時間が経ちすぎました。カードを置き直して、もう一度行ってください。",
        "Ask for a fresh challenge right before the card signs; the grant says for how many "
        "seconds it is good.",
    )
    CHALLENGE_OTHER_PURPOSE = ProblemKind(
        "SIM-CHALLENGE-OTHER-PURPOSE",
        403,
        "The challenge was issued for another purpose.",
        "この確認は、別の手続きのために始められています。カードを置き直して、はじめから行ってください。",
        "Ask for a challenge with the `Purpose` of what it is signed for.",
    )
    CHALLENGE_USED = ProblemKind(
        "SIM-CHALLENGE-USED",
        409,
        "The challenge has been used.",
        "この確認は一度使われています。カードを置き直して、もう一度行ってください。",
        "A challenge serves one inquiry; never send a request again after an uncertain result.",
    )
    SIGNATURE_INVALID = ProblemKind(
        "SIM-SIGNATURE-INVALID",
        403,
        "The signature does not fit the certificate and the challenge.",
        "カードの確認に失敗しました。カードを置き直して、もう一度行ってください。",
        "Sign the challenge's decoded bytes with SHA-256 and PKCS#1 v1.5.",
    )
    CERTIFICATE_UNKNOWN = ProblemKind(
        "SIM-CERTIFICATE-UNKNOWN",
        403,
        "The certificate is in order, and the simulated J-LIS has no record of it.",
        "このカードの電子証明書は、発行の記録にありません。別の方法で資格を確認してください。",
        "Use a card issued by this deployment's J-LIS simulator, of this database.",
    )
    CERTIFICATE_LAPSED = ProblemKind(
        "SIM-CERTIFICATE-LAPSED",
        403,
        "The certificate's grace period has ended.",
        "カードの電子証明書の期限が切れています。市区町村での更新を案内し、"
        "きょうは資格確認書などで確認してください。",
        "Grace ends with the third month after the month of expiry (P-002).",
    )
    CERTIFICATE_EXPIRES_SOON = ProblemKind(
        "SIM-CERTIFICATE-EXPIRES-SOON",
        200,
        "The certificate of the card ends within three months; the check is answered all the same.",
        "それまでに更新するよう、患者さんに伝えてください。",
        "Told as ProcessingResultCode beside ProcessingResultStatus 1: show the message, and go on "
        "(P-003).",
    )
    CERTIFICATE_IN_GRACE = ProblemKind(
        "SIM-CERTIFICATE-IN-GRACE",
        200,
        "The certificate of the card has expired and is in its grace; the check is answered.",
        "診療・薬剤・健診情報は見られません。市区町村で更新するよう、患者さんに伝えてください。",
        "Told as ProcessingResultCode beside ProcessingResultStatus 1: show the message, and go on "
        "without medical information (P-002, P-003).",
    )
    CERTIFICATE_REVOKED = ProblemKind(
        "SIM-CERTIFICATE-REVOKED",
        403,
        "The certificate is revoked.",
        "このカードは利用が止められています。資格確認書などで確認してください。",
        "Nothing to mend: revocation has no grace (P-013). The member `reason` says why, as a "
        "revocation list does.",
    )
    CERTIFICATE_SUSPENDED = ProblemKind(
        "SIM-CERTIFICATE-SUSPENDED",
        403,
        "The certificate is suspended (一時停止).",
        "このカードは一時停止されています。本人が見つけたカードなら、市区町村の窓口で一時停止を"
        "解除できます。きょうは資格確認書などで確認してください。",
        "Nothing to mend: a suspension stops the check at once (P-013), until J-LIS lifts it.",
    )
    CERTIFICATE_UNREADABLE = ProblemKind(
        "SIM-CERTIFICATE-UNREADABLE",
        403,
        "What was sent as the certificate is none that can be read.",
        "カードの電子証明書を読めませんでした。カードを置き直して、もう一度行ってください。",
        "Send one X.509 certificate in DER, with an RSA key, signed with RSA and SHA-256.",
    )
    CERTIFICATE_NOT_AUTHENTICATION = ProblemKind(
        "SIM-CERTIFICATE-NOT-AUTHENTICATION",
        403,
        "The certificate is the card's one for digital signatures.",
        "署名用の電子証明書が送られました。資格の確認には利用者証明用（4桁の暗証番号）を使います。"
        "もう一度行ってください。",
        "Read EF 000A of the card and sign with the key behind the 4-digit PIN.",
    )
    CERTIFICATE_ISSUER_UNKNOWN = ProblemKind(
        "SIM-CERTIFICATE-ISSUER-UNKNOWN",
        403,
        "No generation of the simulated authority for user authentication issued the certificate.",
        "このカードは模擬システムのカードではありません。別の方法で資格を確認してください。",
        "Use a card issued by this deployment's J-LIS simulator. The issuer is chosen by the "
        "authority key identifier, never by name.",
    )
    CERTIFICATE_ISSUER_EXPIRED = ProblemKind(
        "SIM-CERTIFICATE-ISSUER-EXPIRED",
        403,
        "The generation that issued the certificate was not valid at the time.",
        "このカードの電子証明書を発行した認証局の期限が切れています。市区町村での更新を案内し、"
        "きょうは資格確認書などで確認してください。",
        "Have the card's certificates renewed; a newer generation issues them.",
    )
    CERTIFICATE_SIGNATURE_FALSE = ProblemKind(
        "SIM-CERTIFICATE-SIGNATURE-FALSE",
        403,
        "The certificate does not bear the signature of the issuer that it names.",
        "カードの電子証明書を確かめられませんでした。カードを置き直してもう一度行い、続くときは"
        "資格確認書などで確認してください。",
        "The certificate was changed or forged; read it again from the card.",
    )
    CERTIFICATE_NOT_YET_VALID = ProblemKind(
        "SIM-CERTIFICATE-NOT-YET-VALID",
        403,
        "The certificate is valid from a later instant on.",
        "カードの電子証明書は、まだ有効期間が始まっていません。端末と模擬システムの日時を確かめ、"
        "きょうは資格確認書などで確認してください。",
        "Compare the certificate's notBefore with the clock of OQS (`/sim/clock`).",
    )
    CERTIFICATE_IS_AUTHORITY = ProblemKind(
        "SIM-CERTIFICATE-IS-AUTHORITY",
        403,
        "The certificate may issue others (basic constraints), so it is no card's.",
        "カードの電子証明書ではないものが送られました。別の方法で資格を確認してください。",
        "Send the certificate of EF 000A, not that of the authority in 000B.",
    )
    CERTIFICATE_KEY_USAGE = ProblemKind(
        "SIM-CERTIFICATE-KEY-USAGE",
        403,
        "The certificate's key is not for authentication (key usage).",
        "このカードの電子証明書は、本人の確認に使うものではありません。"
        "別の方法で資格を確認してください。",
        "An authentication certificate has the critical key usage digitalSignature alone, and no "
        "extended key usage.",
    )
    CERTIFICATE_POLICY = ProblemKind(
        "SIM-CERTIFICATE-POLICY",
        403,
        "The certificate was issued under another policy than that for user authentication.",
        "このカードの電子証明書は、利用者証明用の方針で発行されていません。"
        "別の方法で資格を確認してください。",
        "The detail names the policy that is needed.",
    )
    CERTIFICATE_EXTENSION = ProblemKind(
        "SIM-CERTIFICATE-EXTENSION",
        403,
        "An extension of the certificate is not as it has to be.",
        "このカードの電子証明書は、決められた形をしていません。別の方法で資格を確認してください。",
        "The detail says which one: a critical one that is unknown, or a key identifier.",
    )
    CERTIFICATE_NOT_CONFIRMABLE = ProblemKind(
        "SIM-CERTIFICATE-NOT-CONFIRMABLE",
        424,
        "J-LIS is out, and has to confirm this certificate, which took the place of another.",
        "公的個人認証サービス（J-LIS）が停止しているため、更新後はじめて使うこのカードは、いま確認"
        "できません。資格確認書や記号・番号で確認し、再開後にもう一度カードで確認してください。",
        "Check by number or document, and by card again after the window; the first check after a "
        "renewal links the new certificate. Other cards work as ever.",
    )
    REGISTRATION_NOT_POSSIBLE = ProblemKind(
        "SIM-REGISTRATION-NOT-POSSIBLE",
        424,
        "J-LIS is out, so nobody can be registered for insurance use.",
        "公的個人認証サービス（J-LIS）が停止しているため、いまは利用登録ができません。きょうは"
        "資格確認書などで確認し、再開後に登録を案内してください。",
        "Register after the window. Cards that are registered already work as ever.",
    )
    JLIS_OUT = ProblemKind(
        "SIM-JLIS-OUT",
        503,
        "J-LIS is out: it issues, stops and confirms nothing.",
        "公的個人認証サービス（J-LIS）が停止しています。再開後に、もう一度行ってください。",
        "Wait until the window ends, or end it with DELETE /sim/jlis/outage.",
    )
    MATCHING_NOT_POSSIBLE = ProblemKind(
        "SIM-MATCHING-NOT-POSSIBLE",
        503,
        "J-LIS is out: nobody is matched with the resident register.",
        "住民基本台帳（J-LIS）が停止しているため、本人を個人番号で照合できず、受け付けていません"
        "（個人番号を入力しない届出も同じです）。"
        "再開後に、もう一度行ってください。",
        "Nothing was recorded of what could not be matched; send it again when J-LIS is back.",
    )
    CARD_USE_BLOCKED = ProblemKind(
        "SIM-CARD-USE-BLOCKED",
        403,
        "The person's information is not provided by card.",
        # The patient may not be alone at the desk: the sentence gives no reason (P-031).
        "このカードでは資格を確認できません。資格確認書などで確認してください。",
        "Nothing to mend: the insurer set 自己情報提供不可 (P-031). Check by number instead.",
    )
    CARD_MOVED_OUT = ProblemKind(
        "SIM-CARD-MOVED-OUT",
        403,
        "The holder has moved out, and not filed moving in: the card rests.",
        "転出のあと転入届がまだ出ていないため、このカードは休止しています。転入先の市区町村での"
        "転入届を案内し、きょうは資格確認書などで確認してください。",
        "Nothing to mend: the card works again once moving in is filed in time (R-112).",
    )
    CARD_LAPSED_BY_MOVE = ProblemKind(
        "SIM-CARD-LAPSED-BY-MOVE",
        403,
        "The card has lapsed: moving in or continued use was not filed in time.",
        "転入届または継続利用の手続きが期限までになかったため、このカードは失効しています。"
        "市区町村での作り直しを案内し、きょうは資格確認書などで確認してください。",
        "Nothing to mend: the holder applies for a new card (R-113, R-114).",
    )
    CARD_LEFT_COUNTRY = ProblemKind(
        "SIM-CARD-LEFT-COUNTRY",
        403,
        "The card has lapsed on the planned day of leaving the country.",
        "国外継続利用の申請がないまま国外へ転出したため、このカードは失効しています。"
        "きょうは資格確認書などで確認してください。",
        "Nothing to mend: continued use abroad is filed until the day before (R-119).",
    )
    NOT_REGISTERED = ProblemKind(
        "SIM-NOT-REGISTERED",
        409,
        "The card is not registered for insurance use.",
        "このカードは保険証の利用登録がされていません。この場で登録できます。",
        "Offer registration at the reader (R-021), or another document.",
    )
    IDENTITY_METHOD_IMPOSSIBLE = ProblemKind(
        "SIM-IDENTITY-METHOD-IMPOSSIBLE",
        409,
        "The holder of such a card cannot be identified in this way.",
        "このカードでは、その方法で本人確認ができません。暗証番号など、別の方法で確認してください。",
        "A card without a photo needs its PIN, one without a PIN the face or the eye (P-010, "
        "P-011); the detail names what is possible.",
    )
    MEDICAL_NO_CONSENT = ProblemKind(
        "SIM-MEDICAL-NO-CONSENT",
        403,
        "The patient has not agreed to this information being shown here.",
        "この情報の提供に、患者の同意がありません。必要なときは、カードをもう一度読み取り、"
        "同意を受けてください。診療はこのまま続けられます。",
        "Consent is given with a card inquiry (`Consents`), for the item and this institution.",
    )
    MEDICAL_CONSENT_ENDED = ProblemKind(
        "SIM-MEDICAL-CONSENT-ENDED",
        403,
        "The consent was given more than 24 hours ago.",
        "同意から24時間が過ぎたため、閲覧できません。カードをもう一度読み取り、"
        "同意を受けてください。",
        "A later visit needs a new card inquiry with `Consents` (P-035).",
    )
    MEDICAL_IN_GRACE = ProblemKind(
        "SIM-MEDICAL-IN-GRACE",
        403,
        "The certificate of the card has expired: eligibility only, no medical information.",
        "カードの電子証明書の期限が過ぎているため、診療・薬剤・健診の情報は閲覧できません。"
        "資格の確認はできています。更新がまだなら、市区町村での更新を案内してください。更新したばかり"
        "なら、反映されてから（約1日後）もう一度カードを読み取ってください。",
        "Until the certificate is renewed nothing medical is provided (P-002, P-037).",
    )
    MEDICAL_WRONG_PROFESSION = ProblemKind(
        "SIM-MEDICAL-WRONG-PROFESSION",
        403,
        "This profession is not shown this kind of information.",
        "この職種では、この情報を閲覧できません。閲覧できる職種の人が操作してください。",
        "Doctors and dentists see all kinds, pharmacists medicines only (R-171).",
    )
    MEDICAL_ELIGIBILITY_ONLY = ProblemKind(
        "SIM-MEDICAL-ELIGIBILITY-ONLY",
        403,
        "The card was read by an operation that checks eligibility only.",
        "資格確認限定型の運用では、診療・薬剤・健診の情報は閲覧できません。"
        "顔認証付きカードリーダーなどで読み取ってください。",
        "資格確認限定型 (P-022) has no medical information; read the card by another operation.",
    )
    MEDICAL_NO_WINDOW = ProblemKind(
        "SIM-MEDICAL-NO-WINDOW",
        403,
        "No window for such a view is open for this institution.",
        "救急時・災害時の閲覧は、いまこの医療機関には開かれていません。実施機関に連絡し、"
        "開かれてから、もう一度行ってください。",
        "An operator opens it for an institution or a region, from an instant until another.",
    )
    MEDICAL_NUMBER_UNKNOWN = ProblemKind(
        "SIM-MEDICAL-NUMBER-UNKNOWN",
        404,
        "Nobody, or more than one person, has this number.",
        "この記号・番号の人が見つからないか、一人に決まりません。枝番まで確かめて、"
        "もう一度行ってください。",
        "Send the number as the last check answered it, with its branch.",
    )
    NO_ACTIVE_QUALIFICATION = ProblemKind(
        "SIM-NO-ACTIVE-QUALIFICATION",
        409,
        "Without an active qualification the card cannot be registered.",
        "有効な保険資格が登録されていないため、利用登録ができません。",
        "Registration needs a qualification that OQS can see (P-021).",
    )
    NO_SUCH_QUALIFICATION = ProblemKind(
        "SIM-NO-SUCH-QUALIFICATION",
        404,
        "Nobody has this number.",
        "この記号・番号に該当する資格がありません。番号を確かめてください。登録がまだのこともあります。",
        "Compare the number with the document; ask for it with a check by number first.",
    )
    SEVERAL_HOLDERS = ProblemKind(
        "SIM-SEVERAL-HOLDERS",
        409,
        "Several persons have this number.",
        "この記号・番号には複数の方が該当します。枝番を加えて、もう一度送ってください。",
        "Send InsuredBranchNumber as well; a family shares all but that.",
    )
    REFERENCE_NUMBER_EMPTY = ProblemKind(
        "SIM-REFERENCE-NUMBER-EMPTY",
        422,
        "The 照会番号 is empty.",
        "照会番号が空です。番号を入れてください。",
        "Send 1 to 50 characters; this deployment does not take a number out by an empty one.",
    )
    REFERENCE_NUMBER_TAKEN = ProblemKind(
        "SIM-REFERENCE-NUMBER-TAKEN",
        409,
        "Another person has this 照会番号 at this institution.",
        "この照会番号は、別の患者さんに登録されています。番号を確かめてください。同じ番号を使う"
        "ときは、先の患者さんの照会番号を取り消してください。",
        "This deployment lets an institution call one person alone by a number "
        "(`shared_reference_numbers`).",
    )
    TOO_MANY_UNITS = ProblemKind(
        "SIM-TOO-MANY-UNITS",
        422,
        "The inquiry in bulk has more units than are taken at once.",
        "件数が多すぎます。分けて送ってください。",
        "Divide the inquiry; the settings (`bulk.most_units`) say how many units are taken.",
    )
    RECEPTION_UNKNOWN = ProblemKind(
        "SIM-RECEPTION-UNKNOWN",
        404,
        "There is no result under this 受付番号 for this caller and this message.",
        "この受付番号の結果はありません。番号を確かめてください。日数がたって消えているときは、"
        "もう一度照会してください。",
        "Fetch a result with the same kind of message and the same institution that asked, within "
        "the days for which it is kept (`bulk.result_days`).",
    )
    WELFARE_OFFICE_SILENT = ProblemKind(
        "SIM-WELFARE-OFFICE-SILENT",
        409,
        "The welfare office has sent nothing for so long that its recipients are not taken as "
        "registered.",
        "医療券を福祉事務所に確かめてください。",
        "Told as ProcessingResultCode beside 有効（未登録）; the office has to send again "
        "(`welfare.trusted_days`).",
    )
    WELFARE_OFFICE_UNKNOWN = ProblemKind(
        "SIM-WELFARE-OFFICE-UNKNOWN",
        404,
        "No such welfare office is known.",
        "この公費負担者番号の福祉事務所は登録されていません。番号を確かめるか、先に登録してください。",
        "Register the office with PUT /sim/welfare/offices/{number} first.",
    )
    RECIPIENT_UNKNOWN = ProblemKind(
        "SIM-RECIPIENT-UNKNOWN",
        404,
        "The office has no recipient of this number.",
        "この受給者番号の方は登録されていません。番号を確かめるか、先に登録してください。",
        "Register the recipient with POST /sim/welfare/offices/{number}/recipients first.",
    )
    CONSENT_UNKNOWN = ProblemKind(
        "SIM-CONSENT-UNKNOWN",
        404,
        "There is no such consent for this caller.",
        "この同意は見つかりません。患者さんに、もう一度同意していただいてください。",
        "Use the number that a consent of the patient answered with, as the institution that it "
        "was given to.",
    )
    CONSENT_ENDED = ProblemKind(
        "SIM-CONSENT-ENDED",
        409,
        "The consent has ended.",
        "カードなしの再照会はできません。患者さんに、もう一度同意していただいてください。",
        "Have the patient consent again, with the card; the detail says why it ended (OQSCD031).",
    )
    SIGN_IN_UNKNOWN = ProblemKind(
        "SIM-SIGN-IN-UNKNOWN",
        404,
        "No sign-in waits for a card under this code.",
        "このログイン番号は使えません。時間が過ぎたか、打ち間違いです。画面の番号を確かめるか、"
        "ログインをやり直してください。",
        "Codes hold for a few minutes and for one card; have the page show a new one.",
    )
    NOT_SIGNED_IN = ProblemKind(
        "SIM-NOT-SIGNED-IN",
        401,
        "Nobody is signed in at the portal, or the time is up.",
        "ログインしていないか、時間が過ぎました。もう一度ログインしてください。",
        "Send a proof to POST /portal/sessions, and its Token as `Authorization: Bearer …`.",
    )
    REGISTRATION_REFUSED = ProblemKind(
        "SIM-REGISTRATION-REFUSED",
        409,
        "The card cannot be registered here, or is registered already.",
        "利用登録できません。理由を確かめてください。",
        "The sentence for the person says why; the document's `reason` is the word for it.",
    )
    UNKNOWN_PERSON = ProblemKind(
        "SIM-UNKNOWN-PERSON",
        404,
        "The simulated resident register has no such person.",
        "住民の登録が見つかりません。個人番号を確かめてください。",
        "Register the resident with the J-LIS simulator first.",
    )
    ALREADY_EXISTS = ProblemKind(
        "SIM-ALREADY-EXISTS",
        409,
        "It is there already.",
        "すでに登録されています。",
        "Read what is there before you write.",
    )
    EXPRESS_NOT_POSSIBLE = ProblemKind(
        "SIM-EXPRESS-NOT-POSSIBLE",
        409,
        "特急発行 is not for this application.",
        "特急発行の対象ではありません。通常の交付で申請してください。",
        "Nothing was ordered. The detail says why (P-012); apply with Express false.",
    )
    CARD_NOT_READY = ProblemKind(
        "SIM-CARD-NOT-READY",
        409,
        "The card that was applied for cannot be handed over yet, or was already.",
        "申請したカードは、いまは渡せません。届く日を確かめてください。",
        "The application says from which day on (SoonestOn), and which card was handed over.",
    )
    CARD_NOT_RENEWABLE = ProblemKind(
        "SIM-CARD-NOT-RENEWABLE",
        409,
        "The card is stopped, so its certificates are not renewed.",
        "このカードは失効しています。新しいカードを申請してください。",
        "Lift the suspension or file moving in first; who has a revoked or lapsed card applies for "
        "a new one. GET the card says how it stands.",
    )
    INVALID_NUMBER = ProblemKind(
        "SIM-INVALID-NUMBER",
        422,
        "A number of the request is wrong.",
        "番号に誤りがあります。桁数と検査用数字（末尾の数字）を確かめてください。",
        "The detail says which digit rule was broken.",
    )
    UNKNOWN_INSURER = ProblemKind(
        "SIM-UNKNOWN-INSURER",
        404,
        "No policy file has this insurer number.",
        "この保険者は登録されていません。保険者番号を確かめてください。",
        "Add a policy file for the insurer, or use one of the bundled numbers.",
    )
    PROCEDURE_REFUSED = ProblemKind(
        "SIM-PROCEDURE-REFUSED",
        409,
        "The procedure contradicts what is recorded.",
        "届出の内容が記録と合いません。日付と番号を確かめてください。",
        "The detail says which record it contradicts.",
    )
    INSURED_NUMBER_TAKEN = ProblemKind(
        "SIM-INSURED-NUMBER-TAKEN",
        409,
        "Another person has this 記号・番号・枝番 on some of the same days.",
        "この記号・番号・枝番は、別の人が使っています。番号と枝番を確かめてください。",
        "Check symbol, number and branch; where the other person's are wrong or have ended, file "
        "that first. Nothing was recorded.",
    )
    FILE_HEADER_WRONG = ProblemKind(
        "SIM-FILE-HEADER-WRONG",
        422,
        "The file's first line does not name the columns of a file of procedures.",
        "ファイルの見出し（1行目）が正しくありません。ファイルは取り込まれていません。",
        "Compare the header with the format of the file; nothing of it was recorded.",
    )
    NOT_PRINTED = ProblemKind(
        "SIM-NOT-PRINTED",
        404,
        "Nothing was printed under this number.",
        "この番号の証類はありません。交付簿を確かめてください。",
        "Ask for a document that was issued as a certificate or a notice.",
    )
    POST_CHANGED = ProblemKind(
        "SIM-POST-CHANGED",
        409,
        "Not just what was shown waits for the post.",
        "表示していたものと、発送を待つものが違います。もう一度確かめてください。",
        "Look at what waits again, print what is new, and note it then.",
    )
    HOUSEHOLDER_UNKNOWN = ProblemKind(
        "SIM-HOUSEHOLDER-UNKNOWN",
        409,
        "The paper names the head of the household, and nobody has said who that is.",
        "世帯主氏名が届けられていないため、印刷できません。「変更」で世帯主氏名を届け出てください。",
        "File a change with Householder; the document can be printed then.",
    )
    FONT_MISSING = ProblemKind(
        "SIM-FONT-MISSING",
        503,
        "There is no Japanese font to print with.",
        "印刷するための日本語の書体がありません。管理者に知らせてください。",
        "Install the Debian package that the detail names.",
    )
    CHARACTER_NOT_PRINTABLE = ProblemKind(
        "SIM-CHARACTER-NOT-PRINTABLE",
        422,
        "A text has a character that no font here can print.",
        "印刷できない文字があるため、印刷していません。文字を確かめ、正しければ管理者に知らせてください。",
        "Correct the text that the detail shows, or install the Debian package fonts-ipamj-mincho, "
        "which has the characters of the family registers.",
    )
    CLOCK_BUSY = ProblemKind(
        "SIM-CLOCK-BUSY",
        409,
        "The clock is being advanced.",
        "時計を進めている途中です。終わるまでお待ちください。",
        "Wait for the first advance to return, then ask again.",
    )
    CLOCK_BACKWARDS = ProblemKind(
        "SIM-CLOCK-BACKWARDS",
        409,
        "The clock moves forward only.",
        "時計は先にだけ進められます。今より後の日時を指定してください。",
        "Choose a later instant, or start again with an empty data directory.",
    )
    FOLLOWER_FAILED = ProblemKind(
        "SIM-FOLLOWER-FAILED",
        502,
        "The clock moved, but a sync worker did not apply what fell due.",
        "時計は進みましたが、変更の反映が終わっていません。連携の状態を確かめてください。",
        "See the sync worker's status; it goes on by itself when its cause is mended. The same "
        "Idempotency-Key, or the same absolute target, waits for it and moves nothing further.",
    )
    IDEMPOTENCY_KEY_UNDER_WAY = ProblemKind(
        "SIM-IDEMPOTENCY-KEY-UNDER-WAY",
        409,
        "The first request with this Idempotency-Key is still under way.",
        "同じ操作を処理している途中です。しばらくしてから結果を確かめてください。",
        "Wait for the seconds of Retry-After, then send the same request with the same key again.",
    )
    IDEMPOTENCY_KEY_REUSED = ProblemKind(
        "SIM-IDEMPOTENCY-KEY-REUSED",
        422,
        "This Idempotency-Key came with another content before.",
        "この画面の内容はすでに受け付けています。別の内容は、新しい画面から送ってください。",
        "Nothing was done. Make a new key for each request; keep it only to send the same again.",
    )
    REFERENCE_REUSED = ProblemKind(
        "SIM-REFERENCE-REUSED",
        409,
        "This 整理番号 was recorded for the person with another content before.",
        "同じ整理番号の届出が、別の内容で記録されています。整理番号を確かめてください。",
        "Nothing was recorded. Give another procedure a 整理番号 of its own.",
    )
    INTAKE_BUSY = ProblemKind(
        "SIM-INTAKE-BUSY",
        503,
        "OQS is applying as many batches of changes as it can.",
        "変更の取り込みが混み合っています。しばらくしてから、もう一度送ってください。",
        "Wait for the seconds of Retry-After, then deliver the same batch again.",
    )
    VERSION_CONFLICT = ProblemKind(
        "SIM-VERSION-CONFLICT",
        409,
        "OQS knows this version of the person with other content, and keeps what it has.",
        "オンライン資格確認等システムには、同じ版の別の内容がすでに届いています。この届出は反映されて"
        "いません。記録を古い控えに戻したときに起こります。この人の記録を確かめ、正しい内容を「訂正」で"
        "届け出てください。新しい版として届きます。",
        "A batch's receipt names it; the rest of the batch is applied. Do not deliver the change "
        "again: state the right content in a higher version.",
    )
    STORAGE_UNAVAILABLE = ProblemKind(
        "SIM-STORAGE-UNAVAILABLE",
        503,
        "The service's database does not answer.",
        "データベースにつながりません。しばらくしてからもう一度試し、当面は書類で資格を確認してください。",
        "Check that the database runs and its disk has room, then ask again; the service's log has "
        "the cause.",
    )
    SERVICE_UNREACHABLE = ProblemKind(
        "SIM-SERVICE-UNREACHABLE",
        503,
        "Another service of the deployment does not answer.",
        "オンライン資格確認につながりません。回線を確かめ、当面は書類で資格を確認してください。",
        "Check that the named service runs and that its address is right.",
    )
    READER = ProblemKind(
        "SIM-READER",
        409,
        "The card or the reader did not do it.",
        "カードを読み取れませんでした。",
        "The document's members say what the reader reported.",
    )
    CHECK_UNDER_WAY = ProblemKind(
        "SIM-CHECK-UNDER-WAY",
        409,
        "Another check with this reader is under way.",
        "いま別の確認をしています。終わるまでお待ちください。",
        "A reader serves one patient at a time; ask again when the first check has ended.",
    )
    CARD_EXCHANGED = ProblemKind(
        "SIM-CARD-EXCHANGED",
        409,
        "Another card lies on the reader than the one that was meant.",
        "読取機のカードが入れ替わりました。暗証番号は使っていません。"
        "いま置かれているカードの方と、もう一度始めてください。",
        "Read the state or the event `reader` again, and begin anew with the Insertion in it.",
    )
    FACE_NOT_RECOGNISED = ProblemKind(
        "SIM-FACE-NOT-RECOGNISED",
        409,
        "The face does not fit the photograph on the card.",
        "顔写真と照合できませんでした。もう一度試すか、暗証番号か目視で確認してください。",
        "Try again while attempts_remaining is not 0 (P-018), or use another of the Methods that "
        "the state of the steps offers. The comparison is simulated: PUT /api/reader/camera.",
    )
    VISIT_WITHDRAWN = ProblemKind(
        "SIM-VISIT-WITHDRAWN",
        409,
        "The visit was withdrawn.",
        "この受付は取り消されています。続けるには、受付の控えで「取り消しをやめる」を押してください。",
        "Bring it back with DELETE /api/visits/{visit_id}/withdrawal, or go on with another visit.",
    )
    OTHER_PERSON = ProblemKind(
        "SIM-OTHER-PERSON",
        409,
        "The number is that of another person than the visit that is checked again.",
        "この番号は、再確認する受付の患者さんのものではありません。"
        "番号と生年月日を確かめてください。別の方なら、別の受付にします。",
        "Mend the number, or receive the other person by a request without ForVisit. Where "
        "may_be_same is true, ask the patient, and send SamePerson: true if it is them.",
    )
    NOBODY_CAME = ProblemKind(
        "SIM-NOBODY-CAME",
        409,
        "This is the record of a check, not a visit.",
        "これは再確認の記録です。取り消しは、もとの受付で行ってください。"
        "再確認の記録も一緒に取り消されます。",
        "Withdraw the visit that was checked again; what was found out goes with it.",
    )
    VISUAL_PASSCODE = ProblemKind(
        "SIM-VISUAL-PASSCODE",
        403,
        "This is not the clinic's passcode for visual identification.",
        "目視確認用パスコードが違います。患者さんの暗証番号ではなく、この医療機関で決めた4桁を、"
        "職員が入れてください。",
        "Send the clinic's own four digits as Passcode with the method visual (P-019). Its setting "
        "visual_passcode has their hash; `oqs reader passcode` makes one.",
    )
    CLINIC_WITHOUT_READER = ProblemKind(
        "SIM-CLINIC-WITHOUT-READER",
        409,
        "The clinic has no card reader.",
        "この医療機関には、カードの読取機がありません。番号で確認するか、カードと「お知らせ」、"
        "資格確認書などの書類で受け付けてください。",
        "Its variant is no_reader (R-093): check by number, POST /api/visits/number, or write a "
        "visit down with the Cause NO_READER.",
    )
    CONSENT_NOT_ASKED = ProblemKind(
        "SIM-CONSENT-NOT-ASKED",
        409,
        "This clinic asks for no consent, as it checks eligibility only.",
        "資格確認限定型のため、医療情報の同意は受けられません。同意なしで、もう一度確認してください。",
        "Its variant is general_reader (資格確認限定型, P-022): send the check without Consents, "
        "and without an answer about subsidy certificates.",
    )
    REGISTRATION_NOT_HERE = ProblemKind(
        "SIM-REGISTRATION-NOT-HERE",
        409,
        "Cards cannot be registered at the reader of this clinic.",
        "この読取機では、健康保険証の利用登録ができません。マイナポータルかセブン銀行ATMでの登録を"
        "案内し、きょうは資格確認書などで受け付けてください。",
        "Only a clinic with a face reader registers (R-021); send the check with "
        "WithoutRegistration, or register in the portal first.",
    )
    HOLDER_NOT_IDENTIFIED = ProblemKind(
        "SIM-HOLDER-NOT-IDENTIFIED",
        409,
        "The holder of the card has not been identified, or has begun anew.",
        "本人確認がまだです。カードを置いたまま、もう一度はじめから行ってください。",
        "Identify the holder first: POST /api/reader/identity with the Insertion of the card.",
    )
    FOREIGN_ORIGIN = ProblemKind(
        "SIM-FOREIGN-ORIGIN",
        403,
        "The request comes from a page of another site.",
        "ほかのサイトのページからの操作は受け付けません。受付の画面から行ってください。",
        "Send it from the service's own pages, or from a program without an Origin header.",
    )
    HOST_UNCLEAR = ProblemKind(
        "SIM-HOST-UNCLEAR",
        400,
        "The request names no host, or more than one.",
        "通信の形式に誤りがあります。プログラムの設定を確かめてください。",
        "Send exactly one Host header (RFC 9112, section 3.2).",
    )
    FOREIGN_HOST = ProblemKind(
        "SIM-FOREIGN-HOST",
        403,
        "The request names a host that is not this service.",
        "この名前では受け付けていません。このパソコンの画面（127.0.0.1）から開いてください。",
        "Ask 127.0.0.1 or localhost; a service that has another name is told it with --name.",
    )
    SLOT_UNKNOWN = ProblemKind(
        "SIM-SLOT-UNKNOWN",
        404,
        "The reader has no such slot.",
        "その番号の差し込み口はありません。",
        "Ask GET /slots for the slots.",
    )
    SLOT_EMPTY = ProblemKind(
        "SIM-SLOT-EMPTY",
        409,
        "There is no card in the slot.",
        "読取機にカードがありません。先にカードを置いてください。",
        "Put a card in with PUT /slots/{number}.",
    )
    CARD_UNKNOWN = ProblemKind(
        "SIM-CARD-UNKNOWN",
        404,
        "No card of this name has been issued.",
        "その名前のカードはありません。",
        "Ask GET /cards for the cards.",
    )
    NO_PRACTICE = ProblemKind(
        "SIM-NO-PRACTICE",
        404,
        "There is no such exercise under way.",
        "練習は始まっていません。練習を選んで始めてください。",
        "Begin one with POST /practice/start.",
    )
    NO_TOWN = ProblemKind(
        "SIM-NO-TOWN",
        409,
        "The practice town is not there, so nobody of it is insured.",
        "練習の町がありません。いま動いているものを終わらせ、oqs up --town で"
        "始めなおしてください。",
        "Start the system with `oqs up --town`, or `oqs demo`.",
    )
    PRACTICE_UNDER_WAY = ProblemKind(
        "SIM-PRACTICE-UNDER-WAY",
        409,
        "An exercise is under way; there is one reader, so there is one at a time.",
        "練習の途中です。その練習を続けるか、終わらせてから始めてください。",
        "Go on with it, or end it with POST /practice/end.",
    )
    STAND_IN_CHANGES = ProblemKind(
        "SIM-STAND-IN-CHANGES",
        422,
        "The card has another number each time, so that it cannot be known again.",
        "このカードは、置くたびに番号が変わるので、代役にできません（スマートフォンなど）。"
        "別のカードを置いてください。",
        "Bind a card with a number of its own, or one on contacts.",
    )
    STAND_IN_BOUND = ProblemKind(
        "SIM-STAND-IN-BOUND",
        409,
        "The card stands in for somebody already.",
        "このカードは、もう代役です。別のカードを使うか、先に代役を取り消してください。",
        "Take another card, or DELETE /stand-ins/cards/{card} first.",
    )
    OWN_CARD_USE_UNSAID = ProblemKind(
        "SIM-OWN-CARD-USE-UNSAID",
        422,
        "A My Number Card lies on the reader, and it was not said how it is to be used.",
        "ご自身のマイナンバーカードです。暗証番号を使うか、使わないかを選んでください。",
        'Say "Use": "pin" (its PIN and signature are real) or "face" (no PIN of it is used).',
    )
    NO_OWN_CARD = ProblemKind(
        "SIM-NO-OWN-CARD",
        422,
        "What lies on the reader is no My Number Card.",
        "読取機にあるのはマイナンバーカードではありません。マイナンバーカードを置くか、"
        "「代役のカード」として登録してください。",
        "Place a My Number Card, or bind the card without saying how its PIN is used.",
    )
    OWN_CARD_PIN = ProblemKind(
        "SIM-OWN-CARD-PIN",
        422,
        "The PIN of this My Number Card is not to be used.",
        "このカードの暗証番号は使えません。「暗証番号を使わずに」を選んでください。",
        'Say "Use": "face".',
    )
    STAND_IN_UNKNOWN = ProblemKind(
        "SIM-STAND-IN-UNKNOWN",
        404,
        "No card stands in for this one.",
        "その人の代役のカードはありません。名前を確かめてください。",
        "Ask GET /stand-ins/cards for those that there are.",
    )
    STAND_INS_UNREADABLE = ProblemKind(
        "SIM-STAND-INS-UNREADABLE",
        503,
        "The file of the stand-ins cannot be used.",
        "代役の記録を読み書きできません。場所と権限を確かめてください。",
        "The detail names the file. Mend its permission; if it is damaged, remove it and bind the "
        "cards anew.",
    )
    PCSC_UNAVAILABLE = ProblemKind(
        "SIM-PCSC-UNAVAILABLE",
        503,
        "The virtual reader's slot does not answer.",
        "模擬読取機につながりません。数秒待って、もう一度行ってください。",
        "A pcscd that died is started again within seconds; ask again. If it stays away, see "
        "pcscd.log in the directory of its socket, and start the testbed anew.",
    )

    MESSAGE_UNREADABLE = ProblemKind(
        "SIM-MESSAGE-UNREADABLE",
        422,
        "The message is not a document that can be read.",
        "電文を読み取れません。XMLまたはJSONの形式と、文字コードを確かめてください。",
        "The detail says what is wrong. XML: UTF-8 or Shift_JIS as declared, the root XmlMsg, no "
        "DTD and no entities; JSON: UTF-8, one object with the member XmlMsg.",
    )
    MESSAGE_TOO_LARGE = ProblemKind(
        "SIM-MESSAGE-TOO-LARGE",
        413,
        "The message is longer, or has more elements, than is read.",
        "電文が大きすぎます。件数を減らし、いくつかに分けて送ってください。",
        "The detail names the bound. The official bounds are not public.",
    )
    MESSAGE_ELEMENT = ProblemKind(
        "SIM-MESSAGE-ELEMENT",
        422,
        "An element of the message is unknown, missing, there twice, or wrong.",
        "電文の項目に誤りがあります。示された項目を直して、もう一度送ってください。",
        "The member `element` names it by its path; the reference of messages has all elements.",
    )
    TOKEN_UNKNOWN = ProblemKind(
        "SIM-TOKEN-UNKNOWN",
        401,
        "The token of the web API is missing, has expired, or is another terminal's.",
        "接続の有効期間が切れています。もう一度接続してから送ってください。",
        "Get a token with the same client certificate, and send it as `Authorization: Bearer …`.",
    )
    COUNTER_REFUSED = ProblemKind(
        "SIM-COUNTER-REFUSED",
        409,
        "The municipality's counter cannot do this now.",
        "この手続きは、いまはできません。",
        "The Japanese sentence says why, and what to do; GET the person at the counter for what is "
        "possible now.",
    )
    CARD_NOT_AT_COUNTER = ProblemKind(
        "SIM-CARD-NOT-AT-COUNTER",
        409,
        "The card itself is not where the counter can write it.",
        "このカードの実物が窓口にありません。カードを持って来てもらってください。",
        "Only cards of the deployment's testbed can be written; OQS is told where it is by "
        "`--cards`.",
    )
    DRIVER_NO_BUTTON = ProblemKind(
        "SIM-DRIVER-NO-BUTTON",
        409,
        "The screen has no such button now.",
        "いまの画面に、そのボタンはありません。",
        "Press one of those that `GET /driver` lists; `?Patient=` or `?Desk=` waits for a screen.",
    )
    DRIVER_WAITED = ProblemKind(
        "SIM-DRIVER-WAITED",
        409,
        "What was waited for did not come.",
        "待っていた状態になりませんでした。",
        "The detail says what there is; wait longer with WaitSeconds, or see what went before.",
    )

    @property
    def kind(self) -> ProblemKind:
        """The entry."""
        return self.value


def entry_of(code: str) -> Catalogue:
    """Return the entry of a code, INTERNAL for one that the catalogue does not have."""
    found = (entry for entry in Catalogue if entry.kind.code == code)
    return next(found, Catalogue.INTERNAL)


class Problem(Exception):
    """An error that a route answers with.

    ``detail`` says what is particular to this occurrence, ``retry_after`` in how many seconds it
    is worth another try; ``members`` are further members of the document (RFC 9457 §3.2).
    """

    def __init__(
        self,
        entry: Catalogue,
        detail: str | None = None,
        *,
        japanese: str | None = None,
        retry_after: int | None = None,
        **members: object,
    ) -> None:
        super().__init__(f"{entry.kind.code}: {detail or entry.kind.title}")
        self.entry = entry
        self.detail = detail
        self.japanese = japanese or entry.kind.japanese
        self.retry_after = retry_after
        self.members = members
