"""What the portal (マイナポータル) takes and answers; the real one has no such interface."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from eligibility.reception.discrepancy import DiscrepancyKind
from eligibility.registration.state_machine import (
    RegistrationChannel,
    RegistrationState,
    ReleaseCause,
)
from eligibility.terminal.consent import ConsentItem
from wire.vocabulary.care.visiting import ConsentEnd, ConsentNumber, GivenConsent
from wire.vocabulary.codes import Day
from wire.vocabulary.element import Element
from wire.vocabulary.inquiry import CardProof
from wire.vocabulary.texts import Line

SignInCode = Annotated[str, StringConstraints(pattern=r"^[A-Z2-9]{8}$")]
"""The code that a page shows while it waits for a card."""


class ProvenSignIn(Element):
    """Signs somebody in with the proof of their card."""

    card_proof: CardProof


class SignInStanding(Element):
    """A sign-in that waits for a card."""

    channel: RegistrationChannel
    """Where the page is: the portal, or an ATM."""
    proven: bool
    """Whether a card has signed in under the code."""


class PortalSession(Element):
    """A session of a program; its token goes with each request, as ``Authorization: Bearer …``."""

    token: str
    valid_seconds: int


class RegistrationStanding(Element):
    """健康保険証利用登録の申込状況 (R-031)."""

    state: RegistrationState
    since: Day | None = None
    channel: RegistrationChannel | None = None
    """Where it was registered."""
    cause: ReleaseCause | None = None
    """Why it ended."""
    may_register: bool
    """Whether the card can be registered now, by portal or ATM."""
    refusal: str | None = None
    """Why it cannot."""
    japanese: str | None = None
    """That, as the person reads it."""


class ShownLine(Element):
    """A field as the screen shows it."""

    label: str
    value: str


class ShownInsurer(Element):
    """What the screen shows of one insurer."""

    insurer_name: str
    in_force: bool
    fields: tuple[ShownLine, ...]


class PortalAccount(Element):
    """What a person sees of themselves."""

    simulation_reference: str
    name: str
    today: Day
    registration: RegistrationStanding
    may_download: bool
    """Whether the eligibility data can be saved as PDF (R-032)."""
    insurers: tuple[ShownInsurer, ...]


LogPlace = Annotated[str, StringConstraints(pattern="^[0-9]{1,18}$|^[1-8][0-9]{18}$")]
"""Where a page of the log ended, and the next one begins."""


class LoggedAccess(Element):
    """A line of who looked at what: an answer, a refusal, or a sign-in of the person."""

    asked_at: AwareDatetime
    """Business time."""
    recorded_at: AwareDatetime
    """The database's time."""
    medical_institution_code: str | None
    """Who asked; absent where the person did, or an insurer, as the purpose says."""
    reference_classification: str | None
    """照会区分: ``1`` by card, ``2`` by number; absent where an insurer asked."""
    purpose: str
    qualification_validity: str | None
    refusal: str | None
    japanese: str
    """What came of it, as the person reads it."""
    agreed: tuple[ConsentItem, ...] | None
    """What the person agreed to at the reader; absent where it was nothing, or nobody asked."""


class AccessHistory(Element):
    """A page of the history, the last first."""

    entries: tuple[LoggedAccess, ...]
    total: int
    """How many lines there are in all."""
    before: str | None = None
    """Where the next page begins; absent on the last one."""


class ReaderConsent(Element):
    """What a person agreed to when their card was last read at an institution (P-034, P-035)."""

    medical_institution_code: str
    institution_name: str
    """As the person reads it."""
    consented_at: AwareDatetime
    available_until: AwareDatetime
    """The last instant of viewing: a day later, or the withdrawal."""
    ended_at: AwareDatetime | None = None
    """When it was withdrawn; absent where it was not."""
    end_reason: ConsentEnd | None = None
    items: tuple[ConsentItem, ...]
    """Empty where it was agreed to nothing."""


class OwnConsents(Element):
    """What a person has agreed to, the last first."""

    at_readers: tuple[ReaderConsent, ...]
    at_home: tuple[GivenConsent, ...]


class WithdrawnConsent(Element):
    """Which consent a person takes back that they gave at home."""

    simulation_consent_number: ConsentNumber


KindAtPortal = Literal[DiscrepancyKind.RATIO, DiscrepancyKind.LIMIT]
"""What a person reports at the portal, as the public notice has it (R-098)."""


class NewDiscrepancy(Element):
    """A discrepancy (相違) to be reported: what differs, and the eight items of R-098."""

    kind: KindAtPortal
    name: Line
    birthdate: Day
    sex: Annotated[Line, Field(max_length=4)]
    address: Line
    insured_number: Line
    visited_on: Day
    institution: Line
    """Name and address of the institution."""
    ratio_paid: Annotated[int, Field(ge=1, le=10, strict=True)]
    """In tenths of the cost."""


class ReportedDiscrepancyElement(NewDiscrepancy):
    """A discrepancy that was reported."""

    number: int
    reported_at: AwareDatetime
    insurer_name: str | None
    """Whom to ask: the insurer that is in force now."""
    office: str | None
    """Which desk, as the insurer's papers name it."""
    telephone: str | None
    """A fictional number; absent where only the insurer's own papers tell it."""


class DiscrepancyList(Element):
    """What a person has reported, the last first."""

    discrepancies: tuple[ReportedDiscrepancyElement, ...]


class StopRequest(Element):
    """Asks the hotline to stop the card of somebody, who says name and birthdate."""

    name: Line
    """氏名, or its reading."""
    birthdate: Day


class StoppedCard(Element):
    """The card is stopped."""

    stopped_at: AwareDatetime
    soonest_on: Day | None = None
    """When a new card comes at the earliest, if it is applied for today (R-117)."""
    apply_by: Day
    """The last day to apply for 特急発行 (P-012)."""
