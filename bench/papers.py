"""How long a thousand papers take in one file, next to one file each.

The whole path of the clerk's button but HTTP: register, posting order, drawing, tags, the process
of its own.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

from bench.table import Row
from eligibility.days.dates import TOKYO
from eligibility.days.reflection import ReflectionPolicy
from eligibility.documents import Delivery, DocumentKind, Occasion
from eligibility.qualification import Qualification
from intermediate_server.document_posting import DocumentPosting
from intermediate_server.documents.document import PAPER_KINDS, Document
from intermediate_server.documents.papers import printed
from intermediate_server.documents.posting import PAPERS_IN_A_PART
from intermediate_server.documents.printing import print_papers
from intermediate_server.documents.selection import Selection
from intermediate_server.policies import load_policies
from intermediate_server.procedures.change import Change
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.person import PersonDetails
from intermediate_server.procedures.timing import Filing
from intermediate_server.store import Store, open_store
from storage import bucket_of
from wire.vocabulary.codes import PersonalFamilyClassification, Sex

TARGET_SECONDS = 20.0
ALONE = 20
"""Papers that are printed in files of their own, for the baseline."""
INSURER = "990010"
TODAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 16, 10, 0, tzinfo=TOKYO)


def measure() -> list[Row]:
    """Print a thousand papers, half of them notices, half certificates."""
    policies = load_policies(None)
    selection = Selection(INSURER, TODAY, TODAY, PAPER_KINDS, frozenset(Delivery), TODAY)
    with tempfile.TemporaryDirectory() as directory:
        store = open_store(f"sqlite:///{Path(directory) / 'bench.db'}")
        _fill(store)
        began = time.perf_counter()
        posting = DocumentPosting(store.post, policies, None)
        part, content = asyncio.run(posting.papers(selection, 1))
        together = time.perf_counter() - began
        assert len(part.papers) == PAPERS_IN_A_PART
        began = time.perf_counter()
        policy = policies.of_digits(INSURER)
        for found in store.post.papers(selection, 0, ALONE):
            print_papers([printed(*found, policy)])
        alone = (time.perf_counter() - began) / ALONE * PAPERS_IN_A_PART
        store.close()
    return [
        Row(
            f"{PAPERS_IN_A_PART:,} papers in one tagged PDF ({len(content) / 1e6:.0f} MB)",
            f"{together:.1f} s",
            f"{alone:.0f} s in files of their own",
            f"{alone / together:.1f}×",
            f"≤ {TARGET_SECONDS:.0f} s",
            together <= TARGET_SECONDS,
        )
    ]


def _fill(store: Store) -> None:
    by_bucket: dict[int, list[str]] = {}
    for number in range(PAPERS_IN_A_PART):
        reference = f"SIM-{number:016X}"
        entry = _entry(reference, number)
        store.ledger.record(reference, lambda _, entry=entry: (entry,))  # type: ignore[misc]
        by_bucket.setdefault(bucket_of(reference), []).append(reference)
    for bucket, persons in by_bucket.items():
        store.documents.issue(bucket, persons, lambda name, _history, _made: (_decision(name),))


def _entry(reference: str, number: int) -> Change:
    name = f"試験　花子{'一二三四五六七八九十'[number % 10]}{'壱弐参拾佰仟萬'[number % 7]}"
    address = f"模擬県模擬市模擬町{number}番地　模擬マンション{number % 40}０５号室"
    return Change(
        version=1,
        kind=ProcedureKind.JOIN,
        person=PersonDetails(
            reference,
            name,
            "ｼｹﾝ ﾊﾅｺ",
            Sex.FEMALE,
            date(1980, 2, 17),
            address,
            f"990{number % 97:04}",
        ),
        insurer_name="最上型国民健康保険（模擬）",
        qualification=Qualification(INSURER, "最上", f"{number:07}", "01", date(2026, 4, 1)),
        classification=PersonalFamilyClassification.INSURED,
        ratio="030",
        filing=Filing(TODAY, None, ReflectionPolicy()),
        visible_from=NOW,
    )


def _decision(reference: str) -> Document:
    notice = int(reference[-1], 16) % 2 == 1
    return Document(
        person_reference=reference,
        number=1,
        based_on=1,
        insurer_number=INSURER,
        occasion=Occasion.JOINED,
        kind=DocumentKind.NOTICE if notice else DocumentKind.CERTIFICATE,
        reason="",
        rules=(),
        decided_on=TODAY,
        issued_on=TODAY,
        expires_on=None if notice else date(2027, 7, 31),
        delivery=Delivery.ORDINARY_MAIL if notice else Delivery.RECORDED_MAIL,
    )
