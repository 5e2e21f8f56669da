"""Near misses: in what an inquiry that found nobody differs from somebody who is there.

A maker of clinic software sees that nobody was found and wants to know why: another birthdate, a
digit that was misread, left out, typed twice or changed for its neighbour, leading noughts that
were lost, another symbol or 枝番, the number of another insurer. Whoever differs in such a thing
and in the birthdate too is somebody else, and is not named.

All is looked for by keys, so that the cost does not grow with the number of people.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from eligibility.identifiers.insured_number import (
    comparable_branch,
    comparable_number,
    comparable_symbol,
)
from eligibility.identifiers.numbers import InsurerNumber, InvalidNumber
from eligibility.sentence import Sentence
from oqs_sim.operation.typing_slips import other_noughts, slips, typed_apart
from oqs_sim.store.operation.holders import birthdates, holders_of_numbers, insurers, symbols

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from oqs_sim.store.operation.holders import Holder
    from wire.vocabulary.inquiry import QualificationConfirmSearchInfo

MOST_TOLD = 5
MOST_DIFFERENCES = 2
MOST_HOLDERS = 1_000
"""How many people each search looks at; of a number, a family has some."""
MOST_INSURERS = 300
"""How many insurers are tried; a simulation has some."""
MOST_SYMBOLS = 100
"""How many of an insurer's symbols are compared with one that was asked for."""

BIRTHDATE = Sentence("生年月日", "the birthdate")
NUMBER = Sentence("番号", "the number (番号)")
SYMBOL = Sentence("記号", "the symbol (記号)")
BRANCH = Sentence("枝番", "the branch (枝番)")
INSURER = Sentence("保険者番号", "the insurer number")
_IN_A_FAMILY = {BIRTHDATE, BRANCH}
"""In what members of a family with one number differ."""


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
    """Return who was nearly found: who differs in fewest things first, then in fewest characters.

    Args:
        connection: Reads only.
        asked: An inquiry that found nobody.
    """
    known_insurers = insurers(connection, MOST_INSURERS)
    if not known_insurers:
        return []
    sought = _Sought.of(asked)
    found: dict[str, _Likeness] = {}
    holders = list(_candidates(connection, sought, known_insurers))
    born = birthdates(connection, (holder.person for holder in holders))
    for holder in holders:
        reference = holder.person.person_reference
        likeness = sought.likeness(holder, born.get(reference, set()))
        if not likeness.is_near_miss:
            continue
        found[reference] = min(likeness, found.get(reference, likeness), key=_Likeness.order)
    closest = sorted(found.items(), key=lambda pair: (*pair[1].order(), pair[0]))
    return [NearMiss(person, likeness.differs_in) for person, likeness in closest[:MOST_TOLD]]


class _Likeness(NamedTuple):
    """In what somebody differs from what was asked for, and in how many characters."""

    differs_in: tuple[Sentence, ...]
    characters: int

    @property
    def is_near_miss(self) -> bool:
        differs = set(self.differs_in)
        is_somebody_else = BIRTHDATE in differs and not differs <= _IN_A_FAMILY
        return 0 < len(differs) <= MOST_DIFFERENCES and not is_somebody_else

    def order(self) -> tuple[int, int]:
        return len(self.differs_in), self.characters


class _Sought(NamedTuple):
    """What was asked for, as a check compares it: in another width it is no other one."""

    insurer: str
    symbol: str
    number: str
    branch: str | None
    birthdate: str

    @classmethod
    def of(cls, asked: QualificationConfirmSearchInfo) -> _Sought:
        try:
            insurer = InsurerNumber.parse(asked.insurer_number).digits
        except InvalidNumber:
            insurer = ""
        return cls(
            insurer,
            comparable_symbol(asked.insured_card_symbol or ""),
            comparable_number(asked.insured_identification_number),
            comparable_branch(asked.insured_branch_number),
            asked.born_on,
        )

    def likeness(self, holder: Holder, born: set[str]) -> _Likeness:
        branch = comparable_branch(holder.branch) or ""
        birthdate = self.birthdate if self.birthdate in born else min(born, default="")
        compared = (
            (INSURER, self.insurer, holder.insurer_number),
            (SYMBOL, self.symbol, comparable_symbol(holder.symbol)),
            (NUMBER, self.number, comparable_number(holder.number)),
            (BRANCH, branch if self.branch is None else self.branch, branch),
            (BIRTHDATE, self.birthdate, birthdate),
        )
        differing = [one for one in compared if one[1] != one[2]]
        return _Likeness(
            tuple(what for what, _, _ in differing),
            sum(typed_apart(sought, known) for _, sought, known in differing),
        )


def _candidates(
    connection: Connection, sought: _Sought, known_insurers: list[str]
) -> Iterator[Holder]:
    """Return whoever could be meant: each search is for one slip, and none crowds out another."""
    insurer, symbol, number = sought.insurer, sought.symbol, sought.number
    others = symbols(connection, insurer, MOST_SYMBOLS)
    spellings = {
        symbol,
        "",
        *(one for one in others if _folded(one) == _folded(symbol)),
        *other_noughts(symbol),
    }
    for insurer_numbers, card_symbols, numbers in (
        ({insurer}, {*spellings, *others, *slips(symbol)}, {number}),
        ({insurer}, spellings, slips(number)),
        (set(known_insurers) - {insurer}, spellings, {number}),
    ):
        yield from holders_of_numbers(
            connection, insurer_numbers, card_symbols, numbers, MOST_HOLDERS
        )


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace(" ", "")
