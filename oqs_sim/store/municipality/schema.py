"""The tables of the municipality's counter."""

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
    Text,
)

from oqs_sim.store.schema import KEY_IS_THE_TABLE, metadata
from storage import UtcDateTime, by_bucket

counter_procedure = Table(
    "counter_procedure",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("act", String(24), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("card", String(15)),
    Column("planned_on", Date),
    Column("moved_on", Date),
    Column("continued", Boolean, nullable=False),
    Column("channel", String(16)),
    Column("reason", String(16)),
    Column("kind", String(32)),
    Column("stay_ends_on", Date),
    Column("ready_on", Date),
    Column("sentence", Text, nullable=False),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""受付簿: what was done for a person at the counter, never changed; no PIN is in it.

``at`` is business time. What a card is good for follows from all procedures of the person.
"""

card_rest = Table(
    "card_rest",
    metadata,
    Column("authority_key", LargeBinary, primary_key=True),
    Column("serial", BigInteger, primary_key=True, autoincrement=False),
    Column("cause", String(16), nullable=False),
    Column("lapses_at", UtcDateTime),
    **KEY_IS_THE_TABLE,
)
"""Why a certificate rests, or will, by a move; ``certificate.rests_from`` says from when.

A check reads it only when it refuses. From ``lapses_at`` on the stop is for good.
"""

certificate_end = Table(
    "certificate_end",
    metadata,
    Column("expires_on", Date, primary_key=True),
    Column("authority_key", LargeBinary, primary_key=True),
    Column("serial", BigInteger, primary_key=True, autoincrement=False),
    Column("person_reference", String(20), nullable=False),
    Column("notified_on", Date),
    **KEY_IS_THE_TABLE,
)
"""The way in by last day, of certificates for identification on cards, and when its holder was told
of it by 有効期限通知書."""
