"""照会の履歴: who looked at what, and what came of it, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from eligibility.qualification import QualificationValidity
from eligibility.sentence import Sentence
from oqs_sim.portal.agreements import agreed_items
from oqs_sim.portal.refusals import refusal_words
from oqs_sim.qualification.challenge import ChallengePurpose
from wire.vocabulary.codes import ReferenceClassification

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from oqs_sim.portal.institutions import InstitutionNames
    from oqs_sim.store.inquiries import PastInquiry

OWNER = Sentence("ご本人", "Yourself")
INSURER = Sentence("医療保険者（中間サーバー）", "Your insurer (中間サーバー)")
_PURPOSES = {
    ChallengePurpose.CHECK: Sentence("資格の確認", "Eligibility"),
    ChallengePurpose.REGISTRATION: Sentence("利用登録", "Registration of the card"),
    ChallengePurpose.INQUIRIES: Sentence("履歴の確認", "Look at the history"),
    ChallengePurpose.SIGN_IN: Sentence("ログイン", "Sign-in"),
    ChallengePurpose.MEDICINES: Sentence("薬剤情報", "Medicines"),
    ChallengePurpose.CHECKUPS: Sentence("特定健診情報", "Checkups"),
    ChallengePurpose.TREATMENT: Sentence("診療情報", "Treatments"),
    ChallengePurpose.SURGERY: Sentence("手術情報", "Surgery"),
    ChallengePurpose.REFERENCE_NUMBER: Sentence(
        "照会番号の登録", "Registration of an inquiry number"
    ),
    ChallengePurpose.MEDICAL_TICKETS: Sentence("医療扶助の委託内容", "Medical assistance tickets"),
    ChallengePurpose.AT_HOME: Sentence(
        "資格の確認、居宅での同意による", "Eligibility, by a consent given at home"
    ),
    ChallengePurpose.INSURER_MATCH: Sentence(
        "個人番号による加入者の確認", "Insured person, by My Number"
    ),
    ChallengePurpose.INSURER_CARDS: Sentence(
        "利用登録と電子証明書の期限の確認", "Registration, and how long the certificate lasts"
    ),
    ChallengePurpose.WITHDRAWAL: Sentence("居宅での同意の取消し", "End of a consent given at home"),
    ChallengePurpose.SYSTEM_FAILURE: Sentence("障害時の確認", "Check during a failure"),
    ChallengePurpose.DISASTER: Sentence("災害時の確認", "Check in a disaster"),
    ChallengePurpose.WEB_API: Sentence("プログラムの認証", "Authentication of a program"),
}
_BY_INSURERS = {purpose for purpose in ChallengePurpose if purpose.is_insurer}
_MEANS = {
    ReferenceClassification.CARD: Sentence("マイナンバーカードで", "by My Number Card"),
    ReferenceClassification.NUMBER: Sentence("記号・番号で", "by insured number"),
}


def _who_of(line: PastInquiry, names: InstitutionNames) -> Sentence:
    if line.institution_code:
        return names.of(line.institution_code)
    return INSURER if line.purpose in _BY_INSURERS else OWNER


class Outcome(NamedTuple):
    """What came of an inquiry, as the person reads it."""

    tone: str
    """``fine``, ``check`` where the insurance was not found in force, or ``refused``."""
    sentence: Sentence


_VALIDITIES = {
    QualificationValidity.VALID: Outcome(
        "fine", Sentence("有効と伝えられました", "Told to be in force")
    ),
    QualificationValidity.VALID_UNREGISTERED: Outcome(
        "check",
        Sentence(
            "医療扶助は有効ですが、この医療機関への医療券がまだ登録されていません",
            "Assistance is in force, but no ticket (医療券) for this institution is registered yet",
        ),
    ),
    QualificationValidity.INVALID: Outcome(
        "check",
        Sentence("この保険は終わっていると伝えられました", "Told that this insurance has ended"),
    ),
    QualificationValidity.INVALID_NEW_EXISTS: Outcome(
        "check",
        Sentence(
            "前の保険の番号でした。新しい保険があると伝えられました",
            "It was the number of a former insurance. Told that there is a new one",
        ),
    ),
    QualificationValidity.NONE: Outcome(
        "check", Sentence("有効な保険は見つかりませんでした", "No insurance in force was found")
    ),
    QualificationValidity.SEVERAL: Outcome(
        "check",
        Sentence(
            "当てはまる人が複数いて、一人に決まりませんでした",
            "Several people fitted, so it was not clear who was meant",
        ),
    ),
}


@dataclass(frozen=True)
class HistoryLine:
    """A line of the history in words."""

    asked_at: datetime
    who: Sentence
    what: Sentence
    outcome: Outcome
    agreed: Sentence | None
    """What the person agreed to at the reader; None where it was nothing, or nobody asked."""
    code: str
    """The code of a refusal, for who is called for help."""


def history_lines(lines: Iterable[PastInquiry], names: InstitutionNames) -> list[HistoryLine]:
    """Write lines of the log."""
    return [
        HistoryLine(
            line.asked_at,
            _who_of(line, names),
            what_of(line),
            outcome_of(line),
            agreed_items(line.agreed),
            line.refusal or "",
        )
        for line in lines
    ]


def what_of(line: PastInquiry) -> Sentence:
    """Return what was asked for, and by what."""
    known = line.purpose in set(ChallengePurpose)
    what = (
        _PURPOSES[ChallengePurpose(line.purpose)] if known else Sentence(line.purpose, line.purpose)
    )
    if not line.institution_code or line.reference_classification not in set(_MEANS):
        return what
    by = _MEANS[ReferenceClassification(line.reference_classification)]
    return Sentence(f"{what.ja}（{by.ja}）", f"{what.en} ({by.en})")


def outcome_of(line: PastInquiry) -> Outcome:
    """Return what came of it: the validity that was told, or why nothing was."""
    if line.refusal:
        return Outcome("refused", refusal_words(line.refusal, line.purpose))
    if line.validity:
        return _VALIDITIES[QualificationValidity(int(line.validity))]
    return Outcome("fine", Sentence("できました", "Done"))
