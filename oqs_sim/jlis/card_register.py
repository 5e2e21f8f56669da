"""The cards on record, and what stops them: suspension (一時停止) and revocation (失効).

A phone's certificates hang on a card (P-014, P-015): they are stopped with it, and with the
renewal of its certificates.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.card.lost_card import suspended_since
from oqs_sim.store import cards, residents
from oqs_sim.store.person import PersonKey
from oqs_sim.store.portal.sessions import end_sessions_of
from storage import lock_buckets, reading, turn_to_write
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.jlis import Carrier, CertificatePurpose, StopReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Engine

    from oqs_sim.store.cards import CardCertificate, KnownCard
    from oqs_sim.store.municipality.rests import Rest

_RENEWABLE = {Carrier.CARD, Carrier.FACE_AUTHENTICATION_CARD}
"""What goes on with new certificates; a phone applies anew (P-015)."""


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
                raise Problem(
                    Catalogue.NOT_FOUND,
                    f"No card has the serial {serial_number}.",
                    japanese="この製造番号のカードはありません。製造番号を確かめてください。",
                )
            held = cards.certificates_of(connection, card.person_reference)
        return card, [one for one in held if one.card == serial_number]

    def cards_of(self, person_reference: str) -> list[tuple[KnownCard, list[CardCertificate]]]:
        """Return a person's carriers with their certificates, the oldest first.

        Whoever reports a loss knows no serial number (製造番号).

        Raises:
            Problem: UNKNOWN_PERSON.
        """
        with reading(self.engine) as connection:
            if residents.find_by_reference(connection, person_reference) is None:
                raise Problem(Catalogue.UNKNOWN_PERSON)
            held = cards.certificates_of(connection, person_reference)
            found = [
                card
                for serial in dict.fromkeys(one.card for one in held)
                if (card := cards.find_card(connection, serial)) is not None
            ]
        return [
            (card, [one for one in held if one.card == card.serial_number])
            for card in sorted(found, key=lambda card: (card.issued_on, card.serial_number))
        ]

    def suspend_card(self, serial_number: str, now: datetime) -> None:
        """Suspend all certificates of a carrier (一時停止), as `suspend` does.

        Raises:
            Problem: NOT_FOUND.
        """
        card, _ = self.find_card(serial_number)
        with locked(self.engine, card.person_reference) as connection:
            suspend(connection, card, now)

    def lift_suspension(self, serial_number: str) -> None:
        """Lift a suspension (一時停止解除), as `lift` does.

        Raises:
            Problem: NOT_FOUND.
        """
        card, _ = self.find_card(serial_number)
        with locked(self.engine, card.person_reference) as connection:
            lift(connection, card)

    def revoke_card(self, serial_number: str, reason: StopReason, now: datetime) -> None:
        """Revoke all certificates of a carrier (失効), as `revoke` does.

        Raises:
            Problem: NOT_FOUND.
        """
        card, _ = self.find_card(serial_number)
        with locked(self.engine, card.person_reference) as connection:
            revoke(connection, card, reason, now)

    def revoke(self, serial: int, now: datetime) -> None:
        """Revoke a certificate from ``now`` on; with a card's for authentication those on phones.

        Raises:
            Problem: NOT_FOUND.
        """
        with reading(self.engine) as connection:
            holders = cards.holders_of(connection, serial)
        if not holders:
            raise Problem(Catalogue.NOT_FOUND, f"No certificate has the serial {serial}.")
        for holder in holders:
            with locked(self.engine, holder) as connection:
                held = cards.certificates_of(connection, holder)
                ended = [one for one in held if one.serial == serial]
                if any(_identifies_card(one) for one in ended):
                    ended += [one for one in held if Carrier(one.kind).is_phone]
                    end_sessions_of(connection, holder)
                cards.revoke(connection, ended, now, StopReason.UNSPECIFIED)


@contextmanager
def locked(engine: Engine, person_reference: str) -> Iterator[Connection]:
    """Open a transaction in which nobody else changes the person's cards.

    What it reads of them is still so when it writes.
    """
    with turn_to_write(engine), engine.begin() as connection:
        lock_buckets(connection, [PersonKey.of(person_reference).bucket])
        yield connection


def renewal_refusal(
    card: KnownCard,
    on_card: Sequence[CardCertificate],
    rest: Rest | None,
    on: date,
    now: datetime,
) -> Problem | None:
    """Say why a card gets no new certificates (更新) on a day, or None; wherever it is asked.

    What is revoked, suspended or rests gets none (P-013, R-112, R-119); ``rest`` is why it rests.
    From when a renewal is open (P-003) is for the counter to say.
    """
    if Carrier(card.kind) not in _RENEWABLE:
        return Problem(
            Catalogue.INVALID_REQUEST,
            "Certificates are renewed on a My Number Card only.",
            japanese="電子証明書を更新できるのはマイナンバーカードだけです。",
        )
    current = [one for one in on_card if one.revoked_at is None]
    if not current:
        return Problem(
            Catalogue.CARD_NOT_RENEWABLE, "It is revoked, given back, or another took its place."
        )
    if rest is not None and rest.lapsed(now):
        return Problem(Catalogue.CARD_NOT_RENEWABLE, f"It has lapsed: {rest.cause}.")
    if any(one.suspended(now) for one in current):
        return Problem(
            Catalogue.CARD_NOT_RENEWABLE,
            "It is suspended (一時停止).",
            japanese="カードは一時停止中です。見つかったのなら、先に一時停止を解除してください。",
        )
    if any(one.rests(now) for one in current):
        return Problem(
            Catalogue.CARD_NOT_RENEWABLE,
            "It rests until moving in is filed.",
            japanese="カードは休止中です。先に転入届を受け付けてください。",
        )
    if on > card.expires_on:
        return Problem(
            Catalogue.INVALID_REQUEST,
            f"The card ended on {card.expires_on.isoformat()}; order a new one.",
            japanese="カードそのものの期限が過ぎています。新しいカードを申請してください。",
        )
    return None


def suspend(connection: Connection, card: KnownCard, now: datetime) -> None:
    """Suspend all certificates of a carrier at once (一時停止), as the hotline does (R-115, R-116).

    With a card its phones are suspended, and the person's sessions at the portal end. A phone that
    was lost itself stays suspended, whatever becomes of the card.
    """
    since = suspended_since(now)
    on_card, with_it = _on_and_with(connection, card)
    for one in on_card:
        at = one.suspended_at if one.suspended(now) else since
        cards.suspend(connection, [one], at, card.serial_number)
    running = [one for one in with_it if not one.suspended(now)]
    cards.suspend(connection, running, since, card.serial_number)
    end_sessions_of(connection, card.person_reference)


def lift(connection: Connection, card: KnownCard) -> None:
    """Lift a suspension, that of phones which were suspended with the card too.

    A phone of a card that is suspended stays so with it, and what rests by a move rests on.
    """
    on_card, phones = _on_and_with(connection, card)
    with_it = [one for one in phones if one.suspended_by in {None, card.serial_number}]
    cards.suspend(connection, [*on_card, *with_it], None, None)
    for above in _suspended_cards_of(connection, card):
        cards.suspend(connection, on_card, above.suspended_at, above.card)


def revoke(connection: Connection, card: KnownCard, reason: StopReason, now: datetime) -> None:
    """Revoke all certificates of a carrier (失効), for good; with a card those on its phones.

    The person's sessions at the portal end too.
    """
    on_card, phones = _on_and_with(connection, card)
    cards.revoke(connection, [*on_card, *phones], now, reason)
    end_sessions_of(connection, card.person_reference)


def _on_and_with(
    connection: Connection, card: KnownCard
) -> tuple[list[CardCertificate], list[CardCertificate]]:
    """Return the certificates of a carrier, and those on phones that hang on it."""
    held = cards.certificates_of(connection, card.person_reference)
    return [one for one in held if one.card == card.serial_number], on_phones(card, held)


def _identifies_card(one: CardCertificate) -> bool:
    """Tell whether a phone's certificates hang on this one (P-014)."""
    return one.purpose == CertificatePurpose.AUTHENTICATION and not Carrier(one.kind).is_phone


def on_phones(card: KnownCard, held: Iterable[CardCertificate]) -> list[CardCertificate]:
    """Return the certificates on phones that hang on a card; on a phone hang none (P-015)."""
    if Carrier(card.kind).is_phone:
        return []
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
