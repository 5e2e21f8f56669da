"""Claims (レセプト): how a visit is claimed when the check did or did not say who insures.

Rules P-080 to P-083. First the current number, else the previous eligibility, else the claim of
an unknown insurer, which rests on the patient's declaration. Disasters have a convention of their
own.
"""

from dataclasses import dataclass
from enum import StrEnum

from eligibility.identifiers.numbers import InsurerKind
from eligibility.sentence import Sentence

UNKNOWN_INSURER_NUMBER = "77777777"
"""保険者番号 of a claim whose insurer is unknown (P-081). Its check digit is wrong on purpose."""

UNKNOWN_INSURER_NUMBER_ALTERNATIVE = "77777779"
"""The same for billing computers that insist on a right check digit (P-081)."""

FILLER_DIGIT = "7"
"""What fills 記号・番号 of such a claim (P-081)."""
FILLED_DIGITS = 7
"""How many of it are written [unverified]: the rule says as many as are needed, which is for the
billing computer to say."""

DISASTER_INSURER_NUMBER = "99999999"
DISASTER_NUMBER = "999999999"
"""保険者番号 and 番号 of the disaster convention, never of a failed check (P-082)."""


class ClaimMode(StrEnum):
    """How the claim is written (P-080)."""

    NORMAL = "normal"
    """通常: under the current number."""
    OLD_ELIGIBILITY = "old_eligibility"
    """旧資格: under the previous number."""
    UNKNOWN = "unknown"
    """不詳: under the number of the unknown insurer."""
    DISASTER = "disaster"
    """災害: under the numbers of the disaster convention (P-082)."""
    NO_CLAIM = "no_claim"
    """請求しない: the patient pays all and asks their insurer for a refund (療養費)."""

    @property
    def japanese(self) -> str:
        """The word on the desk's page."""
        return {
            ClaimMode.NORMAL: "通常",
            ClaimMode.OLD_ELIGIBILITY: "旧資格",
            ClaimMode.UNKNOWN: "不詳",
            ClaimMode.DISASTER: "災害（不詳）",
            ClaimMode.NO_CLAIM: "請求なし（全額自己負担）",
        }[self]


@dataclass(frozen=True, slots=True)
class Claim:
    """How to write the claim.

    `insurer_number` is what goes into 保険者番号 if the rule gives it, else None (the number that
    is known is used); `remarks` is what goes into 摘要欄. `filler` is 記号 and 番号; `number` is
    the whole 番号, and 記号 is then left empty.
    """

    mode: ClaimMode
    how: Sentence
    remarks: Sentence | None
    rules: tuple[str, ...]
    insurer_number: str | None = None
    alternative_insurer_number: str | None = None
    filler: str | None = None
    number: str | None = None


_CLAIMS = {
    ClaimMode.NORMAL: Claim(
        mode=ClaimMode.NORMAL,
        how=Sentence(
            "確認できた保険者番号・記号・番号で、ふつうに請求します。",
            "Claim as usual under the confirmed insurer number, symbol and number.",
        ),
        remarks=None,
        rules=("P-080",),
    ),
    ClaimMode.OLD_ELIGIBILITY: Claim(
        mode=ClaimMode.OLD_ELIGIBILITY,
        how=Sentence(
            "新しい資格が請求までに分からなければ、以前の保険者番号・記号・番号で請求し、"
            "摘要欄に「旧資格」と書きます。",
            "If the new eligibility is still unknown when claiming, claim under the previous "
            "insurer number, symbol and number, and write 旧資格 (old eligibility) in the remarks.",
        ),
        remarks=Sentence("旧資格", "旧資格 (old eligibility)"),
        rules=("P-080", "P-083"),
    ),
    ClaimMode.UNKNOWN: Claim(
        mode=ClaimMode.UNKNOWN,
        how=Sentence(
            "資格が請求までに分からなければ、保険者番号を「77777777」、記号・番号の各桁を「7」にして"
            "請求し、摘要欄に「不詳」と申立書の内容を書きます。"
            "77777777を入力できないレセコンでは「77777779」を使います。"
            "請求先は、被用者保険なら支払基金、国保・後期なら国保連、分からなければどちらでもかまいません。",
            "If the eligibility is still unknown when claiming, write insurer number 77777777 and "
            "fill symbol and number with 7s, with 不詳 (unknown) and the declaration's content in "
            "the remarks. Use 77777779 where the billing computer refuses 77777777. "
            "Employees' insurance goes to 支払基金, National Health Insurance and 後期 to 国保連; "
            "if even that is unknown, choose either.",
        ),
        remarks=Sentence(
            "不詳　住所、事業所名、連絡先など（被保険者資格申立書から）",
            "不詳 (unknown), address, workplace, telephone and so on, from the declaration",
        ),
        rules=("P-080", "P-081", "P-083"),
        insurer_number=UNKNOWN_INSURER_NUMBER,
        alternative_insurer_number=UNKNOWN_INSURER_NUMBER_ALTERNATIVE,
        filler=FILLER_DIGIT * FILLED_DIGITS,
    ),
    ClaimMode.DISASTER: Claim(
        mode=ClaimMode.DISASTER,
        how=Sentence(
            "災害で資格が分からないときは、保険者番号を「99999999」、番号を「999999999」にし、"
            "記号は書かず、摘要欄の先頭に「不詳」と書いて請求します。",
            "Where a disaster hides the eligibility, write insurer number 99999999 and number "
            "999999999, leave the symbol out, and begin the remarks with 不詳 (unknown).",
        ),
        remarks=Sentence(
            "不詳　住所、事業所名、連絡先など（聞き取りから）",
            "不詳 (unknown), address, workplace, telephone and so on, as told",
        ),
        rules=("P-082", "P-083"),
        insurer_number=DISASTER_INSURER_NUMBER,
        number=DISASTER_NUMBER,
    ),
    ClaimMode.NO_CLAIM: Claim(
        mode=ClaimMode.NO_CLAIM,
        how=Sentence(
            "請求しません。患者さんが全額を支払い、あとで保険者に療養費を申請します。",
            "Nothing is claimed: the patient pays all and applies to the insurer for a refund.",
        ),
        remarks=None,
        rules=("R-096", "P-088"),
    ),
}


def claim(mode: ClaimMode) -> Claim:
    """Return how a claim of the mode is written (P-080 to P-083)."""
    return _CLAIMS[mode]


def claim_mode(*, current_known: bool, previous_known: bool) -> ClaimMode:
    """Return the claim by what is known when it is written (P-080).

    A current number that the patient tells afterwards makes it a normal one.
    """
    if current_known:
        return ClaimMode.NORMAL
    return ClaimMode.OLD_ELIGIBILITY if previous_known else ClaimMode.UNKNOWN


class ClaimTarget(StrEnum):
    """Who examines and pays claims."""

    SHIHARAI_KIKIN = "shiharai_kikin"
    """社会保険診療報酬支払基金: 被用者保険."""
    KOKUHOREN = "kokuhoren"
    """国民健康保険団体連合会: 国保 and 後期."""
    EITHER = "either"
    """The clinic chooses."""


def claim_target(kind: InsurerKind | None) -> ClaimTarget:
    """Return where the claim goes: by the kind of insurance, as far as it is known (P-083)."""
    if kind is None:
        return ClaimTarget.EITHER
    return ClaimTarget.SHIHARAI_KIKIN if kind.employees else ClaimTarget.KOKUHOREN
