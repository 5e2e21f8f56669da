"""The J-LIS simulator's counter: residents are registered, cards issued and revoked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes, serialization

from eligibility.certificates import card_expiry, certificate_expiry
from eligibility.numbers import IndividualNumber, InvalidNumber
from oqs_sim import authority
from oqs_sim.authority import Purpose
from oqs_sim.store import residents
from oqs_sim.store.residents import Resident, Standing
from storage import reading
from wire.clock import TOKYO
from wire.problem import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from cryptography.hazmat.primitives.asymmetric import rsa
    from sqlalchemy import Engine

    from wire.vocabulary import Sex


@dataclass(frozen=True)
class CertificateOnCard:
    """A certificate, its key and its issuer's certificate, as PEM."""

    certificate: str
    private_key: str
    authority: str
    serial: int
    expires_on: date


@dataclass(frozen=True)
class IssuedCard:
    """What goes onto a new card. The PINs are set where the card is handed over, not here."""

    person: Resident
    serial_number: str
    """製造番号, 15 digits."""
    expires_on: date
    authentication: CertificateOnCard
    signature: CertificateOnCard


@dataclass
class Counter:
    """Registers residents and issues cards to them."""

    engine: Engine

    def register_resident(
        self,
        *,
        individual_number: str,
        name: str,
        name_kana: str,
        sex: Sex,
        birthdate: date,
        address: str,
        post_number: str,
        municipality_code: str,
    ) -> Resident:
        """Add a resident.

        Raises:
            Problem: INVALID_NUMBER, or ALREADY_EXISTS when the number is taken.
        """
        new = Resident(
            f"SIM-{secrets.token_hex(8).upper()}",
            checked_individual_number(individual_number),
            name,
            name_kana,
            sex,
            birthdate,
            address,
            post_number,
            municipality_code,
        )
        with self.engine.begin() as connection:
            if not residents.add_resident(connection, new):
                raise Problem(Catalogue.ALREADY_EXISTS, "The individual number is taken.")
        return new

    def match(self, individual_number: str) -> Standing:
        """Return who has this individual number, and how the card stands.

        Raises:
            Problem: INVALID_NUMBER or UNKNOWN_PERSON.
        """
        number = checked_individual_number(individual_number)
        with reading(self.engine) as connection:
            found = residents.find_standings(connection, [number]).get(number)
        if found is None:
            raise Problem(Catalogue.UNKNOWN_PERSON)
        return found

    def match_all(self, individual_numbers: Sequence[str]) -> list[Standing | None]:
        """Return who has each of these individual numbers, in their order; None for nobody.

        The numbers are 12 ASCII digits each; one with a wrong check digit is nobody's.
        """
        with reading(self.engine) as connection:
            found = residents.find_standings(connection, individual_numbers)
        return [found.get(number) for number in individual_numbers]

    def card_standings(self, person_references: Sequence[str]) -> list[tuple[bool, date | None]]:
        """Return of each person whether the card is registered, and until when it holds."""
        with reading(self.engine) as connection:
            found = residents.find_cards(connection, person_references)
        return [found.get(reference, (False, None)) for reference in person_references]

    def issue_card(self, individual_number: str, now: datetime, issued_on: date) -> IssuedCard:
        """Issue a card with both certificates.

        ``issued_on`` is also taken as the day of application. Validity follows the birthday
        rules (R-110, P-001, P-008).

        Raises:
            Problem: UNKNOWN_PERSON.
        """
        person = self.match(individual_number).resident
        card_expires = card_expiry(person.birthdate, issued_on)
        certificate_expires = certificate_expiry(person.birthdate, issued_on, card_expires)
        issued_at = min(datetime.combine(issued_on, time(9), TOKYO), now)
        on_card = {
            purpose: self._issue(purpose, person, issued_at, certificate_expires, now)
            for purpose in Purpose
        }
        return IssuedCard(
            person,
            "".join(secrets.choice("0123456789") for _ in range(15)),
            card_expires,
            on_card[Purpose.AUTHENTICATION],
            on_card[Purpose.SIGNATURE],
        )

    def _issue(
        self,
        purpose: Purpose,
        person: Resident,
        issued_at: datetime,
        expires_on: date,
        now: datetime,
    ) -> CertificateOnCard:
        issuer = authority.load_or_make(self.engine, purpose, now)
        # Its key takes a while to make, so no transaction is open meanwhile.
        made = authority.issue(issuer, person, issued_at, expires_on)
        with self.engine.begin() as connection:
            residents.add_certificate(
                connection,
                issuer.key_identifier,
                made.certificate.serial_number,
                person.person_reference,
                made.certificate.fingerprint(hashes.SHA256()),
                expires_on,
            )
        return CertificateOnCard(
            made.certificate.public_bytes(serialization.Encoding.PEM).decode(),
            _private_pem(made.private_key),
            issuer.certificate.public_bytes(serialization.Encoding.PEM).decode(),
            made.certificate.serial_number,
            expires_on,
        )

    def revoke(self, serial: int, now: datetime) -> None:
        """Revoke a certificate from ``now`` on.

        Raises:
            Problem: NOT_FOUND.
        """
        with self.engine.begin() as connection:
            if not residents.revoke_certificate(connection, serial, now):
                raise Problem(Catalogue.NOT_FOUND, f"No certificate has the serial {serial}.")


def checked_individual_number(text: str) -> str:
    """Return the 12 digits of a 個人番号.

    Raises:
        Problem: INVALID_NUMBER; the number itself is not repeated.
    """
    try:
        return IndividualNumber.parse(text).digits
    except InvalidNumber:
        raise Problem(
            Catalogue.INVALID_NUMBER,
            "The individual number needs 12 digits and a right check digit.",
        ) from None


def _private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
