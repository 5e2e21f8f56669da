"""The tables of the clinic.

One institution's records are small and stay on one machine, so their keys carry no bucket.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
)
from sqlalchemy.types import TypeEngine

from clinic_client.visits.coverage import FIELDS
from clinic_client.visits.withdrawal import NOTE_LONGEST, STAFF_LONGEST
from eligibility.terminal.clinic_variant import ClinicVariant
from storage import UtcDateTime, idempotency_table, seed_table

metadata = MetaData()
NOTED_NAME_LONGEST = 60
_COLUMN: Mapping[Any, TypeEngine[Any]] = {str: Text(), date | None: Date(), int | None: Integer()}
"""What a field of a qualification is stored as, by its type."""

visit = Table(
    "visit",
    metadata,
    Column("visit_id", String(16), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("day", Date, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("cause", String(24), nullable=False),
    Column("validity", Integer),
    Column("patient_key", String(64)),
    Column("name", Text),
    Column("name_kana", Text),
    Column("sex1", String(1)),
    Column("birthdate", Date),
    Column("case_birthdate", Date),
    Column("case_ratio", Integer),
    Column("previous_known", Boolean, nullable=False),
    Column("revisit", Boolean, nullable=False),
    Column("card_at_hand", Boolean, nullable=False),
    Column("certificate_expires_on", Date),
    Column("visible_on", Date),
    Column("previous_id", String(16)),
    Column("simulation_reference", String(20)),
    Column("problem_code", String(64)),
    Column("challenge_ms", Float),
    Column("card_ms", Float),
    Column("inquiry_ms", Float),
    Column("total_ms", Float, nullable=False),
    Column("special_expenses", Boolean, nullable=False, server_default=false()),
    Column("current_known", Boolean, nullable=False, server_default=false()),
    Column("variant", String(16), nullable=False, server_default=ClinicVariant.FACE_READER.value),
    Column("withdrawn", Boolean, nullable=False, server_default=false()),
    Index("visit_by_day", "day", "at"),
    Index("visit_by_patient", "patient_key", "at"),
    Index("visit_by_birthdate", "birthdate"),
)
"""Each visit, with what the decision was made from; the rules give the same decision again."""

visit_withdrawal = Table(
    "visit_withdrawal",
    metadata,
    Column("visit_id", String(16), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("reason", String(16), nullable=False),
    Column("note", String(NOTE_LONGEST), nullable=False),
    Column("staff", String(STAFF_LONGEST), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime),
    Column("undone_by", String(STAFF_LONGEST)),
    Column("reopened", Text, nullable=False),
)
"""取消: each time that a visit was withdrawn, from 0, and when it was brought back. `at` and
`undone_at` are business instants; `reopened` are the visits (a JSON list) that wait again because
this one does not count, and whose waiting ends with it where it is brought back."""

visit_coverage = Table(
    "visit_coverage",
    metadata,
    Column("visit_id", String(16), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    *(
        Column(
            name,
            String(one.kept.longest) if one.kept.longest else _COLUMN[one.type],
            nullable=one.type is not str,
        )
        for name, one in FIELDS.items()
    ),
)
"""The qualifications that a visit was shown: a column for each field of `Coverage`."""

visit_answer = Table(
    "visit_answer",
    metadata,
    Column("visit_id", String(16), primary_key=True),
    Column("answer", Text, nullable=False),
)
"""What OQS answered at a visit, whole (`ResponseBody` as JSON); a visit without answer has none."""

visit_note = Table(
    "visit_note",
    metadata,
    Column("visit_id", String(16), primary_key=True),
    Column("noted_name", String(NOTED_NAME_LONGEST), nullable=False),
)
"""What the receptionist calls the patient of a visit; it can be changed."""

visit_shown = Table(
    "visit_shown",
    metadata,
    Column("visit_id", String(16), primary_key=True),
    Column("shown", Text, nullable=False),
    Column("shown_at", UtcDateTime, nullable=False),
)
"""What the patient of a visit showed and said, as it was last recorded (`Shown` as JSON)."""

visit_reading = Table(
    "visit_reading",
    metadata,
    Column("visit_id", String(16), primary_key=True),
    Column("reading", Text, nullable=False),
)
"""How the patient of a visit was identified at the reader, and agreed to what (`CardReading`)."""

face_attempt = Table(
    "face_attempt",
    metadata,
    Column("patient_key", String(64), primary_key=True),
    Column("failed", Integer, nullable=False),
)
"""Faces in a row that did not fit the photograph of a card; they outlast a visit (P-018)."""

catch_up = Table(
    "catch_up",
    metadata,
    Column("visit_id", String(16), primary_key=True),
    Column("patient_key", String(64)),
    Column("since", Date, nullable=False),
    Column("check_from", Date),
    Column("closed_by", String(16)),
    Column("closed_at", UtcDateTime),
    Column("asked", Text),
    Index("catch_up_open", "closed_by", "visit_id"),
    Index("catch_up_by_patient", "patient_key"),
)
"""再確認待ち: visits to be checked again, until a later visit (`closed_by`) takes their place.

`asked` is the number by which it is checked by itself (`QualificationConfirmSearchInfo` as JSON):
it outlasts the entry's end, as that visit may be withdrawn. A withdrawn visit waits for nothing."""

automatic_check = Table(
    "automatic_check",
    metadata,
    Column("visit_id", String(16), primary_key=True),
    Column("asked", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime),
    Column("last_problem", String(64)),
    Column("claimed_until", UtcDateTime),
    Index("automatic_check_due", "next_at"),
)
"""Of the visits in 再確認待ち those that are checked again by themselves: the number to ask for
(`QualificationConfirmSearchInfo` as JSON), how often it was asked in vain, and the business instant
of the next time. `claimed_until` is of the machine's clock: until then somebody is asking."""

catch_up_news = Table(
    "catch_up_news",
    metadata,
    Column("visit_id", String(16), primary_key=True),
    Column("earlier_id", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime),
    Index("catch_up_news_unseen", "seen_at", "at"),
    Index("catch_up_news_of_visit", "earlier_id"),
)
"""What was found out about earlier visits, and when the desk has seen it."""

declaration = Table(
    "declaration",
    metadata,
    Column("visit_id", String(16), primary_key=True),
    Column("content", Text),
    Column("written_at", UtcDateTime, nullable=False),
    Column("kept_until", Date, nullable=False),
    Column("deleted_at", UtcDateTime),
    Index("declaration_kept", "kept_until"),
)
"""被保険者資格申立書 (P-084), as JSON; of a deleted one only that there was one."""

discrepancy_ticket = Table(
    "discrepancy_ticket",
    metadata,
    Column("ticket", String(16), primary_key=True),
    Column("visit_id", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("on_check", Text, nullable=False),
    Column("should_be", Text, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("filed_at", UtcDateTime, nullable=False),
    Column("finding", String(16)),
    Column("answer", Text),
    Column("answered_on", Date),
    Index("discrepancy_ticket_of_visit", "visit_id"),
)
"""相違の申し出 that the desk told the insurer of a visit (R-098), by the insurer's own key, and
what the insurer has answered as far as the desk has asked. All else is the insurer's to keep."""

idempotency_key = idempotency_table(metadata)
seed = seed_table(metadata)
