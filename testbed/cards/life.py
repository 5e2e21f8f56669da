"""What a person of the practice town is there for, and what insurers have filed of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from eligibility.reception.case import Cause
from eligibility.sentence import Sentence
from wire.dates import write_day

if TYPE_CHECKING:
    from collections.abc import Mapping

TOWN_DAY = date(2026, 11, 25)
"""The day in which the town stands, a Wednesday: that on which the story ends."""


class Situation(StrEnum):
    """What stands in the way of a check: the rows of the fallback table (rule catalogue, §6.3)."""

    READER_BROKEN = "reader_broken"
    NETWORK_DOWN = "network_down"
    PIN_LOCKED = "pin_locked"
    FACE_FAILS = "face_fails"
    BABY_WITHOUT_PHOTO = "baby_without_photo"
    LAG = "lag"
    BLACK_CIRCLE = "black_circle"
    """● in the name."""
    CARD_IN_GRACE = "card_in_grace"
    CERTIFICATE_LAPSED = "certificate_lapsed"
    """Lapsed or revoked."""
    CARD_LOST = "card_lost"
    """Lost or suspended."""
    NOT_REGISTERED = "not_registered"
    NO_READER = "no_reader"
    VIEW_STOPPED = "view_stopped"
    PROTECTED = "protected"
    """DV: 自己情報提供不可."""
    SMARTPHONE = "smartphone"
    NEWBORN = "newborn"
    """Without a card yet."""
    NO_CARD = "no_card"
    """Never had one, has 資格確認書; no row of its own there."""
    DISASTER = "disaster"
    """Likewise (P-082)."""
    CARD_NOT_USABLE = "card_not_usable"
    """Likewise: 住基カード."""

    @property
    def cause(self) -> Cause:
        """What the desk calls it."""
        return _CAUSES[self]


_CAUSES = {
    Situation.READER_BROKEN: Cause.DEVICE,
    Situation.NETWORK_DOWN: Cause.NETWORK,
    Situation.PIN_LOCKED: Cause.AUTHENTICATION,
    Situation.FACE_FAILS: Cause.AUTHENTICATION,
    Situation.BABY_WITHOUT_PHOTO: Cause.AUTHENTICATION,
    Situation.LAG: Cause.LAG,
    Situation.BLACK_CIRCLE: Cause.NONE,
    Situation.CARD_IN_GRACE: Cause.NONE,
    Situation.CERTIFICATE_LAPSED: Cause.CERTIFICATE,
    Situation.CARD_LOST: Cause.CERTIFICATE,
    Situation.NOT_REGISTERED: Cause.NOT_REGISTERED,
    Situation.NO_READER: Cause.NO_READER,
    Situation.VIEW_STOPPED: Cause.VIEW_STOPPED,
    Situation.PROTECTED: Cause.BLOCKED,
    Situation.SMARTPHONE: Cause.SMARTPHONE,
    Situation.NEWBORN: Cause.NO_CARD,
    Situation.NO_CARD: Cause.NO_CARD,
    Situation.DISASTER: Cause.DISASTER,
    Situation.CARD_NOT_USABLE: Cause.NO_CARD,
}

Filing = dict[str, str]
"""A procedure as an insurer files it over the line, by element."""


@dataclass(frozen=True)
class Subsidy:
    """医療費助成の受給者証."""

    payer: str
    recipient: str
    since: str
    """``yyyyMMdd``, as everywhere here."""


@dataclass(frozen=True)
class Assistance:
    """医療扶助."""

    office: str
    """福祉事務所 as a payer, eight digits."""
    name: str
    recipient: str
    since: str


@dataclass(frozen=True)
class Disease:
    """特定疾病療養受療証."""

    category: str
    """認定疾病区分 (OQSCD013)."""
    since: str


@dataclass(frozen=True)
class Life:
    """The story of a person of the town."""

    purpose: Sentence
    """In one sentence."""
    situation: Situation | None = None
    insurer: str = ""
    """保険者番号 of who has them, or has lost them, on the town's day; that of the welfare office
    of who lives on public assistance."""
    registered: bool = False
    """Whether the card is registered for insurance use."""
    pin_locked: bool = False
    face_fits: bool = True
    """Whether a camera takes their face for that of the photograph on the card."""
    by_number: bool = False
    """Whether they are asked for by number, as no card or PIN can be."""
    answer: str = "1"
    """What OQS answers on the town's day: 資格有効性 (OQSCD006); or the code with which it, or the
    desk before it, refuses."""
    ratio: str = ""
    """一部負担金割合 as answered, e.g. ``030``; "" where none is."""
    filings: tuple[Filing, ...] = ()
    """What insurers filed before the card was registered."""
    later: tuple[Filing, ...] = ()
    """And afterwards."""
    subsidy: Subsidy | None = None
    assistance: Assistance | None = None
    disease: Disease | None = None

    @property
    def cause(self) -> Cause:
        """What stands in the way of a check; Cause.NONE where nothing does."""
        return self.situation.cause if self.situation else Cause.NONE

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Life:
        """Read what ``town.toml`` says of a person; counted days become days."""
        said = dict(written)
        subsidy, assistance = said.pop("subsidy", None), said.pop("assistance", None)
        disease, situation = said.pop("disease", None), said.pop("situation", None)
        return cls(
            purpose=Sentence(**said.pop("purpose")),
            situation=Situation(situation) if situation else None,
            filings=tuple(map(_dated, said.pop("filings", ()))),
            later=tuple(map(_dated, said.pop("later", ()))),
            subsidy=Subsidy(**subsidy) if subsidy else None,
            assistance=Assistance(**assistance) if assistance else None,
            disease=Disease(**disease) if disease else None,
            **said,
        )


def _dated(filing: Mapping[str, str]) -> Filing:
    return {
        element: write_day(TOWN_DAY + timedelta(days=int(value[:-1])))
        if value.startswith("-") and value.endswith("d")
        else value
        for element, value in filing.items()
    }
