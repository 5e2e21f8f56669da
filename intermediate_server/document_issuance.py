"""Issuing documents on application: asked, decided, registered, in this order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.documents import Occasion
from eligibility.identifiers.numbers import InsurerNumber
from eligibility.sentence import Sentence
from intermediate_server.documents.decision import Case
from intermediate_server.documents.filed_papers import papers_ahead
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.memberships import newest
from intermediate_server.procedures.procedure import Procedure
from intermediate_server.procedures.refusal import refused
from storage import bucket_of
from wire.catalogue import Problem

if TYPE_CHECKING:
    from datetime import date

    from eligibility.identifiers.numbers import IndividualNumber
    from intermediate_server.acceptance import Acceptance
    from intermediate_server.documents.document import Document
    from intermediate_server.procedures.change import Change, Source
    from intermediate_server.procedures.history import Number
    from intermediate_server.store import DocumentRegister


_LETTERS = frozenset({Occasion.ELECTRONIC_CERTIFICATE_ENDS, Occasion.ELECTRONIC_CERTIFICATE_LAPSES})
"""What nobody files, and a clerk may send before its run does."""


@dataclass(frozen=True)
class DocumentIssuance:
    """Issues documents; what the rules say of them is in `documents`."""

    acceptance: Acceptance
    register: DocumentRegister

    async def today(self) -> date | None:
        """Return what day it is; None where nobody knows."""
        try:
            return (await self.acceptance.read_clock()).today
        except Problem:
            return None

    async def ask_last_four(
        self, individual: IndividualNumber, number: Number, source: Source
    ) -> Document:
        """File that a member is asked to compare the last four digits; return its notice (R-190).

        Raises:
            Problem: as `Acceptance.accept` does.
        """
        insurer, symbol, digits, branch = number
        procedure = Procedure(
            kind=ProcedureKind.LAST_FOUR_SENT,
            insurer_number=InsurerNumber(insurer),
            individual_number=individual,
            symbol=symbol,
            number=digits,
            branch=branch,
        )
        return (await self.acceptance.accept(procedure, source)).documents[0]

    async def apply(self, reference: str, number: Number, occasion: Occasion) -> Document:
        """Decide on what a member asks for; on the last four digits by `ask_last_four`.

        Raises:
            Problem: PROCEDURE_REFUSED where there is no such membership, or no member asks for
                what the occasion brings; UNKNOWN_INSURER, SERVICE_UNREACHABLE.
        """
        if not occasion.applied and occasion not in _LETTERS:
            raise refused(
                Sentence(
                    f"「{occasion}」は申請するものではありません。"
                    "届出か定期処理のときに、交付するか決まります。先に届出をしてください。",
                    f"Occasion {occasion.value!r} is nothing to apply for: it is decided with a "
                    "procedure or a run; file the procedure.",
                )
            )
        reading = await self.acceptance.read_clock()
        (card,) = await self.acceptance.oqs.cards([reference])
        policy = self.acceptance.policies.of_digits(number[0])

        def decide(
            _: str, history: tuple[Change, ...], documents: tuple[Document, ...]
        ) -> tuple[Document, ...]:
            entry = newest(history).get(number)
            if entry is None:
                raise refused(
                    Sentence(
                        "この記号・番号・枝番での加入の記録がありません。番号を確かめてください。",
                        "There is no such membership.",
                    )
                )
            case = Case(history, entry, documents, card, policy, reading.today)
            made = case.decide(occasion)
            return (made, *papers_ahead(case, [made]))

        (made, *_) = await asyncio.to_thread(
            self.register.issue, bucket_of(reference), [reference], decide
        )
        return made
