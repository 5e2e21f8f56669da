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
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.situation import Situation
from eligibility.terminal.clinic_variant import ClinicVariant

if TYPE_CHECKING:
    from clinic_client.visits.visit import Visit
    from clinic_client.web.texts import Phrasebook
    from eligibility.reception.case import ReceptionCase

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
_PRINTED = {
    DocumentKind.CERTIFICATE,
    DocumentKind.OLD_CARD,
    DocumentKind.EMPLOYER_PROOF,
    DocumentKind.MEDICAL_TICKET,
}
"""Documents with a last day, and perhaps a ratio or an amount, that are read off."""
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
    document: str = ""
    """Of one of which something is typed or chosen before it is recorded."""
    printed: bool = False
    """Whether it has a last day, and a ratio or an amount."""
    former: str = ""
    """The insurer whose eligibility has ended, where it is asked whether the document is theirs."""


@dataclass(frozen=True)
class Accepted:
    """By what a visit is accepted."""

    id: str
    sentence: str


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
    shown = t("answer.and").join(_name(t, one.document) for one in visit.case.presented)
    return Accepted(way.value, t("shown.accepted", shown=shown))


def _document(t: Phrasebook, visit: Visit, document: DocumentKind) -> Offer:
    record = _record(visit.case, {"Presented": [{"Document": document.value}]})
    printed = document in _PRINTED
    ended = ended_coverages(visit) if document in _OF_AN_INSURER else ()
    former = t("answer.and").join(dict.fromkeys(one.insurer_name for one in ended))
    form = document.value if printed or former else ""
    return Offer(document.value, _name(t, document), record, form, printed, former)


def _name(t: Phrasebook, document: DocumentKind) -> str:
    return t(f"shown.{document.value}")
