"""What a run knows when it decides on its members, and how it records what they are due."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from eligibility.card.certificates import certificate_state, grace_end
from intermediate_server.documents.decision import Case
from intermediate_server.procedures.change import Change, FilingChannel, Source
from intermediate_server.procedures.decide import decide as decide_procedure
from intermediate_server.procedures.filed import Filed
from intermediate_server.procedures.kinds import KINDS, Effect, ProcedureKind
from intermediate_server.procedures.procedure import Procedure
from intermediate_server.runs.run_kinds import Left, Made, RunKind
from wire.catalogue import Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from eligibility.documents import Occasion
    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.procedures.person import CardStanding

SYSTEM = Source("定期処理", FilingChannel.RUN)
"""Who files what a run records."""
UNNUMBERED = "00000000"
"""The number in a preview, which gives none."""
NOTHING = Made()
"""Made for whom nothing is due."""
COMES_BACK = frozenset(
    {
        ProcedureKind.CORRECT,
        ProcedureKind.CHANGE,
        ProcedureKind.JLIS_MATCH,
        ProcedureKind.LAST_FOUR,
    }
)
"""Kinds after which a run of an age may be due that had passed by: a loss was none, the birthdate
is another one, or the view is open again."""


@dataclass(frozen=True)
class RunTask:
    """A run over some members, of whom it is known how their cards stand."""

    kind: RunKind
    policy: InsurerPolicy
    now: datetime
    """The business instant by which it decides."""
    today: date
    cards: dict[str, CardStanding]
    union: InsurerPolicy | None = None
    """The 後期高齢者医療 that takes members of 75; None where it is not known which."""
    next_number: Callable[[], str] = lambda: UNNUMBERED
    """Gives the next 被保険者番号 of that union."""
    told: frozenset[tuple[str, date]] = frozenset()
    """Who has been written to about the end of a certificate, and on which day that is."""

    def concerns(self, reference: str) -> bool:
        """Tell whether anything may be due, by how the card stands; most need no further look."""
        card = self.cards[reference]
        expires_on = card.certificate_expires_on
        match self.kind:
            case RunKind.USE_LAPSES:
                return (
                    card.registered
                    and expires_on is not None
                    and self.today > grace_end(expires_on)
                )
            case RunKind.LAPSES:
                return expires_on is not None and expires_on < self.today
            case RunKind.EXPIRY_NOTICES:
                return (
                    card.registered
                    and expires_on is not None
                    and certificate_state(self.today, expires_on).asks_for_renewal
                    and (reference, expires_on) not in self.told
                )
            case _:
                return True

    def filed(self, case: Case, kind: ProcedureKind, ratio: str | None = None) -> Made:
        """Record a procedure of the insurer's own system about a recorded membership."""
        _, symbol, number, branch = case.entry.number
        return self._filed(
            case, self.policy, kind, symbol=symbol, number=number, branch=branch, ratio=ratio
        )

    def joined(self, case: Case, union: InsurerPolicy) -> Made:
        """Begin the membership at 後期高齢者医療 (P-053)."""
        return self._filed(
            case, union, ProcedureKind.LATE_ELDERLY, symbol="", number=self.next_number(), branch=""
        )

    def _filed(self, case: Case, policy: InsurerPolicy, kind: ProcedureKind, **given: Any) -> Made:
        said = f"{self.kind}\x1f{kind}\x1f{self.today.isoformat()}\x1f{case.entry.number}"
        procedure = Procedure(
            kind=kind,
            insurer_number=policy.insurer_number,
            individual_number=None,
            content_key=blake2b(said.encode(), digest_size=16).digest(),
            **given,
        )
        try:
            if self.kind is RunKind.NEWCOMERS:
                # It follows from the joining, and its days are counted from there.
                with_joining = procedure._replace(filed_on=came(case)[-1].filing.filed_on)
                made = self._decided(case, policy, with_joining)
                if made[0].visible_from > self.now and (
                    made[0].visible_from >= case.entry.visible_from
                ):
                    return Made(entries=made)
            return Made(entries=self._decided(case, policy, procedure))
        except Problem as problem:
            return Made(left=(Left(case.entry.person.reference, problem.japanese),))

    def _decided(
        self, case: Case, policy: InsurerPolicy, procedure: Procedure
    ) -> tuple[Change, ...]:
        filed = Filed(procedure, policy, self.now, SYSTEM)
        return decide_procedure(filed, case.entry.person, case.history)


def with_paper(
    case: Case,
    made: Made,
    occasion: Occasion,
    policy: InsurerPolicy | None = None,
    on: date | None = None,
) -> Made:
    """Add the document that goes with an entry that was just made."""
    if not made.entries:
        return made
    after = Case(
        (*case.history, *made.entries),
        made.entries[0],
        case.documents,
        case.card,
        policy or case.policy,
        case.today,
    )
    paper = after.decide(occasion, on=on, occasioned_by=made.entries[0].version)
    return made._replace(documents=(*made.documents, paper))


def joined_on(case: Case) -> date:
    """Return when the member's last joining was filed."""
    return since_joining(case)[0].filing.filed_on


def came(case: Case) -> list[Change]:
    """Return by which entries somebody came, or came back, in the order of their filing."""
    joining, *later = since_joining(case)
    back = [one for one in later if one.kind in COMES_BACK and one.filing.filed_on <= case.today]
    return sorted([joining, *back], key=lambda one: one.filing.filed_on)


def since_joining(case: Case) -> list[Change]:
    """Return the entries of a membership from its last joining on."""
    since: list[Change] = []
    for one in case.entries():
        if KINDS[one.kind].effect is Effect.JOIN and one.refers_to is None:
            since.clear()
        since.append(one)
    return since
