"""照会の履歴: who looked at what, and what came of it, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from eligibility.qualification import QualificationValidity
from oqs_sim.portal.agreements import agreed_items
from oqs_sim.portal.refusals import refusal_words
from oqs_sim.qualification.challenge import ChallengePurpose
from wire.vocabulary.codes import ReferenceClassification

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from oqs_sim.portal.institutions import InstitutionNames
    from oqs_sim.store.inquiries import PastInquiry

OWNER = "ご本人"
INSURER = "医療保険者（中間サーバー）"
_PURPOSES = {
    ChallengePurpose.CHECK: "資格の確認",
    ChallengePurpose.REGISTRATION: "利用登録",
    ChallengePurpose.INQUIRIES: "履歴の確認",
    ChallengePurpose.SIGN_IN: "ログイン",
    ChallengePurpose.MEDICINES: "薬剤情報",
    ChallengePurpose.CHECKUPS: "特定健診情報",
    ChallengePurpose.TREATMENT: "診療情報",
    ChallengePurpose.SURGERY: "手術情報",
    ChallengePurpose.REFERENCE_NUMBER: "照会番号の登録",
    ChallengePurpose.MEDICAL_TICKETS: "医療扶助の委託内容",
    ChallengePurpose.AT_HOME: "資格の確認、居宅での同意による",
    ChallengePurpose.INSURER_MATCH: "個人番号による加入者の確認",
    ChallengePurpose.INSURER_CARDS: "利用登録と電子証明書の期限の確認",
    ChallengePurpose.WITHDRAWAL: "居宅での同意の取消し",
    ChallengePurpose.SYSTEM_FAILURE: "障害時の確認",
    ChallengePurpose.DISASTER: "災害時の確認",
    ChallengePurpose.WEB_API: "プログラムの認証",
}
_BY_INSURERS = {purpose for purpose in ChallengePurpose if purpose.is_insurer}
_MEANS = {
    ReferenceClassification.CARD: "マイナンバーカードで",
    ReferenceClassification.NUMBER: "記号・番号で",
}


def _who_of(line: PastInquiry, names: InstitutionNames) -> str:
    if line.institution_code:
        return names.of(line.institution_code)
    return INSURER if line.purpose in _BY_INSURERS else OWNER


class Outcome(NamedTuple):
    """What came of an inquiry, as the person reads it."""

    tone: str
    """``fine``, ``check`` where the insurance was not found in force, or ``refused``."""
    sentence: str


_VALIDITIES = {
    QualificationValidity.VALID: Outcome("fine", "有効と伝えられました"),
    QualificationValidity.VALID_UNREGISTERED: Outcome(
        "check", "医療扶助は有効ですが、この医療機関への医療券がまだ登録されていません"
    ),
    QualificationValidity.INVALID: Outcome("check", "この保険は終わっていると伝えられました"),
    QualificationValidity.INVALID_NEW_EXISTS: Outcome(
        "check", "前の保険の番号でした。新しい保険があると伝えられました"
    ),
    QualificationValidity.NONE: Outcome("check", "有効な保険は見つかりませんでした"),
    QualificationValidity.SEVERAL: Outcome(
        "check", "当てはまる人が複数いて、一人に決まりませんでした"
    ),
}


@dataclass(frozen=True)
class HistoryLine:
    """A line of the history in words."""

    asked_at: datetime
    who: str
    what: str
    outcome: Outcome
    agreed: str
    """What the person agreed to at the reader; empty where it was nothing, or nobody asked."""
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


def what_of(line: PastInquiry) -> str:
    """Return what was asked for, and by what."""
    known = line.purpose in set(ChallengePurpose)
    what = _PURPOSES[ChallengePurpose(line.purpose)] if known else line.purpose
    if not line.institution_code or line.reference_classification not in set(_MEANS):
        return what
    return f"{what}（{_MEANS[ReferenceClassification(line.reference_classification)]}）"


def outcome_of(line: PastInquiry) -> Outcome:
    """Return what came of it: the validity that was told, or why nothing was."""
    if line.refusal:
        return Outcome("refused", refusal_words(line.refusal, line.purpose))
    if line.validity:
        return _VALIDITIES[QualificationValidity(int(line.validity))]
    return Outcome("fine", "できました")
