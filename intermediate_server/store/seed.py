"""The seed of the intermediate server, and the hold on its delivery while the seed is dealt with.

Whenever it is taken or put back, a new epoch of the ledger begins: what a worker has read before is
marked no more, and OQS, which is told the epoch, does not apply it. While the delivery is held no
worker reads anything: OQS and the ledger can then go back one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, update

from intermediate_server.store.outgoing.leases import NEVER, epoch_at
from intermediate_server.store.schema import lease, metadata, seed
from storage import SeedKeeper, database_time
from wire.clock import wall_clock

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

HELD_SECONDS = 60.0
"""How long (on the wall) the delivery is held at most, should nobody end that."""
HOLDER = "seed"
"""Who has the buckets meanwhile, in place of a worker."""
_LATEST_EPOCH = select(func.max(lease.c.epoch))
"""The epoch of the ledger."""
_TAKE_ALL = update(lease).values(
    worker=bindparam("holder"), expires_at=bindparam("until"), epoch=bindparam("new_epoch")
)
"""Takes all buckets from whoever has them, and begins an epoch."""
_GIVE_BACK = update(lease).where(lease.c.worker == HOLDER).values(worker="", expires_at=NEVER)
"""Gives the buckets to the workers again."""


@dataclass(frozen=True)
class LedgerSeed:
    """Takes the seed, and puts it back."""

    engine: Engine
    _keeper: SeedKeeper = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_keeper", SeedKeeper(self.engine, metadata, seed))

    def take(self, identity: str, *, hold: bool) -> int:
        """Keep what there is now; return the epoch that has begun.

        With ``hold`` nothing is delivered until `end_hold`.
        """
        with self.engine.begin() as connection:
            epoch = _begin_epoch(connection, _latest_epoch(connection), hold=True)
        try:
            self._keeper.take(identity, wall_clock())
        finally:
            if not hold:
                self.end_hold()
        return epoch

    def go_back(self, identity: str | None, *, hold: bool) -> int:
        """Put the seed back; return the epoch that has begun. ``identity`` is that of the others.

        With ``hold`` nothing is delivered until `end_hold`.

        Raises:
            SeedUnusable: there is none that fits.
        """
        with self._keeper.opened() as connection:
            latest = _latest_epoch(connection)
            self._keeper.put_back(connection, identity)
            # The buckets are put back too: as they were, a worker of then might have them.
            return _begin_epoch(connection, latest, hold=hold)

    def end_hold(self) -> None:
        """Let the workers deliver again."""
        with self.engine.begin() as connection:
            connection.execute(_GIVE_BACK)


def _latest_epoch(connection: Connection) -> int:
    return connection.scalar(_LATEST_EPOCH) or 0


def _begin_epoch(connection: Connection, latest: int, *, hold: bool) -> int:
    """Begin an epoch after the latest one, with the buckets held or free."""
    now = database_time(connection)
    epoch = max(latest + 1, epoch_at(now))
    until = now + timedelta(seconds=HELD_SECONDS) if hold else NEVER
    asked = {"holder": HOLDER if hold else "", "until": until, "new_epoch": epoch}
    connection.execute(_TAKE_ALL, asked)
    return epoch
