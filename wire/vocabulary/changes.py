"""What the intermediate server delivers: changes of qualifications, in batches."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator
from pydantic.types import Strict

from eligibility.qualification import ReasonOfLoss
from wire.vocabulary.codes import Day, Flag, PersonalFamilyClassification, Sex, WrittenInstant
from wire.vocabulary.element import Element, in_order
from wire.vocabulary.texts import Line, Reference, ShortLine, Version


class RegistrationOrder(StrEnum):
    """What an insurer has reported of a member's use registration (利用登録)."""

    RELEASE = "release"
    """解除: the registration ends with the day of visibility (PP-01)."""
    KEEP = "keep"
    """取下げ: an earlier release is withdrawn before it took effect."""


class QualificationChange(Element):
    """One person's qualification with one insurer, as the insurer knows it.

    The intermediate server hands these on. A change carries the whole state, so that it can be
    applied twice, or over an older one, without harm: the highest version stands.
    """

    person_reference: Reference
    version: Version
    """Counts the changes of this person, from 1."""
    insurer_number: ShortLine
    insurer_name: Line
    insured_card_symbol: ShortLine = ""
    insured_identification_number: ShortLine
    insured_branch_number: ShortLine = ""
    personal_family_classification: PersonalFamilyClassification = (
        PersonalFamilyClassification.INSURED
    )
    name: Line
    name_kana: Line
    sex1: Sex
    birthdate: Day
    address: Line = ""
    post_number: ShortLine = ""
    qualification_date: Day
    disqualification_date: Day | None = None
    reason_of_loss: ReasonOfLoss | None = None
    insured_partial_contribution_ratio: ShortLine
    visible_from: WrittenInstant
    """The business instant (ISO 8601) from which the change may be seen."""
    view_stopped: Flag = "0"
    """閲覧停止: no check finds it until the insurer has corrected it (P-030)."""
    self_information_blocked: Flag = "0"
    """自己情報提供不可フラグ: the card can neither be used nor registered (P-031)."""
    undisclosed: Flag = "0"
    """不開示該当フラグ: the address is not shown (P-031)."""
    special_medical_expense: Flag = "0"
    """特別療養費の対象 (R-159)."""
    limit_classification_flag: ShortLine | None = None
    """限度額適用区分 (OQSCD012), ``A01`` to ``B10``."""
    limit_valid_start_date: Day | None = None
    limit_valid_end_date: Day | None = None
    registration_order: RegistrationOrder | None = None
    """What is to become of the person's use registration, whatever the version."""
    limit_long_stay_date: Day | None = None
    """長期入院該当年月日: from when meals are cheaper for who is long in hospital (R-155)."""
    householder: Line | None = None
    """世帯主氏名, or 被保険者氏名 of a family member, where one was reported (R-056)."""
    ratio_valid_start_date: Day | None = None
    """From which day the share holds (適用日 of 負担割合); absent where nobody has told one."""

    _lost_after_it_began = model_validator(mode="after")(
        in_order("qualification_date", "disqualification_date")
    )


class ChangeBatch(Element):
    """Changes of one bucket, delivered together."""

    bucket: Annotated[int, Strict(), Field(ge=0, le=32_767)]
    changes: Annotated[tuple[QualificationChange, ...], Field(max_length=100_000)]


MOST_CONFLICTS_TOLD = 1_000
"""How many conflicts a receipt names; the batch without these tells of the next ones."""


class VersionConflict(Element):
    """A change that was not applied: OQS knows this version of the person with other content.

    The same version may fall visible at another instant, as where it was held and released anew;
    all else that a change says belongs to its version.
    """

    person_reference: Reference
    version: Version
    code: str
    """The catalogue's code, ``SIM-VERSION-CONFLICT``."""


class BatchReceipt(Element):
    """What became of a batch."""

    applied: int
    """Changes that altered what OQS knows."""
    superseded: int
    """Changes that were already applied, or older than what OQS knows."""
    conflicting: int | None = None
    """Changes that were not applied, as OQS knows their version with other content; absent where
    there is none."""
    conflicts: (
        Annotated[tuple[VersionConflict, ...], Field(max_length=MOST_CONFLICTS_TOLD)] | None
    ) = None
    """Which those are; of very many, the first."""
