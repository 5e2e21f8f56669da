"""What a member holds of what was issued, and what is to be done with it (返却・処分).

The register says what was issued and what became of it; the rules of `eligibility.documents` say
whether it goes back, is destroyed or stays in use (R-002 to R-008, R-049 to R-053, R-078; PP-10,
PP-12).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.documents import Disposal, DocumentKind, Occasion
from eligibility.documents.reasons import SUPPORT
from eligibility.documents.returns import (
    found_old_card_disposal,
    leaving_disposal,
    old_card_disposal,
    registering_disposal,
    unused_old_card_disposal,
)
from eligibility.sentence import Sentence
from intermediate_server.documents.decision import CORRECTIONS
from intermediate_server.documents.document import LETTERS, NOT_HELD, OLD_CARDS, EventKind
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.memberships import never_was, newest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.documents.document import Document, RegisteredDocument
    from intermediate_server.policies import PolicyBook
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.person import CardStanding

_OUTDATES_OLD_CARD = frozenset({ProcedureKind.NAME, ProcedureKind.ADDRESS})
"""What makes an old card void (R-003)."""
_BESIDE_THE_CARD = frozenset(
    {
        Occasion.CARD_LOST,
        Occasion.CARD_RENEWING,
        Occasion.SUPPORT_NEEDED,
        Occasion.SELF_INFORMATION_BLOCKED,
        Occasion.RELEASE_APPLIED,
        Occasion.RELEASE_CONFIRMED,
    }
)
"""Certificates that were given to somebody who has registered (R-028, R-044 to R-048, P-031)."""

_EXPIRED = Sentence("有効期限が過ぎました。", "It has expired.")
_OLD_CARD_EXPIRED = Sentence("従来の保険証の有効期限が過ぎました。", "The old card has expired.")
_NOT_BOTH = Sentence(
    "マイナ保険証の利用登録を確認しました。この保険者では両方を持てません。",
    "The card is registered for use; this insurer does not let a member have both.",
)
_MARKED = Sentence(
    "特別療養費の対象になりました。それを記載したものを交付しています。",
    "The member pays all first by now; another paper says so.",
)
_UNMARKED = Sentence(
    "特別療養費の対象でなくなりました。記載のないものを交付しています。",
    "The member pays all first no more; another paper takes its place.",
)
_ISSUED_AGAIN = Sentence(
    "紛失したものが見つかりましたが、再交付したものを使います。",
    "The lost one has been found, but another was issued in its place.",
)
_CORRECTED = Sentence(
    "記載が訂正されました。正しいものを交付しています。",
    "What it says was corrected; a right one takes its place.",
)
_FOUND = Sentence("紛失した保険証が見つかりました。", "The lost card has been found.")
_LOST = Sentence("資格を喪失しました。", "The membership is lost.")
_WILL_BE_LOST = Sentence("資格を喪失します。", "The membership will be lost.")
_NUMBER_GONE = Sentence(
    "この記号・番号は使われなくなりました。", "This symbol and number are no longer in use."
)


@dataclass(frozen=True, slots=True)
class Holding:
    """A document that the member has in hand."""

    document: Document
    disposal: Disposal
    why: Sentence | None = None
    """Why it does not stay; None where it does."""
    rules: tuple[str, ...] = ()


def holdings(
    history: Sequence[Change],
    documents: Sequence[RegisteredDocument],
    policies: PolicyBook,
    today: date,
    card: CardStanding | None,
) -> tuple[Holding, ...]:
    """Return what a person holds on a day, in order of number.

    ``card`` is how the card stands, as OQS knows it; None where nobody could ask.
    """
    entries = {entry.version: entry for entry in history}
    found = []
    for registered in documents:
        one = registered.document
        if one.kind is None or one.issued_on is None or not _in_hand(registered):
            continue
        if one.kind in LETTERS:
            continue
        issued_for = entries[one.based_on]
        now = newest(history)[issued_for.number]
        policy = policies.of_digits(one.insurer_number)
        if one.kind in OLD_CARDS:
            found.append(_old_card(registered, issued_for, now, history, policy, today, card))
        else:
            held = _paper(one, now, policy, today, card)
            if held.disposal is Disposal.KEEP and _says_otherwise(issued_for, now, history, today):
                held = _replaced(one, now)
            if held.disposal is Disposal.KEEP and _issued_again(registered, documents):
                held = Holding(one, Disposal.RETURN, _ISSUED_AGAIN, ("R-054",))
            if held.disposal is Disposal.KEEP and _corrected(one, documents, entries):
                returned = one.kind is not DocumentKind.NOTICE
                disposal = Disposal.RETURN if returned else Disposal.DESTROY
                held = Holding(one, disposal, _CORRECTED, ("R-056",))
            found.append(held)
    return tuple(found)


def _in_hand(registered: RegisteredDocument) -> bool:
    return not registered.events or registered.events[-1].event not in NOT_HELD


def _issued_again(registered: RegisteredDocument, documents: Sequence[RegisteredDocument]) -> bool:
    """Tell whether a found certificate has another one in its place, in hand or on its way."""
    one = registered.document
    return (
        one.kind is DocumentKind.CERTIFICATE
        and bool(registered.events)
        and registered.events[-1].event is EventKind.FOUND
        and any(
            other.document.number > one.number
            and other.document.kind is one.kind
            and other.document.insurer_number == one.insurer_number
            and other.document.occasion is Occasion.CERTIFICATE_LOST
            and _in_hand(other)
            for other in documents
        )
    )


def _paper(
    one: Document, now: Change, policy: InsurerPolicy, today: date, card: CardStanding | None
) -> Holding:
    """Judge a certificate or a notice."""
    assert one.kind is not None
    ways = policy.documents.certificate
    left_on = now.qualification.disqualified_on
    if left_on is not None:
        disposal = leaving_disposal(one.kind, left_on, one.expires_on, ways)
        rules = ("R-049", "R-052", "PP-10") if disposal is Disposal.RETURN else ("R-053", "R-078")
        return Holding(one, disposal, _over(now, today), rules)
    if one.expires_on is not None and one.expires_on < today:
        return Holding(one, Disposal.DESTROY, _EXPIRED, ("R-053",))
    if (
        one.kind is DocumentKind.CERTIFICATE
        and one.occasion not in _BESIDE_THE_CARD
        and not now.marks.consideration
        and one.rules != SUPPORT.rules  # renewed, or with another number, name or address
        and card is not None
        and card.registered
        and registering_disposal(ways) is Disposal.RETURN
    ):
        return Holding(one, Disposal.RETURN, _NOT_BOTH, ("R-050", "PP-12"))
    return Holding(one, Disposal.KEEP)


def _says_otherwise(printed: Change, now: Change, history: Sequence[Change], today: date) -> bool:
    """Tell whether a paper says otherwise than holds by now who pays all first (R-056, R-159)."""
    marked = now.marks.special_medical_expense
    return printed.marks.special_medical_expense is not marked and any(
        one.number == now.number
        and one.version > printed.version
        and one.marks.special_medical_expense is marked
        and one.filing.reflected_on <= today
        for one in history
    )


def _corrected(
    one: Document, documents: Sequence[RegisteredDocument], entries: Mapping[int, Change]
) -> bool:
    """Tell whether a right paper was issued in the place of one, as what it says was corrected."""
    return any(
        other.document.succeeds == one.number
        and other.document.kind is not None
        and other.document.state != EventKind.WITHDRAWN
        and other.document.occasioned_by is not None
        and entries[other.document.occasioned_by].kind in CORRECTIONS
        for other in documents
    )


def _replaced(one: Document, now: Change) -> Holding:
    """Ask for a paper that another takes the place of; nobody sends in a notice (R-078)."""
    disposal = Disposal.RETURN if one.kind is DocumentKind.CERTIFICATE else Disposal.DESTROY
    marked = now.marks.special_medical_expense
    return Holding(one, disposal, _MARKED if marked else _UNMARKED, ("R-056", "R-159"))


def _old_card(
    registered: RegisteredDocument,
    issued_for: Change,
    now: Change,
    history: Sequence[Change],
    policy: InsurerPolicy,
    today: date,
    card: CardStanding | None,
) -> Holding:
    one = registered.document
    assert one.issued_on is not None
    until = one.expires_on or _printed_expiry(one.issued_on, policy)
    last = registered.events[-1] if registered.events else None
    if last is not None and last.event is EventKind.FOUND:
        disposal = found_old_card_disposal(last.on)
        found = "R-007" if disposal is Disposal.RETURN else "R-004"
        return Holding(one, disposal, _FOUND, (found,))
    left_on = now.qualification.disqualified_on
    if left_on is not None:
        disposal = old_card_disposal(left_on, until)
        rules = ("R-003", "R-008") if disposal is Disposal.RETURN else ("R-004",)
        return Holding(one, disposal, _over(now, today), rules)
    for entry in history:
        if (
            entry.number == issued_for.number
            and entry.version > one.based_on
            and entry.kind in _OUTDATES_OLD_CARD
            and entry.refers_to is None
        ):
            changed_on = entry.filing.filed_on
            disposal = old_card_disposal(changed_on, until)
            rules = ("R-003",) if disposal is Disposal.RETURN else ("R-004",)
            return Holding(one, disposal, _changed(entry.kind), rules)
    unused = unused_old_card_disposal(today) if until is None else old_card_disposal(today, until)
    if unused is Disposal.DESTROY:
        return Holding(one, Disposal.DESTROY, _OLD_CARD_EXPIRED, ("R-004",))
    return Holding(one, Disposal.KEEP, None, ("R-002",) if card and card.registered else ("R-001",))


def _over(now: Change, today: date) -> Sentence:
    if never_was(now.qualification):
        return _NUMBER_GONE
    return _LOST if now.qualification.lost(today) else _WILL_BE_LOST


def _changed(kind: ProcedureKind) -> Sentence:
    what = "name" if kind is ProcedureKind.NAME else "address"
    return Sentence(f"{kind.japanese}がありました。", f"The {what} has changed.")


def _printed_expiry(issued_on: date, policy: InsurerPolicy) -> date | None:
    """Return the expiry on an old card: of the insurer's last group of cards (R-009)."""
    printed = [day for day in policy.documents.old_card.printed_until if day >= issued_on]
    return printed[-1] if printed else None
