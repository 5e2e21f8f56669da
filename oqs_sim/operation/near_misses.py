"""Near misses: in what an inquiry that found nobody differs from somebody who is there.

A maker of clinic software sees that nobody was found and wants to know why: another birthdate, a
digit read wrongly, another symbol or 枝番, the number of another insurer.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.identifiers.insured_number import (
    comparable_branch,
    comparable_number,
    comparable_symbol,
)
from eligibility.identifiers.numbers import InsurerNumber, InvalidNumber
from eligibility.sentence import Sentence
from oqs_sim.store.operation.holders import (
    birthdates,
    holders_of_numbers,
    insurers,
    symbols,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from oqs_sim.store.operation.holders import Holder
    from wire.vocabulary.inquiry import QualificationConfirmSearchInfo

MOST_TOLD = 5
MOST_INSURERS = 300
"""How many insurers are tried; a simulation has some."""
MOST_SYMBOLS = 100
"""How many of an insurer's symbols are compared with one that was asked for."""
_DIGITS = "0123456789"

BIRTHDATE = Sentence("生年月日", "the birthdate")
NUMBER = Sentence("番号", "the number (番号)")
SYMBOL = Sentence("記号", "the symbol (記号)")
BRANCH = Sentence("枝番", "the branch (枝番)")
INSURER = Sentence("保険者番号", "the insurer number")


@dataclass(frozen=True)
class NearMiss:
    """Somebody who would have been found, if these had been otherwise."""

    person_reference: str
    differs_in: tuple[Sentence, ...]

    def __str__(self) -> str:
        """Write it in a line, without the value of anything."""
        said = " / ".join(f"{one.ja} ({one.en})" for one in self.differs_in)
        return f"{self.person_reference}: {said}"


def near_misses(connection: Connection, asked: QualificationConfirmSearchInfo) -> list[NearMiss]:
    """Return who was nearly found: those first who differ in least."""
    try:
        insurer = InsurerNumber.parse(asked.insurer_number).digits
    except InvalidNumber:
        insurer = ""
    symbol = asked.insured_card_symbol or ""
    number = asked.insured_identification_number
    known = insurers(connection, MOST_INSURERS)
    if not known:
        return []
    spellings = _spellings(connection, insurer, symbol)
    candidates = holders_of_numbers(
        connection, {insurer}, {symbol, *spellings}, {number, *_misread(number)}, MOST_TOLD * 20
    )
    candidates += holders_of_numbers(
        connection, set(known) - {insurer}, {symbol, *spellings}, {number}, MOST_TOLD * 4
    )
    found: dict[str, tuple[Sentence, ...]] = {}
    for one in candidates:
        differs = _differences(one, insurer, symbol, asked)
        if asked.birthdate not in birthdates(connection, one.person):
            differs = (*differs, BIRTHDATE)
        if differs and len(differs) <= 2:
            known_as = found.get(one.person.person_reference)
            if known_as is None or len(differs) < len(known_as):
                found[one.person.person_reference] = differs
    ordered = sorted(found.items(), key=lambda pair: (len(pair[1]), pair[0]))
    return [NearMiss(person, differs) for person, differs in ordered[:MOST_TOLD]]


def _differences(
    one: Holder, insurer: str, symbol: str, asked: QualificationConfirmSearchInfo
) -> tuple[Sentence, ...]:
    differs = []
    if one.insurer_number != insurer:
        differs.append(INSURER)
    # As a check compares them: in another width they are no other ones.
    if comparable_symbol(one.symbol) != comparable_symbol(symbol):
        differs.append(SYMBOL)
    if comparable_number(one.number) != comparable_number(asked.insured_identification_number):
        differs.append(NUMBER)
    branch = asked.insured_branch_number
    if branch is not None and comparable_branch(one.branch) != comparable_branch(branch):
        differs.append(BRANCH)
    return tuple(differs)


def _spellings(connection: Connection, insurer: str, symbol: str) -> set[str]:
    """Return the insurer's symbols that are the same but for width and case, and other ones."""
    folded = _folded(symbol)
    same = {one for one in symbols(connection, insurer, MOST_SYMBOLS) if _folded(one) == folded}
    return same | {unicodedata.normalize("NFKC", symbol), ""}


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace(" ", "")


def _misread(number: str) -> set[str]:
    """Return the numbers of which one digit was read as another one, or in the other width."""
    narrow = unicodedata.normalize("NFKC", number)
    misread = {narrow}
    for place, digit in enumerate(narrow):
        if digit in _DIGITS:
            misread |= {narrow[:place] + other + narrow[place + 1 :] for other in _DIGITS}
    return misread
