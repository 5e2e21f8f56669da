"""The ends of certificates by day, and who was told of them (有効期限通知書)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, insert, select, update

from oqs_sim.store.municipality.schema import certificate_end

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection


class CertificateEnd(NamedTuple):
    """The end of a certificate for identification on a card."""

    expires_on: date
    """The last day."""
    authority_key: bytes
    serial: int
    person_reference: str
    notified_on: date | None = None
    """When its holder was told."""


_ENDING = (
    select(*(certificate_end.c[name] for name in CertificateEnd._fields))
    .where(
        certificate_end.c.expires_on >= bindparam("first"),
        certificate_end.c.expires_on <= bindparam("last"),
    )
    .order_by(
        certificate_end.c.expires_on, certificate_end.c.authority_key, certificate_end.c.serial
    )
)
"""What ends within some days."""

_NOTIFY = (
    update(certificate_end)
    .where(
        certificate_end.c.expires_on == bindparam("of_day"),
        certificate_end.c.authority_key == bindparam("of_authority"),
        certificate_end.c.serial == bindparam("of_serial"),
        certificate_end.c.notified_on.is_(None),
    )
    .values(notified_on=bindparam("on"))
)
"""Says when the holder was told; the first time counts."""


def add_end(connection: Connection, new: CertificateEnd) -> None:
    """Write down when a certificate ends."""
    connection.execute(insert(certificate_end), new._asdict())


def ending(connection: Connection, first: date, last: date) -> list[CertificateEnd]:
    """Return what ends within these days, the first first, revoked ones too."""
    rows = connection.execute(_ENDING, {"first": first, "last": last})
    return [CertificateEnd(*row) for row in rows]


def note_told(connection: Connection, end: CertificateEnd, on: date) -> bool:
    """Note that a holder was told; return False where that was noted before."""
    which = {
        "of_day": end.expires_on,
        "of_authority": end.authority_key,
        "of_serial": end.serial,
        "on": on,
    }
    return connection.execute(_NOTIFY, which).rowcount > 0
