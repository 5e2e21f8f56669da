"""A qualification (資格) as a visit keeps it, and its place in OQS's answer.

The one list of what the clinic keeps of a qualification: reading the answer, the column, comparing
with the last visit, the page and the API follow it. A new field needs a line here, and a migration;
visits of before have None in it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date  # noqa: TC003 # the fields' types are read at run time
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_type_hints

from pydantic.alias_generators import to_pascal

from eligibility.identifiers.numbers import InsurerNumber, InvalidNumber
from eligibility.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eligibility.identifiers.numbers import InsurerKind


@dataclass(frozen=True, slots=True)
class Kept:
    """What a field of a qualification is elsewhere."""

    member: str
    """The member of ``ResultOfQualificationConfirmation`` that it holds."""
    label: Sentence
    """What the page calls it."""
    longest: int | None = None
    """How many characters its column has, where these are limited."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """One qualification (資格) as it was shown at a visit."""

    insurer_number: Annotated[
        str, Kept("insurer_number", Sentence("保険者番号", "Insurer no."), longest=8)
    ]
    insurer_name: Annotated[str, Kept("insurer_name", Sentence("保険者", "Insurer"))]
    symbol: Annotated[str, Kept("insured_card_symbol", Sentence("記号", "Symbol"), longest=20)]
    number: Annotated[
        str, Kept("insured_identification_number", Sentence("番号", "Number"), longest=20)
    ]
    branch: Annotated[str, Kept("insured_branch_number", Sentence("枝番", "Branch"), longest=2)]
    qualified_on: Annotated[
        date | None, Kept("qualification_date", Sentence("資格取得日", "Insured from"))
    ]
    disqualified_on: Annotated[
        date | None, Kept("disqualification_date", Sentence("資格喪失日", "Insured until before"))
    ]
    ratio: Annotated[
        int | None, Kept("insured_partial_contribution_ratio", Sentence("負担割合", "Share"))
    ]
    """一部負担金割合 in tenths: 1, 2 or 3."""


def insurers_of(coverages: Iterable[Coverage]) -> frozenset[InsurerKind]:
    """Return the kinds of the insurers, but for those whom the numbers do not tell."""
    kinds = set()
    for one in coverages:
        with suppress(InvalidNumber):
            kinds.add(InsurerNumber.parse(one.insurer_number).kind)
    return frozenset(kind for kind in kinds if kind is not None)


class KeptField(NamedTuple):
    """A field of `Coverage`: its type, and what it is elsewhere."""

    type: Any  # a type, or one that may be None
    kept: Kept


FIELDS: Mapping[str, KeptField] = {
    name: KeptField(hint.__origin__, hint.__metadata__[0])
    for name, hint in get_type_hints(Coverage, include_extras=True).items()
}
"""The fields of `Coverage` by their names, in their order."""
COMPARED = (
    "insurer_number",
    "symbol",
    "number",
    "branch",
    "ratio",
    "qualified_on",
    "disqualified_on",
)
"""What the page shows of a qualification and compares with the last visit, in its order."""


def element_of(name: str) -> str:
    """Return the element of the interface that a field comes from: ``InsuredCardSymbol``."""
    return to_pascal(FIELDS[name].kept.member if name in FIELDS else name)


def changed_between(now: Coverage, then: Coverage) -> tuple[str, ...]:
    """Return the fields that differ, in the order of the page."""
    return tuple(name for name in COMPARED if getattr(now, name) != getattr(then, name))
