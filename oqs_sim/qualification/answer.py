"""資格確認結果: how what OQS knows is written as an answer."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from eligibility.card.protection import Protection
from eligibility.cost.burden import elderly_certificate_period, preschool_until
from eligibility.days.birthdays import DAYS_KEPT
from eligibility.days.dates import TOKYO
from eligibility.qualification import Qualification, QualificationValidity
from oqs_sim.qualification.share import is_late_elderly
from oqs_sim.qualification.standing import Notice
from oqs_sim.store.inquiries import READ_FIELDS, SET, KnownQualification
from wire.dates import read_day, write_day, write_moment
from wire.vocabulary.answer import (
    LimitApplicationCertificateRelatedInfo,
    QualificationAnswer,
    ResponseBody,
    ResponseHeader,
    ResultItem,
    ResultOfQualificationConfirmation,
)
from wire.vocabulary.certificate_details import ElderlyRecipientCertificateInfo
from wire.vocabulary.codes import InsuredCardClassification, Preschool

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

_PRESCHOOL_YEARS = 7
"""By how many years at most a day lies after the birth of who is not yet at school (P-070)."""
_ELDERLY_YEARS = range(70, 76)
"""By how many years a day lies after the birth of who may have a 高齢受給者証 (P-071, P-062)."""
_LAST_DAY = "99991231"
GIVEN, NOT_GIVEN = "1", "0"
"""How an answer says whether it tells of 限度額 (OQSCD001, §6.1)."""
NO_CONSENTS: Mapping[str, Any] = MappingProxyType({})
"""Of an answer to an inquiry without a card."""

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
    taken: CardReading | None = None
    """What the reader told of the card now, where it told something."""
    before: CardReading | None = None
    """What it told last at this institution, where it told nothing now."""
    assistance: Assistance | None = None
    """医療扶助, beside the qualifications or without any."""
    renewal: Notice | None = None
    """That the certificate of the card should be renewed, where it should."""

    @property
    def reading(self) -> CardReading | None:
        """The reading whose consent the answer tells of, as long as it holds (P-035)."""
        return self.taken or self.before

    @property
    def notice(self) -> Notice | None:
        """What is told beside the result; of several, under the code of the first."""
        assistance, renewal = self.shown_assistance, self.renewal
        if assistance is None or assistance.code is None:
            return renewal
        assert assistance.message is not None
        also = renewal.message if renewal else ""
        return Notice(assistance.code, f"{assistance.message}{also}")

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


def limit_in_force(row: KnownQualification, on: str) -> bool:
    """Tell whether a qualification has 限度額 that is in force on a day."""
    since, until = row.limit_valid_start_date, row.limit_valid_end_date
    begun = since is None or since <= on
    return row.limit_classification_flag is not None and begun and (until is None or on <= until)


def _limit(row: KnownQualification, on: str) -> LimitApplicationCertificateRelatedInfo | None:
    """Return 限度額 of a day; none for one who pays in full, as whose tax is unpaid.

    R-153, R-154 and R-159. What the share of meals was not lowered to yet is not told either.
    """
    if not limit_in_force(row, on) or row.special_medical_expense == SET:
        return None
    long_stay = row.limit_long_stay_date
    reduced = row.limit_classification_flag in _REDUCED_MEALS
    return LimitApplicationCertificateRelatedInfo.of_known(
        limit_application_certificate_classification="02" if reduced else "01",
        limit_application_certificate_classification_flag=row.limit_classification_flag,
        limit_application_certificate_valid_start_date=row.limit_valid_start_date,
        limit_application_certificate_valid_end_date=row.limit_valid_end_date,
        limit_application_certificate_long_term_date=long_stay
        if long_stay and long_stay <= on
        else None,
    )


def _limit_consent(told_at: str | None) -> dict[str, str | None]:
    """Return whether 限度額 is told, and since when; it does not matter whether there is one."""
    return {
        "limit_application_certificate_related_cons_flg": GIVEN if told_at else NOT_GIVEN,
        "limit_application_certificate_related_cons_time": told_at,
    }


@lru_cache(maxsize=DAYS_KEPT)
def _preschool_until(birthdate: str) -> str:
    return write_day(preschool_until(read_day(birthdate)))


def _elderly_certificate(
    row: KnownQualification, on: str
) -> ElderlyRecipientCertificateInfo | None:
    """Return 高齢受給者証 of a qualification in force on the day, outside 後期 (P-062, P-071).

    When it was issued no insurer reports.
    """
    joined, lost = row.qualification_date, row.disqualification_date
    period = elderly_certificate_period(read_day(row.birthdate), read_day(on))
    if (
        period is None
        or not joined <= on < (lost or _LAST_DAY)
        or is_late_elderly(row.insurer_number)
    ):
        return None
    first, last = map(write_day, period)
    last_insured = write_day(read_day(lost) - timedelta(days=1)) if lost else _LAST_DAY
    return ElderlyRecipientCertificateInfo.of_known(
        elderly_recipient_valid_start_date=max(first, joined),
        elderly_recipient_valid_end_date=min(last, last_insured),
        elderly_recipient_contribution_ratio=row.insured_partial_contribution_ratio,
    )


def _of_age(row: KnownQualification, on: str) -> dict[str, object]:
    """Return what is told because of the age on the day: 未就学, 高齢受給者証 (P-070, P-071).

    Reckoned only where the years of birth and day let it be: it is asked with every check.
    """
    years = int(on[:4]) - int(row.birthdate[:4])
    if years <= _PRESCHOOL_YEARS:
        if on <= _preschool_until(row.birthdate):
            return {"preschool_classification": Preschool.YES}
    elif years in _ELDERLY_YEARS and (certificate := _elderly_certificate(row, on)):
        return {"elderly_recipient_certificate_info": certificate}
    return {}


def result_of(
    row: KnownQualification, on: str, limit_told_at: str | None, **elements: object
) -> ResultOfQualificationConfirmation:
    """Write what is known of a qualification on a day; 限度額 where it is told, at that moment.

    被保険者証有効開始年月日 and 交付年月日 are those of the qualification: insurers report none of
    their own [unverified]. Of whom the address is not shown, neither is 世帯主 (P-031) [interp].
    ``elements`` come over what is known.
    """
    limit = _limit(row, on) if limit_told_at else None
    hidden = protection_of(row).address_hidden
    written = dict(zip(_COPIED, _copied(row), strict=True))
    written.update(
        insured_card_classification=InsuredCardClassification.SPECIAL_MEDICAL_EXPENSE
        if row.special_medical_expense == SET
        else InsuredCardClassification.GENERAL,
        insurer_number=row.insurer_number.rjust(8),
        insured_card_symbol=row.insured_card_symbol or None,
        insured_branch_number=row.insured_branch_number or None,
        insured_name=None if hidden else row.householder or None,
        insured_certificate_issuance_date=row.qualification_date,
        insured_card_valid_date=row.qualification_date,
        address=None if hidden else row.address or None,
        post_number=None if hidden else row.post_number or None,
        **_limit_consent(limit_told_at),
        limit_application_certificate_related_info=limit,
    )
    written.update(_of_age(row, on))
    written.update(elements)
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
    on = header.qualification_confirmation_date or write_day(tokyo)
    limit_told_at = write_moment(tokyo) if with_limit else None
    results = tuple(
        ResultItem.of_known(
            result_of_qualification_confirmation=result_of(
                judged.known[one], on, limit_told_at, arbitrary_identifier=echoed, **consents
            )
        )
        for one in judged.shown
    )
    assistance, notice = judged.shown_assistance, judged.notice
    if assistance is not None:
        told = {**_limit_consent(limit_told_at), **consents}
        result = assistance.result.model_copy(update={"arbitrary_identifier": echoed, **told})
        results += (ResultItem.of_known(result_of_qualification_confirmation=result),)
    return QualificationAnswer.of_known(
        message_header=ResponseHeader.of_known(
            process_execution_time=write_moment(tokyo),
            qualification_confirmation_date=on,
            medical_institution_code=header.medical_institution_code,
            arbitrary_file_identifier=header.arbitrary_file_identifier,
            reference_classification=judged.classification,
        ),
        message_body=ResponseBody.of_known(
            processing_result_code=notice.code if notice else None,
            processing_result_message=notice.message if notice else None,
            qualification_validity=judged.validity,
            qualification_confirm_search_info=asked,
            result_list=results or None,
            simulation_subsidy_certificates=subsidies or None,
            simulation_reference=(judged.person.person_reference or None) if name_person else None,
        ),
    )
