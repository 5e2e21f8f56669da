"""The seed of OQS, and what its clock showed then.

Not put back is what must not be undone: spent challenges and their secrets, the clock (which
`oqs_sim.operation.reset` sets itself), and the count of what was set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from oqs_sim.store.operation.schema import operation_seed, operation_state
from oqs_sim.store.schema import metadata
from storage import SeedKeeper, insert_into
from wire.clock import ClockMode

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Engine, Insert

_STAY = (
    "challenge_key", "used_challenge", "challenge_horizon", "clock", "operation_state",
)  # fmt: skip
"""Tables that are not put back."""
_TAKEN = select(
    operation_seed.c.identity,
    operation_seed.c.taken_at,
    operation_seed.c.business_at,
    operation_seed.c.mode,
    operation_seed.c.rate,
)
"""When the seed was taken, and by which clock; no row where none was."""
_LEAST_EPOCH = select(func.max(operation_state.c.least_epoch))
"""Since which epoch of its ledger the intermediate server's changes are taken."""


@dataclass(frozen=True)
class TakenSeed:
    """When the seed of OQS was taken."""

    identity: str
    taken_at: datetime
    business_at: datetime
    mode: ClockMode
    rate: float


def _count_reset(dialect: Dialect) -> Insert:
    """Count that the database was put back, and keep the epoch of the ledger since then."""
    new = insert_into(operation_state, dialect).values(
        name="state", revision=1, seed_revision=1, least_epoch=bindparam("epoch")
    )
    counted = {
        "revision": operation_state.c.revision + 1,
        "seed_revision": operation_state.c.seed_revision + 1,
        "least_epoch": new.excluded.least_epoch,
    }
    return new.on_conflict_do_update(index_elements=["name"], set_=counted)


def seed_keeper(engine: Engine) -> SeedKeeper:
    """Return what takes the seed of OQS, and puts it back."""
    return SeedKeeper(engine, metadata, operation_seed, _STAY)


def seed_taken(connection: Connection) -> TakenSeed | None:
    """Return when the seed was taken, if one was."""
    row = connection.execute(_TAKEN).one_or_none()
    if row is None:
        return None
    return TakenSeed(row.identity, row.taken_at, row.business_at, ClockMode(row.mode), row.rate)


def least_epoch(connection: Connection) -> int:
    """Return since which epoch of its ledger changes are taken of the intermediate server."""
    return connection.scalar(_LEAST_EPOCH) or 0


def count_reset(connection: Connection, epoch: int | None) -> None:
    """Have all processes learn that the database was put back.

    ``epoch`` is that of the ledger since then; None where it did not go back.
    """
    known = least_epoch(connection) if epoch is None else epoch
    connection.execute(_count_reset(connection.dialect), {"epoch": known})
