"""What is told of a part of an inquiry in bulk that cannot be done, and nobody foresaw why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oqs_sim.bulk.confirmations import refused_unit
from oqs_sim.bulk.message import BulkMessage, PartOutcome
from oqs_sim.bulk.reference_registry import refused_registration
from oqs_sim.qualification.asking import Asking, line_of
from oqs_sim.qualification.challenge import ChallengePurpose
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.bulk_inquiry import BulkSearchInfo
from wire.vocabulary.codes import ReferenceClassification
from wire.vocabulary.reference_numbers import ReferenceNumberRegistrationInfo

if TYPE_CHECKING:
    from oqs_sim.store.bulk.receptions import ClaimedPart
    from wire.vocabulary.element import Element

_ASKED_BY = {
    BulkMessage.QUALIFICATION: (ReferenceClassification.NUMBER, ChallengePurpose.CHECK),
    BulkMessage.REFERENCE_NUMBER: (
        ReferenceClassification.NUMBER,
        ChallengePurpose.REFERENCE_NUMBER,
    ),
    BulkMessage.MEDICAL_TICKET: (ReferenceClassification.NUMBER, ChallengePurpose.MEDICAL_TICKETS),
    BulkMessage.HOME_VISIT: (ReferenceClassification.CARD, ChallengePurpose.AT_HOME),
    BulkMessage.ONLINE_EXAMINATION: (ReferenceClassification.CARD, ChallengePurpose.AT_HOME),
}


def undone(claimed: ClaimedPart) -> PartOutcome:
    """Answer each unit of a part as an error of the simulator, with its line of the log."""
    reception = claimed.reception
    message, problem = BulkMessage(reception.message), Problem(Catalogue.INTERNAL)
    asking = Asking(reception.institution_code, *_ASKED_BY[message], reception.received_at)
    units = [_refused(message, problem, one) for one in claimed.units]
    line = line_of(asking, refusal=problem.entry.kind.code)
    return PartOutcome(units, [line] * len(units), len(units))


def _refused(message: BulkMessage, problem: Problem, asked: str) -> Element:
    if message is BulkMessage.QUALIFICATION:
        return refused_unit(problem, BulkSearchInfo.model_validate_json(asked))
    if message is BulkMessage.REFERENCE_NUMBER:
        info = ReferenceNumberRegistrationInfo.model_validate_json(asked)
        return refused_registration(problem, info)
    return refused_unit(problem)
