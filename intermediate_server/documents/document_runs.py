"""Runs over all members of an insurer (年次更新など): whose documents are due."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from eligibility.documents import DocumentKind, Occasion
from eligibility.documents.document_policy import TermMode
from eligibility.documents.validity import mailed_from, term_end
from intermediate_server.documents.decision import Case, occasion_of
from intermediate_server.documents.document import PRINTED_KINDS
from intermediate_server.procedures.memberships import newest
from wire.vocabulary.changes import RegistrationOrder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.documents.document import Document
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.history import Number
    from intermediate_server.procedures.person import CardStanding
    from wire.clock import ClockReading


class RunKind(StrEnum):
    """What a run looks for."""

    CHANGES = "changes"
    """Procedures that came in files and brought no decision yet."""
    RELEASES = "releases"
    """Releases of use registrations that have taken effect (R-029)."""
    LAPSES = "lapses"
    """Electronic certificates that lapse (P-005)."""
    RENEWAL = "renewal"
    """Documents whose term ends this month (R-042, R-043, R-075)."""

    @property
    def japanese(self) -> str:
        """The word on the clerk's page."""
        return {
            "changes": "届出に伴う交付",
            "releases": "利用登録解除の確認",
            "lapses": "電子証明書の失効",
            "renewal": "更新",
        }[self]


@dataclass
class RunReport:
    """What a run came to."""

    kind: RunKind
    members: int = 0
    """Members who were looked at."""
    issued: Counter[DocumentKind] = field(default_factory=Counter)
    not_issued: Counter[str] = field(default_factory=Counter)
    """Decisions that nothing is issued, by their reasons."""

    def add(self, members: int, documents: Iterable[Document]) -> None:
        """Count what was decided about some members."""
        self.members += members
        for one in documents:
            if one.kind is None:
                self.not_issued[one.reason] += 1
            else:
                self.issued[one.kind] += 1


@dataclass(frozen=True)
class Run:
    """A run over some members, of whom it is known how their cards stand."""

    kind: RunKind
    policy: InsurerPolicy
    reading: ClockReading
    cards: dict[str, CardStanding]

    def decide(
        self, reference: str, history: tuple[Change, ...], documents: tuple[Document, ...]
    ) -> list[Document]:
        """Decide on what one person is due."""
        made: list[Document] = []
        insurer = str(self.policy.insurer_number)
        for number, entry in newest(history).items():
            if number[0] != insurer:
                continue
            case = Case(
                history,
                entry,
                [*documents, *made],
                self.cards[reference],
                self.policy,
                self.reading.today,
            )
            match self.kind:
                case RunKind.CHANGES:
                    made += _of_changes(case, number)
                case RunKind.RELEASES:
                    made += _of_release(case, self.reading.now)
                case RunKind.LAPSES:
                    made += _of_lapse(case)
                case RunKind.RENEWAL:
                    made += _of_renewal(case)
        return made


def _of_changes(case: Case, number: Number) -> list[Document]:
    decided = {one.occasioned_by for one in case.documents}
    made: list[Document] = []
    for entry in case.history:
        occasion = occasion_of(entry)
        if entry.number != number or occasion is None or entry.version in decided:
            continue
        again = Case(
            case.history,
            case.entry,
            [*case.documents, *made],
            case.card,
            case.policy,
            case.today,
        )
        made.append(again.decide(occasion, occasioned_by=entry.version))
    return made


def _of_release(case: Case, now: datetime) -> list[Document]:
    orders = [
        one for one in case.history if one.order is not None and one.number == case.entry.number
    ]
    if not orders or orders[-1].order is not RegistrationOrder.RELEASE:
        return []
    release = orders[-1]
    given = any(
        one.kind is DocumentKind.CERTIFICATE
        and one.occasion in {Occasion.RELEASE_APPLIED, Occasion.RELEASE_CONFIRMED}
        and (one.occasioned_by or 0) >= release.version
        for one in case.documents
    )
    if release.visible_from > now or given or case.entry.qualification.lost(case.today):
        return []
    return [case.decide(Occasion.RELEASE_CONFIRMED, occasioned_by=release.version)]


def _of_lapse(case: Case) -> list[Document]:
    last = _last_printed(case)
    if (
        last is None
        or last.kind is not DocumentKind.NOTICE
        or case.card.certificate_expires_on is None
        or case.entry.qualification.lost(case.today)
    ):
        return []
    made = case.decide(Occasion.ELECTRONIC_CERTIFICATE_LAPSES)
    return [made] if made.kind is not None else []


def _of_renewal(case: Case) -> list[Document]:
    last = _last_printed(case)
    if last is None or not last.renewed or case.entry.qualification.lost(case.today):
        return []
    ends_on = last.expires_on or _year_of(last, case.policy)
    if ends_on is None or case.today < mailed_from(ends_on):
        return []
    on = max(ends_on + timedelta(days=1), case.today)
    return [case.decide(Occasion.RENEWAL, on=on, succeeds=last.number)]


def _year_of(last: Document, policy: InsurerPolicy) -> date | None:
    """Return until when a notice without an expiry stands, where the insurer renews each year."""
    term = policy.documents.certificate.term
    if term.mode is not TermMode.YEARLY or last.issued_on is None:
        return None
    return term_end(last.issued_on, term)


def _last_printed(case: Case) -> Document | None:
    numbers = {entry.version: entry.number for entry in case.history}
    mine: Sequence[Document] = [
        one
        for one in case.documents
        if one.kind in PRINTED_KINDS and numbers.get(one.based_on) == case.entry.number
    ]
    return mine[-1] if mine else None
