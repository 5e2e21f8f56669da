"""The tables of the intermediate server.

Large tables begin their keys with ``bucket``; all rows of a person lie in one bucket.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
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

from eligibility.days.reflection import LagMode
from eligibility.qualification import ReasonOfLoss
from intermediate_server.procedures.change import FilingChannel
from intermediate_server.procedures.kinds import Marks, ProcedureKind, Timing
from intermediate_server.store.squeezed import squeezed
from storage import UtcDateTime, by_bucket, idempotency_table, seed_table
from wire.vocabulary.changes import RegistrationOrder
from wire.vocabulary.codes import PersonalFamilyClassification, Sex

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

metadata = MetaData()


def _kept(
    name: str,
    path: str,
    kind: type[TypeEngine[Any]] | TypeEngine[Any],
    *,
    of: type | None = None,
    nullable: bool = False,
    **options: Any,
) -> Column[Any]:
    """Declare a column of the ledger, and the path on which a `Change` has what stands in it.

    ``of`` is the enumeration whose members stand in it, or bool; None where a value is kept as it
    is. How a row is read and written (`store.rows`) is made of this.
    """
    return Column(name, kind, nullable=nullable, info={"path": path, "of": of}, **options)


_MARKS = [
    _kept(mark.name, f"marks.{mark.name}", String(1), of=bool, server_default="0")
    for mark in fields(Marks)
]
_EARLY_MARKS = 6
"""How many marks stand where the migration 0003 put them, before the limit; later ones are last."""
change = Table(
    "change",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    _kept("person_reference", "person.reference", String(20), primary_key=True),
    _kept("version", "version", Integer, primary_key=True, autoincrement=False),
    _kept("kind", "kind", String(16), of=ProcedureKind),
    _kept("insurer_number", "qualification.insurer_number", String(8)),
    _kept("insurer_name", "insurer_name", Text),
    _kept("insured_card_symbol", "qualification.symbol", String(20)),
    _kept("insured_identification_number", "qualification.number", String(20)),
    _kept("insured_branch_number", "qualification.branch", String(2)),
    _kept(
        "personal_family_classification",
        "classification",
        String(1),
        of=PersonalFamilyClassification,
    ),
    _kept("name", "person.name", Text),
    _kept("name_kana", "person.name_kana", Text),
    _kept("sex1", "person.sex", String(1), of=Sex),
    _kept("birthdate", "person.birthdate", Date),
    _kept("address", "person.address", Text),
    _kept("post_number", "person.post_number", String(8)),
    _kept("qualification_date", "qualification.qualified_on", Date),
    _kept("disqualification_date", "qualification.disqualified_on", Date, nullable=True),
    _kept(
        "reason_of_loss", "qualification.reason_of_loss", String(2), nullable=True, of=ReasonOfLoss
    ),
    _kept("insured_partial_contribution_ratio", "ratio", String(3)),
    _kept("filed_on", "filing.filed_on", Date),
    _kept("filed_at", "filing.filed_at", Time, nullable=True),
    _kept("lag_mode", "filing.lag.mode", String(16), of=LagMode),
    _kept("lag_days", "filing.lag.lag_days", SmallInteger),
    _kept("lag_cutoff", "filing.lag.cutoff", Time, nullable=True),
    _kept("lag_insurer_days", "filing.lag.insurer_days", SmallInteger),
    _kept("lag_visible_days", "filing.lag.visible_days", SmallInteger),
    _kept("visible_from", "visible_from", UtcDateTime),
    Column("recorded_at", UtcDateTime, nullable=False),
    _kept("timing", "filing.timing", String(8), server_default="lag", of=Timing),
    _kept("shown_on", "filing.shown_on", Date, nullable=True),
    *_MARKS[:_EARLY_MARKS],
    _kept("limit_classification_flag", "limit.flag", String(3), nullable=True),
    _kept("limit_valid_start_date", "limit.valid_from", Date, nullable=True),
    _kept("limit_valid_end_date", "limit.valid_until", Date, nullable=True),
    _kept("householder", "householder", Text, server_default=""),
    _kept("registration_order", "order", String(8), nullable=True, of=RegistrationOrder),
    _kept("filed_by", "source.filed_by", String(40), server_default=""),
    _kept("channel", "source.channel", String(8), server_default="line", of=FilingChannel),
    _kept("reason", "reason", Text, server_default=""),
    _kept("refers_to", "refers_to", Integer, nullable=True),
    _kept("content_key", "content_key", LargeBinary(16), nullable=True),
    *_MARKS[_EARLY_MARKS:],
    _kept("reference_key", "reference_key", LargeBinary(16), nullable=True),
    _kept("limit_long_stay_date", "limit.long_stay_from", Date, nullable=True),
    _kept("entered_on", "filing.entered_on", Date, nullable=True),
    _kept("ratio_valid_start_date", "ratio_from", Date, nullable=True),
    Index("change_by_recording", "recorded_at"),
    **by_bucket(),
)
"""The ledger. It is only ever added to; each row is the whole state of one qualification, with
the lag as it was counted at its filing. From when one is seen that was held is written into it at
its release, as nobody knew it before."""
for _name, _searched in (
    ("change_by_name", change.c.name),
    ("change_by_kana", change.c.name_kana),
    ("change_by_number", change.c.insured_identification_number),
):
    # Of the text alone: with the person in them too, they took half as much again of the filing.
    Index(_name, squeezed(_searched))

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
"""What waits for its delivery, in the order of it: what is due is the beginning of a bucket."""

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
    Column("epoch", BigInteger, nullable=False, server_default="0"),
)
"""Which worker delivers the changes of a bucket, until when on the wall: others leave it alone.
With it, how many changes of the bucket OQS has: counting them would take as long as there are
many. ``epoch`` grows whenever a seed is taken or put back: a batch that was read in an earlier one
is neither applied by OQS nor marked here. One row for each bucket."""

sync_control = Table(
    "sync_control",
    metadata,
    Column("name", String(8), primary_key=True),
    Column("paused_by", Text),
    Column("paused_at", UtcDateTime),
    Column("swept_until", UtcDateTime),
)
"""Whether the delivery is paused, by whom and since when on the wall; and the business instant up
to which the windows of delivery have been used. In rows of their own, ``swept_until`` is the last
day whose runs have been looked for, and where the clock began by which that was done."""

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

version_conflict = Table(
    "version_conflict",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
)
"""What OQS did not take, as it knows the version with other content: at which business instant it
said so, and when that was on the wall."""

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

discrepancy = Table(
    "discrepancy",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("ticket", String(16), primary_key=True),
    Column("insurer_number", String(8), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("birthdate", Date, nullable=False),
    Column("sex", String(8), nullable=False),
    Column("address", Text, nullable=False),
    Column("insured_number", Text, nullable=False),
    Column("visited_on", Date, nullable=False),
    Column("institution", Text, nullable=False),
    Column("ratio_paid", SmallInteger, nullable=False),
    Column("filed_by", String(40), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("received_on", Date, nullable=False),
    Column("finding", String(16)),
    Column("answer", Text),
    Column("answered_on", Date),
    Column("answered_by", String(40)),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("on_check", Text, nullable=False, server_default=""),
    Column("should_be", Text, nullable=False, server_default=""),
    Index("discrepancy_by_recording", "recorded_at"),
)
"""相違の申し出 (R-098): what was told, and what was answered. Nobody is matched: the bucket is that
of the ticket's own name."""

unsettled_file = Table(
    "unsettled_file",
    metadata,
    Column("name", String(24), primary_key=True),
    Column("insurer_number", String(8), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("interrupted", Text, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("attention", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("left_out", Integer, nullable=False),
    Column("report", LargeBinary, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
)
"""Files of the page of which lines were refused, or which were not read to the end, until they are
mended or said to be settled: the counts, and of the report the lines that need a look, the first of
them where there are many (``left_out``)."""

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
    Column("kind", String(32)),
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
    Column("last_four", String(4), nullable=False, server_default=""),
    Column("state", String(16), nullable=False, server_default="issued"),
    Column("state_on", Date),
    Index("document_by_recording", "recorded_at"),
    Index("document_by_decision", "insurer_number", "decided_on"),
    Index("document_of_insurer", "insurer_number", "recorded_at"),
    Index("document_in_state", "state", "recorded_at"),
    Index("document_by_state", "state", "insurer_number", "state_on"),
    **by_bucket(),
)
"""交付簿: each decision on a document, also that none is issued, and why. What is printed is the
state of the entry that it is based on, which never changes. ``state`` and ``state_on`` follow the
last of its events, so that what waits for the post is found without a look at each."""

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

run = Table(
    "run",
    metadata,
    Column("insurer_number", String(8), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("due_on", Date, primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("state", String(8), nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("started_by", String(40), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("reached_bucket", SmallInteger, nullable=False),
    Column("reached_person", String(20), nullable=False),
    Column("counts", Text, nullable=False),
)
"""定期処理: each run over an insurer's members, for which day, and how far it has come.
``decided_at`` is the business instant by which it decides; ``counts`` is an object of JSON."""

number_series = Table(
    "number_series",
    metadata,
    Column("insurer_number", String(8), primary_key=True),
    Column("next_number", Integer, nullable=False),
)
"""Which 被保険者番号 the next member of 75 is given at 後期高齢者医療."""

reading_log = Table(
    "reading_log",
    metadata,
    Column("bucket", SmallInteger, primary_key=True),
    Column("person_reference", String(20), primary_key=True),
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("reader", String(40), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("what", String(16), nullable=False),
    Column("read_at", UtcDateTime),
    Column("refusal", String(40)),
    Column("recorded_at", UtcDateTime, nullable=False),
    Index("reading_log_by_recording", "recorded_at"),
    **by_bucket(),
)
"""Who has read about a person: who, what, when by the clock and on the wall, and a refusal's code.
``entry`` is drawn by lot, as many processes write."""

idempotency_key = idempotency_table(metadata)
seed = seed_table(metadata)
