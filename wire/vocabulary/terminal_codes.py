"""Code tables of settings, viewing and access (OQSCD027 to OQSCD044, oqs-interface §4).

Exactly one public source has them; the layouts of most messages that use them are not public.
"""

from __future__ import annotations

from wire.vocabulary.codes import Code, Sources


class SamePerson(Code, table="OQSCD027", sources=Sources.ONE):
    """同一個人."""

    YES = "1", "あり"


class MedicalTreatment(Code, table="OQSCD028", sources=Sources.ONE):
    """診療区分."""

    OUTPATIENT = "1", "外来"
    HOME_VISIT = "2", "訪問診療等"
    ONLINE = "3", "オンライン診療等"
    EMERGENCY = "4", "救急時"


class MedicalInformation(Code, table="OQSCD029", sources=Sources.ONE):
    """情報の種別."""

    CHECKUP = "TKK", "特定健診情報"
    MEDICINE = "YZK", "薬剤・診療情報"


class Display(Code, table="OQSCD030", sources=Sources.ONE):
    """表示区分; what it shows is not publicly known."""

    NO = "0", "表示しない"
    YES = "1", "表示する"


class ConsentEnd(Code, table="OQSCD031", sources=Sources.ONE):
    """同意期限切れ理由."""

    SEE_SUPPLEMENT = "0", "補足参照"
    INSTITUTION = "1", "医療機関による取消"
    PATIENT = "2", "患者による取消"
    PURPOSE_CHANGED = "3", "用途変更"


class QualificationChanged(Code, table="OQSCD032", sources=Sources.ONE):
    """資格変更確認."""

    SAME = "0", "一致"
    DIFFERENT = "1", "不一致"


class AccessAddress(Code, table="OQSCD033", sources=Sources.ONE):
    """URL取得区分."""

    HOME_VISIT = "2", "訪問診療等"
    ONLINE = "3", "オンライン診療等"


class AddressForm(Code, table="OQSCD034", sources=Sources.ONE):
    """URLの形式."""

    PDF = "1", "PDF"
    PNG = "2", "PNG"


class Alteration(Code, table="OQSCD035", sources=Sources.ONE):
    """変更区分."""

    NO = "0", "変更しない"
    YES = "1", "変更する"


class ViewingConsent(Code, table="OQSCD036", sources=Sources.ONE):
    """閲覧同意種別."""

    SPECIFIC_DISEASE = "TSR", "特定疾病療養受療証"
    CHECKUP = "TKK", "特定健診情報"
    MEDICINE = "YZK", "薬剤情報"
    TREATMENT = "SRJ", "診療情報"
    OPERATION = "SHJ", "手術情報"


class UseSetting(Code, table="OQSCD037", sources=Sources.ONE):
    """利用設定."""

    NO = "0", "利用しない"
    YES = "1", "利用する"


class ElectronicPrescription(Code, table="OQSCD038", sources=Sources.ONE):
    """電子処方箋の利用."""

    NONE = "0", "利用しない"
    ELECTRONIC_ONLY = "1", "電子のみ"
    BOTH = "2", "電子と紙"
    PAPER_ONLY = "3", "紙のみ"


class SelectionTime(Code, table="OQSCD039", sources=Sources.ONE):
    """選択のタイミング."""

    ELSEWHERE = "1", "資格確認時以外"
    AT_CHECK = "2", "資格確認時"


class RequestPattern(Code, table="OQSCD040", sources=Sources.ONE):
    """情報要求パターン; the codes between these are not publicly described."""

    EMERGENCY_SUMMARY = "1", "救急用サマリー"
    CHECKUP = "6", "特定健診情報"


class SecondFactor(Code, table="OQSCD041", sources=Sources.ONE):
    """二要素認証の要素; the ten codes of OQSCD042 below them are not known one by one."""

    KNOWN = "1", "記憶"
    BODY = "2", "生体"
    HELD = "3", "物理"


class UseFlag(Code, table="OQSCD043", sources=Sources.ONE):
    """救急時閲覧の権限."""

    NO = "0", "なし"
    YES = "1", "あり"


class LinkedSystem(Code, table="OQSCD044", sources=Sources.ONE):
    """連携システム; the first one is written ``01`` or ``1``, as the source has both."""

    MEDICAL_SUBSIDY = "01", "医療費助成"
    MOTHER_AND_CHILD = "2", "母子保健"
    VACCINATION = "4", "予防接種"
    CARE_INSURANCE = "8", "介護保険"
