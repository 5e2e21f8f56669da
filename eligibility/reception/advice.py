"""Advice (案内文): what members are told besides a decision; texts for notices, pages and desks.

Rules R-022, R-032, R-058, R-074, R-077, R-083 to R-085, R-095, R-097, R-117, R-120, R-121, R-157,
R-158 and R-174.
"""

from dataclasses import dataclass
from enum import StrEnum

from eligibility.card.lost_card import EXPRESS_SOONEST_DAYS
from eligibility.documents.content import CARRIED_TOO, NUMBER_IS_NEEDED
from eligibility.sentence import Sentence


class PreparationStep(StrEnum):
    """The step of the flowchart by which a member prepares for a failing reader (R-083)."""

    DOWNLOAD = "download"
    """ステップ1: card and smartphone."""
    CARRY_NOTICE = "carry_notice"
    """ステップ2: card, no smartphone."""
    GET_CARD = "get_card"
    """ステップ3: no card."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A piece of advice, with the rules that it tells."""

    text: Sentence
    rules: tuple[str, ...]


def preparation(*, has_card: bool, has_smartphone: bool) -> PreparationStep:
    """Return how to prepare for a reader that does not work (R-083). Without a card: get one."""
    if not has_card:
        return PreparationStep.GET_CARD
    return PreparationStep.DOWNLOAD if has_smartphone else PreparationStep.CARRY_NOTICE


def advice(step: PreparationStep) -> Advice:
    """Return what the step asks for (R-083)."""
    return _STEPS[step]


_STEPS = {
    PreparationStep.DOWNLOAD: Advice(
        Sentence(
            "マイナポータルの資格情報画面を、あらかじめスマートフォンに保存してください。"
            "保存するには、マイナ保険証の利用登録が済んでいる必要があります。",
            "Save the Mynaportal eligibility screen on the smartphone beforehand. That needs a "
            "registered card.",
        ),
        ("R-032", "R-083"),
    ),
    PreparationStep.CARRY_NOTICE: Advice(
        Sentence(
            "資格情報のお知らせの右下を切り取り、マイナンバーカードと一緒に持ち歩いてください。",
            "Cut out the lower right part of the notice and carry it with the card.",
        ),
        ("R-074", "R-083"),
    ),
    PreparationStep.GET_CARD: Advice(
        Sentence(
            "マイナンバーカードを取得してください。取得が難しい方には資格確認書を交付します。",
            "Get a My Number card. Who can hardly do so is issued an eligibility certificate.",
        ),
        ("R-083",),
    ),
}

DOWNLOAD_STEPS = (
    Sentence("お知らせのQRコードを読み取ります。", "Scan the QR code of the notice."),
    Sentence("マイナポータルにログインします。", "Log in to Mynaportal."),
    Sentence("「健康保険証」を選びます。", "Choose the health insurance card (健康保険証)."),
    Sentence("「端末に保存」を選びます。", "Choose to save it on this device (端末に保存)."),
)
"""How the portal's eligibility data are saved, in order (R-084)."""

CARD_APPLICATION_CHANNELS = (
    Sentence("パソコンやスマートフォンで", "online, by computer or smartphone"),
    Sentence("郵便で", "by mail"),
    Sentence("証明写真機で", "at a photo booth"),
)
"""The three ways to apply for a My Number card (R-120)."""

NUMBER_IS_SHOWN_ON = Advice(NUMBER_IS_NEEDED, ("R-058", "R-085", "R-174"))
CARRY_THE_NOTICE = Advice(CARRIED_TOO, ("R-074", "R-077", "R-095"))
REGISTER_FIRST = Advice(
    Sentence(
        "マイナポータルで先に利用登録をしておくと、受付が早く済みます。まだの方は、読取機でも登録できます。",
        "Register in the portal beforehand to save time at the desk; the reader can do it too.",
    ),
    ("R-022",),
)
STILL_TO_FILE = Advice(
    Sentence(
        "就職・退職・引っ越しのあとは、新しい証を待たずにカードで受診できますが、"
        "加入・脱退の届出と、高額療養費などの申請は、これまでどおり必要です。",
        "After a change of job or a move the card works without waiting for a paper, but joining "
        "and leaving must be filed and benefits applied for as ever.",
    ),
    ("R-097", "R-158"),
)
TELL_THE_INSURER_THE_ADDRESS = Advice(
    Sentence(
        "カードの住所を変えても、保険者に登録された住所は変わりません。勤め先を通じて届け出てください。",
        "A new address on the card does not change the insurer's record; file it through the "
        "employer.",
    ),
    ("R-121",),
)
REISSUE = Advice(
    Sentence(
        f"紛失したカードは、最短{EXPRESS_SOONEST_DAYS}日程度で再発行できます。お住まいの市区町村に申請してください。",
        f"A lost card can be made anew in as little as {EXPRESS_SOONEST_DAYS} days; apply to your "
        "municipality.",
    ),
    ("R-117",),
)
COST_NOTICE = Advice(
    Sentence(
        "マイナポータルで医療費の通知を受け取ると、医療費控除の申告が簡単になります。",
        "The portal's notice of medical costs makes the tax return easier.",
    ),
    ("R-157",),
)
EVERY_ADVICE = (
    *_STEPS.values(),
    NUMBER_IS_SHOWN_ON,
    CARRY_THE_NOTICE,
    REGISTER_FIRST,
    STILL_TO_FILE,
    TELL_THE_INSURER_THE_ADDRESS,
    REISSUE,
    COST_NOTICE,
)
