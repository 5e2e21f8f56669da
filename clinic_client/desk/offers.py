"""What the receptionist can record of a patient without a valid answer: a button for each way.

The order is that of the rules (§6.3): what is shown first, what is said, and what is left.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clinic_client.visits.shown import ended_coverages
from clinic_client.visits.visit import CheckChannel
from eligibility.documents.kinds import DocumentKind
from eligibility.reception.case import Cause
from eligibility.reception.decision import is_elderly
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.situation import Situation
from eligibility.terminal.clinic_variant import ClinicVariant
from wire.dates import write_day_or_none

if TYPE_CHECKING:
    from clinic_client.visits.visit import Visit
    from clinic_client.web.texts import Phrasebook
    from eligibility.reception.case import ReceptionCase
    from eligibility.reception.presented import Presented

_DOCUMENTS = {
    FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE: (
        DocumentKind.NOTICE,
        DocumentKind.PORTAL_SCREEN,
        DocumentKind.PORTAL_PDF,
    ),
    FallbackOptionId.DECLARATION: (DocumentKind.DECLARATION,),
    FallbackOptionId.CERTIFICATE: (DocumentKind.CERTIFICATE,),
    FallbackOptionId.EMPLOYER_PROOF: (DocumentKind.EMPLOYER_PROOF,),
    FallbackOptionId.WELFARE_TICKET: (DocumentKind.MEDICAL_TICKET,),
}
"""By what a way is taken."""
_ALWAYS = (
    DocumentKind.CERTIFICATE,
    DocumentKind.NOTICE,
    DocumentKind.OLD_CARD,
    DocumentKind.EMPLOYER_PROOF,
    DocumentKind.MEDICAL_TICKET,
)
"""What somebody may show in any situation, whatever the rules name first (§6 steps 3 and 4)."""
_SHOWS_INSURANCE = {
    DocumentKind.CERTIFICATE,
    DocumentKind.NOTICE,
    DocumentKind.PORTAL_SCREEN,
    DocumentKind.PORTAL_PDF,
    DocumentKind.OLD_CARD,
    DocumentKind.EMPLOYER_PROOF,
}
"""Documents with a number, and from 70 on a ratio, that are read off (R-056, R-081)."""
_ALWAYS_DATED = {DocumentKind.CERTIFICATE, DocumentKind.EMPLOYER_PROOF}
"""Documents that have a last day at every age."""
_DATED_FROM_70 = {DocumentKind.NOTICE, DocumentKind.PORTAL_SCREEN, DocumentKind.PORTAL_PDF}
"""Documents that have a last day only from 70 on (R-075, R-081)."""
_OF_AN_INSURER = {
    DocumentKind.CERTIFICATE,
    DocumentKind.OLD_CARD,
    DocumentKind.NOTICE,
    DocumentKind.PORTAL_SCREEN,
    DocumentKind.PORTAL_PDF,
}
"""Documents of which it is asked whose they are, where an eligibility has ended (R-052, §6 F1)."""
_CARD_IS_NO_QUESTION = {Cause.NO_CARD, Cause.BLOCKED, Cause.DISASTER}
"""Where the card is of no use, or known to be elsewhere (P-031, P-082)."""


@dataclass(frozen=True)
class Offer:
    """A button: what it says, and what it records."""

    id: str
    label: str
    record: str
    """The body of the request, as JSON."""
    form: PaperForm | None = None
    """Of a document that is read off before it is recorded."""


@dataclass(frozen=True)
class PaperForm:
    """What is asked of a document."""

    document: str
    dated: bool
    """Whether it has a last day: that, or that none is printed, has to be said."""
    amount: bool
    """Whether it has 本人支払額, and nothing of an insurance."""
    ratio_needed: bool
    """Whether it has a ratio, as the patient is 70 or older (R-150)."""
    asks_birthdate: bool
    """Whether nothing else tells it, so that no share follows from the age."""
    former: str
    """The insurer whose eligibility has ended, where it is asked whether the document is theirs."""


@dataclass(frozen=True)
class Accepted:
    """By what a visit is accepted."""

    id: str
    sentence: str
    number: str = ""
    """保険者番号・記号・番号・枝番 as they were written down."""
    again: str = ""
    """What is recorded, as JSON, where the share of its document is still to be told."""


def offers_of(t: Phrasebook, visit: Visit) -> tuple[Offer, ...]:
    """Return the buttons of a visit in their order; none where nothing is missing."""
    ids = [way.id for way in visit.decision.options]
    case = visit.case
    if not ids:
        is_assisted_too = case.assistance is not None and case.assistance.beside_insurance
        return (_document(t, visit, DocumentKind.MEDICAL_TICKET),) if is_assisted_too else ()
    documents = [one for way in ids for one in _DOCUMENTS.get(way, ())]
    if visit.decision.situation is not Situation.BLOCKED and not case.assisted_only:
        documents += _ALWAYS
    offers = [_document(t, visit, one) for one in dict.fromkeys(documents)]
    if FallbackOptionId.ORAL_NO_CHANGE in ids:
        said = _record(case, {"SaysUnchanged": True})
        offers.append(Offer("unchanged", t("shown.unchanged"), said))
    offers += _card_at_hand(t, visit)
    if FallbackOptionId.SELF_PAY in ids:
        nothing = _record(case, {"NotAtHand": sorted(FallbackOptionId)})
        offers.append(Offer("nothing", t("shown.nothing"), nothing))
    return tuple(offers)


def _card_at_hand(t: Phrasebook, visit: Visit) -> tuple[Offer, ...]:
    """Offer to say that the card itself is, or is not, there: the ways hang on it (§6 F).

    Nobody asks where no card is of use, or where it lay on the reader.
    """
    case = visit.case
    if case.cause in _CARD_IS_NO_QUESTION or case.assisted_only or _lay_on_reader(visit):
        return ()
    if case.card_at_hand:
        without = json.dumps({"CardAtHand": False})
        return (Offer("no_card", t("shown.no_card"), without),)
    return (Offer("card", t("shown.card"), json.dumps({"CardAtHand": True})),)


def _lay_on_reader(visit: Visit) -> bool:
    """Tell whether what was checked was the card itself; a phone is none (P-014)."""
    phones = visit.case.variant is ClinicVariant.PHONE_READER
    return visit.channel is CheckChannel.CARD and not phones


def _record(case: ReceptionCase, shown: dict[str, object]) -> str:
    """Write what is recorded; that there is no card holds on."""
    return json.dumps(shown if case.card_at_hand else {**shown, "CardAtHand": False})


def accepted_of(t: Phrasebook, visit: Visit) -> Accepted | None:
    """Say by what a visit without a valid answer is accepted, once that is recorded."""
    way = visit.decision.accepted
    if way is None or way is FallbackOptionId.CHECK:
        return None
    if way is FallbackOptionId.SELF_PAY:
        return Accepted(way.value, t("shown.accepted_self_pay"))
    if way is FallbackOptionId.ORAL_NO_CHANGE:
        return Accepted(way.value, t("shown.accepted_unchanged"))
    presented = visit.case.presented
    shown = t("answer.and").join(_name(t, one.document) for one in presented)
    carrying = visit.decision.shown
    asks_ratio = (
        visit.decision.provisional
        and carrying is not None
        and carrying.document in _SHOWS_INSURANCE
        and len(presented) == 1
    )
    return Accepted(
        way.value,
        t("shown.accepted", shown=shown),
        _number(t, carrying) if carrying else "",
        _record(visit.case, {"Presented": [written(carrying)]}) if asks_ratio and carrying else "",
    )


def _number(t: Phrasebook, shown: Presented) -> str:
    insured = shown.insured
    said = (
        ("shown.insurer_number", shown.insurer_number),
        ("shown.symbol", insured.symbol if insured else ""),
        ("shown.number", insured.number if insured else ""),
        ("shown.branch", (insured.branch if insured else "") or ""),
    )
    return "　".join(f"{t(label)} {value}" for label, value in said if value)


def written(shown: Presented) -> dict[str, object]:
    """Write a document as the request that would record it."""
    insured = shown.insured
    told = {
        "Document": shown.document.value,
        "ExpiresOn": write_day_or_none(shown.expires_on),
        "Ratio": shown.ratio,
        "SelfPayAmount": shown.self_pay,
        "Current": shown.current if shown.document in _OF_AN_INSURER else None,
        "Undated": shown.undated or None,
        "SpecialExpenses": shown.special_expenses or None,
        "InsurerNumber": shown.insurer_number or None,
        "InsuredCardSymbol": (insured and insured.symbol) or None,
        "InsuredIdentificationNumber": insured.number if insured else None,
        "InsuredBranchNumber": insured.branch if insured else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _document(t: Phrasebook, visit: Visit, document: DocumentKind) -> Offer:
    record = _record(visit.case, {"Presented": [{"Document": document.value}]})
    return Offer(document.value, _name(t, document), record, _form(t, visit, document))


def _form(t: Phrasebook, visit: Visit, document: DocumentKind) -> PaperForm | None:
    insurance = document in _SHOWS_INSURANCE
    if not insurance and document is not DocumentKind.MEDICAL_TICKET:
        return None
    case = visit.case
    elderly = is_elderly(case)
    ended = ended_coverages(visit) if document in _OF_AN_INSURER else ()
    return PaperForm(
        document.value,
        dated=document in _ALWAYS_DATED or (elderly and document in _DATED_FROM_70),
        amount=not insurance,
        ratio_needed=insurance and elderly,
        asks_birthdate=insurance and case.birthdate is None,
        former=t("answer.and").join(dict.fromkeys(one.insurer_name for one in ended)),
    )


def _name(t: Phrasebook, document: DocumentKind) -> str:
    return t(f"shown.{document.value}")
