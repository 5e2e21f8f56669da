"""How the answers to a terminal are written, as an operator has set it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic.types import Strict

from wire.dates import read_day
from wire.messages.field_reason import Unfit
from wire.messages.profile import (
    STANDARD,
    Absence,
    Declaration,
    ElementOrder,
    Encoding,
    Nesting,
    Profile,
)
from wire.vocabulary.codes import Day, Institution
from wire.vocabulary.element import Element
from wire.vocabulary.texts import FIT

ZipPassword = Annotated[str, StringConstraints(min_length=1, max_length=100), FIT]


class MessageSetting(Element):
    """How messages to a terminal are written; without one, as the interface is understood here.

    Of a question in plain JSON the answer is plain JSON, whatever is set.
    """

    medical_institution_code: Institution | None = None
    """Absent for all that have no setting of their own."""
    encoding: Encoding | None = None
    """Absent: that of the question."""
    declaration: Declaration = Declaration.STANDALONE
    order: ElementOrder = ElementOrder.LAYOUT
    seed: Annotated[int, Strict(), Field(ge=0, le=999_999)] = 0
    """Which of the shuffled orders."""
    nesting: Nesting = Nesting.DIRECT
    absence: Absence = Absence.OMITTED
    six_consents_from: Day | None = None
    """From which day of processing on the six consents of 2025 are told [unverified]."""
    zip_password: ZipPassword | None = None
    """XML comes in a zip that this opens (AES of 256 bits)."""

    @model_validator(mode="after")
    def _is_a_profile(self) -> Self:
        if self.declaration is Declaration.ABSENT and self.encoding is None:
            raise Unfit(
                "XML宣言のない電文はUTF-8です。文字コードもUTF-8にしてください。",
                "a document without a declaration is UTF-8: set Encoding to utf-8 or utf-8-sig too",
            )
        self.profile(None)
        return self

    def profile(self, asked_in: Encoding | None) -> Profile:
        """Return the profile of an answer to a question in an encoding; None of one in JSON."""
        return Profile(
            self.encoding or asked_in or Encoding.UTF_8,
            self.declaration,
            self.order,
            self.seed,
            self.nesting,
            self.absence,
            read_day(self.six_consents_from)
            if self.six_consents_from
            else STANDARD.six_consents_from,
        )


UNSET = MessageSetting()
