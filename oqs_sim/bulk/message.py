"""Which inquiries in bulk there are, and what comes of a part of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from oqs_sim.qualification.challenge import ChallengePurpose
from oqs_sim.store.bulk.receptions import ClaimedPart
from wire.vocabulary.codes import ReferenceClassification

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from oqs_sim.store.journal import LoggedInquiry
    from wire.vocabulary.element import Element


class BulkMessage(StrEnum):
    """Inquiries in bulk, by the letters of their API-ID (§2.2)."""

    QUALIFICATION = "muquc"
    """資格確認 一括照会."""
    REFERENCE_NUMBER = "muimm"
    """照会番号 一括登録."""
    MEDICAL_TICKET = "mutic"
    """委託先（医療扶助）資格情報一括取得."""
    HOME_VISIT = "muhvq"
    """同意済資格情報一括取得（訪問診療等）."""
    ONLINE_EXAMINATION = "muonq"
    """同意済資格情報一括取得（オンライン診療等）."""

    @property
    def member(self) -> str:
        """What a unit of its result is called."""
        is_registration = self is BulkMessage.REFERENCE_NUMBER
        return "BulkRegistrationUnit" if is_registration else "BulkConfirmUnit"

    @property
    def classification(self) -> ReferenceClassification:
        """照会区分 under which it is logged: who consented at home did so by card."""
        by_card = self in {BulkMessage.HOME_VISIT, BulkMessage.ONLINE_EXAMINATION}
        return ReferenceClassification.CARD if by_card else ReferenceClassification.NUMBER

    @property
    def purpose(self) -> ChallengePurpose:
        """What it is logged to be for."""
        return _PURPOSES[self]


_PURPOSES = {
    BulkMessage.QUALIFICATION: ChallengePurpose.CHECK,
    BulkMessage.REFERENCE_NUMBER: ChallengePurpose.REFERENCE_NUMBER,
    BulkMessage.MEDICAL_TICKET: ChallengePurpose.MEDICAL_TICKETS,
    BulkMessage.HOME_VISIT: ChallengePurpose.AT_HOME,
    BulkMessage.ONLINE_EXAMINATION: ChallengePurpose.AT_HOME,
}


def _nothing(_: Connection) -> None:
    """Write nothing more."""


class Outdated(Exception):
    """What was found out about a part is so no more: it is to be done again."""


@dataclass(frozen=True)
class PartOutcome:
    """What comes of a part: its units in their order, and what is written together with them."""

    units: Sequence[Element]
    lines: Sequence[LoggedInquiry]
    """For the log of inquiries."""
    errors: int = 0
    write: Callable[[Connection], None] = field(default=_nothing)
    """Writes what else the part changes, in the same transaction, once; it may raise `Outdated`."""


def together(outcomes: Sequence[PartOutcome]) -> PartOutcome:
    """Return what came of a part whose units were done by themselves."""

    def write(connection: Connection) -> None:
        for one in outcomes:
            one.write(connection)

    return PartOutcome(
        [unit for one in outcomes for unit in one.units],
        [line for one in outcomes for line in one.lines],
        sum(one.errors for one in outcomes),
        write,
    )


Work = Callable[[ClaimedPart], PartOutcome]
"""Does a part. It only reads: another process may be doing the same."""
