"""What the clinic says in JSON of the patient's four steps at the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, SecretStr

from eligibility.card.certificates import CertificateState
from eligibility.terminal.consent import ConsentItem
from eligibility.terminal.identity import Method
from eligibility.terminal.reader_visit import ReaderStep
from wire.dates import write_day
from wire.vocabulary.codes import Day
from wire.vocabulary.element import Element
from wire.vocabulary.medical import Consents
from wire.vocabulary.texts import Truth

if TYPE_CHECKING:
    from clinic_client.reader.patient_steps import ConsentOffer, StepsState

CardInsertion = Annotated[
    str,
    Field(max_length=64, description="the card that is meant, by the Insertion of the reader"),
]


class ConsentQuestion(Element):
    """Step 3: what the patient is asked."""

    items: tuple[ConsentItem, ...]
    """In the order of the screen."""
    blanket: bool
    """Whether everything can be agreed to at once (まとめて同意)."""
    asks_for_subsidies: bool
    """Whether 「医療費助成の各種受給者証を利用しますか」 is asked."""
    expires_on: Day
    """The last day of the certificate."""
    renewal: bool
    """Whether it is to be renewed: from three months before its end (P-002)."""
    in_grace: bool

    @classmethod
    def of(cls, asked: ConsentOffer) -> Self:
        """Write what is asked of the holder of a card."""
        return cls(
            items=asked.items,
            blanket=asked.blanket,
            asks_for_subsidies=asked.asks_for_subsidies,
            expires_on=write_day(asked.expires_on),
            renewal=asked.certificate.asks_for_renewal,
            in_grace=asked.certificate is CertificateState.GRACE,
        )


class StepsElement(Element):
    """The event ``steps``: how far the patient has come."""

    insertion: str
    step: str
    """``WAITING``, ``CARD_IN``, ``IDENTIFIED``, ``CONSENT_ANSWERED`` or ``COMPLETED``."""
    methods: tuple[Method, ...] | None = None
    """By what the holder can be identified, best first; null until the card was looked at."""
    face_tries: int | None = None
    """How many faces may still fail (P-018); null where the reader compares none with this card."""
    waits_for_staff: bool = False
    """Whether the patient waits for the staff to compare the photograph (目視)."""
    passcode: bool = False
    """Whether staff type the clinic's passcode at the reader to identify by eye (P-019)."""
    method: Method | None = None
    """By what the holder was identified."""
    question: ConsentQuestion | None = None
    """What is asked in step 3; null where the card does not tell yet."""

    @classmethod
    def of(cls, state: StepsState) -> Self:
        """Write how far the patient has come."""
        offer, identified = state.offer, state.identified
        asked = identified.offer if identified else offer.consent if offer else None
        return cls(
            insertion=state.insertion,
            step=ReaderStep(state.visit.step).name,
            methods=offer.methods if offer else None,
            face_tries=offer.face_tries if offer and offer.compares_faces else None,
            waits_for_staff=state.waits_for_staff,
            passcode=offer is not None and offer.asks_passcode,
            method=identified.method if identified else None,
            question=ConsentQuestion.of(asked) if asked else None,
        )


class IdentityRequest(Element):
    """Step 2: how the holder shows who they are."""

    insertion: CardInsertion
    method: Method
    pin: SecretStr | None = Field(
        None, max_length=20, description="the four digits; kept nowhere, written nowhere"
    )
    """With ``pin``, and with ``device``, whose phone asks for it in this simulation."""
    passcode: SecretStr | None = Field(
        None, max_length=20, description="the clinic's own four digits; kept and written nowhere"
    )
    """With ``visual``, where the state of the steps says so: typed by staff."""
    confirm_last_try: Truth = False
    """The holder knows that a wrong PIN now locks the card, or may do so."""


class ReaderCheckRequest(Element):
    """Steps 3 and 4: what the patient agreed to."""

    insertion: CardInsertion
    consents: Consents = Consents()
    uses_subsidy_certificates: Truth | None = None
    """What was answered about 医療費助成; null where it was not asked."""
    without_registration: Truth = False
    """Whether a card that is not registered stays so: the visit is written down as it stands."""


class OfInsertion(Element):
    """Names the card that is meant."""

    insertion: CardInsertion


class NextPatient(Element):
    """Makes the desk ready for the next patient."""

    insertion: CardInsertion | None = None
    """The card that the page shows: the holder of another one that has come since goes on."""


class CameraSwitch(Element):
    """The simulated comparison of faces."""

    recognises: Truth
    """Whether faces are taken for that of the photograph, each as its holder's does; without it
    none is."""
