"""Keys and certificates of the generations of J-LIS's authorities, and of their responders."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, insert, select

from oqs_sim.store.jlis.schema import authority_generation, ocsp_responder
from storage import insert_into

if TYPE_CHECKING:
    from sqlalchemy import Connection, Dialect, Insert


class KeptGeneration(NamedTuple):
    """A generation as it is kept; key and certificate in DER."""

    generation: int
    private_key: bytes
    certificate: bytes


_GENERATIONS = (
    select(*(authority_generation.c[name] for name in KeptGeneration._fields))
    .where(authority_generation.c.purpose == bindparam("purpose"))
    .order_by(authority_generation.c.generation)
)
"""The generations of an authority, the oldest first."""

_CERTIFICATES = (
    select(authority_generation.c.certificate)
    .where(authority_generation.c.purpose == bindparam("purpose"))
    .order_by(authority_generation.c.generation)
)
"""What those who check certificates need of them."""

_RESPONDER = select(ocsp_responder.c.private_key, ocsp_responder.c.certificate).where(
    ocsp_responder.c.authority_key == bindparam("of_authority")
)
"""The responder of a generation."""


def _keep_responder(dialect: Dialect) -> Insert:
    """Keep a responder in the place of an earlier one."""
    adding = insert_into(ocsp_responder, dialect)
    return adding.on_conflict_do_update(
        index_elements=["authority_key"],
        set_={name: adding.excluded[name] for name in ("private_key", "certificate")},
    )


def find_generations(connection: Connection, purpose: str) -> list[KeptGeneration]:
    """Return all generations of an authority, the oldest first."""
    return [KeptGeneration(*row) for row in connection.execute(_GENERATIONS, {"purpose": purpose})]


def find_certificates(connection: Connection, purpose: str) -> list[bytes]:
    """Return the certificates of all generations of an authority, the oldest first."""
    return list(connection.scalars(_CERTIFICATES, {"purpose": purpose}))


def add_generation(connection: Connection, purpose: str, new: KeptGeneration) -> None:
    """Keep a new generation."""
    connection.execute(insert(authority_generation), {"purpose": purpose, **new._asdict()})


def find_responder(connection: Connection, authority_key: bytes) -> tuple[bytes, bytes] | None:
    """Return private key and certificate of a generation's responder, if it has one."""
    row = connection.execute(_RESPONDER, {"of_authority": authority_key}).one_or_none()
    return (row.private_key, row.certificate) if row else None


def keep_responder(
    connection: Connection, authority_key: bytes, private_key: bytes, certificate: bytes
) -> None:
    """Keep the responder of a generation, in the place of an earlier one."""
    kept = {
        "authority_key": authority_key,
        "private_key": private_key,
        "certificate": certificate,
    }
    connection.execute(_keep_responder(connection.dialect), kept)
