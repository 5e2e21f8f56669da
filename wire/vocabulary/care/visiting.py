"""訪問診療・オンライン診療: consents that are given at home (居宅同意取得型, P-022).

How the real system and the patient's phone exchange these is not public; the elements are the
simulator's own.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, StringConstraints

from eligibility.terminal.identity import Operation
from wire.vocabulary.answer import QualificationAnswer
from wire.vocabulary.codes import Day, Institution
from wire.vocabulary.element import Element
from wire.vocabulary.inquiry import CardInquiry, CardInquiryBody, CardProof, RequestHeader

ConsentNumber = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""What the institution was given to ask again with."""
TreatmentFlag = Annotated[str, StringConstraints(pattern=r"^[23]$")]
"""診療区分 (OQSCD028): 2 訪問診療等, 3 オンライン診療等."""


class ConsentEnd(StrEnum):
    """同意期限切れ理由 (OQSCD031); 0 refers to a note that is not public."""

    BY_INSTITUTION = "1"
    """医療機関取消."""
    BY_PATIENT = "2"
    """患者取消."""
    OTHER_USE = "3"
    """用途変更: a consent for the other kind of treatment took its place."""


class HomeConsentBody(CardInquiryBody):
    """What the patient's card and phone give."""

    operating_type: Literal[Operation.HOME_CONSENT] = Operation.HOME_CONSENT
    """運用: the one that has medical information away from the desk (P-022)."""
    medical_treatment_flag: TreatmentFlag
    examination_date: Day | None = None
    """受診日; the day of consent where it is not said."""


class HomeConsentRequest(CardInquiry):
    """A patient consents at home, by マイナ在宅受付Web, to one institution."""

    message_body: HomeConsentBody


class HomeConsentAnswer(Element):
    """What a check by card answers, and by what the institution asks again."""

    simulation_consent_number: ConsentNumber | None = None
    """Absent where the consent was not taken."""
    qualification: QualificationAnswer


class HomeInquiryBody(Element):
    """Which consent it rests on."""

    simulation_consent_number: ConsentNumber


class HomeInquiry(Element):
    """再照会: asks about a patient again, without the card, on a consent that stands."""

    message_header: RequestHeader
    message_body: HomeInquiryBody


class ConsentNumberOfPatient(Element):
    """A patient withdraws a consent with the own card."""

    card_proof: CardProof
    simulation_consent_number: ConsentNumber


class ConsentsRequest(Element):
    """Asks which consents were given, with the own card."""

    card_proof: CardProof


class GivenConsent(Element):
    """A consent of the person."""

    simulation_consent_number: ConsentNumber
    medical_institution_code: Institution
    medical_treatment_flag: TreatmentFlag
    consented_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    end_reason: ConsentEnd | None = None


class GivenConsents(Element):
    """All consents of the person, wherever they were given."""

    consents: tuple[GivenConsent, ...]
