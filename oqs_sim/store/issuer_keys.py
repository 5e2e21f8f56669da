"""Private keys and certificates of the simulated authorities, and of terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select

from oqs_sim.store.schema import authority, terminal_credential
from storage import lock_name

if TYPE_CHECKING:
    from sqlalchemy import Connection

_AUTHORITY = select(authority.c.private_key, authority.c.certificate).where(
    authority.c.purpose == bindparam("purpose")
)
"""Key and certificate of the authority for a purpose."""

_TERMINAL = select(terminal_credential.c.private_key, terminal_credential.c.certificate).where(
    terminal_credential.c.institution_code == bindparam("institution_code")
)
"""Key and certificate of an institution's terminal."""


def lock_issuers(connection: Connection) -> None:
    """Let one process at a time look whether a key is there, and make it if not."""
    lock_name(connection, "issuer keys")


def find_authority(connection: Connection, purpose: str) -> tuple[bytes, bytes] | None:
    """Return an authority's private key and certificate (DER), if it has been made."""
    row = connection.execute(_AUTHORITY, {"purpose": purpose}).one_or_none()
    return (row.private_key, row.certificate) if row else None


def add_authority(
    connection: Connection, purpose: str, private_key: bytes, certificate: bytes
) -> None:
    """Keep a new authority."""
    kept = {"purpose": purpose, "private_key": private_key, "certificate": certificate}
    connection.execute(insert(authority), kept)


def find_terminal(connection: Connection, institution_code: str) -> tuple[bytes, bytes] | None:
    """Return a terminal's private key and card-verifiable certificate, if it has them."""
    row = connection.execute(_TERMINAL, {"institution_code": institution_code}).one_or_none()
    return (row.private_key, row.certificate) if row else None


def add_terminal(
    connection: Connection, institution_code: str, private_key: bytes, certificate: bytes
) -> None:
    """Keep a terminal's private key and card-verifiable certificate."""
    kept = {
        "institution_code": institution_code,
        "private_key": private_key,
        "certificate": certificate,
    }
    connection.execute(insert(terminal_credential), kept)
