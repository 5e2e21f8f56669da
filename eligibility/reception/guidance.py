"""Guidance (案内): what the desk reads and says in each situation, and the options in their order.

The table of section 6.3 of the rule catalogue, as values. `reception` chooses the situation and
strikes out the options that cannot be.
"""

from eligibility.reception.guidance_answers import ANSWERS
from eligibility.reception.guidance_obstacles import OBSTACLES
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.situation import Guidance, Situation, Word
from eligibility.sentence import Sentence

KEEP_DECLARATION = Sentence(
    "申立書は、支払いが確認できるまで保管します。",
    "Keep the declaration until the payment is confirmed.",
)
OLD_NUMBER = Sentence(
    "以前の保険者番号・記号・番号・枝番（旧資格の請求に使います）",
    "The previous insurer number, symbol, number and branch (for a claim as 旧資格)",
)

SELF_PAY = Guidance(
    word=Word.UNUSABLE,
    headline=Sentence(
        "保険の資格を確認できません。いったん全額の支払いになります。",
        "No insurance can be confirmed. The whole cost is paid for now.",
    ),
    say=Sentence(
        "きょうは全額のお支払いになります。領収書をお持ちのうえ、あとで保険者に療養費を申請できます。",
        "Today you pay the whole cost. With the receipt you can ask your insurer for a refund.",
        "きょうは ぜんぶの おかねを はらいます。あとで ほけんに おかねを かえしてもらえます。",
    ),
    options=(FallbackOptionId.SELF_PAY,),
    write_down=(
        Sentence(
            "領収書と診療報酬明細書を渡したこと",
            "That receipt and itemised account were handed over",
        ),
    ),
)
"""When every other option is ruled out (§6 step 5 and F5)."""


def guidance(situation: Situation) -> Guidance:
    """Return what the situation calls for."""
    return _TABLE[situation]


_TABLE = ANSWERS | OBSTACLES
