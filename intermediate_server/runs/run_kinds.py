"""Kinds of runs, and a run as it is on record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date, datetime

    from eligibility.documents import DocumentKind
    from intermediate_server.documents.document import Document
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.kinds import ProcedureKind

LEFT_NAMED = 100
"""How many members who need a filing a run names; it counts all."""


class RunKind(StrEnum):
    """What a run looks for; of one day, they run in this order."""

    CHANGES = "changes"
    """Procedures that came in files and brought no decision yet."""
    NEWCOMERS = "newcomers"
    """Who joined, or came back, after the run of the age that they reach (P-053, P-070, P-071)."""
    USE_LAPSES = "use_lapses"
    """Use registrations whose electronic certificate was not renewed in its grace (P-004)."""
    RELEASES = "releases"
    """Releases of use registrations that have taken effect (R-029)."""
    LAPSES = "lapses"
    """Electronic certificates that lapse (P-005, PP-13)."""
    NON_HOLDERS = "non_holders"
    """New members whose employer wanted no certificate, and who have not registered (P-064)."""
    EXPIRY_NOTICES = "expiry_notices"
    """Electronic certificates that end within three months: 有効期限のお知らせ (D-15, R-111)."""
    SCHOOL = "school"
    """Children who go to school: 3割 from the April (P-070)."""
    SEVENTY = "seventy"
    """Members who turn 70: their share and its paper (P-071, R-150 to R-152)."""
    LATE_ELDERLY = "late_elderly"
    """Members who turn 75: 後期高齢者医療 begins (P-053)."""
    EMERGENCY = "emergency"
    """Certificates issued in an emergency that have ended (R-044)."""
    OLD_CARDS = "old_cards"
    """Old cards that end: the first 資格確認書 or 資格情報のお知らせ (R-057)."""
    RENEWAL = "renewal"
    """Documents whose term ends this month (R-042, R-043, R-075)."""

    @property
    def japanese(self) -> str:
        """The word on the clerk's page."""
        return _WORDS[self][0]

    @property
    def hint(self) -> str:
        """What a clerk should know of it."""
        return _WORDS[self][1]


_WORDS = {
    RunKind.CHANGES: (
        "届出に伴う交付",
        "ファイルで受け付けた届出について、証類を交付するか決めます。",
    ),
    RunKind.NEWCOMERS: (
        "月の途中の加入",
        "その月の処理より後に加入した人や、訂正などでもどった人の就学・70歳・75歳を、翌日に記録します。",
    ),
    RunKind.USE_LAPSES: (
        "利用登録の失効",
        "電子証明書の期限から3か月後の月末までに更新がなければ、利用登録を解除します。",
    ),
    RunKind.RELEASES: (
        "利用登録解除の確認",
        "解除が済んだことを確かめて資格確認書を交付します。登録し直した人には交付しません。",
    ),
    RunKind.LAPSES: (
        "電子証明書の失効",
        "電子証明書の期限が切れる人に、保険者の決まりの時期に資格確認書を交付します。",
    ),
    RunKind.NON_HOLDERS: (
        "未登録者の一覧",
        "事業主が資格確認書を「不要」とした加入者に、1か月たっても利用登録がなければ交付します。",
    ),
    RunKind.EXPIRY_NOTICES: (
        "電子証明書の期限の予告",
        "期限まで3か月を切った人に、更新をすすめるお知らせを、証明書ごとに1度だけ送ります。",
    ),
    RunKind.SCHOOL: ("就学", "小学校に入る子どもの負担割合を、4月から2割から3割に改めます。"),
    RunKind.SEVENTY: (
        "70歳到達",
        "誕生月の翌月（1日生まれは当月）からの負担割合を記録し、前の月に証類を交付します。",
    ),
    RunKind.LATE_ELDERLY: (
        "75歳到達",
        "誕生日から後期高齢者医療に加入します。市町村国保は職権で喪失、ほかは届出を待ちます。",
    ),
    RunKind.EMERGENCY: (
        "緊急の資格確認書の終了",
        "緊急に交付した資格確認書は更新しません。カードが使えない人には改めて交付します。",
    ),
    RunKind.OLD_CARDS: (
        "従来の保険証の終了",
        "保険証のほかに証類のない人に、期限までに資格確認書かお知らせを交付します。",
    ),
    RunKind.RENEWAL: ("更新", "今月で終わる資格確認書とお知らせを、申請なしで更新します。"),
}


class Left(NamedTuple):
    """A member for whom a run cannot do what is due: somebody has to file."""

    person_reference: str
    what: str
    """What has to be done, in Japanese."""


class Made(NamedTuple):
    """What a run does for a member."""

    entries: tuple[Change, ...] = ()
    documents: tuple[Document, ...] = ()
    left: tuple[Left, ...] = ()

    def and_then(self, more: Made) -> Made:
        """Return both together."""
        return Made(
            self.entries + more.entries, self.documents + more.documents, self.left + more.left
        )


class RunState(StrEnum):
    """Where a run is."""

    RUNNING = "running"
    """It goes on, or waits for its server to come back."""
    STOPPED = "stopped"
    """A person stopped it; it goes on when a person says so."""
    DONE = "done"

    @property
    def japanese(self) -> str:
        """The word on the clerk's page."""
        return {"running": "実行中", "stopped": "停止中", "done": "終了"}[self]


class Place(NamedTuple):
    """Where a person's rows lie: how far a run has come."""

    bucket: int = -1
    person_reference: str = ""


NOWHERE = Place()
"""Before the first person."""


@dataclass
class RunCounts:
    """What a run came to so far."""

    members: int = 0
    """Members who were looked at."""
    issued: Counter[DocumentKind] = field(default_factory=Counter)
    not_issued: Counter[str] = field(default_factory=Counter)
    """Decisions that nothing is issued, by their reasons."""
    entries: Counter[ProcedureKind] = field(default_factory=Counter)
    """What was written into the ledger, by kind."""
    left: int = 0
    """Members for whom somebody has to file."""
    named: list[Left] = field(default_factory=list)
    """The first hundred of them."""

    def add(self, members: int, made: Made) -> None:
        """Count what was done for some members."""
        self.members += members
        for one in made.documents:
            if one.kind is None:
                self.not_issued[one.reason] += 1
            else:
                self.issued[one.kind] += 1
        self.entries.update(entry.kind for entry in made.entries if entry.refers_to is None)
        self.left += len(made.left)
        self.named += made.left[: LEFT_NAMED - len(self.named)]


@dataclass(frozen=True)
class RecordedRun:
    """A run over all members of an insurer, as it is on record."""

    insurer_number: str
    kind: RunKind
    due_on: date
    """The day for which it is."""
    attempt: int
    """Counts the runs for that day, from 1."""
    state: RunState
    decided_at: datetime
    """The business instant by which it decides, however long it takes."""
    started_by: str
    started_at: datetime
    """On the wall, as ``changed_at``."""
    changed_at: datetime
    reached: Place = NOWHERE
    counts: RunCounts = field(default_factory=RunCounts)
