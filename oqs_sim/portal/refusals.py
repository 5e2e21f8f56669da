"""Refusals as the patient reads them.

The catalogue's sentences are for the desk: they say what a receptionist does next. A patient wants
to know why it was so, and whether anything was told.
"""

from __future__ import annotations

from eligibility.sentence import Sentence
from oqs_sim.qualification.challenge import ChallengePurpose
from wire.catalogue import Catalogue, Problem, entry_of

_CAUSES = {
    Sentence("電子証明書の期限が切れていたため、", "the certificate had ended"): (
        Catalogue.CERTIFICATE_LAPSED,
    ),
    Sentence(
        "電子証明書の期限が過ぎ、猶予期間に入っているため、",
        "the certificate has ended, and is in its grace period",
    ): (Catalogue.MEDICAL_IN_GRACE,),
    Sentence("カードが失効していたため、", "the card had been revoked"): (
        Catalogue.CERTIFICATE_REVOKED,
    ),
    Sentence("カードが一時停止中だったため、", "the card was suspended (一時停止)"): (
        Catalogue.CERTIFICATE_SUSPENDED,
    ),
    Sentence(
        "転出のあと転入届が出ておらず、カードが休止していたため、",
        "the card rested, as no move in (転入届) had been filed after the move out",
    ): (Catalogue.CARD_MOVED_OUT,),
    Sentence(
        "引っ越しの手続きが期限までになく、カードが失効していたため、",
        "the card had been revoked, as a move was not filed in time",
    ): (Catalogue.CARD_LAPSED_BY_MOVE,),
    Sentence(
        "国外への転出でカードが失効していたため、", "the card had been revoked with the move abroad"
    ): (Catalogue.CARD_LEFT_COUNTRY,),
    Sentence("電子証明書を確かめられなかったため、", "the certificate could not be verified"): (
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
    Sentence("カードの読み取りをやり直す必要があったため、", "the card had to be read anew"): (
        Catalogue.CHALLENGE_UNKNOWN,
        Catalogue.CHALLENGE_EXPIRED,
        Catalogue.CHALLENGE_OTHER_PURPOSE,
        Catalogue.CHALLENGE_USED,
        Catalogue.SIGNATURE_INVALID,
    ),
    Sentence("カードの利用登録がなかったため、", "the card was not registered"): (
        Catalogue.NOT_REGISTERED,
    ),
    Sentence("有効な保険の登録が見えなかったため、", "no insurance in force could be seen"): (
        Catalogue.NO_ACTIVE_QUALIFICATION,
    ),
    Sentence(
        "その方法では本人を確かめられないカードのため、",
        "the card cannot show in that way who you are",
    ): (Catalogue.IDENTITY_METHOD_IMPOSSIBLE,),
    Sentence("あなたの同意がなかったため、", "you had not agreed to it"): (
        Catalogue.MEDICAL_NO_CONSENT,
    ),
    Sentence("同意の期限（24時間）が過ぎていたため、", "your consent (24 hours) had ended"): (
        Catalogue.MEDICAL_CONSENT_ENDED,
    ),
    Sentence(
        "見てよい職種ではなかったため、", "it was not asked by a profession that may see it"
    ): (Catalogue.MEDICAL_WRONG_PROFESSION,),
    Sentence(
        "資格だけを確かめる読み取りだったため、", "the card was read for the eligibility only"
    ): (Catalogue.MEDICAL_ELIGIBILITY_ONLY,),
    Sentence("救急・災害のときの扱いになっていなかったため、", "it was no emergency or disaster"): (
        Catalogue.MEDICAL_NO_WINDOW,
        Catalogue.MODE_NOT_OPEN,
    ),
    Sentence(
        "医療機関が自分の番号で尋ねたものではなかったため、",
        "the institution did not ask by its own number",
    ): (Catalogue.WRONG_CALLER,),
    Sentence(
        "訪問・オンライン診療の同意が終わっていたため、",
        "the consent for care at home or online had ended",
    ): (
        Catalogue.CONSENT_ENDED,
        Catalogue.CONSENT_UNKNOWN,
    ),
    Sentence("システムが混み合っていたか、止まっていたため、", "the system was busy or stopped"): (
        Catalogue.STORAGE_UNAVAILABLE,
        Catalogue.MAINTENANCE,
        Catalogue.REGISTRATION_NOT_POSSIBLE,
    ),
}
_CAUSE_OF = {entry: cause for cause, entries in _CAUSES.items() for entry in entries}
_NOTHING_SEEN = Sentence("何も見られていません。", "Nothing was seen")
_NOTHING_TOLD = Sentence("何も伝えられていません。", "Nothing was told")
_CONSEQUENCES = {
    ChallengePurpose.SIGN_IN: Sentence("ログインできませんでした。", "You could not sign in"),
    ChallengePurpose.REGISTRATION: Sentence(
        "利用登録できませんでした。", "The card could not be registered"
    ),
    ChallengePurpose.MEDICINES: _NOTHING_SEEN,
    ChallengePurpose.CHECKUPS: _NOTHING_SEEN,
    ChallengePurpose.TREATMENT: _NOTHING_SEEN,
    ChallengePurpose.SURGERY: _NOTHING_SEEN,
}
_TRY_AGAIN = Sentence(
    "はじめからやり直すか、カードがいま使えるかどうかを、お住まいの市区町村の窓口で"
    "確かめてください。",
    "Begin anew, or ask your municipality whether the card can be used now.",
)
NOTHING_TO_SHOW = Sentence(
    "マイナポータルでお見せできる情報がありません。受診には資格確認書を使ってください。"
    "くわしくは、加入している保険者に問い合わせてください。",
    "Mynaportal has nothing that it can show you. Use your eligibility certificate (資格確認書) at "
    "clinics, and ask your insurer for more.",
)
"""Whoever holds the card is told no reason (P-031)."""


_IN_ENGLISH = {
    Catalogue.INVALID_REQUEST: "Something that was sent is not right.",
    Catalogue.NOT_FOUND: "It was not found.",
    Catalogue.UNKNOWN_PERSON: "This person is not known.",
    Catalogue.SIGN_IN_UNKNOWN: "This sign-in number is not valid any more. Please begin anew.",
    Catalogue.CONSENT_UNKNOWN: "There is no such consent of yours.",
    Catalogue.STORAGE_UNAVAILABLE: "The service does not answer just now. Try again in a while.",
    Catalogue.JLIS_OUT: "The card register (J-LIS) does not answer now, so nothing was changed.",
    Catalogue.REGISTRATION_NOT_POSSIBLE: "The card cannot be registered just now.",
    Catalogue.INTERNAL: "Something went wrong in the service. Try again in a while.",
}
"""What a patient reads of a problem whose title is for programmers."""


class PatientProblem(Problem):
    """A problem with words for the person whose record it is, which programs get in Japanese."""

    def __init__(
        self,
        entry: Catalogue,
        words: Sentence,
        detail: str | None = None,
        *,
        retry_after: int | None = None,
        **members: object,
    ) -> None:
        """Have ``words`` be read by people, and ``detail`` by programmers."""
        super().__init__(entry, detail, japanese=words.ja, retry_after=retry_after, **members)
        self.words = words


def words_of_problem(problem: Problem) -> Sentence:
    """Return what a problem says to the person."""
    if isinstance(problem, PatientProblem):
        return problem.words
    english = _IN_ENGLISH.get(problem.entry, problem.entry.kind.title)
    return Sentence(problem.japanese, f"{english} {problem.detail or ''}".strip())


def refusal_words(code: str, purpose: str) -> Sentence:
    """Say why something was refused, and what that means for the person."""
    known = purpose in set(ChallengePurpose)
    consequence = _CONSEQUENCES.get(ChallengePurpose(purpose)) if known else None
    so, cause = consequence or _NOTHING_TOLD, _CAUSE_OF.get(entry_of(code))
    if cause is None:
        return Sentence(so.ja, f"{so.en}.")
    return Sentence(cause.ja + so.ja, f"{so.en}: {cause.en}.")


def sign_in_refused(problem: Problem) -> Problem:
    """Return the problem with words for who wanted to sign in."""
    blocked = problem.entry is Catalogue.CARD_USE_BLOCKED
    words = (
        NOTHING_TO_SHOW
        if blocked
        else refusal_words(problem.entry.kind.code, ChallengePurpose.SIGN_IN) + _TRY_AGAIN
    )
    return PatientProblem(
        problem.entry,
        words,
        problem.detail,
        retry_after=problem.retry_after,
        **problem.members,
    )
