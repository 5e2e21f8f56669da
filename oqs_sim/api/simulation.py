"""Simulation control: the clock, and the counter of the J-LIS simulator."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from eligibility.calendar import add_business_days
from oqs_sim.api.line import rendered
from oqs_sim.checks import day
from oqs_sim.timekeeping import Advanced
from wire.clock import TOKYO, ClockMode, ClockReading
from wire.problem import Catalogue, problem_responses
from wire.vocabulary import Day, Element, Sex

if TYPE_CHECKING:
    from typing import Self

    from oqs_sim.issuance import CertificateOnCard, Counter
    from oqs_sim.timekeeping import Timekeeper

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ClockSetting(Element):
    """How the clock is to go."""

    mode: ClockMode
    now: AwareDatetime | None = None
    """The instant to go on from; not before what the clock shows, once it has been set."""
    seconds_per_day: float | None = None
    """Of an accelerated clock."""


class Advance(Element):
    """How far to advance the clock: exactly one of the members."""

    to: AwareDatetime | None = None
    seconds: Annotated[float, Field(ge=0)] | None = None
    days: Annotated[int, Field(ge=0, le=36_600)] | None = None
    business_days: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """Open days (C-003); the time of day stays."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("give exactly one of To, Seconds, Days and BusinessDays")
        return self

    def target(self, now: datetime) -> datetime:
        """Return the instant that is meant."""
        if self.to is not None:
            return self.to
        if self.seconds is not None:
            return now + timedelta(seconds=self.seconds)
        if self.days is not None:
            return now + timedelta(days=self.days)
        local = now.astimezone(TOKYO)
        open_day = add_business_days(local.date(), self.business_days or 0)
        return datetime.combine(open_day, local.timetz())


class NewResident(Element):
    """A resident to be registered."""

    individual_number: Text
    name: Text
    name_kana: Text
    """半角カナ."""
    sex1: Sex
    birthdate: Day
    address: Text = "模擬県模擬市模擬町1-1"
    post_number: Text = "990-0001"
    municipality_code: Annotated[str, StringConstraints(pattern=r"^99\d{3}$")] = "99001"
    """Prefecture 99 does not exist."""


class ResidentReference(Element):
    """How the simulation calls a person."""

    person_reference: str


class CardOrder(Element):
    """Asks for a card."""

    individual_number: Text
    issued_on: Day | None = None
    """Today when absent."""


class CardCertificate(Element):
    """A certificate of the card with its key, PEM."""

    certificate: str
    private_key: str
    authority: str
    serial: int
    expires_on: Day

    @classmethod
    def of(cls, issued: CertificateOnCard) -> CardCertificate:
        """Render what the counter issued."""
        return cls(**{**vars(issued), "expires_on": f"{issued.expires_on:%Y%m%d}"})


class Card(Element):
    """What goes onto a new card."""

    person_reference: str
    serial_number: str
    municipality_code: str
    expires_on: Day
    name: str
    name_kana: str
    sex1: Sex
    birthdate: Day
    address: str
    authentication: CardCertificate
    signature: CardCertificate


def router(counter: Counter, time: Timekeeper) -> APIRouter:
    """Return the routes of simulation control."""
    routes = APIRouter(prefix="/sim", tags=["模擬の操作"])

    @routes.get(
        "/clock",
        summary="Read the clock, at once or when it moves",
        response_model=ClockReading,
    )
    async def read_clock(
        after_revision: Annotated[int | None, Query(alias="AfterRevision")] = None,
        wait_seconds: Annotated[float, Query(alias="WaitSeconds", ge=0, le=60)] = 0,
    ) -> Response:
        if after_revision is None or not wait_seconds:
            return rendered(time.clock.reading())
        return rendered(await time.wait_for_change(after_revision, wait_seconds))

    @routes.put(
        "/clock",
        summary="Set the clock's mode",
        response_model=ClockReading,
        responses=problem_responses(Catalogue.CLOCK_BACKWARDS, Catalogue.INVALID_REQUEST),
    )
    async def set_clock(setting: ClockSetting) -> Response:
        time.set(setting.mode, setting.now, setting.seconds_per_day)
        return rendered(time.clock.reading())

    @routes.post(
        "/clock/advance",
        summary="Advance the clock and wait until everything due has been applied",
        response_model=Advanced,
        responses=problem_responses(
            Catalogue.CLOCK_BUSY,
            Catalogue.CLOCK_BACKWARDS,
            Catalogue.FOLLOWER_FAILED,
            Catalogue.INVALID_REQUEST,
        ),
    )
    async def advance_clock(advance: Advance) -> Response:
        return rendered(await time.advance(advance.target(time.now())))

    @routes.post(
        "/jlis/residents",
        summary="Register a resident",
        status_code=201,
        response_model=ResidentReference,
        responses=problem_responses(
            Catalogue.INVALID_NUMBER, Catalogue.ALREADY_EXISTS, Catalogue.INVALID_REQUEST
        ),
    )
    async def register_resident(resident: NewResident) -> Response:
        added = counter.register_resident(
            individual_number=resident.individual_number,
            name=resident.name,
            name_kana=resident.name_kana,
            sex=resident.sex1,
            birthdate=day(resident.birthdate),
            address=resident.address,
            post_number=resident.post_number,
            municipality_code=resident.municipality_code,
        )
        return rendered(ResidentReference(person_reference=added.person_reference), 201)

    @routes.post(
        "/jlis/cards",
        summary="Issue a card",
        status_code=201,
        response_model=Card,
        responses=problem_responses(Catalogue.INVALID_NUMBER, Catalogue.UNKNOWN_PERSON),
    )
    def issue_card(order: CardOrder) -> Response:  # in a thread: two keys take a while to make
        now = time.now()
        issued_on = day(order.issued_on) if order.issued_on else now.astimezone(TOKYO).date()
        issued = counter.issue_card(order.individual_number, now, issued_on)
        person = issued.person
        return rendered(
            Card(
                person_reference=person.person_reference,
                serial_number=issued.serial_number,
                municipality_code=person.municipality_code,
                expires_on=f"{issued.expires_on:%Y%m%d}",
                name=person.name,
                name_kana=person.name_kana,
                sex1=Sex(person.sex1),
                birthdate=f"{person.birthdate:%Y%m%d}",
                address=person.address,
                authentication=CardCertificate.of(issued.authentication),
                signature=CardCertificate.of(issued.signature),
            ),
            201,
        )

    @routes.post(
        "/jlis/certificates/{serial}/revocation",
        summary="Revoke a certificate from now on",
        status_code=204,
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def revoke_certificate(serial: int) -> Response:
        counter.revoke(serial, time.now())
        return Response(status_code=204)

    return routes
