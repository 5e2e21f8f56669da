"""Whom an inquiry is about, and what their qualifications come to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from eligibility.cost.assistance import is_office_number
from eligibility.days.dates import TOKYO
from eligibility.identifiers.insured_number import (
    comparable_branch,
    comparable_number,
    comparable_symbol,
)
from eligibility.qualification import (
    Qualification,
    QualificationValidity,
    ReasonOfLoss,
    Verdict,
    judge_number,
)
from eligibility.terminal.medical_information import eligibility_kept_until
from oqs_sim.qualification.answer import Judged, Known, protection_of
from oqs_sim.qualification.asking import (
    NO_PERSON,
    Asking,
    confirmation_day,
    insurer_digits,
    requested_day,
    require_own,
)
from oqs_sim.qualification.share import row_of_day
from oqs_sim.store.inquiries import SET
from oqs_sim.welfare.assistance import (
    AssistanceAsked,
    WelfarePolicy,
    assistance_of,
)
from wire.catalogue import Catalogue, Problem
from wire.dates import read_day
from wire.request_note import current_note

if TYPE_CHECKING:
    from datetime import date, datetime

    from oqs_sim.store.inquiries import Inquiries, KnownQualification
    from oqs_sim.store.medical.readings import CardReading
    from oqs_sim.store.person import PersonKey
    from oqs_sim.welfare.assistance import Assistance
    from wire.vocabulary.inquiry import QualificationConfirmSearchInfo, RequestHeader


class AskedNumber(Protocol):
    """保険者番号・記号・番号・枝番, as they are asked for."""

    @property
    def insurer_number(self) -> str:
        """保険者番号, perhaps padded."""

    @property
    def insured_card_symbol(self) -> str | None:
        """記号."""

    @property
    def insured_identification_number(self) -> str:
        """番号."""

    @property
    def insured_branch_number(self) -> str | None:
        """枝番; one that is not given may be any."""


def judged_by_number(
    header: RequestHeader,
    asked: QualificationConfirmSearchInfo,
    asking: Asking,
    inquiries: Inquiries,
    welfare: WelfarePolicy,
) -> Judged:
    """Judge what is asked for by its number, and note in ``asking`` whose it is.

    Raises:
        Problem: INVALID_NUMBER, a day that does not exist, or another institution is named.
    """
    require_own(header.medical_institution_code, asking.institution_code)
    requested_day(asked.born_on)
    if (note := current_note()) is not None:
        note.asked = asked
    asked_on = confirmation_day(header, asking.now)
    if is_office_number(asked.insurer_number):
        return _judged_recipient(header, asked, asking, inquiries, welfare)
    person, one, known = holder_of(inquiries, asking, asked, asked.born_on, asked_on)
    if person is None:
        verdict = Verdict(QualificationValidity.SEVERAL)
    else:
        asking.person, verdict = person, judge_number(one, known, asked_on)
    return Judged(header, asking.classification, asking.person, known, verdict)


def _judged_recipient(
    header: RequestHeader,
    asked: QualificationConfirmSearchInfo,
    asking: Asking,
    inquiries: Inquiries,
    welfare: WelfarePolicy,
) -> Judged:
    """Judge who is asked for by 公費負担者番号・受給者番号 of 医療扶助 (P-032)."""
    office_number = insurer_digits(asked.insurer_number)
    number = comparable_number(asked.insured_identification_number)
    person = inquiries.recipients.holder(office_number, number)
    assistance = None
    if person is not None:
        assistance = read_assistance(
            inquiries, person, asking, confirmation_day(header, asking.now), welfare
        )
    if assistance is None or assistance.result.birthdate != asked.born_on:
        nobody = Verdict(QualificationValidity.NONE)
        return Judged(header, asking.classification, NO_PERSON, {}, nobody)
    assert person is not None
    asking.person = person
    none_insured = Verdict(QualificationValidity.NONE)
    return Judged(header, asking.classification, person, {}, none_insured, assistance=assistance)


def known_assistance(
    inquiries: Inquiries, known: Known, asking: Asking, on: date, welfare: WelfarePolicy
) -> Assistance | None:
    """Return 医療扶助 of the person, which is looked for only where there may be some."""
    if known and not next(iter(known.values())).assisted:
        return None
    return read_assistance(inquiries, asking.person, asking, on, welfare)


def read_assistance(
    inquiries: Inquiries, person: PersonKey, asking: Asking, on: date, welfare: WelfarePolicy
) -> Assistance | None:
    """Return 医療扶助 of a person on a day, with what the institution calls them."""
    code = asking.institution_code
    found = assistance_of(
        inquiries.recipients, person, AssistanceAsked(code, on, asking.now, welfare)
    )
    if found is None:
        return None
    called = inquiries.reference_number_of(person, code)
    return replace(found, result=found.result.model_copy(update={"reference_number": called}))


def consent_before(inquiries: Inquiries, known: Known, asking: Asking) -> CardReading | None:
    """Return the last reading at the institution, which is looked for only where one may tell."""
    if known and not next(iter(known.values())).consented:
        return None
    return inquiries.reading_of(asking.person, asking.institution_code)


def known_of(
    inquiries: Inquiries,
    person: PersonKey,
    now: datetime,
    birthdate: str | None = None,
    institution_code: str = "",
    on: date | None = None,
) -> Known:
    """Return a person's qualifications, or those alone that have this birthdate.

    One whose view is stopped is as if it were not there (P-030), and so is one that was lost longer
    ago than OQS keeps it (P-033). The shares are those of the day ``on``, else of today.
    """
    today = now.astimezone(TOKYO).date()
    return {
        _qualification(row): row_of_day(row, inquiries, person, on or today, today)
        for row in inquiries.qualifications_of(person, institution_code)
        if birthdate in {None, row.birthdate}
        and row.view_stopped != SET
        and (row.disqualification_date is None or _is_kept(row.disqualification_date, now))
    }


def _is_kept(lost_on: str, now: datetime) -> bool:
    return now.astimezone(TOKYO).date() <= eligibility_kept_until(read_day(lost_on))


def known_by_card(inquiries: Inquiries, asking: Asking, on: date | None = None) -> Known:
    """Return the qualifications of a person whose card may be used as the insurance card.

    Who is blocked is told so first: they cannot register either, so nobody is sent to try.

    Raises:
        Problem: CARD_USE_BLOCKED (P-031), NOT_REGISTERED.
    """
    known = known_of(
        inquiries,
        asking.person,
        asking.now,
        institution_code=asking.institution_code,
        on=on,
    )
    if is_blocked(known):
        raise Problem(Catalogue.CARD_USE_BLOCKED)
    if not inquiries.is_registered(asking.person):
        raise Problem(Catalogue.NOT_REGISTERED)
    return known


def holder_of(
    inquiries: Inquiries,
    asking: Asking,
    asked: AskedNumber,
    birthdate: str | None = None,
    on: date | None = None,
) -> tuple[PersonKey | None, Qualification | None, Known]:
    """Find whose number this is; a birthdate that is given and differs is no match.

    Nobody's number gives NO_PERSON, that of several persons (a family, without branch) None. It
    does not matter how a number is written; 枝番 ``00`` and none are two things, and one that is
    not given may be any.

    Raises:
        Problem: INVALID_NUMBER.
    """
    insurer_number = insurer_digits(asked.insurer_number)
    symbol = comparable_symbol(asked.insured_card_symbol or "")
    number = comparable_number(asked.insured_identification_number)
    branch = asked.insured_branch_number
    if branch is not None:
        branch = comparable_branch(branch) or ""
    matches = [
        (person, one, known)
        for person in inquiries.holders_of(insurer_number, symbol, number, branch)
        if (
            known := known_of(inquiries, person, asking.now, birthdate, asking.institution_code, on)
        )
        for one in known
        if one.insurer_number == insurer_number
        and one.has_number(symbol, number)
        and (branch is None or branch == (comparable_branch(one.branch) or ""))
    ]
    if not matches:
        return NO_PERSON, None, {}
    # What never was is somebody's only where nobody else has the number.
    matches = [match for match in matches if not match[1].never_was] or matches[:1]
    if len({person for person, _, _ in matches}) > 1:
        return None, None, {}
    return matches[0]


def is_blocked(known: Known) -> bool:
    """Tell whether an insurer keeps the person's information from being had by card (P-031)."""
    return any(not protection_of(row).card_works for row in known.values())


def is_undisclosed(known: Known) -> bool:
    """Tell whether an insurer keeps where the person lives from being told (不開示該当, P-031)."""
    return any(protection_of(row).address_hidden for row in known.values())


def is_history_hidden(known: Known) -> bool:
    """Tell whether an insurer keeps where the person was from being told (P-031)."""
    return any(protection_of(row).history_hidden for row in known.values())


def _qualification(row: KnownQualification) -> Qualification:
    lost = row.disqualification_date
    return Qualification(
        insurer_number=row.insurer_number,
        symbol=row.insured_card_symbol,
        number=row.insured_identification_number,
        branch=row.insured_branch_number,
        qualified_on=read_day(row.qualification_date),
        disqualified_on=read_day(lost) if lost else None,
        reason_of_loss=ReasonOfLoss(row.reason_of_loss) if row.reason_of_loss else None,
    )
