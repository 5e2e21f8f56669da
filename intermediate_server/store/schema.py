"""The tables of the intermediate server.

Large tables begin their keys with ``bucket``; all rows of a person lie in one bucket.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    Time,
    false,
)

from storage import UtcDateTime, by_bucket

metadata = MetaData()

change = Table(
    "change",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
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
    Column("timing", String(8), nullable=False, server_default="lag"),
    Column("shown_on", Date),
    Column("view_stopped", String(1), nullable=False, server_default="0"),
    Column("self_information_blocked", String(1), nullable=False, server_default="0"),
    Column("undisclosed", String(1), nullable=False, server_default="0"),
    Column("special_medical_expense", String(1), nullable=False, server_default="0"),
    Column("consideration", String(1), nullable=False, server_default="0"),
    Column("card_lost", String(1), nullable=False, server_default="0"),
    Column("limit_classification_flag", String(3)),
    Column("limit_valid_start_date", Date),
    Column("limit_valid_end_date", Date),
    Column("householder", Text, nullable=False, server_default=""),
    Column("registration_order", String(8)),
    Column("filed_by", String(40), nullable=False, server_default=""),
    Column("channel", String(8), nullable=False, server_default="line"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("refers_to", Integer),
    Column("content_key", LargeBinary(16)),
    Index("change_by_recording", "recorded_at"),
    **by_bucket(),
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
    **by_bucket(),
)
"""What waits for its delivery, in the order of it: what is due is the beginning of a bucket.

``visible_from`` is the change's own, but for one that was held: then it is that of its release.
"""

held = Table(
    "held",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("insurer_number", String(8), nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
)
"""What a person has to release before it waits for its delivery."""

lease = Table(
    "lease",
    metadata,
    Column("bucket", SmallInteger, primary_key=True, autoincrement=False),
    Column("worker", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("delivered", BigInteger, nullable=False),
)
"""Which worker delivers the changes of a bucket, until when on the wall: others leave it alone.
With it, how many changes of the bucket OQS has: counting them would take as long as there are
many. One row for each bucket."""

sync_control = Table(
    "sync_control",
    metadata,
    Column("name", String(8), primary_key=True),
    Column("paused_by", Text),
    Column("paused_at", UtcDateTime),
    Column("swept_until", UtcDateTime),
)
"""Whether the delivery is paused, by whom and since when on the wall; and the business instant up
to which the windows of delivery have been used."""

delivery = Table(
    "delivery",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("delivered_at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    # The rows lie in the order of delivery anyway; an index by blocks costs next to nothing.
    Index("delivery_by_instant", "delivered_at", postgresql_using="brin"),
    **by_bucket(),
)
"""What OQS has, since which business instant, and when that was on the wall."""

attention = Table(
    "attention",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("since_version", Integer, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Index("attention_by_recording", "recorded_at"),
)
"""What of the ledger a clerk should look at: two insurers for the same day, a stopped view."""

document = Table(
    "document",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("document_number", Integer, primary_key=True, autoincrement=False),
    Column("based_on_version", Integer, nullable=False),
    Column("occasion_version", Integer),
    Column("insurer_number", String(8), nullable=False),
    Column("occasion", String(32), nullable=False),
    Column("kind", String(16)),
    Column("reason", Text, nullable=False),
    Column("rules", Text, nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("issued_on", Date),
    Column("expires_on", Date),
    Column("ratio_from", Date),
    Column("renewed", Boolean, nullable=False, server_default=false()),
    Column("succeeds", Integer),
    Column("delivery", String(16)),
    Column("recorded_at", UtcDateTime, nullable=False),
    Index("document_by_recording", "recorded_at"),
    **by_bucket(),
)
"""交付簿: each decision on a document, also that none is issued, and why. What is printed is the
state of the entry that it is based on, which never changes."""

document_event = Table(
    "document_event",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("document_number", Integer, primary_key=True, autoincrement=False),
    Column("event_number", Integer, primary_key=True, autoincrement=False),
    Column("event", String(16), nullable=False),
    Column("happened_on", Date, nullable=False),
    Column("note", Text, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    **by_bucket(),
)
"""What became of a document: sent, by which way; come back undelivered; given back."""
