"""What a terminal asks in 障害時モード or 災害時モード, without card and number (P-087, §7.5).

How the real system writes this is not public: these names are the simulator's own.
"""

from __future__ import annotations

from wire.vocabulary.codes import Day, Flag, Sex
from wire.vocabulary.element import Element
from wire.vocabulary.inquiry import RequestHeader
from wire.vocabulary.texts import Line


class PersonSearchInfo(Element):
    """The four items that are printed on a card (券面4情報)."""

    name: Line
    """氏名 as printed; blanks do not matter, and ● stands for a character that is unknown."""
    sex1: Sex
    birthdate: Day
    address: Line
    """住所 as printed, from the prefecture or the municipality on; its beginning is enough."""
    oral_consent: Flag
    """``1`` where the patient, or who may speak for them, has agreed by word of mouth."""


class FourItemsBody(Element):
    """The body of an inquiry by the four items."""

    person_search_info: PersonSearchInfo


class FourItemsInquiry(Element):
    """資格確認 by name, sex, birthdate and address, in a mode that an operator has opened."""

    message_header: RequestHeader
    message_body: FourItemsBody
