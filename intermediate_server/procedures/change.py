"""A change (異動): one entry of the ledger, with the whole state that it leads to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from intermediate_server.procedures.kinds import NO_MARKS

if TYPE_CHECKING:
    from datetime import date, datetime

    from eligibility.qualification import Qualification
    from intermediate_server.procedures.kinds import Marks, ProcedureKind
    from intermediate_server.procedures.person import PersonDetails
    from intermediate_server.procedures.timing import Filing
    from wire.vocabulary.changes import RegistrationOrder
    from wire.vocabulary.codes import PersonalFamilyClassification


@dataclass(frozen=True, slots=True)
class LimitGrant:
    """限度額適用区分 (P-028), and from when until when it holds."""

    flag: str
    """適用区分 (OQSCD012), ``A01`` to ``B10``."""
    valid_from: date | None = None
    valid_until: date | None = None
    long_stay_from: date | None = None
    """長期入院該当: from when meals are cheaper, after more than 90 days in hospital (R-155)."""


class FilingChannel(StrEnum):
    """The way by which a procedure came."""

    LINE = "line"
    """One by one over the closed line."""
    FILE = "file"
    """In a CSV file."""
    PAGE = "page"
    """The clerk's page."""
    RUN = "run"
    """A run of the insurer's system (定期処理)."""

    @property
    def japanese(self) -> str:
        """The word on the pages."""
        return {"line": "回線", "file": "ファイル", "page": "画面", "run": "定期処理"}[self]


@dataclass(frozen=True, slots=True)
class Source:
    """Who filed, and by which way."""

    filed_by: str = ""
    """The insurer number of the certificate, or the name that the clerk gave."""
    channel: FilingChannel = FilingChannel.LINE


UNKNOWN_SOURCE = Source()
"""Of a procedure that does not say who filed it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the ledger. It is never altered: a later version stands over it."""

    version: int
    """Counts the changes of this person, from 1, over all insurers."""
    kind: ProcedureKind
    person: PersonDetails
    insurer_name: str
    qualification: Qualification
    classification: PersonalFamilyClassification
    ratio: str
    """一部負担金割合 as the interface writes it: ``010``, ``020`` or ``030``."""
    filing: Filing
    visible_from: datetime
    """The business instant from which clinics see it."""
    marks: Marks = NO_MARKS
    limit: LimitGrant | None = None
    householder: str = ""
    """世帯主氏名, printed (R-056) and told to clinics as 被保険者氏名 (oqs-interface §3.2)."""
    order: RegistrationOrder | None = None
    """What is to become of the use registration."""
    source: Source = UNKNOWN_SOURCE
    reason: str = ""
    """Why a record was corrected or a view stopped, in words."""
    refers_to: int | None = None
    """The version that this one corrects, or states again over a change that overtook it."""
    content_key: bytes = b""
    """Digest of what was filed, without the individual number: the same procedure is not recorded
    twice."""
    reference_key: bytes = b""
    """Digest of the 整理番号 under which it was filed."""
    ratio_from: date | None = None
    """From which day the share holds; None of what was recorded before that was kept."""

    @property
    def number(self) -> tuple[str, str, str, str]:
        """保険者番号・記号・番号・枝番."""
        one = self.qualification
        return (one.insurer_number, one.symbol, one.number, one.branch)


TAKEN_OVER = ("classification", "ratio", "householder")
"""What is taken over as it is given: members of a procedure and of a change, by the same name."""


@dataclass(frozen=True, slots=True)
class TrackedChange:
    """A change, and since when OQS has it."""

    change: Change
    delivered_at: datetime | None
    """The business instant of the delivery; None while it waits."""
    held: bool = False
    """Whether it waits for a person's release, however late it is."""
    conflicting: bool = False
    """Whether OQS did not take it, as it knows the version with other content."""
