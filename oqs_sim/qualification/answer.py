"""資格確認結果: how what OQS knows is written as an answer."""

from __future__ import annotations

from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from eligibility.card.protection import Protection
from eligibility.days.dates import TOKYO
from eligibility.qualification import Qualification, QualificationValidity
from oqs_sim.store.inquiries import READ_FIELDS, KnownQualification
from wire.dates import write_day, write_moment
from wire.vocabulary.answer import (
    LimitApplicationCertificateRelatedInfo,
    QualificationAnswer,
    ResponseBody,
    ResponseHeader,
    ResultItem,
    ResultOfQualificationConfirmation,
)
from wire.vocabulary.codes import InsuredCardClassification

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from eligibility.qualification import Verdict
    from oqs_sim.store.medical.readings import CardReading
    from oqs_sim.store.person import PersonKey
    from oqs_sim.welfare.assistance import Assistance
    from wire.vocabulary.answer import SubsidyCertificateInfo
    from wire.vocabulary.codes import ReferenceClassification
    from wire.vocabulary.inquiry import QualificationConfirmSearchInfo, RequestHeader

SET = "1"
"""How a flag is stored that is set."""
NO_CONSENTS: Mapping[str, Any] = MappingProxyType({})
"""Of an answer to a terminal that knows nothing of consents, or to an inquiry by number."""

Known = dict[Qualification, KnownQualification]
"""What OQS knows of a person: each qualification with its stored row."""


def protection_of(row: KnownQualification) -> Protection:
    """Return the flag that the insurer has set for the person (P-031)."""
    if row.self_information_blocked == SET:
        return Protection.SELF_INFORMATION_BLOCKED
    return Protection.UNDISCLOSED if row.undisclosed == SET else Protection.NONE


class Judged(NamedTuple):
    """An inquiry, whom it found, and what is said of that."""

    header: RequestHeader
    classification: ReferenceClassification
    person: PersonKey
    known: Known
    verdict: Verdict
    reading: CardReading | None = None
    """What the reader told of the card, where it told something."""
    assistance: Assistance | None = None
    """医療扶助, beside the qualifications or without any."""

    @property
    def validity(self) -> str:
        """資格有効性 as the interface writes it."""
        insured = self.verdict.validity
        return str(int(self.assistance.beside(insured) if self.assistance else insured))

    @property
    def shown(self) -> tuple[Qualification, ...]:
        """The qualifications that are told; lost ones not of who lives on assistance since."""
        verdict = self.verdict
        if verdict.validity is QualificationValidity.NONE or (
            self.assistance and self.assistance.in_force and not verdict.active
        ):
            return ()
        return (verdict.qualification,) if verdict.qualification else verdict.active

    @property
    def shown_assistance(self) -> Assistance | None:
        """The assistance that is told; one that is over only where nothing else is."""
        if self.assistance and (self.assistance.in_force or not self.shown):
            return self.assistance
        return None


_COPIED = tuple(
    name for name in ResultOfQualificationConfirmation.model_fields if name in READ_FIELDS
)
"""What is answered as it is known; what is written otherwise comes over it."""
_copied = attrgetter(*_COPIED)

_REDUCED_MEALS = {"A05", "A06", "B05", "B06", "B07", "B08"}
"""適用区分 of those who pay no tax: their certificate also reduces the price of meals."""


def _limit(row: KnownQualification) -> LimitApplicationCertificateRelatedInfo | None:
    """Return 限度額; none for one who pays in full, as whose tax is unpaid (R-154, R-159)."""
    if row.limit_classification_flag is None or row.special_medical_expense == SET:
        return None
    reduced = row.limit_classification_flag in _REDUCED_MEALS
    return LimitApplicationCertificateRelatedInfo.of_known(
        limit_application_certificate_classification="02" if reduced else "01",
        limit_application_certificate_classification_flag=row.limit_classification_flag,
        limit_application_certificate_valid_start_date=row.limit_valid_start_date,
        limit_application_certificate_valid_end_date=row.limit_valid_end_date,
        limit_application_certificate_long_term_date=row.limit_long_stay_date,
    )


def result_of(
    row: KnownQualification, limit_told_at: str | None, **elements: object
) -> ResultOfQualificationConfirmation:
    """Write what is known of a qualification; 限度額 where it is told, at that moment.

    ``elements`` come over what is known.
    """
    limit = _limit(row) if limit_told_at else None
    hidden = protection_of(row).address_hidden
    written = dict(zip(_COPIED, _copied(row), strict=True))
    written.update(
        insured_card_classification=InsuredCardClassification.SPECIAL_MEDICAL_EXPENSE
        if row.special_medical_expense == SET
        else InsuredCardClassification.GENERAL,
        insurer_number=row.insurer_number.rjust(8),
        insured_card_symbol=row.insured_card_symbol or None,
        insured_branch_number=row.insured_branch_number or None,
        address=None if hidden else row.address or None,
        post_number=None if hidden else row.post_number or None,
        limit_application_certificate_related_cons_flg="1" if limit else None,
        limit_application_certificate_related_cons_time=limit_told_at if limit else None,
        limit_application_certificate_related_info=limit,
        **elements,
    )
    return ResultOfQualificationConfirmation.of_known(**written)


def answer_of(
    judged: Judged,
    now: datetime,
    *,
    name_person: bool,
    with_limit: bool,
    asked: QualificationConfirmSearchInfo | None = None,
    subsidies: tuple[SubsidyCertificateInfo, ...] | None = None,
    consents: Mapping[str, Any] = NO_CONSENTS,
) -> QualificationAnswer:
    """Write the answer to an inquiry; it names the person of the simulation if ``name_person``.

    限度額 is told only ``with_limit``: by card always, by number on consent (P-034). What was
    ``asked`` by number is repeated (§3.2). ``subsidies`` are told by card, where they are used.
    ``consents`` are elements of a result that tell what the holder of a card agreed to at the
    reader.
    """
    header = judged.header
    echoed = asked.arbitrary_identifier if asked else None
    tokyo = now.astimezone(TOKYO)
    limit_told_at = write_moment(tokyo) if with_limit else None
    results = tuple(
        ResultItem.of_known(
            result_of_qualification_confirmation=result_of(
                judged.known[one], limit_told_at, arbitrary_identifier=echoed, **consents
            )
        )
        for one in judged.shown
    )
    assistance = judged.shown_assistance
    if assistance is not None:
        result = assistance.result.model_copy(update={"arbitrary_identifier": echoed, **consents})
        results += (ResultItem.of_known(result_of_qualification_confirmation=result),)
    return QualificationAnswer.of_known(
        message_header=ResponseHeader.of_known(
            process_execution_time=write_moment(tokyo),
            qualification_confirmation_date=header.qualification_confirmation_date
            or write_day(tokyo),
            medical_institution_code=header.medical_institution_code,
            arbitrary_file_identifier=header.arbitrary_file_identifier,
            reference_classification=judged.classification,
        ),
        message_body=ResponseBody.of_known(
            processing_result_code=assistance.code if assistance else None,
            processing_result_message=assistance.message if assistance else None,
            qualification_validity=judged.validity,
            qualification_confirm_search_info=asked,
            result_list=results or None,
            simulation_subsidy_certificates=subsidies or None,
            simulation_reference=(judged.person.person_reference or None) if name_person else None,
        ),
    )
