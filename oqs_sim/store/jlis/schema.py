"""The tables of J-LIS beside those of its cards: small ones, all of them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
)

from oqs_sim.store.schema import KEY_IS_THE_TABLE, metadata
from storage import UtcDateTime

authority_generation = Table(
    "authority_generation",
    metadata,
    Column("purpose", String(16), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("private_key", LargeBinary, nullable=False),
    Column("certificate", LargeBinary, nullable=False),
    **KEY_IS_THE_TABLE,
)
"""The generations of the two X.509 authorities, from 1; those of a purpose bear one name, and each
has a key of its own. In DER."""

ocsp_responder = Table(
    "ocsp_responder",
    metadata,
    Column("authority_key", LargeBinary, primary_key=True),
    Column("private_key", LargeBinary, nullable=False),
    Column("certificate", LargeBinary, nullable=False),
    **KEY_IS_THE_TABLE,
)
"""Whom a generation, by its key identifier, has answer for it what stands of its certificates."""

jlis_outage = Table(
    "jlis_outage",
    metadata,
    Column("name", String(8), primary_key=True),
    Column("begins_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime),
)
"""When J-LIS is out, in business time: one row at most; without an end, until that is lifted."""

reissue_order = Table(
    "reissue_order",
    metadata,
    Column("number", String(12), primary_key=True),
    Column("bucket", SmallInteger, nullable=False),
    Column("person_reference", String(20), nullable=False),
    Column("reason", String(16), nullable=False),
    Column("applied_on", Date, nullable=False),
    Column("express", Boolean, nullable=False),
    Column("soonest_on", Date, nullable=False),
    Column("usually_on", Date, nullable=False),
    Column("fee_yen", Integer, nullable=False),
    Column("card", String(15)),
    **KEY_IS_THE_TABLE,
)
"""Cards that were applied for in place of another, or at once (特急発行); ``card`` is the serial
number of the one that was handed over."""

revocation_list_number = Table(
    "revocation_list_number",
    metadata,
    Column("authority_key", LargeBinary, primary_key=True),
    Column("number", BigInteger, nullable=False),
    **KEY_IS_THE_TABLE,
)
"""The number of the last revocation list of a generation, by its key identifier."""
