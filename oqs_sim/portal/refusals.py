"""Refusals as the patient reads them.

The catalogue's sentences are for the desk: they say what a receptionist does next. A patient wants
to know why it was so, and whether anything was told.
"""

from __future__ import annotations

from oqs_sim.qualification.challenge import ChallengePurpose
from wire.catalogue import Catalogue, Problem, entry_of

_CAUSES = {
    "電子証明書の期限が切れていたため、": (Catalogue.CERTIFICATE_LAPSED,),
    "電子証明書の期限が過ぎ、猶予期間に入っているため、": (Catalogue.MEDICAL_IN_GRACE,),
    "カードが失効していたため、": (Catalogue.CERTIFICATE_REVOKED,),
    "カードが一時停止中だったため、": (Catalogue.CERTIFICATE_SUSPENDED,),
    "転出のあと転入届が出ておらず、カードが休止していたため、": (Catalogue.CARD_MOVED_OUT,),
    "引っ越しの手続きが期限までになく、カードが失効していたため、": (
        Catalogue.CARD_LAPSED_BY_MOVE,
    ),
    "国外への転出でカードが失効していたため、": (Catalogue.CARD_LEFT_COUNTRY,),
    "電子証明書を確かめられなかったため、": (
        Catalogue.CERTIFICATE_UNKNOWN,
        Catalogue.CERTIFICATE_UNREADABLE,
        Catalogue.CERTIFICATE_NOT_AUTHENTICATION,
        Catalogue.CERTIFICATE_ISSUER_UNKNOWN,
        Catalogue.CERTIFICATE_ISSUER_EXPIRED,
        Catalogue.CERTIFICATE_SIGNATURE_FALSE,
        Catalogue.CERTIFICATE_NOT_YET_VALID,
        Catalogue.CERTIFICATE_IS_AUTHORITY,
        Catalogue.CERTIFICATE_KEY_USAGE,
        Catalogue.CERTIFICATE_POLICY,
        Catalogue.CERTIFICATE_EXTENSION,
        Catalogue.CERTIFICATE_NOT_CONFIRMABLE,
        Catalogue.JLIS_OUT,
    ),
    "カードの読み取りをやり直す必要があったため、": (
        Catalogue.CHALLENGE_UNKNOWN,
        Catalogue.CHALLENGE_EXPIRED,
        Catalogue.CHALLENGE_OTHER_PURPOSE,
        Catalogue.CHALLENGE_USED,
        Catalogue.SIGNATURE_INVALID,
    ),
    "カードの利用登録がなかったため、": (Catalogue.NOT_REGISTERED,),
    "有効な保険の登録が見えなかったため、": (Catalogue.NO_ACTIVE_QUALIFICATION,),
    "その方法では本人を確かめられないカードのため、": (Catalogue.IDENTITY_METHOD_IMPOSSIBLE,),
    "あなたの同意がなかったため、": (Catalogue.MEDICAL_NO_CONSENT,),
    "同意の期限（24時間）が過ぎていたため、": (Catalogue.MEDICAL_CONSENT_ENDED,),
    "見てよい職種ではなかったため、": (Catalogue.MEDICAL_WRONG_PROFESSION,),
    "資格だけを確かめる読み取りだったため、": (Catalogue.MEDICAL_ELIGIBILITY_ONLY,),
    "救急・災害のときの扱いになっていなかったため、": (
        Catalogue.MEDICAL_NO_WINDOW,
        Catalogue.MODE_NOT_OPEN,
    ),
    "医療機関が自分の番号で尋ねたものではなかったため、": (Catalogue.WRONG_CALLER,),
    "訪問・オンライン診療の同意が終わっていたため、": (
        Catalogue.CONSENT_ENDED,
        Catalogue.CONSENT_UNKNOWN,
    ),
    "システムが混み合っていたか、止まっていたため、": (
        Catalogue.STORAGE_UNAVAILABLE,
        Catalogue.MAINTENANCE,
        Catalogue.REGISTRATION_NOT_POSSIBLE,
    ),
}
_CAUSE_OF = {entry: cause for cause, entries in _CAUSES.items() for entry in entries}
_NOTHING_SEEN = "何も見られていません。"
_CONSEQUENCES = {
    ChallengePurpose.SIGN_IN: "ログインできませんでした。",
    ChallengePurpose.REGISTRATION: "利用登録できませんでした。",
    ChallengePurpose.MEDICINES: _NOTHING_SEEN,
    ChallengePurpose.CHECKUPS: _NOTHING_SEEN,
    ChallengePurpose.TREATMENT: _NOTHING_SEEN,
    ChallengePurpose.SURGERY: _NOTHING_SEEN,
}
_TRY_AGAIN = (
    "はじめからやり直すか、カードがいま使えるかどうかを、お住まいの市区町村の窓口で"
    "確かめてください。"
)
NOTHING_TO_SHOW = (
    "マイナポータルでお見せできる情報がありません。受診には資格確認書を使ってください。"
    "くわしくは、加入している保険者に問い合わせてください。"
)
"""Whoever holds the card is told no reason (P-031)."""


def refusal_words(code: str, purpose: str) -> str:
    """Say why something was refused, and what that means for the person."""
    known = purpose in set(ChallengePurpose)
    consequence = _CONSEQUENCES.get(ChallengePurpose(purpose)) if known else None
    return _CAUSE_OF.get(entry_of(code), "") + (consequence or "何も伝えられていません。")


def sign_in_refused(problem: Problem) -> Problem:
    """Return the problem with words for who wanted to sign in."""
    blocked = problem.entry is Catalogue.CARD_USE_BLOCKED
    japanese = (
        NOTHING_TO_SHOW
        if blocked
        else refusal_words(problem.entry.kind.code, ChallengePurpose.SIGN_IN) + _TRY_AGAIN
    )
    return Problem(
        problem.entry,
        problem.detail,
        japanese=japanese,
        retry_after=problem.retry_after,
        **problem.members,
    )
