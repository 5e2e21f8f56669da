"""The tables of consents, 特定疾病療養受療証 and views of medical information.

Medical information itself is in no table: it is made when it is read.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, SmallInteger, String, Table, Text

from oqs_sim.store.schema import KEY_IS_THE_TABLE, metadata
from storage import UtcDateTime, by_bucket

card_reading = Table(
    "card_reading",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("institution_code", String(10), primary_key=True),
    Column("read_at", UtcDateTime, nullable=False),
    Column("identity_method", String(8), nullable=False),
    Column("operating_type", String(16), nullable=False),
    Column("items", Text, nullable=False),
    Column("certificate_expires_on", Date, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Column("end_reason", String(1)),
    **KEY_IS_THE_TABLE,
    **by_bucket(room_for_updates=True),
)
"""The last time that a person's card was read at an institution, as its reader told of it: how the
holder was identified, and what they agreed to (their `ConsentItem` with commas between). A new
reading takes the place of the one before (P-035). A withdrawal ends what was agreed to, for a
reason (OQSCD031), and leaves what it was."""

specific_disease = Table(
    "specific_disease",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("category", String(1), primary_key=True),
    Column("issued_on", Date, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),
    Column("self_pay", Integer, nullable=False),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""特定疾病療養受療証 of a person, one for each disease (OQSCD013); ``self_pay`` in yen a month."""

medical_view = Table(
    "medical_view",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("viewed_at", UtcDateTime, primary_key=True),
    Column("view_id", String(16), primary_key=True),
    Column("institution_code", String(10), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("profession", String(12), nullable=False),
    Column("user_id", String(20), nullable=False),
    Column("ground", String(10), nullable=False),
    Column("refusal", String(40)),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""Who looked at which medical information, by what right, and whether it was refused. What the
person reads of it is in ``inquiry_log``; here stands the qualified user (有資格者) besides."""
