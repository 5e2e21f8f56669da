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


def who_of(line: PastInquiry) -> str:
    """Return who asked."""
    if line.institution_code:
        return f"医療機関 {line.institution_code}"
    return INSURER if line.purpose in _BY_INSURERS else OWNER


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
