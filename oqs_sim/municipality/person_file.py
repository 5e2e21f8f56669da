"""A person as the counter sees them: who they are, what they carry, what was done before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.card.certificates import CertificateState, health_card_state
from oqs_sim.municipality.course import Course, day_of
from oqs_sim.store import cards, residents
from oqs_sim.store.jlis.outage_window import find_window
from oqs_sim.store.municipality.filings import CounterProcedure, procedures_of
from oqs_sim.store.municipality.rests import Rest, rest_of
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.consoles.municipality import CounterAct, StopCause
from wire.vocabulary.jlis import Carrier, CertificatePurpose

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from oqs_sim.store.cards import CardCertificate, KnownCard
    from oqs_sim.store.jlis.outage_window import OutageWindow
    from oqs_sim.store.residents import Resident

CARD_KINDS = (Carrier.CARD, Carrier.FACE_AUTHENTICATION_CARD)
"""What the counter issues; phones and 住基カード are not handled there."""


@dataclass(frozen=True, slots=True)
class HeldCarrier:
    """A card or phone of the person, with its certificates as they stand."""

    card: KnownCard
    certificates: tuple[CardCertificate, ...]
    rest: Rest | None
    """Why it rests by a move, or will; a suspension (一時停止) is another thing."""

    @property
    def kind(self) -> Carrier:
        """What it is."""
        return Carrier(self.card.kind)

    @property
    def is_card(self) -> bool:
        """Whether it is a My Number Card."""
        return self.kind in CARD_KINDS

    @property
    def identifying(self) -> CardCertificate | None:
        """The certificate for identification that is not revoked."""
        return next(
            (
                one
                for one in self.certificates
                if one.purpose == CertificatePurpose.AUTHENTICATION and one.revoked_at is None
            ),
            None,
        )

    @property
    def revoked(self) -> bool:
        """Whether no certificate of it is left in force: it was given back, or replaced."""
        return all(one.revoked_at is not None for one in self.certificates)

    def suspended(self, at: datetime) -> bool:
        """Tell whether it is suspended (一時停止) at the instant."""
        one = self.identifying
        return one is not None and one.suspended(at)

    def rests(self, at: datetime) -> bool:
        """Tell whether it rests, or has lapsed, by a move at the instant."""
        one = self.identifying
        return one is not None and one.rests(at)

    def stop(self, at: datetime) -> tuple[StopCause, datetime] | None:
        """Return what stops it, now or later, and since when: what is for good before others."""
        one = self.identifying
        if one is None:
            return None
        if one.suspended_at is not None and one.suspended(at) and not self.lapsed(at):
            return StopCause.LOST, one.suspended_at
        if self.rest is not None and one.rests_from is not None:
            return StopCause(self.rest.cause), one.rests_from
        return None

    def stop_cause(self, at: datetime) -> StopCause | None:
        """Return what stops it at the instant, beside its dates and revocation."""
        stop = self.stop(at)
        return stop[0] if stop is not None and stop[1] <= at else None

    def lapsed(self, at: datetime) -> bool:
        """Tell whether only a new card helps, after a move or after leaving the country."""
        return self.rest is not None and self.rest.lapsed(at)

    @property
    def ends_on(self) -> date:
        """Its last day by its dates: that of the card or of the certificate, whichever is first."""
        one = self.identifying
        return self.card.expires_on if one is None else min(one.expires_on, self.card.expires_on)

    def state(self, on: date) -> CertificateState:
        """Return what its dates leave it good for on a day: the worse of card and certificate.

        The card itself has the same grace (P-006), a phone has none (P-015).
        """
        one = self.identifying
        if one is None:
            return CertificateState.LAPSED
        state = health_card_state(on, one.expires_on, self.card.expires_on)
        if self.kind.is_phone and state is CertificateState.GRACE:
            return CertificateState.LAPSED
        return state

    def works(self, at: datetime) -> bool:
        """Tell whether it can be used for checks at the instant."""
        one = self.identifying
        return one is not None and one.works(at) and self.state(day_of(at)).can_check_eligibility


@dataclass(frozen=True, slots=True)
class PersonFile:
    """What the counter knows of a person."""

    resident: Resident
    carriers: tuple[HeldCarrier, ...]
    """The newest first."""
    procedures: tuple[CounterProcedure, ...]
    """The first first."""
    course: Course
    outage: OutageWindow | None = None
    """When J-LIS is out, past, present or to come."""

    @property
    def current(self) -> HeldCarrier | None:
        """The card that the person has now."""
        return next((one for one in self.carriers if one.is_card and not one.revoked), None)

    def carrier(self, serial_number: str | None) -> HeldCarrier:
        """Return a carrier by 製造番号; without one, the card that the person has now.

        Raises:
            Problem: NOT_FOUND.
        """
        if serial_number is None:
            found = self.current
        else:
            found = next(
                (one for one in self.carriers if one.card.serial_number == serial_number), None
            )
        if found is None:
            raise Problem(
                Catalogue.NOT_FOUND,
                "The person has no such card.",
                japanese="この方のカードが見つかりません。製造番号を確かめてください。",
            )
        return found


def open_file(
    connection: Connection, person_reference: str, *, rests_between: bool = True
) -> PersonFile:
    """Read all that the counter knows of a person.

    Raises:
        Problem: UNKNOWN_PERSON.
    """
    resident = residents.find_by_reference(connection, person_reference)
    if resident is None:
        raise Problem(Catalogue.UNKNOWN_PERSON)
    procedures = tuple(procedures_of(connection, person_reference))
    return PersonFile(
        resident,
        carriers_of(connection, person_reference),
        procedures,
        Course.of(procedures, rests_between=rests_between),
        find_window(connection),
    )


def rest_of_new_card(
    connection: Connection, person_reference: str, now: datetime, *, rests_between: bool
) -> tuple[datetime, Rest] | None:
    """Return from when a card rests that is issued now, and why; None where it does not (R-112).

    A move that is under way stops it, as it does one that the counter hands over.
    """
    handed_over = CounterProcedure(0, CounterAct.HAND_OVER, now)
    procedures = (*procedures_of(connection, person_reference), handed_over)
    stop = Course.of(procedures, rests_between=rests_between).for_all_cards
    return None if stop is None else (stop.since, Rest(stop.cause, stop.lapses_at))


def carriers_of(connection: Connection, person_reference: str) -> tuple[HeldCarrier, ...]:
    """Return what a person carries: what is in force first, and of that the newest."""
    held: dict[str, list[CardCertificate]] = {}
    for one in cards.certificates_of(connection, person_reference):
        held.setdefault(one.card, []).append(one)
    carriers = []
    for serial_number, on_it in held.items():
        card = cards.find_card(connection, serial_number)
        if card is not None:
            carriers.append(HeldCarrier(card, tuple(on_it), _rest(connection, on_it)))
    return tuple(sorted(carriers, key=_newest_first))


def _newest_first(one: HeldCarrier) -> tuple[bool, int, str]:
    return one.revoked, -one.card.issued_on.toordinal(), one.card.serial_number


def _rest(connection: Connection, on_it: list[CardCertificate]) -> Rest | None:
    for one in on_it:
        if one.revoked_at is None:
            return rest_of(connection, one.key)
    return None
