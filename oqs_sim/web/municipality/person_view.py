"""What the counter's page shows of a person, ready to be written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.card.certificates import CertificateState
from eligibility.days.eras import era_day
from oqs_sim.municipality.acts import ACTS, fit_for, possible_acts
from oqs_sim.municipality.course import day_of
from oqs_sim.municipality.standing_words import moment, sentence_of
from wire.vocabulary.consoles.municipality import ApplicationReason, CounterAct, StopCause
from wire.vocabulary.jlis import Carrier

if TYPE_CHECKING:
    from datetime import datetime

    from oqs_sim.municipality.counter import MunicipalCounter
    from oqs_sim.municipality.person_file import HeldCarrier, PersonFile

CARRIERS = {
    Carrier.CARD: "マイナンバーカード",
    Carrier.FACE_AUTHENTICATION_CARD: "顔認証マイナンバーカード",
    Carrier.ANDROID: "スマートフォン（Android）",
    Carrier.IPHONE: "スマートフォン（iPhone）",
    Carrier.RESIDENT_REGISTER_CARD: "住基カード",
}


@dataclass(frozen=True, slots=True)
class CarrierView:
    """A card or phone."""

    kind: str
    serial_number: str
    sentence: str
    tone: str
    """valid, check or unusable: the colour."""
    sign: str
    word: str
    """What the sign says, as colour alone says nothing."""
    expires: str


@dataclass(frozen=True, slots=True)
class ActView:
    """An act, with its form where it is possible."""

    act: str
    name: str
    sentence: str
    rules: tuple[str, ...]
    possible: bool
    carriers: tuple[tuple[str, str], ...]
    """Which carriers it may be about: serial number and word; none where it is about all."""


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A line of the 受付簿."""

    number: int
    name: str
    at: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PersonView:
    """The page of a person."""

    reference: str
    name: str
    name_kana: str
    born: str
    address: str
    town: str
    today: str
    """``yyyy-mm-dd``, as forms take it."""
    reason: str
    """For which reason the person would apply for a card, most likely."""
    carriers: tuple[CarrierView, ...]
    former: tuple[CarrierView, ...]
    """Those that are revoked."""
    possible: tuple[ActView, ...]
    impossible: tuple[ActView, ...]
    receipts: tuple[ReceiptView, ...]
    receipt: ReceiptView | None
    """What was done just now."""

    @classmethod
    def of(
        cls,
        file: PersonFile,
        counter: MunicipalCounter,
        now: datetime,
        receipt: int | None = None,
    ) -> PersonView:
        """Draw a person."""
        person = file.resident
        acts = [
            _act(one.act, one.sentence, file, now, possible=one.possible)
            for one in possible_acts(
                file, now, counter.rules.renewal_opens, counter.refuses_all(now)
            )
        ]
        receipts = tuple(
            ReceiptView(
                one.number, ACTS[CounterAct(one.act)].japanese, moment(one.at), one.sentence
            )
            for one in reversed(file.procedures)
        )
        return cls(
            reference=person.person_reference,
            name=person.name,
            name_kana=person.name_kana,
            born=era_day(person.birthdate),
            address=person.address,
            town=person.municipality_code,
            today=day_of(now).isoformat(),
            reason=_likely_reason(file, now),
            carriers=tuple(_carrier(one, now) for one in file.carriers if not one.revoked),
            former=tuple(_carrier(one, now) for one in file.carriers if one.revoked),
            possible=tuple(one for one in acts if one.possible),
            impossible=tuple(one for one in acts if not one.possible),
            receipts=receipts,
            receipt=next((one for one in receipts if one.number == receipt), None),
        )


def _likely_reason(file: PersonFile, now: datetime) -> ApplicationReason:
    current = file.current
    if current is None:
        return ApplicationReason.LAPSED if file.carriers else ApplicationReason.FIRST
    if current.lapsed(now):
        left = current.rest is not None and current.rest.cause == StopCause.LEFT_COUNTRY
        return ApplicationReason.FROM_ABROAD if left else ApplicationReason.LAPSED
    if current.suspended(now):
        return ApplicationReason.LOST
    ends = current.card.expires_on
    return ApplicationReason.EXPIRED if ends < day_of(now) else ApplicationReason.DAMAGED


def _carrier(one: HeldCarrier, now: datetime) -> CarrierView:
    tone, sign, word = "valid", "✔", "使えます"
    state = one.state(day_of(now))
    if one.revoked:
        tone, sign, word = "unusable", "✖", "失効"
    elif (cause := one.stop_cause(now)) is not None:
        lifted = not one.lapsed(now)
        word = ("一時停止中" if cause is StopCause.LOST else "休止中") if lifted else "失効"
        tone, sign = ("check", "▲") if lifted else ("unusable", "✖")
    elif state is CertificateState.LAPSED:
        tone, sign, word = "unusable", "✖", "使えません"
    elif state is CertificateState.GRACE:
        tone, sign, word = "check", "▲", "猶予期間"
    elif state is CertificateState.VALID_ALERT:
        tone, sign, word = "check", "▲", "更新の時期"
    elif one.rest is not None:
        tone, sign, word = "check", "▲", "使えます（期日あり）"
    return CarrierView(
        kind=CARRIERS[one.kind],
        serial_number=one.card.serial_number,
        sentence=sentence_of(one, now).ja,
        tone=tone,
        sign=sign,
        word=word,
        expires=era_day(one.card.expires_on),
    )


def _act(
    act: CounterAct, sentence: str, file: PersonFile, now: datetime, *, possible: bool
) -> ActView:
    return ActView(
        act=act,
        name=ACTS[act].japanese,
        sentence=sentence,
        rules=ACTS[act].rules,
        possible=possible,
        carriers=tuple(
            (one.card.serial_number, f"{CARRIERS[one.kind]}（{one.card.serial_number}）")
            for one in fit_for(act, file, now)
        ),
    )
