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
from oqs_sim.qualification.answer import SET
from wire.vocabulary.consoles.municipality import StopCause

if TYPE_CHECKING:
    from oqs_sim.portal.account import Account


class TakenAlong(NamedTuple):
    """What to show at the desk."""

    what: str
    how: str
    """What it is good for, or what to do where it is missing."""


class Visit(NamedTuple):
    """What somebody does who sees a doctor now."""

    tone: str
    """``fine``, ``check`` or ``stopped``, as pages colour it."""
    answer: str
    """The one thing to know."""
    sentence: str
    """Why it is so, and until when."""
    take: tuple[TakenAlong, ...]
    """What to take along: one of these is enough, the best first."""
    may_register: bool = False
    """Whether the card can be registered on this portal, which then is the next step."""


_CARD = TakenAlong("マイナンバーカード", "受付の読取機に置き、顔か暗証番号で確かめます。")
_TAKEN = {
    FallbackOptionId.REGISTER_ON_THE_SPOT: TakenAlong(
        "マイナンバーカード", "受付の読取機で、その場で利用登録ができます。"
    ),
    FallbackOptionId.CERTIFICATE: TakenAlong(
        "資格確認書",
        "これだけで受診できます。手元にないときは、加入している保険者に交付を申請してください。",
    ),
    FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE: TakenAlong(
        "マイナンバーカードと、資格情報のお知らせ",
        "2つを一緒に見せます。お知らせの代わりに、前に保存したPDFでもかまいません。",
    ),
    FallbackOptionId.DECLARATION: TakenAlong(
        "マイナンバーカードだけ",
        "受付で「被保険者資格申立書」に、分かるところを書いてください。",
    ),
    FallbackOptionId.EMPLOYER_PROOF: TakenAlong(
        "健康保険被保険者資格証明書", "資格確認書が届く前に、勤め先を通じて受け取ったもの。"
    ),
    FallbackOptionId.WELFARE_TICKET: TakenAlong(
        "医療券",
        "福祉事務所で受け取ります。休みの日や急なときも、まず福祉事務所に電話してください。",
    ),
    FallbackOptionId.SELF_PAY: TakenAlong(
        "どれもないとき",
        "窓口でいったん全額を支払います。領収書をとっておき、あとで加入している保険者に"
        "療養費を申請してください。",
    ),
}


def visit_of(account: Account) -> Visit:
    """Say what to do today; whatever stands in the way is told by its own cause."""
    if not account.insured:
        return Visit(
            "check",
            "保険の登録が、まだ見えません",
            "加入の手続きをしたばかりのときは、反映まで数日かかります。そのあいだも、加入していれば"
            "保険で受診できます。保険に入っているか分からないときは、勤め先か、お住まいの市区町村に"
            "確かめてください。" + ("" if account.card_works else account.card_sentence),
            _taken(account, Cause.LAG),
        )
    if account.card is None:
        return Visit(
            "check",
            f"{_paper(account)}で受診してください",
            account.card_sentence,
            _taken(account, Cause.NO_CARD),
        )
    if not account.card_works:
        return Visit(
            "stopped",
            f"カードは使えません。{_paper(account)}で受診できます",
            account.card_sentence,
            _taken(account, Cause.CERTIFICATE),
        )
    if registered(account.registration, account.today):
        return _with_card(account)
    return _not_registered(account)


def _with_card(account: Account) -> Visit:
    assert account.card is not None
    sentence = account.card_sentence + _costs(account)
    if account.card.state(account.today) is CertificateState.GRACE:
        return Visit(
            "check",
            "カードで受診できます。早めに更新してください",
            sentence + "お薬や健診の情報は、医療機関に伝わりません。",
            (_CARD,),
        )
    return Visit("fine", "カードで受診できます", sentence, (_CARD,))


def _not_registered(account: Account) -> Visit:
    """Say where the card is registered: one without a PIN only at a reader (P-011, R-021)."""
    take = _taken(account, Cause.NOT_REGISTERED)
    if account.refusal(RegistrationChannel.PORTAL) is None:
        said = "カードを健康保険証として使うには、利用登録が必要です。ここでも、受付でもできます。"
        answer = "利用登録をすると、カードで受診できます"
        return Visit("check", answer, said + _renewal(account), take, may_register=True)
    said = (
        "暗証番号のないカードなので、ここでは利用登録ができません。医療機関・薬局の受付の"
        "読取機なら、顔で本人を確かめて、その場で登録できます。"
    )
    answer = "受付で利用登録をすると、カードで受診できます"
    return Visit("check", answer, said + _renewal(account), take)


def _renewal(account: Account) -> str:
    """Tell the dates of a card that will soon not work, or would not but for its grace."""
    assert account.card is not None
    near = account.card.state(account.today).asks_for_renewal
    return account.card_sentence if near else ""


def _costs(account: Account) -> str:
    """Tell what is particular to how the visit is paid (R-159, P-032)."""
    if any(account.known[one].special_medical_expense == SET for one in account.verdict.active):
        return "窓口ではいったん全額を支払います。"
    if _is_assisted_only(account):
        return (
            "医療扶助は、医療券が登録された医療機関で使えます。ほかの医療機関に行くときは、先に"
            "福祉事務所に確かめてください。"
        )
    return ""


def _is_assisted_only(account: Account) -> bool:
    """Tell whether somebody has 医療扶助 and no insurance, and so no papers of an insurer."""
    return account.insured and not account.verdict.active


def _paper(account: Account) -> str:
    return "医療券" if _is_assisted_only(account) else "資格確認書"


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
