"""What the J-LIS simulator takes and answers: residents, cards, certificates, terminals."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints
from pydantic.types import Strict

from eligibility.card.lost_card import ReissueReason
from eligibility.card.makes import CardMake
from wire.vocabulary.codes import Base64, Day, Instant, Institution, Sex
from wire.vocabulary.element import Element
from wire.vocabulary.texts import FIT, LARGEST, Line, Reference, ShortLine, Truth


class CertificatePurpose(StrEnum):
    """Which of the card's two certificates."""

    AUTHENTICATION = "authentication"
    """利用者証明用."""
    SIGNATURE = "signature"
    """署名用."""


class Carrier(StrEnum):
    """What carries the certificates."""

    CARD = "card"
    """マイナンバーカード."""
    FACE_AUTHENTICATION_CARD = "face_authentication_card"
    """顔認証マイナンバーカード: no PIN is set, and there is no signature certificate (P-011)."""
    ANDROID = "android"
    IPHONE = "iphone"
    RESIDENT_REGISTER_CARD = "resident_register_card"
    """住基カード, with a signature certificate only."""

    @property
    def is_phone(self) -> bool:
        """Whether it hangs on a card, and has no grace (P-015)."""
        return self in {Carrier.ANDROID, Carrier.IPHONE}


class StopReason(StrEnum):
    """Why a certificate was revoked; the values are those of a revocation list."""

    RETURNED = "cessationOfOperation"
    """返納."""
    LOST = "keyCompromise"
    CHANGED = "affiliationChanged"
    """The name or the address of a signature certificate is no longer right."""
    SUPERSEDED = "superseded"
    """A new certificate has taken its place."""
    UNSPECIFIED = "unspecified"


Text = Annotated[str, StringConstraints(min_length=1, max_length=200), FIT]
PostNumber = Annotated[str, StringConstraints(min_length=1, max_length=8), FIT]


class NewResident(Element):
    """A resident to be registered."""

    individual_number: Text
    name: Text
    name_kana: Text
    """半角カナ."""
    sex1: Sex
    birthdate: Day
    address: Text = "模擬県模擬市模擬町1-1"
    post_number: PostNumber = "990-0001"
    municipality_code: Annotated[str, StringConstraints(pattern=r"^99[0-9]{3}$")] = "99001"
    """Prefecture 99 does not exist."""


class ResidentReference(Element):
    """How the simulation calls a person."""

    person_reference: str


class ResidentChange(Element):
    """What has changed of a resident; what is absent stays."""

    name: Text | None = None
    name_kana: Text | None = None
    address: Text | None = None
    post_number: PostNumber | None = None


class NewCard(Element):
    """Asks for a card, or for certificates on a phone."""

    individual_number: Text
    issued_on: Day | None = None
    """Today when absent."""
    kind: Carrier = Carrier.CARD
    security_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")] | None = None
    """セキュリティコード under the photo; J-LIS chooses one when absent."""
    stay_ends_on: Day | None = None
    """Last day of a foreign resident's period of stay."""
    applied_on: Day | None = None
    """The day of the application, whose age of adulthood counts; that of issue when absent."""


Pem = Annotated[str, StringConstraints(max_length=16_384, pattern=r"^[A-Za-z0-9+/=\n -]*$")]
"""A key or certificate in PEM."""


class CardCertificateIssued(Element):
    """A certificate of the card with its key, PEM."""

    certificate: Pem
    private_key: Pem
    authority: Pem
    serial: Annotated[int, Strict(), Field(ge=1, le=LARGEST)]
    expires_on: Day


class CardVerifiable(Element):
    """A key with its card-verifiable certificate."""

    private_key: Pem
    certificate: Base64
    """568 bytes in base64."""


class RenewedCertificates(Element):
    """New certificates for a card that goes on."""

    authentication: CardCertificateIssued | None = None
    signature: CardCertificateIssued | None = None


class CardContent(Element):
    """What goes onto a new card."""

    person_reference: Reference
    serial_number: ShortLine
    kind: Carrier
    municipality_code: ShortLine
    issued_on: Day
    expires_on: Day
    name: Line
    name_kana: Line
    sex1: Sex
    birthdate: Day
    address: Line
    security_code: ShortLine
    photo: Truth
    """Whether it has one; an infant's card has none."""
    authentication: CardCertificateIssued | None = None
    signature: CardCertificateIssued | None = None
    """Absent for a child under 15 and on 顔認証マイナンバーカード."""
    issuer: CardVerifiable
    """The municipality's key for text and pictures (simulation: no real one is handed out)."""
    terminal_authority: Pem
    """Public key, PEM, of the authority whose terminals the card is to accept."""


class CertificateRecord(Element):
    """A certificate of a card as J-LIS has it on record."""

    purpose: CertificatePurpose
    serial: int
    expires_on: Day
    revoked: bool
    suspended: bool


class CardRecord(Element):
    """A card as J-LIS has it on record."""

    serial_number: str
    kind: Carrier
    issued_on: Day
    expires_on: Day
    certificates: list[CertificateRecord]


class CardRecords(Element):
    """All carriers of a person: cards and phones, also those that have ended."""

    cards: tuple[CardRecord, ...]


class Renewal(Element):
    """Asks for new certificates."""

    issued_on: Day | None = None
    """Today when absent."""


class Revocation(Element):
    """Why a card is stopped for good."""

    reason: StopReason = StopReason.RETURNED


class TerminalOrder(Element):
    """Asks for the credential of an institution's terminal."""

    medical_institution_code: Institution


class AuthorityGeneration(Element):
    """A generation of an authority."""

    generation: int
    """From 1."""
    key_identifier: str
    """By which certificates name it as their issuer, in hexadecimal."""
    serial: int
    valid_from: AwareDatetime
    valid_until: AwareDatetime


class AuthorityGenerations(Element):
    """The generations of an authority, the oldest first."""

    generations: tuple[AuthorityGeneration, ...]


class NewOutage(Element):
    """When J-LIS is to be out, in business time."""

    begins_at: Instant | None = None
    """Now when absent."""
    ends_at: Instant | None = None
    """The first instant at which it is back; until it is lifted, when absent."""


class JlisOutageState(Element):
    """Whether J-LIS is out, and the window that is set."""

    out: bool
    begins_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None


class NewReissue(Element):
    """An application for a card in place of another, or at once."""

    individual_number: Text
    reason: ReissueReason
    reason_on: Day
    """The day on which the reason arose."""
    express: bool = True
    """特急発行; an ordinary card comes after about a month."""
    own_fault: bool = False
    """Whether the person is to blame, and so pays."""


class ReissueState(Element):
    """An application, and when its card comes."""

    number: str
    """受付番号."""
    person_reference: str
    reason: ReissueReason
    applied_on: Day
    express: bool
    soonest_on: Day
    """From this day on it can be handed over."""
    usually_on: Day
    fee_yen: int
    card: str | None = None
    """製造番号 of the card that was handed over."""


class HandingOver(Element):
    """What the person takes at the window."""

    kind: Carrier = Carrier.CARD
    """A card, or 顔認証マイナンバーカード."""


class FaceSeen(Element):
    """What a camera makes of who put a card on the reader (SIMULATION)."""

    fits: Truth
    """Whether their face is taken for that of the photograph on the card."""


class CardFront(Element):
    """What a camera sees of the card that carries a certificate (SIMULATION)."""

    make: CardMake
    """Without a photograph (an infant's), with 「顔認証」 printed, or as most are."""
