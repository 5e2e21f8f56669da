"""Looking a person up by what is printed on the card, in a mode that an operator opened (P-087)."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from typing import TYPE_CHECKING

from eligibility.identifiers.digits import HYPHENS
from eligibility.identifiers.names import UNKNOWN_CHARACTER
from eligibility.qualification import QualificationValidity, Verdict, judge_card
from oqs_sim.qualification.answer import Judged, answer_of
from oqs_sim.qualification.asking import Asking, confirmation_day, requested_day, require_own
from oqs_sim.qualification.challenge import ChallengePurpose
from oqs_sim.qualification.judging import is_blocked, is_undisclosed, known_of
from oqs_sim.store.inquiries import SET
from oqs_sim.store.operation.births import residents_born
from oqs_sim.store.operation.windows import WindowKind, note_use
from oqs_sim.store.person import PersonKey
from storage import reading
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.codes import ReferenceClassification

if TYPE_CHECKING:
    from datetime import datetime

    from oqs_sim.operation.control import Operation
    from oqs_sim.qualification.answer import Known
    from oqs_sim.qualification.checks import Checks
    from oqs_sim.store.inquiries import Inquiries
    from oqs_sim.store.operation.windows import Window
    from wire.vocabulary.answer import QualificationAnswer
    from wire.vocabulary.person_search import FourItemsInquiry, PersonSearchInfo

_PURPOSES = {
    WindowKind.SYSTEM_FAILURE: ChallengePurpose.SYSTEM_FAILURE,
    WindowKind.DISASTER: ChallengePurpose.DISASTER,
}
LEAST_ADDRESS = 3
"""How many characters of an address are compared at least: a municipality has as many."""
LEAST_FAMILY_NAME = 1
"""How many characters of the family name are to be given at least, ● being none: who knows no more
of a name than how long it is has not been told it. A number of ours [unverified]."""


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
        await asyncio.to_thread(lambda: self._note_use(mode, institution_code, now))
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
        on = confirmation_day(header, asking.now)

        def judged(inquiries: Inquiries) -> Judged:
            found = self._found(asked, asking, inquiries)
            if len(found) == 1:
                ((asking.person, known),) = found.items()
                verdict = judge_card(known, on)
            else:
                known = {}
                verdict = Verdict(
                    QualificationValidity.SEVERAL if found else QualificationValidity.NONE
                )
            return Judged(header, asking.classification, asking.person, known, verdict)

        return await self._checks.asking(judged)

    def _found(
        self, asked: PersonSearchInfo, asking: Asking, inquiries: Inquiries
    ) -> dict[PersonKey, Known]:
        """Return who has the four items, and what is known of them.

        Of whom an insurer protects (P-031) the address is compared with nothing, or answers would
        tell where they live: whoever is 不開示該当 is as if they were not there.

        Raises:
            Problem: CARD_USE_BLOCKED where nobody has the items, and one with 自己情報提供不可 has
                the name, sex and birthdate.
        """
        with reading(self._checks.engine) as connection:
            born = [
                one
                for one in residents_born(
                    connection, requested_day(asked.birthdate), asked.sex1.value
                )
                if same_name(asked.name, one.name)
            ]
        found: dict[PersonKey, Known] = {}
        blocked: list[PersonKey] = []
        for one in born:
            person = PersonKey.of(one.person_reference)
            known = known_of(inquiries, person, asking.now)
            if is_blocked(known):
                blocked.append(person)
            elif not is_undisclosed(known) and same_place(asked.address, one.address):
                found[person] = known
        if blocked and not found:
            asking.person = blocked[0] if len(blocked) == 1 else asking.person
            raise Problem(Catalogue.CARD_USE_BLOCKED)
        return found

    def _note_use(self, mode: Window, institution_code: str, now: datetime) -> None:
        with self._checks.engine.begin() as connection:
            note_use(connection, mode.number, institution_code, now)


def same_name(asked: str, known: str, least: int = LEAST_FAMILY_NAME) -> bool:
    """Compare names without blanks; ● stands for any character (P-029).

    Of the family name, which ends at the first blank of the known name, ``least`` characters are
    to be given.
    """
    left, right = _folded(asked), _folded(known)
    family = len(_folded(known.split(maxsplit=1)[0])) if right else 0
    return (
        len(left) == len(right) > 0
        and sum(one != UNKNOWN_CHARACTER for one in left[:family]) >= least
        and all(a == b or UNKNOWN_CHARACTER in {a, b} for a, b in zip(left, right, strict=True))
    )


def same_place(asked: str, known: str) -> bool:
    """Tell whether what is asked is a known address or its beginning; without one any will do.

    It may begin with the municipality, and ends between numbers, never within one. How numbers are
    written does not matter: 一丁目2番3号 is 1-2-3.
    """
    left, right = _plain_place(asked), _plain_place(known)
    if not right:
        return True
    if not _PREFECTURE.match(left):
        right = _PREFECTURE.sub("", right)
    rest = right[len(left) :]
    within_a_number = left[-1:] in _NUMERALS and rest[:1] in _NUMERALS
    return len(left) >= LEAST_ADDRESS and right.startswith(left) and not (rest and within_a_number)


_DIGITS = "〇一二三四五六七八九"
_NUMERALS = {*"0123456789", *_DIGITS, "十"}
_PREFECTURE = re.compile("東京都|北海道|(?:京都|大阪)府|.{2,3}県")
_NUMBERED = re.compile(f"([0-9]+|[{_DIGITS}十]+)(?:丁目|番地|番(?!町)|号)の?-?")
"""A number with what it counts; 番町 is the end of a town's name."""


def _plain_place(text: str) -> str:
    """Write an address without blanks, in half width, and its numbers as 1-2-3."""
    narrow = "".join(unicodedata.normalize("NFKC", text).split())
    hyphened = "".join("-" if one in HYPHENS else one for one in narrow)
    numbered = _NUMBERED.sub(lambda found: f"{_arabic(found[1])}-", hyphened)
    joined = re.sub("(?<=[0-9])の(?=[0-9])", "-", numbered)
    return re.sub("-(?![0-9])", "", joined)


def _arabic(number: str) -> str:
    """Write a number below 100 in digits; one of digits alone stays as it is."""
    tens, ten, ones = number.rpartition("十")
    digits = f"{tens or '一'}{ones or '〇'}" if ten else ones
    return digits.translate({ord(one): str(place) for place, one in enumerate(_DIGITS)})


def _folded(text: str) -> str:
    narrow = unicodedata.normalize("NFKC", text)
    return "".join(narrow.split()).replace("−", "-").replace("ー", "-")
