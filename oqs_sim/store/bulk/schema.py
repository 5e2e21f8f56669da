"""The tables of inquiries in bulk, and of what they answer."""

from sqlalchemy import BigInteger, Column, Integer, SmallInteger, String, Table, Text

from oqs_sim.store.schema import KEY_IS_THE_TABLE, metadata
from storage import UtcDateTime, by_bucket

reference_number = Table(
    "reference_number",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("institution_code", String(10), primary_key=True),
    Column("reference_number", String(50), nullable=False),
    Column("registered_at", UtcDateTime, nullable=False),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""照会番号: what an institution calls a person. It lies where the person's qualifications do, and
is read together with them."""

bulk_reception = Table(
    "bulk_reception",
    metadata,
    Column("reception_number", String(20), primary_key=True),
    Column("institution_code", String(10), nullable=False),
    Column("message", String(8), nullable=False),
    Column("arbitrary_file_identifier", String(200)),
    Column("confirmation_date", String(8), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("kept_until", UtcDateTime, nullable=False),
    Column("parts", Integer, nullable=False),
    **KEY_IS_THE_TABLE,
)
"""受付: an inquiry in bulk that was taken, and until when its result is kept, in business time."""

bulk_part = Table(
    "bulk_part",
    metadata,
    Column("reception_number", String(20), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("asked", Text, nullable=False),
    Column("answered", Text),
    Column("units", Integer),
    Column("errors", Integer),
)
"""Some hundred units of an inquiry, in their order: what is asked and, when they are done, what is
answered, both as the members of a JSON array. What is answered is written once, together with the
lines of the log and with the end of the claim, so a unit is neither lost nor done twice."""

bulk_waiting = Table(
    "bulk_waiting",
    metadata,
    Column("reception_number", String(20), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("queued_at", BigInteger, nullable=False),
    Column("claimed_by", String(32)),
    Column("claimed_until", BigInteger, nullable=False),
    **KEY_IS_THE_TABLE,
)
"""Parts that are not done yet. Who claims one has it until an instant of database time, in
microseconds since 1970; whoever comes after that takes it over."""

bulk_limit_seen = Table(
    "bulk_limit_seen",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("institution_code", String(10), primary_key=True),
    Column("limit_seen", String(40), nullable=False),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""What 限度額 was when an institution last asked about a person in bulk."""
