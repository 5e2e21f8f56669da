"""How far the patient at the reader has come, and what the steps offer (R-090)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eligibility.card.certificates import CertificateState, certificate_state
from eligibility.card.makes import CardMake
from eligibility.card.smartphones import Phone
from eligibility.terminal.consent import CLINICAL, ConsentItem, blanket_offered, consentable_items
from eligibility.terminal.identity import (
    FACE_TRIES,
    PIN_TRIES,
    Attempts,
    Method,
    Operation,
    VisualKey,
    methods_offered,
    phone_method,
    visual_key,
)
from eligibility.terminal.reader_visit import ReaderVisit
from reader.description.layout import CardKind

if TYPE_CHECKING:
    from datetime import date

    from clinic_client.check_under_way import CheckUnderWay
    from clinic_client.settings import Settings
    from reader.session import CardGlance, IdentityProof
    from wire.catalogue import Catalogue


@dataclass(frozen=True)
class IdentityOffer:
    """Step 2: by what the holder of the card can be identified, in the order of offering."""

    insertion: str
    methods: tuple[Method, ...]
    is_phone: bool = False
    failed_faces: int = 0
    consent: ConsentOffer | None = None
    """What will be asked in step 3; None where the card does not tell yet, as a phone."""
    asks_passcode: bool = False
    """Whether staff open visual mode by the clinic's passcode at the reader (P-019)."""

    @property
    def face_tries(self) -> int:
        """How many faces may still fail before faces are no longer compared."""
        return FACE_TRIES - self.failed_faces

    @property
    def compares_faces(self) -> bool:
        """Whether the reader compares faces with this card, or did until too many had failed."""
        return Method.FACE in self.methods or self.face_tries <= 0


@dataclass(frozen=True)
class ConsentOffer:
    """Step 3: to what the patient is asked to agree."""

    items: tuple[ConsentItem, ...]
    """Empty where there is nothing to agree to."""
    blanket: bool
    """Whether everything can be agreed to at once (P-034)."""
    asks_for_subsidies: bool
    expires_on: date
    """The last day of the certificate."""
    certificate: CertificateState


@dataclass(frozen=True)
class Identified:
    """A holder who has been identified, and what was proved."""

    insertion: str
    method: Method
    offer: ConsentOffer
    check: CheckUnderWay
    """Begun by the request that identified the holder; it ends with the visit."""
    proof: tuple[str, IdentityProof] | None
    """A challenge and what the card made of it; None once it is used."""


@dataclass(frozen=True)
class StepsState:
    """How far the patient at the reader has come, for both screens."""

    insertion: str = ""
    visit: ReaderVisit = field(default_factory=ReaderVisit)
    offer: IdentityOffer | None = None
    """By what the holder can be identified; None until it was looked at."""
    waits_for_staff: bool = False
    """Whether the patient asked to be identified by eye (目視)."""
    identified: Identified | None = None
    unregistered: Catalogue | None = None
    """NOT_REGISTERED where OQS answered so and the holder is asked whether to register the card
    (P-021), or why it cannot be. Only the inquiry tells it, after the consent, which stands."""


def identity_offer(
    insertion: str,
    glance: CardGlance,
    make: CardMake | None,
    failed_faces: int = 0,
    operation: Operation = Operation.REGULAR,
    *,
    keeps_last_try: bool = False,
) -> IdentityOffer:
    """Return by what the holder of a card can be identified (P-010, P-011, P-014, P-017 to P-022).

    ``make`` is what the camera sees; where it sees nothing, what needs a photograph is not offered,
    as a card may have none. The PIN is not offered where what may be its last try is kept.
    """
    if glance.kind.is_phone:
        phone = Phone.IPHONE if glance.kind is CardKind.IPHONE else Phone.ANDROID
        methods = () if glance.tries == 0 else (phone_method(phone),)
        return IdentityOffer(insertion, methods, is_phone=True)
    wrong = 0 if glance.tries is None else max(0, PIN_TRIES - glance.tries)
    attempts = Attempts(wrong_pins=wrong, failed_faces=failed_faces)
    seen = make or CardMake.INFANT
    if glance.without_pin and make is not None:
        seen = CardMake.FACE_ONLY
    offered = tuple(
        method
        for method in methods_offered(seen, attempts, operation)
        if not (keeps_last_try and method is Method.PIN)
    )
    return IdentityOffer(insertion, offered, failed_faces=failed_faces)


def passcode_asked(settings: Settings, today: date) -> bool:
    """Tell whether visual mode takes the clinic's passcode at the reader on the day (P-019).

    Before April 2025 the desk opened it, and a mobile device is in the hands of the staff anyway.
    """
    at_reader = settings.variant.operation is Operation.REGULAR
    asks = at_reader and visual_key(today) is VisualKey.PASSCODE
    return asks and settings.visual_passcode is not None


def consent_offer(settings: Settings, today: date, expires_on: date) -> ConsentOffer:
    """Return to what the patient is asked to agree on the day (P-034, P-037).

    In the grace of a certificate that is nothing medical. Every institution asks for what is asked
    everywhere, and for the items of 電子カルテ情報共有 where it takes part; 資格確認限定型 asks for
    nothing (P-022).
    """
    state = certificate_state(today, expires_on)
    asks = settings.variant.asks_consent
    items = tuple(
        item
        for item in consentable_items(today, state)
        if asks and (settings.clinical_records or item not in CLINICAL)
    )
    asks = asks and settings.asks_for_subsidies
    return ConsentOffer(items, blanket_offered(today), asks, expires_on, state)
