"""What welfare offices and municipalities register: 医療扶助 and 医療費助成.

How they do so in the real systems is not public; these forms are the simulator's own.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import AwareDatetime, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from wire.vocabulary.codes import (
    Day,
    Flag,
    Instant,
    Institution,
    Month,
    Presence,
    SingleOrCombined,
    TicketType,
    TreatmentType,
)
from wire.vocabulary.element import Element, in_order
from wire.vocabulary.texts import Line, Reference, ShortLine

if TYPE_CHECKING:
    from typing import Self

MOST_TICKETS = 10_000
NonEmptyLine = Annotated[Line, StringConstraints(min_length=1)]
Yen = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}$")]


class NewWelfareOffice(Element):
    """福祉事務所 begins to register, or says that it still does."""

    name: NonEmptyLine


class WelfareOfficeStanding(Element):
    """How an office stands."""

    office_number: str
    name: str
    last_sent_at: AwareDatetime
    """Business time."""
    trusted: bool
    """Whether it has sent anything for so long that its recipients are not answered as valid."""


class NewRecipient(Element):
    """Somebody begins to receive 医療扶助, or what was said of them is put right."""

    person_reference: Reference
    recipient_number: Annotated[ShortLine, StringConstraints(min_length=1)]
    """受給者番号."""
    started_on: Day
    ended_on: Day | None = None
    """The first day on which it is over."""

    _dates_in_order = model_validator(mode="after")(in_order("started_on", "ended_on"))


class NewTicket(Element):
    """医療券 or 調剤券 of a recipient for a month, within which it is valid."""

    recipient_number: Annotated[ShortLine, StringConstraints(min_length=1)]
    ticket_type: TicketType
    issue_number: Annotated[ShortLine, StringConstraints(min_length=1)]
    """交付番号; a ticket that has it for the same month is replaced."""
    medical_treatment_month: Month
    designated_medical_institution_code: Institution
    designated_medical_institution_name: Line | None = None
    prescription_issuer_medical_institution_code: Institution | None = None
    prescription_issuer_medical_institution_name: Line | None = None
    medical_ticket_valid_date: Day | None = None
    """The first of the month where it is not said."""
    medical_ticket_expiration_date: Day | None = None
    """The last of the month where it is not said."""
    medical_treatment_type: TreatmentType
    injury_name1: Line | None = None
    injury_name2: Line | None = None
    injury_name3: Line | None = None
    self_pay_amount: Yen = "0"
    district_contact_name: Line | None = None
    handling_contact_name: Line | None = None
    single_or_combined_use: SingleOrCombined = SingleOrCombined.SINGLE
    status_of_social_insurance: Presence = Presence.NO
    status_of_infecton: Presence = Presence.NO
    """Misspelt so in both public sources."""
    status_of_elderly_medical_care: Presence = Presence.NO
    status_of_prefectural_expenses: Presence = Presence.NO
    remarks1: Line | None = None
    remarks2: Line | None = None
    remarks3: Line | None = None
    visible_from: Instant | None = None
    """From when it may be seen, in business time. Where it is not said: from about the 15th of the
    month on, as offices register then (P-032)."""

    _dates_in_order = model_validator(mode="after")(
        in_order("medical_ticket_valid_date", "medical_ticket_expiration_date")
    )

    @model_validator(mode="after")
    def _within_its_month(self) -> Self:
        month = self.medical_treatment_month
        for day in (self.medical_ticket_valid_date, self.medical_ticket_expiration_date):
            if day is not None and not day.startswith(month):
                raise PydanticCustomError(
                    "month",
                    "{day} does not lie in {month}, the month of the ticket",
                    {
                        "day": day,
                        "month": month,
                        "japanese": "有効期間が診療年月の外にあります。日付を確かめてください。",
                    },
                )
        return self


class NewTickets(Element):
    """Tickets of an office."""

    tickets: Annotated[tuple[NewTicket, ...], Field(min_length=1, max_length=MOST_TICKETS)]


PayerNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
"""公費負担者番号, 8 digits."""


class NewSubsidyMunicipality(Element):
    """A municipality that gives 医療費助成."""

    name: NonEmptyLine
    connected_on: Day | None = None
    """From when its certificates are told by card (PMH); absent while it is not connected."""


class NewSubsidyCertificate(Element):
    """医療費助成の受給者証 of a person; the same numbers again put it right."""

    person_reference: Reference
    payer_number: PayerNumber
    recipient_number: Annotated[ShortLine, StringConstraints(min_length=1)]
    """公費受給者番号."""
    name: NonEmptyLine
    """What it is called, as 子ども医療費受給者証."""
    valid_from: Day
    valid_until: Day | None = None
    """Its last day."""

    _dates_in_order = model_validator(mode="after")(in_order("valid_from", "valid_until"))


class SubsidyOutcome(StrEnum):
    """Why a certificate is told by card, or is not; the desk sees no difference."""

    TOLD = "told"
    REFUSED = "refused"
    """The person said 利用しない at the reader."""
    NOT_ASKED = "not_asked"
    """The question was not put at this institution yet."""
    LAPSED = "lapsed"
    NOT_YET_VALID = "not_yet_valid"
    NOT_CONNECTED = "not_connected"
    """The municipality is not connected, or not yet."""


class InspectedCertificate(Element):
    """A certificate as the simulation knows it."""

    payer_number: str
    recipient_number: str
    name: str
    municipality_code: str
    outcome: SubsidyOutcome


class SubsidyInspection(Element):
    """What the desk of an institution would be told of a person's certificates, and why."""

    used: Flag | None = None
    """What the person last said at this institution's reader."""
    asked_at: AwareDatetime | None = None
    certificates: tuple[InspectedCertificate, ...]
