"""照会の履歴: who looked at what, and what came of it, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.qualification import QualificationValidity
from oqs_sim.qualification.challenge import ChallengePurpose
from wire.catalogue import entry_of
from wire.vocabulary.codes import ReferenceClassification

if TYPE_CHECKING:
    from oqs_sim.store.inquiries import PastInquiry

OWNER = "ご本人"
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
    ChallengePurpose.SYSTEM_FAILURE: "障害時の確認",
    ChallengePurpose.DISASTER: "災害時の確認",
    ChallengePurpose.WEB_API: "プログラムの認証",
}
_MEANS = {
    ReferenceClassification.CARD: "マイナンバーカードで",
    ReferenceClassification.NUMBER: "記号・番号で",
}


def who_of(line: PastInquiry) -> str:
    """Return who asked."""
    return f"医療機関 {line.institution_code}" if line.institution_code else OWNER


def what_of(line: PastInquiry) -> str:
    """Return what was asked for, and by what."""
    known = line.purpose in set(ChallengePurpose)
    what = _PURPOSES[ChallengePurpose(line.purpose)] if known else line.purpose
    if not line.institution_code or line.reference_classification not in set(_MEANS):
        return what
    return f"{what}（{_MEANS[ReferenceClassification(line.reference_classification)]}）"


def outcome_of(line: PastInquiry) -> str:
    """Return what came of it: the validity that was told, or why it was refused."""
    if line.refusal:
        return entry_of(line.refusal).kind.japanese
    if line.validity:
        return QualificationValidity(int(line.validity)).japanese
    return "できました"
