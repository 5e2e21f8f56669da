"""What the receptionist can record of a patient without a valid answer: a button for each way.

The order is that of the rules (§6.3): what is shown first, what is said, and what is left.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.documents.kinds import DocumentKind
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.situation import Situation

if TYPE_CHECKING:
    from clinic_client.visits.visit import Visit
    from clinic_client.web.texts import Phrasebook

_DOCUMENTS = {
    FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE: (
        DocumentKind.NOTICE,
        DocumentKind.PORTAL_SCREEN,
        DocumentKind.PORTAL_PDF,
    ),
    FallbackOptionId.DECLARATION: (DocumentKind.DECLARATION,),
    FallbackOptionId.CERTIFICATE: (DocumentKind.CERTIFICATE,),
    FallbackOptionId.EMPLOYER_PROOF: (DocumentKind.EMPLOYER_PROOF,),
}
"""By what a way is taken."""
_ALWAYS = (
    DocumentKind.CERTIFICATE,
    DocumentKind.NOTICE,
    DocumentKind.OLD_CARD,
    DocumentKind.EMPLOYER_PROOF,
)
"""What somebody may show in any situation, whatever the rules name first (§6 steps 3 and 4)."""
_PRINTED = {DocumentKind.CERTIFICATE, DocumentKind.OLD_CARD, DocumentKind.EMPLOYER_PROOF}
"""Documents with a last day, and perhaps a ratio, that are read off."""


@dataclass(frozen=True)
class Offer:
    """A button: what it says, and what it records."""

    id: str
    label: str
    record: str
    """The body of the request, as JSON."""
    document: str = ""
    """Of one whose last day and ratio are typed before it is recorded."""


@dataclass(frozen=True)
class Accepted:
    """By what a visit is accepted."""

    id: str
    sentence: str


def offers_of(t: Phrasebook, visit: Visit) -> tuple[Offer, ...]:
    """Return the buttons of a visit in their order; none where nothing is missing."""
    ids = [way.id for way in visit.decision.options]
    if not ids or visit.decision.situation is Situation.WELFARE:
        return ()
    documents = [one for way in ids for one in _DOCUMENTS.get(way, ())]
    if visit.decision.situation is not Situation.BLOCKED:
        documents += _ALWAYS
    offers = [_document(t, one) for one in dict.fromkeys(documents)]
    if FallbackOptionId.ORAL_NO_CHANGE in ids:
        said = json.dumps({"SaysUnchanged": True})
        offers.append(Offer("unchanged", t("shown.unchanged"), said))
    if FallbackOptionId.SELF_PAY in ids:
        nothing = json.dumps({"NotAtHand": sorted(FallbackOptionId)})
        offers.append(Offer("nothing", t("shown.nothing"), nothing))
    return tuple(offers)


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


def _document(t: Phrasebook, document: DocumentKind) -> Offer:
    record = json.dumps({"Presented": [{"Document": document.value}]})
    printed = document.value if document in _PRINTED else ""
    return Offer(document.value, _name(t, document), record, printed)


def _name(t: Phrasebook, document: DocumentKind) -> str:
    return t(f"shown.{document.value}")
