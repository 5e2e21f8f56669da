"""Database time, the secrets of challenges, and the challenges that have been spent.

Database time is what all processes of OQS on one database agree on, in whole microseconds since
1970. On PostgreSQL it is the server's clock. On SQLite, whose processes share a machine, it is the
machine's clock, but never less than what one of them has written down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import (
    BigInteger,
    LargeBinary,
    Select,
    bindparam,
    cast,
    delete,
    extract,
    func,
    insert,
    literal_column,
    select,
)

from oqs_sim.store.schema import challenge_horizon, challenge_key, used_challenge
from storage import insert_into, lock_name

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Dialect, Insert

_KEYS = select(challenge_key).order_by(challenge_key.c.number)
"""All secrets that there are, the newest last."""

_FORGET_KEYS = delete(challenge_key).where(challenge_key.c.number < bindparam("below"))
"""Takes out secrets whose challenges have all expired."""

_REACHED = func.coalesce(
    select(func.max(challenge_horizon.c.reached)).scalar_subquery(), literal_column("0", BigInteger)
)
"""The horizon; there is none before the first process has come."""

_CLEAR = delete(used_challenge).where(used_challenge.c.expires < bindparam("until"))
"""Clears away spent challenges that expired before an instant."""

IS_SPENT = select(used_challenge.c.expires).where(used_challenge.c.nonce == bindparam("nonce"))
"""Whether a challenge was spent; one that expired long ago may have been cleared away."""


class ChallengeKey(NamedTuple):
    """A secret under which challenges are issued."""

    number: int
    secret: bytes
    made_at: int
    """Database time."""


class Standing(NamedTuple):
    """Database time, and the secrets, as they are at that instant."""

    now: int
    keys: tuple[ChallengeKey, ...]
    """The newest last."""


def _latest(dialect: Dialect, *instants: ColumnElement[int]) -> ColumnElement[int]:
    """Return the latest of some instants."""
    return func.max(*instants) if dialect.name == "sqlite" else func.greatest(*instants)


def _now(dialect: Dialect) -> ColumnElement[int]:
    """Return database time: what a process of SQLite gives as ``now``, or the server's clock."""
    if dialect.name == "sqlite":
        return bindparam("now", type_=BigInteger)
    return cast(extract("epoch", func.clock_timestamp()) * literal_column("1000000"), BigInteger)


def _time(dialect: Dialect) -> Select[int]:
    """Tell database time."""
    if dialect.name == "sqlite":
        return select(_latest(dialect, _now(dialect), _REACHED))
    return select(_now(dialect))


def spend(dialect: Dialect) -> Insert:
    """Spend a challenge; no row is touched if it was spent before, or has expired by now."""
    expires = bindparam("expires", type_=BigInteger)
    fresh = select(bindparam("nonce", type_=LargeBinary), expires).where(
        expires > _latest(dialect, _now(dialect), _REACHED)
    )
    return (
        insert_into(used_challenge, dialect)
        .from_select(["nonce", "expires"], fresh)
        .on_conflict_do_nothing(index_elements=["nonce"])
    )


def reach(dialect: Dialect) -> Insert:
    """Move the horizon on to ``now``; never back."""
    new = insert_into(challenge_horizon, dialect).values(
        name=literal_column("'reached'"), reached=bindparam("now", type_=BigInteger)
    )
    return new.on_conflict_do_update(
        index_elements=["name"],
        set_={"reached": _latest(dialect, challenge_horizon.c.reached, new.excluded.reached)},
    )


def standing(connection: Connection, clock: int | None) -> Standing:
    """Read database time and the secrets; ``clock`` is the machine's, which SQLite goes by."""
    now: int = connection.execute(_time(connection.dialect), {"now": clock}).scalar_one()
    return Standing(now, keys(connection))


def keys(connection: Connection) -> tuple[ChallengeKey, ...]:
    """Return all secrets, the newest last."""
    return tuple(ChallengeKey(*row) for row in connection.execute(_KEYS))


def write_time(connection: Connection, now: int) -> None:
    """Write down that database time has come so far."""
    connection.execute(reach(connection.dialect), {"now": now})


def lock_keys(connection: Connection) -> None:
    """Let one process at a time make a secret, or clear away."""
    lock_name(connection, "challenge keys")


def add_key(connection: Connection, key: ChallengeKey) -> None:
    """Keep a new secret."""
    connection.execute(insert(challenge_key), key._asdict())


def forget_keys(connection: Connection, below: int) -> None:
    """Take out the secrets of lower numbers."""
    connection.execute(_FORGET_KEYS, {"below": below})


def clear(connection: Connection, until: int) -> None:
    """Clear away the spent challenges that expired before ``until``.

    From now on nothing that expires before then is accepted, so that none of them comes back.
    """
    write_time(connection, until)
    connection.execute(_CLEAR, {"until": until})
