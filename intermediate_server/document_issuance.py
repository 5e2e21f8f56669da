"""Issuing documents on application: asked, decided, registered, in this order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eligibility.documents import DocumentKind
from eligibility.sentence import Sentence
from intermediate_server.documents.decision import Case
from intermediate_server.procedures.memberships import newest
from intermediate_server.procedures.refusal import refused
from storage import bucket_of

if TYPE_CHECKING:
    from eligibility.documents import Occasion
    from intermediate_server.acceptance import Acceptance
    from intermediate_server.documents.document import Document
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.history import Number
    from intermediate_server.store import DocumentRegister


@dataclass(frozen=True)
class DocumentIssuance:
    """Issues documents; what the rules say of them is in `documents`."""

    acceptance: Acceptance
    register: DocumentRegister

    async def apply(
        self, reference: str, number: Number, occasion: Occasion, last_four: str = ""
    ) -> Document:
        """Decide on what a member asks for.

        ``last_four`` are the last digits of the 個人番号 on record, kept only for the notice that
        asks the member to compare them.

        Raises:
            Problem: PROCEDURE_REFUSED where there is no such membership; UNKNOWN_INSURER,
                SERVICE_UNREACHABLE.
        """
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
            if made.kind is DocumentKind.LAST_FOUR_NOTICE:
                made = replace(made, last_four=last_four)
            return (made,)

        (made,) = await asyncio.to_thread(
            self.register.issue, bucket_of(reference), [reference], decide
        )
        return made
