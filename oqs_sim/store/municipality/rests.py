"""Cards that rest or lapse (休止・失効) by what was done at the counter, or was not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, bindparam, delete, insert, select, update

from oqs_sim.store.municipality.schema import card_rest
from oqs_sim.store.schema import certificate

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


class CertificateKey(NamedTuple):
    """A certificate by its issuer's key identifier and its serial."""

    authority_key: bytes
    serial: int

    @property
    def bound(self) -> dict[str, bytes | int]:
        """The values that the statements wait for."""
        return {"of_authority": self.authority_key, "of_serial": self.serial}


class Rest(NamedTuple):
    """Why a certificate rests by a move, and from when that is for good."""

    cause: str
    lapses_at: datetime | None

    def lapsed(self, at: datetime) -> bool:
        """Tell whether nothing but a new card helps at the instant."""
        return self.lapses_at is not None and self.lapses_at <= at


_IS_REST = and_(
    card_rest.c.authority_key == bindparam("of_authority"),
    card_rest.c.serial == bindparam("of_serial"),
)

REST = select(card_rest.c.cause, card_rest.c.lapses_at).where(_IS_REST)
"""Why a certificate rests, or will."""

_FORGET = delete(card_rest).where(_IS_REST)
"""Forgets why a certificate rested."""

_REST = (
    update(certificate)
    .where(
        certificate.c.authority_key == bindparam("of_authority"),
        certificate.c.serial == bindparam("of_serial"),
    )
    .values(rests_from=bindparam("at"))
)
"""Has a certificate rest from an instant on, also one to come; or ends that."""


def rest_of(connection: Connection, key: CertificateKey) -> Rest | None:
    """Return why a certificate rests or will; None where it does not."""
    row = connection.execute(REST, key.bound).one_or_none()
    return Rest(*row) if row else None


def set_rest(
    connection: Connection, key: CertificateKey, since: datetime | None, rest: Rest | None
) -> None:
    """Have a certificate rest from an instant on, and say why; or end that with None.

    A suspension (一時停止) is another thing, and stays as it is.
    """
    connection.execute(_REST, {**key.bound, "at": since})
    connection.execute(_FORGET, key.bound)
    if rest is not None:
        connection.execute(insert(card_rest), {**key._asdict(), **rest._asdict()})
