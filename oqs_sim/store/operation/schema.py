"""The tables of the operation (運用): what an operator opens, closes, delays and breaks.

All of them are small: they hold what people have set, and the last requests.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Integer,
    String,
    Table,
    Text,
)

from oqs_sim.store.schema import KEY_IS_THE_TABLE, metadata
from storage import UtcDateTime

operation_window = Table(
    "operation_window",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("institution_code", String(10)),
    Column("prefecture", String(2)),
    Column("opens_at", UtcDateTime, nullable=False),
    Column("closes_at", UtcDateTime),
    Column("opened_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("municipalities", Text),
    **KEY_IS_THE_TABLE,
)
"""What an operator has opened: for one institution, a prefecture, municipalities (with blanks
between them), or (all empty) for all.

Instants are business time; one that never closes has no end.
"""

operation_use = Table(
    "operation_use",
    metadata,
    Column("window", Integer, primary_key=True, autoincrement=False),
    Column("institution_code", String(10), primary_key=True),
    Column("uses", Integer, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("reported_at", UtcDateTime),
    **KEY_IS_THE_TABLE,
)
"""Who has used a mode, how often, and whether the report of it has come (P-087)."""

operation_state = Table(
    "operation_state",
    metadata,
    Column("name", String(8), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("seed_revision", Integer, nullable=False),
    Column("least_epoch", BigInteger, nullable=False, server_default="0"),
    **KEY_IS_THE_TABLE,
)
"""Counts what has been set, so that every process learns by one small read that it has to look;
and how often the database was put back to its seed. Of the intermediate server's ledger,
``least_epoch`` is the epoch since the last reset: what was read of it before is taken no more."""

operation_delay = Table(
    "operation_delay",
    metadata,
    Column("path", String(80), primary_key=True),
    Column("institution_code", String(10), primary_key=True),
    Column("profile", String(16), nullable=False),
    **KEY_IS_THE_TABLE,
)
"""The delay profile of a path, of an institution, of both, or (both empty) of all requests."""

operation_fault = Table(
    "operation_fault",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("effect", String(200), nullable=False),
    Column("path", String(80), nullable=False),
    Column("institution_code", String(10), nullable=False),
    Column("probability", Float, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("most", Integer),
    Column("seen", Integer, nullable=False),
    Column("struck", Integer, nullable=False),
    **KEY_IS_THE_TABLE,
)
"""What goes wrong with requests: the effect as it is written, whom it strikes, and how often it
has. ``seen`` counts the requests that it might have struck, by which chance is repeatable."""

operation_message = Table(
    "operation_message",
    metadata,
    Column("institution_code", String(10), primary_key=True),
    Column("setting", Text, nullable=False),
    **KEY_IS_THE_TABLE,
)
"""How the answers to an institution's terminal are written, as JSON; the empty code is for all
that have no setting of their own."""

request_journal = Table(
    "request_journal",
    metadata,
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("role", String(24), nullable=False),
    Column("institution_code", String(24), nullable=False),
    Column("method", String(8), nullable=False),
    Column("path", String(120), nullable=False),
    Column("status", Integer),
    Column("code", String(48)),
    Column("validity", String(1)),
    Column("milliseconds", Float, nullable=False),
    Column("struck_by", String(200)),
    Column("person_reference", String(20)),
    Column("near_misses", Text),
    Column("asked", Text),
    **KEY_IS_THE_TABLE,
)
"""The last requests of the lines, of all processes; older ones are cleared away.

``entry`` is when it was answered, in nanoseconds since 1970, or the next free number. ``status`` is
empty where nothing was answered. ``asked`` is what was sent, kept only where a setting says so.
"""

operation_seed = Table(
    "operation_seed",
    metadata,
    Column("name", String(8), primary_key=True),
    Column("taken_at", UtcDateTime, nullable=False),
    Column("business_at", UtcDateTime, nullable=False),
    Column("mode", String(16), nullable=False),
    Column("rate", Float, nullable=False),
    Column("version", String(32), nullable=False),
    Column("identity", String(32), nullable=False, server_default=""),
    **KEY_IS_THE_TABLE,
)
"""When the seed was taken that a reset goes back to (wall and business time), of which revision of
the tables it is, and what the seeds are called that were taken together."""
