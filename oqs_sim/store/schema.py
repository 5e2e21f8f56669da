"""The tables of OQS.

Large tables begin their keys with ``bucket``; all rows of a person lie in one bucket. A way
in (certificate, number) is a small table of its own that leads to bucket and person.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    false,
    true,
)

from oqs_sim.store.qualification_columns import NUMBER, key_column, state_columns
from storage import UtcDateTime, by_bucket, idempotency_table

metadata = MetaData()

KEY_IS_THE_TABLE: dict[str, Any] = {"sqlite_with_rowid": False}
"""On SQLite the rows lie in the order of the key itself: one search, where a hidden row number
and an index on the key would be two."""

resident = Table(
    "resident",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("individual_number", String(12), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_kana", Text, nullable=False),
    Column("sex1", String(1), nullable=False, key="sex"),
    Column("birthdate", Date, nullable=False),
    Column("address", Text, nullable=False),
    Column("post_number", String(8), nullable=False),
    Column("municipality_code", String(5), nullable=False),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""住民基本台帳, as the J-LIS simulator keeps it."""

resident_by_number = Table(
    "resident_by_number",
    metadata,
    Column("individual_number", String(12), primary_key=True),
    Column("bucket", SmallInteger, nullable=False),
    Column("person_reference", String(20), nullable=False),
    **KEY_IS_THE_TABLE,
)
"""The way in by 個人番号."""

resident_by_birth = Table(
    "resident_by_birth",
    metadata,
    Column("birthdate", Date, primary_key=True),
    Column("sex1", String(1), primary_key=True, key="sex"),
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    **KEY_IS_THE_TABLE,
)
"""The way in by what is printed on a card, for 障害時モード and 災害時モード: it leads to those who
have the birthdate and the sex, among whom name and address choose."""

authority = Table(
    "authority",
    metadata,
    Column("purpose", String(16), primary_key=True),
    Column("private_key", LargeBinary, nullable=False),
    Column("certificate", LargeBinary, nullable=False),
)
"""The simulated authorities of the cards' signatures and of the terminals (with card-verifiable
certificates), by name; those of X.509 have generations. All in DER."""

certificate = Table(
    "certificate",
    metadata,
    Column("authority_key", LargeBinary, primary_key=True),
    Column("serial", BigInteger, primary_key=True, autoincrement=False),
    Column("bucket", SmallInteger, nullable=False),
    Column("person_reference", String(20), nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("suspended_at", UtcDateTime),
    Column("stop_reason", String(32)),
    Column("grace", Boolean, nullable=False, server_default=true()),
    Column("renewed_at", UtcDateTime),
    Column("replaced_expiry", Date),
    Column("awaits_link", Boolean, nullable=False, server_default=false()),
    Column("suspended_by", String(15)),
    Column("rests_from", UtcDateTime),
    **KEY_IS_THE_TABLE,
)
"""The way in by certificate: issuer's key identifier and serial.

The fingerprint (SHA-256 of the DER) says that what a card shows is, byte for byte, what was
issued; key usage and policy are then those of its authority. A renewed one has the instant of its
renewal and the last day of the one that it replaced, by which checks still go for a while (P-007).
One that took the place of another waits until a check has J-LIS say whose it is (``awaits_link``).
``suspended_by`` is the carrier that was reported: a phone is suspended with its card (P-013).
A suspension (一時停止) and a rest by a move (休止, ``rests_from``, perhaps a day to come) are two
things: each ends by itself, and the certificate works where neither holds (R-112, R-115, R-119).
"""

issued_card = Table(
    "issued_card",
    metadata,
    Column("serial_number", String(15), primary_key=True),
    Column("bucket", SmallInteger, nullable=False),
    Column("person_reference", String(20), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("expires_on", Date, nullable=False),
    **KEY_IS_THE_TABLE,
)
"""The way in by 製造番号: cards, and phones with certificates of their own."""

card_certificate = Table(
    "card_certificate",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("authority_key", LargeBinary, primary_key=True),
    Column("serial", BigInteger, primary_key=True, autoincrement=False),
    Column("card", String(15), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("purpose", String(16), nullable=False),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""The certificates of a person, on whatever carrier; how each stands is in ``certificate``."""

terminal_credential = Table(
    "terminal_credential",
    metadata,
    Column("institution_code", String(10), primary_key=True),
    Column("private_key", LargeBinary, nullable=False),
    Column("certificate", LargeBinary, nullable=False),
)
"""Keys with which terminals use a card without its PIN (simulation), one for each institution."""

registration = Table(
    "registration",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("registered_at", UtcDateTime, nullable=False),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""Who has registered the card for insurance use (利用登録)."""

registration_order = Table(
    "registration_order",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("released_from", UtcDateTime),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""The newest that an insurer reported of a use registration: from when it is released, if at all.
A registration that is older than that instant has ended."""

qualification = Table(
    "qualification",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    key_column("person_reference"),
    *map(key_column, NUMBER),
    *state_columns(),
    **KEY_IS_THE_TABLE,
    **by_bucket(room_for_updates=True),
)
"""What OQS knows now of a person's qualifications, each at its newest version."""

qualification_before = Table(
    "qualification_before",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    key_column("person_reference"),
    *map(key_column, NUMBER),
    Column("version", Integer, primary_key=True, autoincrement=False),
    *(column for column in state_columns() if column.name != "version"),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""What OQS knew of a qualification until a higher version came: for answers as of some days ago."""

qualification_by_number = Table(
    "qualification_by_number",
    metadata,
    *map(key_column, NUMBER),
    key_column("person_reference"),
    Column("bucket", SmallInteger, nullable=False),
    **KEY_IS_THE_TABLE,
)
"""The way in by 記号・番号・枝番."""

challenge_key = Table(
    "challenge_key",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("secret", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    **KEY_IS_THE_TABLE,
)
"""Secrets by which all processes of OQS know the challenges that any of them has issued; made at
an instant of database time, in microseconds since 1970."""

used_challenge = Table(
    "used_challenge",
    metadata,
    Column("nonce", LargeBinary, primary_key=True),
    Column("expires", BigInteger, nullable=False),
    **KEY_IS_THE_TABLE,
)
"""Challenges that have been signed and sent; kept until they have expired by database time, which
is in microseconds since 1970."""

challenge_horizon = Table(
    "challenge_horizon",
    metadata,
    Column("name", String(8), primary_key=True),
    Column("reached", BigInteger, nullable=False),
)
"""An instant of database time that has passed: what expired before it is never accepted again,
whatever a clock shows, and spent challenges may have been cleared away until there."""

inquiry_log = Table(
    "inquiry_log",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("institution_code", String(10), nullable=False),
    Column("reference_classification", String(1), nullable=False),
    Column("validity", String(1)),
    Column("purpose", String(16), nullable=False, server_default="check"),
    Column("refusal", String(40)),
    Column("agreed", Text),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""Who asked about a person, when, what for, and what came of it: an answer with its validity, or a
refusal with its code. The person may see it in the portal, and to what they agreed at the reader
(``agreed``, their `ConsentItem` with commas between), where it told.

``asked_at`` is business time. ``entry`` is when it was written, in nanoseconds since 1970 of
database time, or the next free number after it. Where nobody was found, the person is empty; where
the person asked at the portal, the institution is.
"""

clock = Table(
    "clock",
    metadata,
    Column("name", String(8), primary_key=True),
    Column("mode", String(16), nullable=False),
    Column("rate", Float, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("business_anchor", UtcDateTime, nullable=False),
    Column("wall_anchor", UtcDateTime, nullable=False),
    Column("shown_until", UtcDateTime),
    Column("advanced_to", UtcDateTime),
    Column("advancing_by", String(32)),
    Column("advancing_until", UtcDateTime),
    Column("began", UtcDateTime, nullable=False),
)
"""The deployment's clock, which all processes read. ``wall_anchor`` and ``advancing_until`` are
database time; until then a process has the clock to itself to advance it, if it does not say that
it needs longer."""

idempotency_key = idempotency_table(metadata)
