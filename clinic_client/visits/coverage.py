"""A qualification (資格) as a visit keeps it, and its place in OQS's answer.

The one list of what the clinic keeps of a qualification: reading the answer, comparing with the
last visit, the page and the API follow it. A new field needs a line here, its column (with a
migration), its label in ``texts.toml`` and its element in the API.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 # the fields' types are read at run time
from typing import TYPE_CHECKING, Annotated, get_type_hints

from pydantic.alias_generators import to_pascal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Coverage:
    """One qualification (資格) as it was shown at a visit.

    Beside each type stands the member of ``ResultOfQualificationConfirmation`` that it holds.
    """

    insurer_number: Annotated[str, "insurer_number"]
    insurer_name: Annotated[str, "insurer_name"]
    symbol: Annotated[str, "insured_card_symbol"]
    number: Annotated[str, "insured_identification_number"]
    branch: Annotated[str, "insured_branch_number"]
    qualified_on: Annotated[date | None, "qualification_date"]
    disqualified_on: Annotated[date | None, "disqualification_date"]
    ratio: Annotated[int | None, "insured_partial_contribution_ratio"]
    """一部負担金割合 in tenths: 1, 2 or 3."""


MEMBERS: Mapping[str, str] = {
    name: kind.__metadata__[0]
    for name, kind in get_type_hints(Coverage, include_extras=True).items()
}
"""Each field, and the member of OQS's answer that it holds."""
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
    return to_pascal(MEMBERS.get(name, name))


def changed_between(now: Coverage, then: Coverage) -> tuple[str, ...]:
    """Return the fields that differ, in the order of the page."""
    return tuple(name for name in COMPARED if getattr(now, name) != getattr(then, name))
