"""受診するとき: whether the card works at a clinic now, and what else to take along.

What a patient is told here is what the desk will do: the options and their order are those of
`eligibility.reception.decision` (rules R-092, P-086, section 6.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from eligibility.card.certificates import CertificateState
from eligibility.cost.assistance import PublicAssistance
from eligibility.identifiers.numbers import InsurerNumber
from eligibility.reception.case import Cause, ReceptionCase
from eligibility.reception.decision import decide
from eligibility.reception.options import FallbackOptionId
from eligibility.registration.state_machine import RegistrationChannel, registered
from eligibility.sentence import Sentence
from oqs_sim.store.inquiries import SET
from wire.vocabulary.consoles.municipality import StopCause

if TYPE_CHECKING:
    from oqs_sim.portal.account import Account


class TakenAlong(NamedTuple):
    """What to show at the desk."""

    what: Sentence
    how: Sentence
    """What it is good for, or what to do where it is missing."""


class Visit(NamedTuple):
    """What somebody does who sees a doctor now."""

    tone: str
    """``fine``, ``check`` or ``stopped``, as pages colour it."""
    answer: Sentence
    """The one thing to know."""
    sentence: Sentence
    """Why it is so, and until when."""
    take: tuple[TakenAlong, ...]
    """What to take along: one of these is enough, the best first."""
    may_register: bool = False
    """Whether the card can be registered on this portal, which then is the next step."""


_MY_NUMBER_CARD = Sentence("マイナンバーカード", "My Number Card")
_CARD = TakenAlong(
    _MY_NUMBER_CARD,
    Sentence(
        "受付の読取機に置き、顔か暗証番号で確かめます。",
        "Place it on the reader at the desk, and show by face or PIN that it is you.",
    ),
)
_CERTIFICATE = Sentence("資格確認書", "Eligibility certificate (資格確認書)")
_TICKET = Sentence("医療券", "Medical ticket (医療券)")
_TAKEN = {
    FallbackOptionId.REGISTER_ON_THE_SPOT: TakenAlong(
        _MY_NUMBER_CARD,
        Sentence(
            "受付の読取機で、その場で利用登録ができます。",
            "You can register it on the spot, at the reader of the desk.",
        ),
    ),
    FallbackOptionId.CERTIFICATE: TakenAlong(
        _CERTIFICATE,
        Sentence(
            "これだけで受診できます。手元にないときは、加入している保険者に交付を申請してください。",
            "It is enough by itself. If you have none, apply to your insurer for it.",
        ),
    ),
    FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE: TakenAlong(
        Sentence(
            "マイナンバーカードと、資格情報のお知らせ",
            "My Number Card and eligibility notice (資格情報のお知らせ)",
        ),
        Sentence(
            "2つを一緒に見せます。お知らせの代わりに、前に保存したPDFでもかまいません。",
            "Show both together. A PDF that you saved before does instead of the notice.",
        ),
    ),
    FallbackOptionId.DECLARATION: TakenAlong(
        Sentence("マイナンバーカードだけ", "My Number Card alone"),
        Sentence(
            "受付で「被保険者資格申立書」に、分かるところを書いてください。",
            "At the desk, write what you know on a declaration (被保険者資格申立書).",
        ),
    ),
    FallbackOptionId.EMPLOYER_PROOF: TakenAlong(
        Sentence("健康保険被保険者資格証明書", "Proof of insurance (健康保険被保険者資格証明書)"),
        Sentence(
            "資格確認書が届く前に、勤め先を通じて受け取ったもの。",
            "What you got through your employer before the eligibility certificate came.",
        ),
    ),
    FallbackOptionId.WELFARE_TICKET: TakenAlong(
        _TICKET,
        Sentence(
            "福祉事務所で受け取ります。休みの日や急なときも、まず福祉事務所に電話してください。",
            "You get it at the welfare office (福祉事務所). Call there first, also on a day off or "
            "in a hurry.",
        ),
    ),
    FallbackOptionId.SELF_PAY: TakenAlong(
        Sentence("どれもないとき", "None of these"),
        Sentence(
            "窓口でいったん全額を支払います。領収書をとっておき、あとで加入している保険者に"
            "療養費を申請してください。",
            "You pay all of it first. Keep the receipt, and claim the money back (療養費) from "
            "your insurer.",
        ),
    ),
}


def visit_of(account: Account) -> Visit:
    """Say what to do today; whatever stands in the way is told by its own cause."""
    if not account.insured:
        return Visit(
            "check",
            Sentence("保険の登録が、まだ見えません", "Your insurance cannot be seen yet"),
            _NOT_SEEN if account.card_works else _NOT_SEEN + account.card_sentence,
            _taken(account, Cause.LAG),
        )
    paper = _TICKET if _is_assisted_only(account) else _CERTIFICATE
    if account.card is None:
        return Visit(
            "check",
            Sentence(f"{paper.ja}で受診してください", f"Take along: {paper.en}"),
            account.card_sentence,
            _taken(account, Cause.NO_CARD),
        )
    if not account.card_works:
        return Visit(
            "stopped",
            Sentence(
                f"カードは使えません。{paper.ja}で受診できます",
                f"The card cannot be used. Take along: {paper.en}",
            ),
            account.card_sentence,
            _taken(account, Cause.CERTIFICATE),
        )
    if registered(account.registration, account.today):
        return _with_card(account)
    return _not_registered(account)


def _with_card(account: Account) -> Visit:
    assert account.card is not None
    costs = _costs(account)
    sentence = account.card_sentence + costs if costs else account.card_sentence
    if account.card.state(account.today) is CertificateState.GRACE:
        return Visit(
            "check",
            Sentence(
                "カードで受診できます。早めに更新してください",
                "You can use the card. Renew it soon",
            ),
            sentence
            + Sentence(
                "お薬や健診の情報は、医療機関に伝わりません。",
                "Clinics get nothing of your medicines and checkups.",
            ),
            (_CARD,),
        )
    can = Sentence("カードで受診できます", "You can use the card at clinics")
    return Visit("fine", can, sentence, (_CARD,))


def _not_registered(account: Account) -> Visit:
    """Say where the card is registered: one without a PIN only at a reader (P-011, R-021)."""
    take = _taken(account, Cause.NOT_REGISTERED)
    may_register = account.refusal(RegistrationChannel.PORTAL) is None
    answer, said = _REGISTER_HERE if may_register else _REGISTER_AT_THE_DESK
    # The dates of a card that will soon not work, or would not but for its grace.
    assert account.card is not None
    if account.card.state(account.today).asks_for_renewal:
        said += account.card_sentence
    return Visit("check", answer, said, take, may_register=may_register)


_NOT_SEEN = Sentence(
    "加入の手続きをしたばかりのときは、反映まで数日かかります。そのあいだも、加入していれば"
    "保険で受診できます。保険に入っているか分からないときは、勤め先か、お住まいの市区町村に"
    "確かめてください。",
    "If you have just joined, it takes some days to be seen; meanwhile you are insured all the "
    "same. If you do not know whether you are, ask your employer or your municipality.",
)
_REGISTER_HERE = (
    Sentence(
        "利用登録をすると、カードで受診できます", "Register the card, and you can use it at clinics"
    ),
    Sentence(
        "カードを健康保険証として使うには、利用登録が必要です。ここでも、受付でもできます。",
        "To use the card as a health insurance card takes a registration, here or at the desk of a "
        "clinic.",
    ),
)
_REGISTER_AT_THE_DESK = (
    Sentence(
        "受付で利用登録をすると、カードで受診できます",
        "Register the card at the desk of a clinic, and you can use it",
    ),
    Sentence(
        "暗証番号のないカードなので、ここでは利用登録ができません。医療機関・薬局の受付の"
        "読取機なら、顔で本人を確かめて、その場で登録できます。",
        "The card has no PIN, so it cannot be registered here. The reader of a clinic or pharmacy "
        "does it on the spot, by your face.",
    ),
)


def _costs(account: Account) -> Sentence | None:
    """Tell what is particular to how the visit is paid (R-159, P-032)."""
    if any(account.known[one].special_medical_expense == SET for one in account.verdict.active):
        return Sentence(
            "窓口ではいったん全額を支払います。", "You pay all of it first at the desk."
        )
    if _is_assisted_only(account):
        return Sentence(
            "医療扶助は、医療券が登録された医療機関で使えます。ほかの医療機関に行くときは、先に"
            "福祉事務所に確かめてください。",
            "Medical assistance (医療扶助) holds at the institution for which a ticket is "
            "registered. Ask the welfare office before you go to another one.",
        )
    return None


def _is_assisted_only(account: Account) -> bool:
    """Tell whether somebody has 医療扶助 and no insurance, and so no papers of an insurer."""
    return account.insured and not account.verdict.active


def _taken(account: Account, cause: Cause) -> tuple[TakenAlong, ...]:
    """Return what the desk accepts where the check by card does not answer, in its order."""
    case = ReceptionCase(
        account.today,
        cause,
        # What is seen here is seen at the reader as well: there is no lag to allow for.
        account.verdict.validity if cause is Cause.NOT_REGISTERED else None,
        card_at_hand=account.card is not None and not _is_lost(account),
        insurers=frozenset(
            kind
            for one in account.verdict.active
            if (kind := InsurerNumber.parse(one.insurer_number).kind)
        ),
        assistance=PublicAssistance() if _is_assisted_only(account) else None,
    )
    return tuple(_TAKEN[option.id] for option in decide(case).options)


def _is_lost(account: Account) -> bool:
    """Tell whether the card was reported as lost, so that nobody can take it along."""
    card = account.card
    return card is not None and card.stop_cause(account.now) is StopCause.LOST
