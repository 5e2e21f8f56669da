"""Looking a person up by what is printed on the card, in a mode that an operator opened (P-087)."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from eligibility.identifiers.names import UNKNOWN_CHARACTER
from eligibility.qualification import QualificationValidity, Verdict, judge_card
from oqs_sim.qualification.answer import SET, Judged, answer_of
from oqs_sim.qualification.challenge import ChallengePurpose
from oqs_sim.qualification.checks import (
    Asking,
    confirmation_day,
    is_blocked,
    known_of,
    requested_day,
    require_own,
)
from oqs_sim.store.operation.births import residents_born
from oqs_sim.store.operation.windows import WindowKind, note_use
from oqs_sim.store.person import PersonKey
from storage import aside, read_aside, reading
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.codes import ReferenceClassification

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from oqs_sim.operation.control import Operation
    from oqs_sim.qualification.checks import Checks
    from oqs_sim.store.inquiries import Inquiries
    from oqs_sim.store.operation.windows import Window
    from oqs_sim.store.residents import Resident
    from wire.vocabulary.answer import QualificationAnswer
    from wire.vocabulary.person_search import FourItemsInquiry, PersonSearchInfo

_PURPOSES = {
    WindowKind.SYSTEM_FAILURE: ChallengePurpose.SYSTEM_FAILURE,
    WindowKind.DISASTER: ChallengePurpose.DISASTER,
}
LEAST_ADDRESS = 3
"""How many characters of an address are compared at least: a municipality has as many."""


class PersonLookup:
    """Looks persons up; each use is logged with its mode, and counted for the report."""

    def __init__(self, checks: Checks, operation: Operation) -> None:
        """Take how checks are logged and judged, and which mode is open."""
        self._checks, self._operation = checks, operation

    async def find(
        self, inquiry: FourItemsInquiry, institution_code: str, now: datetime
    ) -> QualificationAnswer:
        """Answer an inquiry by the four items, as a card's would be (P-087).

        The 照会区分 of such an answer is not public; it says that of an inquiry by what is written
        [unverified].

        Raises:
            Problem: MODE_NOT_OPEN, CONSENT_MISSING, CARD_USE_BLOCKED (P-031), or another
                institution is named.
        """
        mode = self._operation.mode(institution_code, now)
        purpose = ChallengePurpose.CHECK if mode is None else _PURPOSES[mode.kind]
        asking = Asking(institution_code, ReferenceClassification.NUMBER, purpose, now)
        try:
            judged = await self._judged(inquiry, asking, mode)
        except Problem as problem:
            await self._checks.refuse(asking, problem)
            raise
        assert mode is not None
        await self._checks.write_down(asking, validity=judged.validity)
        await aside(self._checks.engine, lambda: self._note_use(mode, institution_code, now))
        named = self._checks.name_person
        return answer_of(judged, now, name_person=named, with_limit=False)

    async def _judged(
        self, inquiry: FourItemsInquiry, asking: Asking, mode: Window | None
    ) -> Judged:
        header, asked = inquiry.message_header, inquiry.message_body.person_search_info
        require_own(header.medical_institution_code, asking.institution_code)
        if mode is None:
            raise Problem(Catalogue.MODE_NOT_OPEN)
        if asked.oral_consent != SET:
            raise Problem(Catalogue.CONSENT_MISSING)
        found = await read_aside(self._checks.engine, lambda: self._matching(asked))
        if len(found) != 1:
            validity = QualificationValidity.SEVERAL if found else QualificationValidity.NONE
            return Judged(header, asking.classification, asking.person, {}, Verdict(validity))
        asking.person = PersonKey.of(found[0].person_reference)
        on = confirmation_day(header, asking.now)

        def judged(inquiries: Inquiries) -> Judged:
            known = known_of(inquiries, asking.person)
            if is_blocked(known):
                raise Problem(Catalogue.CARD_USE_BLOCKED)
            verdict = judge_card(known, on)
            return Judged(header, asking.classification, asking.person, known, verdict)

        return await self._checks.asking(judged)

    def _matching(self, asked: PersonSearchInfo) -> list[Resident]:
        with reading(self._checks.engine) as connection:
            born = residents_born(connection, requested_day(asked.birthdate), asked.sex1.value)
            return matching(born, asked)

    def _note_use(self, mode: Window, institution_code: str, now: datetime) -> None:
        with self._checks.engine.begin() as connection:
            note_use(connection, mode.number, institution_code, now)


def matching(residents: Iterable[Resident], asked: PersonSearchInfo) -> list[Resident]:
    """Return who of those with sex and birthdate has the name, and lives where it says."""
    return [
        one
        for one in residents
        if _same_name(asked.name, one.name) and _same_place(asked.address, one.address)
    ]


def _same_name(one: str, other: str) -> bool:
    """Compare names without blanks; ● stands for any character (P-029)."""
    left, right = _folded(one), _folded(other)
    return len(left) == len(right) > 0 and all(
        a == b or UNKNOWN_CHARACTER in {a, b} for a, b in zip(left, right, strict=True)
    )


def _same_place(asked: str, known: str) -> bool:
    """Compare the beginnings of addresses; of whom no address is known any will do."""
    left, right = _folded(asked), _folded(known)
    if not right:
        return True
    shared = min(len(left), len(right))
    if shared < LEAST_ADDRESS:
        return False
    return left.startswith(right) or right.startswith(left)


def _folded(text: str) -> str:
    narrow = unicodedata.normalize("NFKC", text)
    return "".join(narrow.split()).replace("−", "-").replace("ー", "-")
