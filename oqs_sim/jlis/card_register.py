"""The cards on record, and what stops them: suspension (一時停止) and revocation (失効).

A phone's certificates hang on a card (P-014, P-015): they are stopped with it, and with the
renewal of its certificates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.card.lost_card import suspended_since
from oqs_sim.store import cards
from storage import reading
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.jlis import Carrier, CertificatePurpose, StopReason

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from oqs_sim.store.cards import CardCertificate, KnownCard


@dataclass(frozen=True)
class CardRegister:
    """The carriers of certificates that were issued."""

    engine: Engine

    def find_card(self, serial_number: str) -> tuple[KnownCard, list[CardCertificate]]:
        """Return a card and its certificates as they stand.

        Raises:
            Problem: NOT_FOUND.
        """
        with reading(self.engine) as connection:
            card = cards.find_card(connection, serial_number)
            if card is None:
                raise Problem(Catalogue.NOT_FOUND, f"No card has the serial {serial_number}.")
            held = cards.certificates_of(connection, card.person_reference)
        return card, [one for one in held if one.card == serial_number]

    def suspend_card(self, serial_number: str, now: datetime) -> None:
        """Suspend all certificates of a carrier (一時停止), as the hotline does (R-115, R-116).

        With a card its phones are suspended. A phone that was lost itself stays so, whatever
        becomes of the card.

        Raises:
            Problem: NOT_FOUND.
        """
        card, on_card = self.find_card(serial_number)
        since = suspended_since(now)
        with self.engine.begin() as connection:
            for one in on_card:
                cards.suspend(connection, [one], one.suspended_at or since, serial_number)
            with_it = [one for one in on_phones(connection, card) if one.suspended_at is None]
            cards.suspend(connection, with_it, since, serial_number)

    def lift_suspension(self, serial_number: str) -> None:
        """Lift a suspension (一時停止解除), that of phones which were suspended with the card too.

        A phone of a card that is suspended stays so with it.

        Raises:
            Problem: NOT_FOUND.
        """
        card, on_card = self.find_card(serial_number)
        with self.engine.begin() as connection:
            with_it = [
                one
                for one in on_phones(connection, card)
                if one.suspended_by in {None, serial_number}
            ]
            cards.suspend(connection, [*on_card, *with_it], None, None)
            for above in _suspended_cards_of(connection, card):
                cards.suspend(connection, on_card, above.suspended_at, above.card)

    def revoke_card(self, serial_number: str, reason: StopReason, now: datetime) -> None:
        """Revoke all certificates of a carrier (失効), for good; with a card those on its phones.

        Raises:
            Problem: NOT_FOUND.
        """
        card, on_card = self.find_card(serial_number)
        with self.engine.begin() as connection:
            ended = [*on_card, *on_phones(connection, card)]
            cards.revoke(connection, ended, now, reason)

    def revoke(self, serial: int, now: datetime) -> None:
        """Revoke a certificate from ``now`` on; with a card's for authentication those on phones.

        Raises:
            Problem: NOT_FOUND.
        """
        with self.engine.begin() as connection:
            holders = cards.holders_of(connection, serial)
            if not holders:
                raise Problem(Catalogue.NOT_FOUND, f"No certificate has the serial {serial}.")
            for holder in holders:
                held = cards.certificates_of(connection, holder)
                ended = [one for one in held if one.serial == serial]
                if any(_identifies_card(one) for one in ended):
                    ended += [one for one in held if Carrier(one.kind).is_phone]
                cards.revoke(connection, ended, now, StopReason.UNSPECIFIED)


def _identifies_card(one: CardCertificate) -> bool:
    """Tell whether a phone's certificates hang on this one (P-014)."""
    return one.purpose == CertificatePurpose.AUTHENTICATION and not Carrier(one.kind).is_phone


def on_phones(connection: Connection, card: KnownCard) -> list[CardCertificate]:
    """Return the certificates on phones that hang on a card; on a phone hang none (P-015)."""
    if Carrier(card.kind).is_phone:
        return []
    held = cards.certificates_of(connection, card.person_reference)
    return [one for one in held if Carrier(one.kind).is_phone and one.revoked_at is None]


def _suspended_cards_of(connection: Connection, phone: KnownCard) -> list[CardCertificate]:
    """Return the certificate of the suspended card that a phone hangs on, if that is so."""
    if not Carrier(phone.kind).is_phone:
        return []
    held = cards.certificates_of(connection, phone.person_reference)
    return [
        one
        for one in held
        if _identifies_card(one) and one.revoked_at is None and one.suspended_at is not None
    ]
