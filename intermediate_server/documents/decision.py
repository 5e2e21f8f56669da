"""Issuing documents (交付): which procedure brings one, and what is decided about it.

What the rules say of a member is asked of `eligibility.documents`; here the member comes out of the
ledger, and the decision goes into the register.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eligibility.cost.burden import elderly_from, late_elderly_from
from eligibility.cost.limits import LimitCategory
from eligibility.documents import (
    DocumentKind,
    Issue,
    MemberFacts,
    Occasion,
    issue,
)
from eligibility.documents.old_card import old_card_issued
from eligibility.documents.validity import ratio_printed
from eligibility.identifiers.numbers import InsurerKind
from intermediate_server.documents.document import WITH_RATIO, Document
from intermediate_server.procedures.kinds import KINDS, ProcedureKind, Timing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.person import CardStanding

OCCASIONAL_KINDS = frozenset(kind for kind in ProcedureKind if KINDS[kind].occasion is not None)
"""Kinds of procedures that may bring a document."""
_LOST = "資格を喪失しているため、交付しません。"
_LATE_ELDERLY_ELSEWHERE = (
    "75歳からは後期高齢者医療の被保険者です。この保険者からは交付しません。"
    "喪失の届出を確かめてください。"
)


def occasion_of(entry: Change) -> Occasion | None:
    """Return what an entry is an occasion of; None where it brings no document."""
    lost = entry.qualification.disqualified_on is not None
    if lost or entry.refers_to is not None:
        return None
    definition = KINDS[entry.kind]
    taken_back = definition.mark and not getattr(entry.marks, definition.mark)
    return None if taken_back else definition.occasion


@dataclass(frozen=True, slots=True)
class Case:
    """A member on whose document is decided."""

    history: Sequence[Change]
    """All entries of the person, in order of version."""
    entry: Change
    """The state that would be printed."""
    documents: Sequence[Document]
    """What was decided before."""
    card: CardStanding
    policy: InsurerPolicy
    today: date

    def decide(
        self,
        occasion: Occasion,
        *,
        on: date | None = None,
        occasioned_by: int | None = None,
        succeeds: int | None = None,
    ) -> Document:
        """Decide on a document; ``on`` is the day from which it is to hold, today when None."""
        made = self._register(occasion, on or self._day())
        return replace(made, occasioned_by=occasioned_by, succeeds=succeeds)

    def _day(self) -> date:
        """Return the day that counts: not before that from which the change itself holds."""
        filing = self.entry.filing
        at_once = KINDS[self.entry.kind].timing is Timing.AT_ONCE
        holds_later = filing.timing is Timing.DATED and not at_once
        if holds_later and filing.shown_on is not None:
            return max(self.today, filing.shown_on)
        return self.today

    def _register(self, occasion: Occasion, on: date) -> Document:
        decided, because, rules = self._issue(occasion, on)
        kind = decided.document if decided else None
        with_ratio = kind in WITH_RATIO
        return Document(
            person_reference=self.entry.person.reference,
            number=self.documents[-1].number + 1 if self.documents else 1,
            based_on=self.entry.version,
            insurer_number=self.entry.qualification.insurer_number,
            occasion=occasion,
            kind=kind,
            reason=because,
            rules=rules,
            decided_on=self.today,
            issued_on=self._issued_on(kind, on) if kind else None,
            expires_on=decided.expires_on if decided else None,
            ratio_from=self._ratio_from(on) if with_ratio else None,
            renewed=decided.renewed if decided else False,
            delivery=decided.delivery if decided else None,
        )

    def _issue(self, occasion: Occasion, on: date) -> tuple[Issue | None, str, tuple[str, ...]]:
        person, policy = self.entry.person, self.policy
        if self.entry.qualification.lost(self.today):
            return None, _LOST, ()
        if policy.kind is not InsurerKind.KOUKI and late_elderly_from(person.birthdate) <= on:
            return None, _LATE_ELDERLY_ELSEWHERE, ("P-053",)
        facts = self.facts()
        decided = issue(facts, occasion, on, policy.documents)
        if occasion is Occasion.JOINED:
            # The day of acceptance, not of birth or of typing, decides about the old card.
            accepted = issue(facts, occasion, self.entry.filing.filed_on, policy.documents)
            if accepted.document is DocumentKind.OLD_CARD:
                decided = accepted
        return decided, decided.reason.text.ja, decided.reason.rules

    def _issued_on(self, kind: DocumentKind, on: date) -> date:
        """Return 交付年月日: of an old card a day on which one was still issued (R-005, R-016)."""
        late = not old_card_issued(on, self.policy.documents.old_card.last_issued_on)
        return self.entry.filing.filed_on if kind is DocumentKind.OLD_CARD and late else on

    def facts(self) -> MemberFacts:
        """Return what the rules look at."""
        entry, card = self.entry, self.card
        blocked = entry.marks.self_information_blocked
        return MemberFacts(
            birthdate=entry.person.birthdate,
            kind=self.policy.kind,
            has_card=card.certificate_expires_on is not None,
            registered=card.registered,
            electronic_expires_on=card.certificate_expires_on,
            has_individual_number=not entry.person.reference.startswith("NEW-"),
            needs_support=entry.marks.consideration,
            applied_before=any(
                one.kind is DocumentKind.CERTIFICATE and one.occasion.applied
                for one in self.documents
            ),
            self_information_blocked=blocked,
            portal_viewable=card.registered and not blocked,
            limit=LimitCategory(entry.limit.flag) if entry.limit else None,
            limit_until=entry.limit.valid_until if entry.limit else None,
        )

    def _ratio_from(self, on: date) -> date | None:
        """Return 発効期日: since when the ratio holds, where one is printed (R-056, R-150)."""
        entry = self.entry
        since, ratio = entry.qualification.qualified_on, None
        for one in self.history:
            if one.number != entry.number or one.version > entry.version:
                continue
            if ratio is not None and one.ratio != ratio:
                since = one.filing.shown_on or one.filing.filed_on
            ratio = one.ratio
        if self.policy.kind is not InsurerKind.KOUKI:
            since = max(since, elderly_from(entry.person.birthdate))
        effective = min(since, on)
        return since if ratio_printed(entry.person.birthdate, effective, self.policy.kind) else None
