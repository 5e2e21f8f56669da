"""The tables of inquiries in bulk, and of what they answer."""

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, String, Table, Text

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
    Index("reference_number_called", "institution_code", "reference_number"),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""照会番号: what an institution calls a person. It lies where the person's qualifications do, and
is read together with them. By the index are found who is called by a number, where only one may."""

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
    Column("tries", Integer, nullable=False, server_default="0"),
    **KEY_IS_THE_TABLE,
)
"""Parts that are not done yet. Who claims one has it until an instant of database time, in
microseconds since 1970; whoever comes after that takes it over. ``tries`` counts the claims."""

bulk_held = Table(
    "bulk_held",
    metadata,
    Column("reception_number", String(20), primary_key=True),
    Column("fetches", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
    **KEY_IS_THE_TABLE,
)
"""Results that an operator holds back: how often each was asked for, and when first, in
microseconds of database time since 1970."""

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

welfare_office = Table(
    "welfare_office",
    metadata,
    Column("office_number", String(8), primary_key=True),
    Column("name", Text, nullable=False),
    Column("last_sent_at", UtcDateTime, nullable=False),
    **KEY_IS_THE_TABLE,
)
"""福祉事務所, by 公費負担者番号, and when it last sent anything, in business time."""

welfare_recipient = Table(
    "welfare_recipient",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("office_number", String(8), primary_key=True),
    Column("recipient_number", String(20), primary_key=True),
    Column("office_name", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_kana", Text, nullable=False),
    Column("sex1", String(1), nullable=False),
    Column("birthdate", String(8), nullable=False),
    Column("started_on", String(8), nullable=False),
    Column("ended_on", String(8)),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""Who receives 医療扶助, as the office reported it; it ends on the day before ``ended_on``."""

welfare_recipient_by_number = Table(
    "welfare_recipient_by_number",
    metadata,
    Column("office_number", String(8), primary_key=True),
    Column("recipient_number", String(20), primary_key=True),
    Column("bucket", SmallInteger, nullable=False),
    Column("person_reference", String(20), nullable=False),
    **KEY_IS_THE_TABLE,
)
"""The way in by 公費負担者番号・受給者番号."""

medical_ticket = Table(
    "medical_ticket",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("treatment_month", String(6), primary_key=True),
    Column("issue_number", String(20), primary_key=True),
    Column("office_number", String(8), nullable=False),
    Column("recipient_number", String(20), nullable=False),
    Column("visible_from", UtcDateTime, nullable=False),
    Column("content", Text, nullable=False),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""医療券 and 調剤券 of a month, each as its element of the answer, from when they may be seen."""

medical_ticket_by_institution = Table(
    "medical_ticket_by_institution",
    metadata,
    Column("institution_code", String(10), primary_key=True),
    Column("treatment_month", String(6), primary_key=True),
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    **KEY_IS_THE_TABLE,
)
"""The way in by the institution to which a recipient is entrusted (委託) in a month."""

home_consent = Table(
    "home_consent",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("consent_number", String(32), primary_key=True),
    Column("institution_code", String(10), nullable=False),
    Column("treatment_flag", String(1), nullable=False),
    Column("consented_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("end_reason", String(1)),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""Consents that were given at home (居宅同意取得型) to an institution for a kind of treatment, each
by its number, and why it has ended, if it has."""

home_consent_by_day = Table(
    "home_consent_by_day",
    metadata,
    Column("institution_code", String(10), primary_key=True),
    Column("treatment_flag", String(1), primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("day", String(8), primary_key=True),
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    **KEY_IS_THE_TABLE,
)
"""The way in by the institution and a day, on which a person consented or is to be examined."""

home_consent_by_number = Table(
    "home_consent_by_number",
    metadata,
    Column("consent_number", String(32), primary_key=True),
    Column("bucket", SmallInteger, nullable=False),
    Column("person_reference", String(20), nullable=False),
    **KEY_IS_THE_TABLE,
)
"""The way in by what the institution was given to ask again with."""

subsidy_municipality = Table(
    "subsidy_municipality",
    metadata,
    Column("municipality_code", String(5), primary_key=True),
    Column("name", Text, nullable=False),
    Column("connected_on", String(8)),
    **KEY_IS_THE_TABLE,
)
"""Municipalities that give 医療費助成, and from when they are connected to PMH, if they are."""

subsidy_certificate = Table(
    "subsidy_certificate",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("payer_number", String(8), primary_key=True),
    Column("recipient_number", String(20), primary_key=True),
    Column("municipality_code", String(5), nullable=False),
    Column("name", Text, nullable=False),
    Column("valid_from", String(8), nullable=False),
    Column("valid_until", String(8)),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""医療費助成の受給者証 of a person; ``valid_until`` is its last day."""

subsidy_answer = Table(
    "subsidy_answer",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("institution_code", String(10), primary_key=True),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("used", String(1), nullable=False),
    **KEY_IS_THE_TABLE,
    **by_bucket(),
)
"""What a person last said at an institution's reader: whether to use these certificates."""
