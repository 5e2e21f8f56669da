"""Readings of cards: who was identified how, and what they agreed to (R-090, P-034 to P-037)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eligibility.card.certificates import certificate_state
from eligibility.card.makes import CardMake
from eligibility.card.smartphones import Phone
from eligibility.days.birthdays import age_on
from eligibility.days.dates import TOKYO
from eligibility.terminal.consent import (
    CLINICAL_FROM,
    ConsentItem,
    blanket_offered,
    consentable_items,
    give_consent,
)
from eligibility.terminal.identity import Method, Operation, methods_offered, phone_method
from oqs_sim.consent.consent_elements import consent_elements, nothing_agreed
from oqs_sim.jlis.carrier import has_photo
from oqs_sim.store.cards import holders_of
from oqs_sim.store.medical.diseases import diseases_of
from oqs_sim.store.medical.readings import CardReading, carrier_of, find_reading
from oqs_sim.store.person import PersonKey
from storage import read_aside, reading
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.jlis import Carrier

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy import Engine

    from oqs_sim.store.medical.diseases import SpecificDisease
    from oqs_sim.store.medical.readings import Carried
    from wire.vocabulary.inquiry import CardInquiryBody

_ABOUT_THE_READER = {"identity_method", "operating_type", "consents"}
"""What a card inquiry may say of the reader. One that says none of it comes of a terminal that
knows nothing of consents: what was agreed to before then stands, and the answer tells of it. Null
is as absent."""


@dataclass(frozen=True)
class CardReadings:
    """What the readers of institutions told of the cards that they read."""

    engine: Engine
    clinical_from: date = CLINICAL_FROM
    """From when a consent to the six items of 電子カルテ情報共有 is taken."""
    eligibility_only: frozenset[str] = frozenset()
    """Institutions that take part as 資格確認限定型 (P-022)."""

    def as_admitted(self, body: CardInquiryBody, institution_code: str) -> CardInquiryBody:
        """Return what an institution tells, in the only operation that it may have."""
        if institution_code not in self.eligibility_only:
            return body
        return body.model_copy(update={"operating_type": Operation.ELIGIBILITY_ONLY})

    def taken(
        self,
        body: CardInquiryBody,
        person: PersonKey,
        serial: int | None,
        expires_on: date,
        now: datetime,
    ) -> CardReading | None:
        """Return what a card inquiry says of its reading; None where it says nothing.

        Consent to what is not asked for on that day is not taken, in the grace of a certificate to
        nothing at all (P-037): the check goes on nevertheless (P-036), and the answer tells what
        was taken.

        Raises:
            Problem: IDENTITY_METHOD_IMPOSSIBLE where the holder of this card cannot be identified
                so: by face or by eye without a photo (P-010), by a PIN that is not set (P-011).
        """
        told = body.model_fields_set & _ABOUT_THE_READER
        if body.consents is None:
            told -= {"consents"}
        if not told:
            return None
        if "identity_method" in told:
            self._verify_method(body.identity_method, body.operating_type, person, serial)
        today = now.astimezone(TOKYO).date()
        state = certificate_state(today, expires_on)
        asked = consentable_items(today, state, clinical_from=self.clinical_from)
        consents = body.consents
        agreed: frozenset[ConsentItem] = frozenset()
        if consents is not None:
            everything = consents.all_items and blanket_offered(today)
            agreed = frozenset(asked if everything else set(consents.items) & set(asked))
        if not body.operating_type.medical_information:
            agreed -= set(ConsentItem) - {ConsentItem.LIMIT, ConsentItem.SPECIFIC_DISEASE}
        consent = give_consent(agreed, now, asked)
        return CardReading(
            now, body.identity_method, body.operating_type, consent.items, expires_on
        )

    def last(self, person: PersonKey, institution_code: str) -> CardReading | None:
        """Return the last reading of a person's card at an institution."""
        with reading(self.engine) as connection:
            return find_reading(connection, person, institution_code)

    async def told(
        self, person: PersonKey, read: CardReading | None, now: datetime, asked_on: date
    ) -> Mapping[str, Any]:
        """Return the elements by which an answer tells of a reading, by their Python names.

        They tell of a consent exactly as long as the institution may see what was agreed to
        (P-035), and so of none that has ended, was withdrawn, or was given with a certificate that
        has expired since (P-002). 特定疾病 is told by card and with consent only, where it is in
        force on the day that is asked for.
        """
        on = now.astimezone(TOKYO).date()
        clinical = on >= self.clinical_from
        if read is None or not _tells(read, now, on):
            return nothing_agreed(clinical=clinical)
        certified: tuple[SpecificDisease, ...] = ()
        if ConsentItem.SPECIFIC_DISEASE in read.items:
            certified = await read_aside(self.engine, lambda: self.diseases(person))
        return consent_elements(
            read, [one for one in certified if one.holds(asked_on)], clinical=clinical
        )

    def diseases(self, person: PersonKey) -> tuple[SpecificDisease, ...]:
        """Return the 特定疾病療養受療証 of a person."""
        with reading(self.engine) as connection:
            return diseases_of(connection, person)

    def _verify_method(
        self, method: Method, operation: Operation, person: PersonKey, serial: int | None
    ) -> None:
        with reading(self.engine) as connection:
            carried = carrier_of(connection, person, serial) if serial is not None else None
        possible = (*Method,) if carried is None else _methods_of(carried, operation)
        if method not in possible:
            raise Problem(
                Catalogue.IDENTITY_METHOD_IMPOSSIBLE,
                f"{method.value} is none of {', '.join(possible) or 'no way at all'}, by which the "
                f"holder of this {carried.kind if carried else 'card'} is identified in the "
                f"operation {operation.value}.",
            )


def _tells(read: CardReading, now: datetime, on: date) -> bool:
    state = certificate_state(on, read.certificate_expires_on)
    return bool(read.items) and read.consent.holds_at(now) and state.medical_information


def _methods_of(carried: Carried, operation: Operation) -> tuple[Method, ...]:
    """Return by what the holder of a carrier can be identified (P-010, P-011, P-014, P-022)."""
    carrier = Carrier(carried.kind)
    if carrier.is_phone:
        return (phone_method(Phone(carrier.value)),)
    return methods_offered(_make_of(carried), operation=operation)


def front_of(engine: Engine, serial: int) -> CardMake | None:
    """Return the make of the card that carries a certificate; None of a phone, or of none."""
    with reading(engine) as connection:
        found = [
            carried
            for holder in holders_of(connection, serial)
            if (carried := carrier_of(connection, PersonKey.of(holder), serial)) is not None
        ]
    if not found or Carrier(found[0].kind).is_phone:
        return None
    return _make_of(found[0])


def _make_of(carried: Carried) -> CardMake:
    """Return what make of card it is, as its front shows (P-010, P-011)."""
    if Carrier(carried.kind) is Carrier.FACE_AUTHENTICATION_CARD:
        return CardMake.FACE_ONLY
    if not has_photo(age_on(carried.birthdate, carried.issued_on), carried.issued_on):
        return CardMake.INFANT
    return CardMake.STANDARD
