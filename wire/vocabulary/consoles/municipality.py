"""What a municipality's counter (市区町村の窓口) takes and answers."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, SecretStr, StringConstraints

from wire.vocabulary.codes import Day
from wire.vocabulary.element import Element
from wire.vocabulary.jlis import Carrier, CertificatePurpose, PostNumber, Text
from wire.vocabulary.texts import ShortLine, Truth

MUNICIPALITY_CODE = r"^99[0-9]{3}$"
MunicipalityCode = Annotated[str, StringConstraints(pattern=MUNICIPALITY_CODE)]


class CounterAct(StrEnum):
    """What is done for a resident at the counter, or at the hotline."""

    RESET_PIN = "reset_pin"
    """暗証番号の初期化: all tries again, and a new PIN."""
    RENEW = "renew"
    """電子証明書の更新."""
    MOVE_OUT = "move_out"
    """転出届."""
    MOVE_IN = "move_in"
    """転入届."""
    CONTINUE_USE = "continue_use"
    """継続利用 after a 転入届."""
    LEAVE_COUNTRY = "leave_country"
    """国外転出届."""
    CONTINUE_ABROAD = "continue_abroad"
    """国外継続利用の申請."""
    COME_BACK = "come_back"
    """国外からの転入届."""
    REPORT_LOSS = "report_loss"
    """紛失・一時停止."""
    REPORT_FOUND = "report_found"
    """発見・一時停止の解除."""
    APPLY = "apply"
    """カードの申請."""
    HAND_OVER = "hand_over"
    """カードの交付."""
    GIVE_BACK = "give_back"
    """返納."""


class ApplicationReason(StrEnum):
    """Why somebody applies for a card."""

    FIRST = "first"
    """初めて."""
    INFANT = "infant"
    """1歳未満."""
    LOST = "lost"
    """紛失."""
    DAMAGED = "damaged"
    """破損."""
    NOTES_FULL = "notes_full"
    """追記欄の満欄."""
    FROM_ABROAD = "from_abroad"
    """国外からの転入."""
    EXPIRED = "expired"
    """有効期限."""
    LAPSED = "lapsed"
    """転入届や継続利用の期限を過ぎて失効."""


class ApplicationChannel(StrEnum):
    """By which way somebody applies for a card (R-120); 特急発行 is for the counter only."""

    ONLINE = "online"
    """パソコン・スマートフォン."""
    MAIL = "mail"
    """郵便."""
    PHOTO_BOOTH = "photo_booth"
    """まちなかの証明写真機."""
    COUNTER = "counter"
    """窓口, for 特急発行."""


class LossChannel(StrEnum):
    """To whom a loss is told."""

    COUNTER = "counter"
    """窓口."""
    HOTLINE = "hotline"
    """マイナンバー総合フリーダイヤル, at any hour (R-116)."""


class PinOfCard(StrEnum):
    """A secret of the card that its holder chooses, by the names of the machine that writes it."""

    AUTHENTICATION = "authentication"
    """利用者証明用電子証明書の暗証番号, 4 digits."""
    SIGNATURE = "signature"
    """署名用電子証明書のパスワード, 6 to 16 letters and digits."""
    INPUT_SUPPORT = "input_support"
    """券面入力補助用の暗証番号, 4 digits."""
    RESIDENT_REGISTER = "resident_register"
    """住民基本台帳用の暗証番号, 4 digits."""


class StopCause(StrEnum):
    """Why a card that was not revoked does not work from an instant on."""

    LOST = "lost"
    """紛失 (R-115)."""
    MOVED_OUT = "moved_out"
    """転出予定日を迎えて転入届がない (R-112)."""
    MOVED_IN_LATE = "moved_in_late"
    """転入届が遅すぎた (R-114)."""
    NOT_CONTINUED = "not_continued"
    """継続利用が90日以内になかった (R-113)."""
    LEFT_COUNTRY = "left_country"
    """国外継続利用の申請なしに国外転出予定日を迎えた (R-119)."""


class CounterRequest(Element):
    """Asks for an act; each act needs some of the members and takes no others."""

    act: CounterAct
    card: ShortLine | None = None
    """製造番号 of the carrier, for what concerns one carrier."""
    planned_on: Day | None = None
    """転出予定日, of 転出届 and 国外転出届."""
    moved_on: Day | None = None
    """When the person moved in (住み始めた日), of a 転入届; the day of the reason, of an
    application; both may be absent and are today then."""
    address: Text | None = None
    """The new address, of a 転入届."""
    post_number: PostNumber | None = None
    municipality_code: MunicipalityCode | None = None
    """That of the new municipality, of a 転入届."""
    continued: Truth = False
    """Whether 継続利用 is asked for with the same visit (転入届, 国外転出届)."""
    loss_channel: LossChannel = LossChannel.COUNTER
    reason: ApplicationReason | None = None
    """Why a card is applied for."""
    channel: ApplicationChannel | None = None
    """By which way."""
    own_fault: Truth = False
    """Whether the person is to blame, which costs the fee of 特急発行 (P-012)."""
    kind: Carrier = Carrier.CARD
    """Which card is applied for: with PIN, or 顔認証マイナンバーカード."""
    stay_ends_on: Day | None = None
    """Last day of a foreign resident's period of stay, of an application (P-009)."""


class NewCounterPin(Element):
    """The PIN that its holder has chosen; it goes to the card, and is kept nowhere."""

    pin: Annotated[SecretStr, Field(max_length=40)]
    which: PinOfCard = PinOfCard.AUTHENTICATION
    card: ShortLine | None = None
    """製造番号; the card that the person has now when absent."""


class CounterReceipt(Element):
    """What was done, as the counter tells it."""

    number: int
    """Of the person's procedures, from 1."""
    act: CounterAct
    at: AwareDatetime
    card: str | None = None
    sentence: str
    """What came of it, for the person (Japanese)."""


class CarrierStanding(Element):
    """How a card or phone stands."""

    serial_number: str
    kind: Carrier
    expires_on: Day
    works: bool
    """Whether it can be used for checks now."""
    sentence: str
    """In one sentence (Japanese)."""
    stop_cause: StopCause | None = None
    stops_from: AwareDatetime | None = None
    """From when it does not work, past or to come."""
    lapses_at: AwareDatetime | None = None
    """From when nothing but a new card helps."""
    certificates: dict[CertificatePurpose, Day]
    """The last day of each certificate that is not revoked."""


class PossibleAct(Element):
    """An act, and whether it can be done now."""

    act: CounterAct
    possible: bool
    sentence: str
    """When or why not (Japanese)."""
    rules: tuple[str, ...]


class CounterFile(Element):
    """What the counter sees of a person."""

    person_reference: str
    name: str
    name_kana: str
    birthdate: Day
    address: str
    municipality_code: str
    carriers: tuple[CarrierStanding, ...]
    """The newest first."""
    acts: tuple[PossibleAct, ...]
    receipts: tuple[CounterReceipt, ...]
    """The last first."""


class FoundResident(Element):
    """Somebody whom the counter found."""

    person_reference: str
    name: str
    name_kana: str
    birthdate: Day
    address: str


class FoundResidents(Element):
    """Whom the counter found; of very many, twenty."""

    residents: tuple[FoundResident, ...]


class DueNotice(Element):
    """A person who is to be told of an expiry (有効期限通知書)."""

    card: str
    person_reference: str
    name: str
    municipality_code: str
    certificate_expires_on: Day
    card_expires_on: Day
    sent_on: Day | None = None


class DueNotices(Element):
    """Who is to be told, by the last day of the certificate; of very many, five hundred."""

    notices: tuple[DueNotice, ...]


class NoticesSent(Element):
    """How many notices were marked as sent just now."""

    sent: int
