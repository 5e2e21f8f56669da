"""What the reader and the card came to (R-090).

How the patient was identified, to what they agreed, and why OQS does not take the card.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 # read at run time
from functools import cache
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from eligibility.card.use import Obstacle
from eligibility.terminal.consent import ConsentItem
from eligibility.terminal.identity import Method  # noqa: TC001 # read at run time
from wire.catalogue import Catalogue
from wire.dates import read_moment
from wire.vocabulary.medical import SPECIFIC_DISEASES_ELEMENT, VIEWING_ELEMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wire.vocabulary.answer import QualificationAnswer

FLAGS: Mapping[ConsentItem, tuple[str, ...]] = {
    **VIEWING_ELEMENTS,
    ConsentItem.LIMIT: ("limit_application_certificate_related",),
    ConsentItem.SPECIFIC_DISEASE: (SPECIFIC_DISEASES_ELEMENT,),
}
"""The elements of an answer that tell of each item; the flag of each ends in ``_cons_flg``."""
_GIVEN = "1"
_OBSTACLES = {
    one.kind.code: obstacle
    for one, obstacle in (
        (Catalogue.CERTIFICATE_LAPSED, Obstacle.LAPSED),
        (Catalogue.CERTIFICATE_REVOKED, Obstacle.REVOKED),
        (Catalogue.CERTIFICATE_SUSPENDED, Obstacle.SUSPENDED),
        (Catalogue.CARD_MOVED_OUT, Obstacle.MOVED_OUT),
        (Catalogue.CARD_LAPSED_BY_MOVE, Obstacle.MOVE_LAPSED),
        (Catalogue.CARD_LEFT_COUNTRY, Obstacle.LEFT_COUNTRY),
    )
}


def obstacle_of(problem_code: str | None) -> Obstacle | None:
    """Return what a refusal of OQS tells of the card; None where it tells nothing of its kind."""
    return _OBSTACLES.get(problem_code or "")


@dataclass(frozen=True, slots=True)
class CardReading:
    """One reading of a card, as OQS took it."""

    method: Method
    """本人確認: by face, by PIN, by eye, or by the phone itself."""
    asked: tuple[ConsentItem, ...] = ()
    """What the screen asked for, in its order."""
    agreed: frozenset[ConsentItem] = frozenset()
    """To what OQS says that the patient agreed (同意フラグ)."""
    agreed_until: datetime | None = None
    """閲覧有効期限: until when that can be viewed (P-035); None where there is nothing."""
    uses_subsidies: bool | None = None
    """Whether 医療費助成の受給者証 are used; None where it was not asked."""
    subsidies: tuple[str, ...] = ()
    """The certificates that OQS told. Empty may also mean that the municipality takes no part."""


def reading_told(
    answer: QualificationAnswer,
    method: Method,
    asked: tuple[ConsentItem, ...],
    *,
    uses_subsidies: bool | None,
) -> CardReading:
    """Read from OQS's answer what it took of the consent."""
    body = answer.message_body
    agreed, until = set(), None
    for result in body.results:
        for item, names in FLAGS.items():
            if item in asked and all(
                getattr(result, f"{name}_cons_flg") == _GIVEN for name in names
            ):
                agreed.add(item)
                told = getattr(result, f"{names[0]}_available_time", None)
                until = read_moment(told) if told else until
    subsidies = tuple(one.name for one in body.simulation_subsidy_certificates or ())
    return CardReading(method, asked, frozenset(agreed), until, uses_subsidies, subsidies)


@cache
def _written() -> TypeAdapter[CardReading]:
    return TypeAdapter(CardReading)


def write_reading(reading: CardReading) -> str:
    """Write it as it is kept."""
    return _written().dump_json(reading).decode()


def read_reading(text: str) -> CardReading:
    """Read what `write_reading` wrote."""
    return _written().validate_json(text)
