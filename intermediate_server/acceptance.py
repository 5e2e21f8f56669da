"""Accepting a procedure: matched, decided, recorded, in this order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2

from eligibility.documents.content import NATIONAL
from eligibility.documents.household import OF_AGE, is_of_age
from eligibility.sentence import Sentence
from intermediate_server.documents.decision import Case
from intermediate_server.documents.filed_papers import paper_work
from intermediate_server.oqs_client import NOBODY_MATCHED, unreachable
from intermediate_server.procedures.change import UNKNOWN_SOURCE, Change
from intermediate_server.procedures.decide import decide, withdraw_unnumbered
from intermediate_server.procedures.edits import as_reported
from intermediate_server.procedures.filed import Filed
from intermediate_server.procedures.memberships import claimed
from intermediate_server.procedures.person import NO_CARD, RegisterMatch
from intermediate_server.procedures.procedure import WITHOUT_NUMBER
from intermediate_server.procedures.refusal import refused
from intermediate_server.procedures.register_comparison import plain
from intermediate_server.procedures.renumbering import goes_on, unnumbered_reference
from intermediate_server.store.ledger import KnownBefore, Part, PartsRefused, Recorded
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from intermediate_server.documents.document import Document, PaperWork
    from intermediate_server.oqs_client import OqsClient
    from intermediate_server.policies import PolicyBook
    from intermediate_server.procedures.change import Source
    from intermediate_server.procedures.person import PersonDetails
    from intermediate_server.procedures.procedure import Procedure
    from intermediate_server.store import Ledger
    from intermediate_server.store.ledger import Once
    from wire.clock import ClockReading, RemoteClock


@dataclass(frozen=True)
class Acceptance:
    """Takes procedures of insurers."""

    ledger: Ledger
    policies: PolicyBook
    oqs: OqsClient
    clock: RemoteClock

    async def accept(
        self,
        procedure: Procedure,
        source: Source = UNKNOWN_SOURCE,
        once: Once | None = None,
        known_person: str | None = None,
    ) -> Recorded:
        """Record a procedure; when this returns, the worker will deliver it in its time.

        ``known_person`` is the reference of whom it is about, where that was known without the
        個人番号: somebody of whom something is recorded.
        One with a 整理番号 that was recorded before adds nothing, and gives what there is.

        Raises:
            Problem: UNKNOWN_INSURER, UNKNOWN_PERSON, INVALID_NUMBER, PROCEDURE_REFUSED,
                REFERENCE_REUSED, or one of `NOBODY_MATCHED`; then nothing is recorded.
            AnsweredBefore: what is to be done ``once`` was done before.
        """
        try:
            recorded = await self.accept_all([procedure], source, once, [known_person])
        except PartsRefused as refused:
            raise refused.problems[0] or refused from None
        return recorded[0]

    async def accept_all(
        self,
        procedures: Sequence[Procedure],
        source: Source = UNKNOWN_SOURCE,
        once: Once | None = None,
        known_persons: Sequence[str | None] | None = None,
    ) -> tuple[Recorded, ...]:
        """Record procedures of several persons, as of a household: all of them, or none.

        ``known_persons`` are the references of whom they are about, as in `accept`.

        Raises:
            PartsRefused: some were refused; with the problem of each.
            Problem: one of `NOBODY_MATCHED`; then nothing is recorded.
            AnsweredBefore: what is to be done ``once`` was done before.
        """
        if once is not None:
            await asyncio.to_thread(self.ledger.require_new, once.request)
        reading, found = await asyncio.gather(
            self.read_clock(filing=True),
            asyncio.gather(
                *map(self._match, procedures, known_persons or [None] * len(procedures))
            ),
        )
        children = _children(procedures, found, reading.today)
        parts: list[Part] = []
        own: list[int | Problem] = []
        """Of each procedure, the place of its own part, or why it is refused already."""
        for procedure, match in zip(procedures, found, strict=True):
            try:
                self._check_head(procedure, children)
                household = await self._household(procedure, procedures, found)
                parts += await self._parts(procedure, match, source, reading, household)
                own.append(len(parts) - 1)
            except Problem as problem:
                own.append(problem)
        if any(isinstance(one, Problem) for one in own):
            raise PartsRefused(tuple(one if isinstance(one, Problem) else None for one in own))
        places = [one for one in own if isinstance(one, int)]
        try:
            recorded = await asyncio.to_thread(self.ledger.record_all, parts, once)
        except PartsRefused as refused:
            raise PartsRefused(_of_procedures(refused.problems, places)) from None
        return tuple(recorded[place] for place in places)

    async def _parts(
        self,
        procedure: Procedure,
        match: RegisterMatch | Problem | None,
        source: Source,
        reading: ClockReading,
        household: Sequence[PersonDetails],
    ) -> list[Part]:
        """Return what is to be recorded: the procedure, after what it takes the place of.

        Raises:
            Problem: UNKNOWN_INSURER, or that of the match.
        """
        policy = self.policies.of(procedure.insurer_number)
        if isinstance(match, Problem):
            raise match
        filed = Filed(
            procedure,
            policy,
            reading.now,
            source,
            match and match.card.registered,
            household=household,
        )
        child = unnumbered_reference(procedure, match and match.person, reading.today)
        if child is None or not await asyncio.to_thread(self._goes_on, child, procedure):
            return [self._part(filed, match, reading)]
        assert match is not None
        before: list[Change] = []

        def withdrawn(history: tuple[Change, ...]) -> tuple[Change, ...]:
            before[:] = history
            return withdraw_unnumbered(filed, history, match.person)

        return [Part(child, withdrawn), self._part(filed, match, reading, before)]

    def _check_head(self, procedure: Procedure, children: frozenset[str]) -> None:
        """See that no child who is filed with others is named as the head (R-056)."""
        national = self.policies.of(procedure.insurer_number).kind in NATIONAL
        if procedure.householder and national and plain(procedure.householder) in children:
            raise refused(
                Sentence(
                    f"世帯主氏名が、いっしょに届け出る{OF_AGE}歳未満の人の氏名です。"
                    "世帯主の氏名を確かめてください（国保に加入していない人でもかまいません）。",
                    f"The householder is a member under {OF_AGE} who is filed with the others; "
                    "name the head of the household, insured here or not.",
                )
            )

    async def _household(
        self,
        procedure: Procedure,
        together: Sequence[Procedure],
        found: Sequence[RegisterMatch | Problem | None],
    ) -> list[PersonDetails]:
        """Return who is at home where a child is born whose 郵便番号 is not filed.

        First those with whom it is filed, then those on record under the same 記号・番号.
        """
        if not procedure.asks_for_household:
            return []
        others = [
            as_reported(one, match.person)
            for one, match in zip(together, found, strict=True)
            if isinstance(match, RegisterMatch) and one.household == procedure.household
        ]
        known = await asyncio.to_thread(self.ledger.household, *procedure.household)
        return [*others, *known]

    def _goes_on(self, child: str, procedure: Procedure) -> bool:
        return goes_on(procedure, [one.change for one in self.ledger.history(child)])

    def _part(
        self,
        filed: Filed,
        match: RegisterMatch | None,
        reading: ClockReading,
        unnumbered: Sequence[Change] = (),
    ) -> Part:
        """Return what is to be recorded of a procedure, but for what it takes the place of."""
        procedure, policy = filed.procedure, filed.policy
        card = match.card if match else NO_CARD
        reference = match.person.reference if match else procedure.person_reference
        assert reference is not None

        def decided(history: tuple[Change, ...]) -> tuple[Change, ...]:
            if procedure.reference:
                for entry in history:
                    if entry.content_key == procedure.content_key:
                        raise KnownBefore(entry)
            known = filed._replace(unnumbered=tuple(unnumbered))
            return decide(known, match.person if match else None, history)

        def issued(
            history: Sequence[Change], entry: Change, documents: Sequence[Document]
        ) -> PaperWork:
            case = Case(history, entry, documents, card, policy, reading.today)
            return paper_work(procedure, case)

        return Part(reference, decided, issued, claimed(procedure))

    async def _match(
        self, procedure: Procedure, known_person: str | None
    ) -> RegisterMatch | Problem | None:
        """Match the person; return the problem of one whom nobody knows."""
        if known_person is not None and known_person.startswith(WITHOUT_NUMBER):
            history = await asyncio.to_thread(self.ledger.history, known_person)
            if not history:
                return Problem(Catalogue.UNKNOWN_PERSON)
            return RegisterMatch(history[-1].change.person)
        number = procedure.individual_number
        try:
            if known_person is not None:
                return await self.oqs.match_known(known_person)
            return None if number is None else await self.oqs.match(number)
        except Problem as problem:
            if problem.entry in NOBODY_MATCHED:
                raise
            return problem

    async def read_clock(self, *, filing: bool = False) -> ClockReading:
        """Return what the clock shows, to somebody who files or does something else by it.

        Raises:
            Problem: SERVICE_UNREACHABLE.
        """
        try:
            return await self.clock.read()
        except httpx2.HTTPError as error:
            problem = unreachable("The clock", error)
            if not filing:
                problem.japanese = _NO_DAY
            raise problem from None


def _children(
    procedures: Sequence[Procedure],
    found: Sequence[RegisterMatch | Problem | None],
    today: date,
) -> frozenset[str]:
    """Return the names of children who are filed with others, none of a grown namesake."""
    if len(procedures) < 2:
        return frozenset()
    people = [
        as_reported(one, match.person)
        for one, match in zip(procedures, found, strict=True)
        if isinstance(match, RegisterMatch)
    ]
    names: dict[bool, set[str]] = {True: set(), False: set()}
    for one in people:
        names[is_of_age(one.birthdate, today)].add(plain(one.name))
    return frozenset(names[False] - names[True])


_NO_DAY = (
    "オンライン資格確認等システムの時計が答えず、きょうの日付がわからないため、何も行っていません。"
    "しばらくしてから、もう一度行ってください。"
)


def _of_procedures(
    problems: Sequence[Problem | None], places: Sequence[int]
) -> tuple[Problem | None, ...]:
    """Return the first problem of each procedure, whose parts end at these places."""
    found, begin = [], 0
    for place in places:
        found.append(next(filter(None, problems[begin : place + 1]), None))
        begin = place + 1
    return tuple(found)
