"""The J-LIS simulator's issuance desk: issues and renews cards."""

from __future__ import annotations

import secrets
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, TypeVar

from cryptography.hazmat.primitives import hashes, serialization

from eligibility.card.certificates import card_expiry, certificate_expiry
from eligibility.days.birthdays import age_on
from eligibility.days.dates import TOKYO
from oqs_sim.jlis import authority
from oqs_sim.jlis.card_keys import CardKeys
from oqs_sim.jlis.card_order import CardOrder, CertificateOnCard, Certificates, IssuedCard
from oqs_sim.jlis.card_register import CardRegister, locked, on_phones, renewal_refusal
from oqs_sim.jlis.carrier import (
    LAST_RESIDENT_REGISTER_CARD,
    RESIDENT_REGISTER_CARD_YEARS,
    has_photo,
    purposes_of,
)
from oqs_sim.jlis.generations import issuing_authority
from oqs_sim.store import cards, residents
from oqs_sim.store.cards import CardCertificate, KnownCard, NewCertificate, ReplacedCertificate
from oqs_sim.store.municipality.rests import CertificateKey, rest_of, set_rest
from storage import reading
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.jlis import Carrier, CertificatePurpose, StopReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Self

    from cryptography.hazmat.primitives.asymmetric import rsa
    from sqlalchemy import Connection, Engine

    from oqs_sim.jlis.resident_register import ResidentRegister
    from oqs_sim.store.municipality.rests import Rest
    from oqs_sim.store.residents import Resident


LAST_YEAR = 2099
"""Until when the holidays are known, and with them the calendar of the simulation."""


@dataclass
class IssuanceDesk:
    """Issues cards to residents, and new certificates for them."""

    engine: Engine
    register: ResidentRegister
    rest_of_new_card: Callable[[Connection, str, datetime], tuple[datetime, Rest] | None] = (
        lambda _connection, _person, _now: None
    )
    """From when a card of the person rests that is issued now, and why, by the municipality."""
    keys: CardKeys = field(init=False)
    on_record: CardRegister = field(init=False)

    def __post_init__(self) -> None:
        self.keys = CardKeys(self.engine)
        self.on_record = CardRegister(self.engine)

    def issue_card(
        self,
        order: CardOrder,
        now: datetime,
        beside: Callable[[Connection, KnownCard], None] = lambda _connection, _card: None,
    ) -> IssuedCard:
        """Issue a card with its certificates; it takes the place of an earlier one.

        Validity follows the birthday rules (R-110, P-001, P-008, P-009). A card rests by a move
        that is under way (R-112). A phone's certificates end with those of the card that they hang
        on, and rest with them. What ``beside`` writes goes on record with the card, or it refuses
        both.

        Raises:
            Problem: UNKNOWN_PERSON, or INVALID_REQUEST for what is not issued so.
        """
        person = self.register.match(order.individual_number).resident
        _verify_order(order, person)
        serial_number = "".join(secrets.choice("0123456789") for _ in range(15))
        age = age_on(person.birthdate, order.issued_on)
        purposes = purposes_of(order.carrier, age)
        keys: _Keys = defaultdict(authority.new_key)

        def make(holder: _Holder) -> tuple[KnownCard, list[_MadeCertificate]]:
            card_expires, certificate_expires = _expiry(holder.person, order, holder.held, now)
            card = KnownCard(
                serial_number,
                person.person_reference,
                order.carrier,
                order.issued_on,
                card_expires,
            )
            had_one = any(one.purpose == CertificatePurpose.AUTHENTICATION for one in holder.held)
            issuance = _Issuance(
                self.engine, holder.person, card, keys, order.issued_on, now, awaits_link=had_one
            )
            return card, issuance.issue(purposes, certificate_expires)

        def write(
            connection: Connection, holder: _Holder, new: tuple[KnownCard, list[_MadeCertificate]]
        ) -> None:
            card, made = new
            cards.add_card(connection, card)
            for one in made:
                cards.add_certificate(connection, one.new)
            if order.carrier.is_phone:
                _rest_with(connection, made, holder.held)
            elif due := self.rest_of_new_card(connection, person.person_reference, now):
                _rest_from(connection, made, *due)
            cards.revoke(
                connection, _replaced(order.carrier, holder.held), now, StopReason.SUPERSEDED
            )
            beside(connection, card)

        signer = self.keys.municipality(person.municipality_code)
        terminals = self.keys.terminals()
        card, made = self._on_record_as_made(person.person_reference, make, write)
        return IssuedCard(
            person,
            card,
            order.carrier,
            order.security_code or f"{secrets.randbelow(10_000):04d}",
            has_photo(age, order.issued_on),
            _by_purpose(made),
            signer,
            terminals,
        )

    def renew_certificates(
        self, serial_number: str, issued_on: date, now: datetime
    ) -> Certificates:
        """Issue new certificates for a card that goes on (更新); the old ones are revoked.

        Those on its phones are revoked as well (P-015). A rest that is to come stays to come. J-LIS
        does what a counter orders: from when a renewal is open (P-003) is for the counter to say.

        Within three months before their end the new ones gain a birthday (P-001).

        Raises:
            Problem: NOT_FOUND, INVALID_REQUEST for a day on which nothing is issued, or what
                `renewal_refusal` says.
        """
        card, _ = self.on_record.find_card(serial_number)
        _verify_issue(issued_on, not_before=card.issued_on)
        keys: _Keys = defaultdict(authority.new_key)

        def make(holder: _Holder) -> list[_MadeCertificate]:
            on_card = holder.on(card)
            refusal = renewal_refusal(card, on_card, holder.rest, issued_on, now)
            if refusal is not None:
                raise refusal
            birthdate = holder.person.birthdate
            current = [one.expires_on for one in on_card if one.revoked_at is None]
            expires_on = certificate_expiry(
                birthdate, issued_on, card.expires_on, replaces_expiry=max(current)
            )
            issuance = _Issuance(
                self.engine,
                holder.person,
                card,
                keys,
                issued_on,
                now,
                ReplacedCertificate(max(current), now),
                awaits_link=True,
            )
            purposes = purposes_of(Carrier(card.kind), age_on(birthdate, issued_on))
            return issuance.issue(purposes, expires_on)

        def write(connection: Connection, holder: _Holder, made: list[_MadeCertificate]) -> None:
            on_card = holder.on(card)
            for one in made:
                cards.add_certificate(connection, one.new)
            _rest_with(connection, made, on_card)
            # Those on phones as well: after a renewal one applies for them anew (P-015).
            ended = [*on_card, *on_phones(card, holder.held)]
            cards.revoke(connection, ended, now, StopReason.SUPERSEDED)

        made = self._on_record_as_made(card.person_reference, make, write)
        return _by_purpose(made)

    def _on_record_as_made(
        self,
        person_reference: str,
        make: Callable[[_Holder], _Made],
        write: Callable[[Connection, _Holder, _Made], None],
    ) -> _Made:
        """Make something by how the person's cards stand, and write it if they still stand so.

        Where somebody has changed them meanwhile, it is made anew by that, or refused.
        """
        while True:
            with reading(self.engine) as connection:
                holder = _Holder.of(connection, person_reference)
            made = make(holder)
            with locked(self.engine, person_reference) as connection:
                if _Holder.of(connection, person_reference) == holder:
                    write(connection, holder, made)
                    return made


_Made = TypeVar("_Made")
_Keys = defaultdict[CertificatePurpose, "rsa.RSAPrivateKey"]
"""Keys of new certificates. To make one takes a while, so it is made once, under no lock."""


@dataclass(frozen=True)
class _Holder:
    """A person, and all their certificates as they stand."""

    person: Resident
    held: list[CardCertificate]
    rest: Rest | None
    """Why those that rest do, or will: a move stops whatever the person has."""

    @classmethod
    def of(cls, connection: Connection, person_reference: str) -> Self:
        person = residents.find_by_reference(connection, person_reference)
        assert person is not None, "nobody is taken out of the register"
        held = sorted(
            cards.certificates_of(connection, person_reference),
            key=lambda one: (one.purpose, one.key),
        )
        resting = [one for one in held if one.rests_from is not None and one.revoked_at is None]
        return cls(person, held, rest_of(connection, resting[0].key) if resting else None)

    def on(self, card: KnownCard) -> list[CardCertificate]:
        """Return the certificates of one carrier."""
        return [one for one in self.held if one.card == card.serial_number]


def _rest_with(
    connection: Connection, made: Iterable[_MadeCertificate], others: Iterable[CardCertificate]
) -> None:
    """Have new certificates rest as those do, or will, beside or in place of which they come."""
    for other in others:
        if other.revoked_at is None and other.rests_from is not None:
            rest = rest_of(connection, other.key)
            _rest_from(connection, made, other.rests_from, rest)
            return


def _rest_from(
    connection: Connection,
    made: Iterable[_MadeCertificate],
    since: datetime,
    rest: Rest | None,
) -> None:
    for one in made:
        set_rest(connection, CertificateKey(one.new.authority_key, one.new.serial), since, rest)


def _verify_order(order: CardOrder, person: Resident) -> None:
    """Refuse days that cannot be.

    Raises:
        Problem: INVALID_REQUEST.
    """
    _verify_issue(order.issued_on, not_before=person.birthdate)
    if order.stay_ends_on is not None and order.stay_ends_on < order.issued_on:
        raise Problem(
            Catalogue.INVALID_REQUEST,
            f"The stay ended on {order.stay_ends_on.isoformat()}, before the card is issued.",
        )
    if order.applied_on is not None and order.applied_on > order.issued_on:
        raise Problem(
            Catalogue.INVALID_REQUEST,
            f"A card applied for on {order.applied_on.isoformat()} is not issued before.",
        )


def _verify_issue(issued_on: date, not_before: date) -> None:
    """Refuse a day of issue on which nothing can have been issued, or of a time far away.

    Raises:
        Problem: INVALID_REQUEST.
    """
    if issued_on < not_before or issued_on.year > LAST_YEAR:
        raise Problem(
            Catalogue.INVALID_REQUEST,
            f"IssuedOn is {issued_on.isoformat()}; a card is issued from "
            f"{not_before.isoformat()} to the end of {LAST_YEAR}.",
        )


def _expiry(
    person: Resident,
    order: CardOrder,
    earlier: list[CardCertificate],
    now: datetime,
) -> tuple[date, date]:
    """Return the last days of a new carrier and of its certificates."""
    issued_on = order.issued_on
    if order.carrier.is_phone:
        usable = [
            one.expires_on
            for one in earlier
            if one.purpose == CertificatePurpose.AUTHENTICATION
            and one.works(now)
            and one.expires_on >= now.astimezone(TOKYO).date()
            and not Carrier(one.kind).is_phone
        ]
        if not usable:
            raise Problem(
                Catalogue.INVALID_REQUEST,
                "A phone needs a card with a valid certificate first (P-014).",
            )
        return usable[0], usable[0]
    if order.carrier is Carrier.RESIDENT_REGISTER_CARD:
        if issued_on > LAST_RESIDENT_REGISTER_CARD:
            raise Problem(
                Catalogue.INVALID_REQUEST,
                f"住基カード were issued until {LAST_RESIDENT_REGISTER_CARD.isoformat()}.",
            )
        card_expires = issued_on.replace(year=issued_on.year + RESIDENT_REGISTER_CARD_YEARS)
    else:
        card_expires = card_expiry(
            person.birthdate,
            order.applied_on or issued_on,
            issued_on,
            stay_ends_on=order.stay_ends_on,
        )
    return card_expires, certificate_expiry(person.birthdate, issued_on, card_expires)


def _replaced(carrier: Carrier, earlier: list[CardCertificate]) -> list[CardCertificate]:
    """Return what a new carrier puts an end to.

    A card ends all earlier certificates, those on phones too, which hang on the card; a phone
    ends those of an earlier phone of its kind.
    """
    return [one for one in earlier if one.kind == carrier] if carrier.is_phone else earlier


@dataclass(frozen=True)
class _MadeCertificate:
    """A certificate that has been made and is on no record yet."""

    new: NewCertificate
    on_card: CertificateOnCard


def _by_purpose(made: Iterable[_MadeCertificate]) -> Certificates:
    return {CertificatePurpose(one.new.purpose): one.on_card for one in made}


@dataclass(frozen=True)
class _Issuance:
    """Certificates for one card on one day.

    All of them go on record together, with what they replace.
    """

    engine: Engine
    person: Resident
    card: KnownCard
    keys: _Keys
    issued_on: date
    now: datetime
    replaces: ReplacedCertificate | None = None
    awaits_link: bool = False

    def issue(
        self, purposes: tuple[CertificatePurpose, ...], expires_on: date
    ) -> list[_MadeCertificate]:
        return [self._issue_one(purpose, expires_on) for purpose in purposes]

    def _issue_one(self, purpose: CertificatePurpose, expires_on: date) -> _MadeCertificate:
        phone = Carrier(self.card.kind).is_phone
        issued_at = min(datetime.combine(self.issued_on, time(9), TOKYO), self.now)
        # By the instant rather than nine o'clock, where a generation began this morning.
        today = self.issued_on == self.now.astimezone(TOKYO).date()
        issuer = issuing_authority(
            self.engine, purpose, self.now if today else issued_at, expires_on, self.now
        )
        made = authority.issue(
            issuer, self.keys[purpose], self.person, issued_at, expires_on, phone=phone
        )
        new = NewCertificate(
            issuer.key_identifier,
            made.certificate.serial_number,
            self.person.person_reference,
            self.card.serial_number,
            self.card.kind,
            purpose,
            made.certificate.fingerprint(hashes.SHA256()),
            expires_on,
            grace=not phone,
            replaces=self.replaces,
            awaits_link=self.awaits_link and purpose is CertificatePurpose.AUTHENTICATION,
        )
        on_card = CertificateOnCard(
            made.certificate.public_bytes(serialization.Encoding.PEM).decode(),
            authority.private_pem(made.private_key),
            issuer.pem,
            made.certificate.serial_number,
            expires_on,
        )
        return _MadeCertificate(new, on_card)
