"""The tables of the portal (マイナポータル)."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
)

from oqs_sim.store.schema import KEY_IS_THE_TABLE, metadata
from storage import UtcDateTime, by_bucket

portal_sign_in = Table(
    "portal_sign_in",
    metadata,
    Column("code", String(8), primary_key=True),
    Column("browser", LargeBinary, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("person_reference", String(20), nullable=False, server_default=""),
    **KEY_IS_THE_TABLE,
)
"""Sign-ins that wait for a card: the code that a page shows, which browser shows it (SHA-256 of
what it has in a cookie), and whose card has proved itself since; nobody's yet where that is empty.
``expires`` is database time, in microseconds since 1970."""

portal_session = Table(
    "portal_session",
    metadata,
    Column("token", LargeBinary, primary_key=True),
    Column("person_reference", String(20), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("means", String(8), nullable=False),
    Column("expires", BigInteger, nullable=False),
    **KEY_IS_THE_TABLE,
)
"""Who is signed in, by the SHA-256 of the token that only their browser has; ``expires`` as above.
"""

portal_discrepancy = Table(
    "portal_discrepancy",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("reported_at", UtcDateTime, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("name", Text, nullable=False),
    Column("birthdate", Date, nullable=False),
    Column("sex", String(4), nullable=False),
    Column("address", Text, nullable=False),
    Column("insured_number", Text, nullable=False),
    Column("visited_on", Date, nullable=False),
    Column("institution", Text, nullable=False),
    Column("ratio_paid", SmallInteger, nullable=False),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""Discrepancies (相違) that a person has reported (R-098), each with its eight items."""
