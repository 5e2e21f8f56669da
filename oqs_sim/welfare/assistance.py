"""What a check says of 医療扶助 (A1): from the recipient and the tickets of the month.

Before a ticket of the month is registered for the institution that asks, a recipient is
有効（未登録） (P-032). So is everybody of an office that has long sent nothing: what it said last
may be over by now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from eligibility.days.eras import era_date
from eligibility.qualification import QualificationValidity
from eligibility.terminal.medical_information import eligibility_kept_until
from wire.catalogue import Catalogue
from wire.dates import read_day, write_day
from wire.vocabulary.answer import ResultOfQualificationConfirmation
from wire.vocabulary.certificate_details import MedicalTicketInfo, MedicalTicketItem
from wire.vocabulary.codes import DesignationMatch, InsuredCardClassification, Sex

if TYPE_CHECKING:
    from datetime import date, datetime

    from oqs_sim.store.bulk.recipients import Recipient, Recipients, WelfareOffice
    from oqs_sim.store.person import PersonKey


@dataclass(frozen=True)
class WelfarePolicy:
    """What is assumed of 医療扶助."""

    ticket_day: int = 15
    """On which day of a month its tickets are registered (P-032: "around the 15th")."""
    trusted_days: int = 40
    """Days after which an office that has sent nothing is not trusted any more [unverified]."""

    def trusts(self, office: WelfareOffice, now: datetime) -> bool:
        """Tell whether an office has sent something lately."""
        return now - office.last_sent_at <= timedelta(days=self.trusted_days)


@dataclass(frozen=True)
class Assistance:
    """What is said of a recipient."""

    validity: QualificationValidity
    """VALID, VALID_UNREGISTERED, or INVALID where the assistance is over."""
    result: ResultOfQualificationConfirmation
    code: str | None = None
    message: str | None = None
    """Why it is not taken as registered, where that is not told by the month."""

    @property
    def in_force(self) -> bool:
        """Whether the person receives assistance on the day."""
        return self.validity is not QualificationValidity.INVALID

    def beside(self, insured: QualificationValidity) -> QualificationValidity:
        """Return 資格有効性 of who has an insurance as well (併用), or had one."""
        if insured in {QualificationValidity.VALID, QualificationValidity.SEVERAL}:
            return insured
        if self.in_force or insured is QualificationValidity.NONE:
            return self.validity
        return insured


@dataclass(frozen=True)
class AssistanceAsked:
    """Who asks about assistance, for which day, and when."""

    institution_code: str
    on: date
    now: datetime
    policy: WelfarePolicy


def assistance_of(
    recipients: Recipients, person: PersonKey, asked: AssistanceAsked
) -> Assistance | None:
    """Return what is said of a person's assistance.

    None of who never received any, or none since longer than OQS keeps it (P-033).
    """
    day = write_day(asked.on)
    known = [one for one in recipients.of_person(person) if one.started_on <= day]
    active = [one for one in known if one.ended_on is None or day < one.ended_on]
    if not active:
        today = asked.now.astimezone(TOKYO).date()
        ended = [
            one
            for one in known
            if one.ended_on
            and one.ended_on > one.started_on
            and today <= eligibility_kept_until(read_day(one.ended_on))
        ]
        return Assistance(QualificationValidity.INVALID, _result(ended[-1], ())) if ended else None
    recipient = active[-1]
    office = recipients.office(recipient.office_number)
    assert office is not None
    if not asked.policy.trusts(office, asked.now):
        entry = Catalogue.WELFARE_OFFICE_SILENT.kind
        last = era_date(office.last_sent_at.astimezone(TOKYO).date())
        return Assistance(
            QualificationValidity.VALID_UNREGISTERED,
            _result(recipient, ()),
            entry.code,
            f"{office.name}からの登録は{last}が最後です。{entry.japanese}",
        )
    tickets = tuple(
        MedicalTicketInfo.model_validate_json(one.content)
        for one in recipients.tickets(person, day[:6], asked.now)
        if (one.office_number, one.recipient_number)
        == (recipient.office_number, recipient.recipient_number)
    )
    told = tuple(_for(asked.institution_code, one) for one in tickets)
    is_entrusted = any(
        one.designated_medical_institution_flag is DesignationMatch.SAME for one in told
    )
    return Assistance(
        QualificationValidity.VALID if is_entrusted else QualificationValidity.VALID_UNREGISTERED,
        _result(recipient, told),
    )


def _for(institution_code: str, ticket: MedicalTicketInfo) -> MedicalTicketInfo:
    """Say whether a ticket is for the institution that asks."""
    same = ticket.designated_medical_institution_code == institution_code
    return ticket.model_copy(
        update={
            "designated_medical_institution_flag": DesignationMatch.SAME
            if same
            else DesignationMatch.DIFFERENT
        }
    )


def _result(
    recipient: Recipient, tickets: tuple[MedicalTicketInfo, ...]
) -> ResultOfQualificationConfirmation:
    return ResultOfQualificationConfirmation(
        insured_card_classification=InsuredCardClassification.PUBLIC_ASSISTANCE,
        insurer_number=recipient.office_number,
        insured_identification_number=recipient.recipient_number,
        name=recipient.name,
        name_kana=recipient.name_kana,
        sex1=Sex(recipient.sex1),
        birthdate=recipient.birthdate,
        qualification_date=recipient.started_on,
        disqualification_date=recipient.ended_on,
        insurer_name=recipient.office_name,
        public_expense_result_list=tuple(
            MedicalTicketItem(medical_ticket_info=one) for one in tickets
        )
        or None,
    )
