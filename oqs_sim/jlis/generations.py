"""The generations (世代) of the two authorities: one name, and a key of its own each.

A certificate is checked with the generation that its authority key identifier names, however old;
new ones are issued by the newest. The real authority has had three (specification: card §4), each
valid for ten years and begun about four years after the one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from eligibility.card.certificates import certificate_not_after, grace_end
from oqs_sim.jlis.authority import Authority, key_bytes, load_key, make_authority
from oqs_sim.store import issuer_keys
from oqs_sim.store.jlis import generations
from oqs_sim.store.jlis.generations import KeptGeneration
from storage import reading
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from sqlalchemy import Connection, Engine

    from wire.vocabulary.jlis import CertificatePurpose


@dataclass(frozen=True)
class Generation:
    """One generation of an authority."""

    number: int
    """From 1."""
    authority: Authority

    def may_issue(self, issued_at: datetime, expires_on: date) -> bool:
        """Tell whether it had begun by then, and outlives the certificate with its grace."""
        own = self.authority.certificate
        last = certificate_not_after(grace_end(expires_on))
        return own.not_valid_before_utc <= issued_at and last <= own.not_valid_after_utc


def all_generations(engine: Engine, purpose: CertificatePurpose, now: datetime) -> list[Generation]:
    """Return all generations, the oldest first; the first is made when it is first asked for."""
    with reading(engine) as connection:
        there = _found(connection, purpose)
    return there or [_added(engine, purpose, make_authority(purpose, now), lambda found: found)]


def find_generation(
    engine: Engine, purpose: CertificatePurpose, number: int | None, now: datetime
) -> Generation:
    """Return a generation by its number, or the newest.

    Raises:
        Problem: NOT_FOUND.
    """
    there = all_generations(engine, purpose, now)
    if number is None:
        return there[-1]
    for one in there:
        if one.number == number:
            return one
    raise Problem(
        Catalogue.NOT_FOUND,
        f"The authority has the generations 1 to {there[-1].number}, and no {number}.",
    )


def begin_generation(engine: Engine, purpose: CertificatePurpose, now: datetime) -> Generation:
    """Begin a new generation from ``now`` on; what earlier ones issued stays valid under them."""
    all_generations(engine, purpose, now)
    made = make_authority(purpose, now, valid_from=now)
    return _added(engine, purpose, made, lambda _: [])


def issuing_authority(
    engine: Engine,
    purpose: CertificatePurpose,
    issued_at: datetime,
    expires_on: date,
    now: datetime,
) -> Authority:
    """Return the newest generation that may issue a certificate with these days.

    Where none outlives it, a new one begins by itself, as the real one's did in time.
    """

    def fit(found: list[Generation]) -> list[Generation]:
        return [
            one
            for one in found
            if one.may_issue(issued_at, expires_on) or one.may_issue(now, expires_on)
        ]

    if there := fit(all_generations(engine, purpose, now)):
        begun = [one for one in there if one.may_issue(issued_at, expires_on)]
        return (begun or there)[-1].authority
    made = make_authority(purpose, now, valid_from=now)
    return _added(engine, purpose, made, fit).authority


def trusted_certificates(engine: Engine, purpose: CertificatePurpose) -> list[x509.Certificate]:
    """Return the certificates of all generations, as those have them who check (信頼する発行者)."""
    with reading(engine) as connection:
        found = generations.find_certificates(connection, purpose)
    return [x509.load_der_x509_certificate(der) for der in found]


def _added(
    engine: Engine,
    purpose: CertificatePurpose,
    made: Authority,
    instead: Callable[[list[Generation]], list[Generation]],
) -> Generation:
    """Keep a new generation, unless there is one to use ``instead`` by now."""
    with engine.begin() as connection:
        # Two first orders at once: the one that comes second uses what the first has made.
        issuer_keys.lock_issuers(connection)
        there = _found(connection, purpose)
        if usable := instead(there):
            return usable[-1]
        new = KeptGeneration(
            there[-1].number + 1 if there else 1,
            key_bytes(made.private_key),
            made.certificate.public_bytes(serialization.Encoding.DER),
        )
        generations.add_generation(connection, purpose, new)
    return Generation(new.generation, made)


def _found(connection: Connection, purpose: CertificatePurpose) -> list[Generation]:
    return [
        Generation(
            one.generation,
            Authority(
                purpose,
                load_key(one.private_key),
                x509.load_der_x509_certificate(one.certificate),
            ),
        )
        for one in generations.find_generations(connection, purpose)
    ]
