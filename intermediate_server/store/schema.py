"""The tables of the intermediate server.

Large tables begin their keys with ``bucket``; all rows of a person lie in one bucket.
"""

from sqlalchemy import (
    Column,
    Date,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    Time,
)

from storage import UtcDateTime

metadata = MetaData()

change = Table(
    "change",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(8), nullable=False),
    Column("insurer_number", String(8), nullable=False),
    Column("insurer_name", Text, nullable=False),
    Column("insured_card_symbol", String(20), nullable=False),
    Column("insured_identification_number", String(20), nullable=False),
    Column("insured_branch_number", String(2), nullable=False),
    Column("personal_family_classification", String(1), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_kana", Text, nullable=False),
    Column("sex1", String(1), nullable=False),
    Column("birthdate", Date, nullable=False),
    Column("address", Text, nullable=False),
    Column("post_number", String(8), nullable=False),
    Column("qualification_date", Date, nullable=False),
    Column("disqualification_date", Date),
    Column("reason_of_loss", String(2)),
    Column("insured_partial_contribution_ratio", String(3), nullable=False),
    Column("filed_on", Date, nullable=False),
    Column("filed_at", Time),
    Column("lag_mode", String(16), nullable=False),
    Column("lag_days", SmallInteger, nullable=False),
    Column("lag_cutoff", Time),
    Column("lag_insurer_days", SmallInteger, nullable=False),
    Column("lag_visible_days", SmallInteger, nullable=False),
    Column("visible_from", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Index("change_by_recording", "recorded_at"),
)
"""The ledger. It is only ever added to; each row is the whole state of one qualification, with
the lag as it was counted at its filing."""

outbox = Table(
    "outbox",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("visible_from", UtcDateTime, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Index("outbox_by_instant", "visible_from"),
)
"""What waits for its delivery, in the order of it: what is due is the beginning of a bucket."""

delivery = Table(
    "delivery",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("delivered_at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Index("delivery_by_instant", "delivered_at"),
)
"""What OQS has, since which business instant, and when that was on the wall."""
