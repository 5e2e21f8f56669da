"""The counter: carries acts out, writes them down, and lets cards rest or lapse by what they say.

What is possible when is in `acts`; what all procedures of a person come to, in `course`.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eligibility.card.certificates import (
    CertificateState,
    renewal_reflected_at,
)
from eligibility.card.hotline import NUMBER
from eligibility.days.eras import era_day
from eligibility.days.office_calendar import CalendarRangeError
from eligibility.sentence import Sentence
from oqs_sim.jlis.card_order import CardOrder
from oqs_sim.jlis.card_register import locked
from oqs_sim.municipality.acts import refusal_while_out, why_not
from oqs_sim.municipality.card_application import refused
from oqs_sim.municipality.counter_hours import closed_now
from oqs_sim.municipality.course import Course, day_of
from oqs_sim.municipality.person_file import PersonFile, open_file
from oqs_sim.municipality.sought_name import half_width_kana
from oqs_sim.municipality.standing_words import moment
from oqs_sim.municipality.without_card import CounterRules, Filing
from oqs_sim.store import cards, residents
from oqs_sim.store.municipality.filings import CounterProcedure, add_procedure
from oqs_sim.store.municipality.finding import find_by_name
from oqs_sim.store.municipality.rests import Rest, set_rest
from oqs_sim.store.person import PersonKey
from oqs_sim.store.portal.people import standing_registration
from oqs_sim.store.use_registrations import end_registration
from storage import read_aside, reading, work_alone
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.consoles.municipality import (
    CounterAct,
    LossChannel,
    PinOfCard,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from oqs_sim.jlis.issuance_desk import IssuanceDesk
    from oqs_sim.municipality.card_machine import CardMachine
    from oqs_sim.municipality.person_file import HeldCarrier
    from oqs_sim.store.portal.people import StandingRegistration
    from oqs_sim.store.residents import Resident
    from wire.vocabulary.consoles.municipality import CounterRequest

FOUND_AT_MOST = 20
"""How many residents a search by name shows."""
_REGISTRATION_ENDED = "利用登録は前の証明書とともに終わっています。もう一度登録してください。"
LOSS_AT_ANY_HOUR = Sentence(
    f"紛失の一時停止は、フリーダイヤル {NUMBER} で24時間365日受け付けます。",
    f"A lost card is stopped at any hour by the hotline, {NUMBER}.",
)
_GOES_ON = "窓口の時間は市区町村によって違うため、この模擬では閉まっていても受け付けます。"
_CARD_IN_HAND = "card-in-hand"
_PINS = {
    PinOfCard.AUTHENTICATION: "利用者証明用電子証明書の暗証番号",
    PinOfCard.SIGNATURE: "署名用電子証明書のパスワード",
    PinOfCard.INPUT_SUPPORT: "券面事項入力補助用の暗証番号",
    PinOfCard.RESIDENT_REGISTER: "住民基本台帳用の暗証番号",
}
_NO_CARD = Sentence("使えるカードがありません。", "There is no card that could be used.")


@dataclass(frozen=True)
class MunicipalCounter:
    """The counter of all municipalities of the simulation."""

    desk: IssuanceDesk
    machine: CardMachine
    rules: CounterRules = field(default_factory=CounterRules)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    """Of this process, so that of it one at most waits for those of others."""

    @property
    def engine(self) -> Engine:
        """The database."""
        return self.desk.engine

    def closed_note(self, now: datetime) -> str:
        """Say in Japanese that the counter is closed now, and what that means; empty while open."""
        closed = closed_now(now)
        if closed is None:
            return ""
        return closed.ja + (LOSS_AT_ANY_HOUR.ja if self.rules.keeps_hours else _GOES_ON)

    def refuses_all(self, now: datetime) -> Sentence | None:
        """Say why a counter that keeps its hours does nothing now; None where it does."""
        closed = closed_now(now) if self.rules.keeps_hours else None
        return closed and Sentence(
            closed.ja + LOSS_AT_ANY_HOUR.ja, f"{closed.en} {LOSS_AT_ANY_HOUR.en}"
        )

    async def open(self, person_reference: str) -> PersonFile:
        """Return all that the counter knows of a person.

        Raises:
            Problem: UNKNOWN_PERSON.
        """
        return await read_aside(self.engine, lambda: self._read(person_reference))

    async def find(self, sought: str) -> list[Resident]:
        """Find residents by 製造番号, 個人番号, reference, name, or the name of a card.

        Raises:
            Problem: SERVICE_UNREACHABLE, where only the machine with the cards could know.
        """
        text = sought.strip()
        if not text:
            return []
        found = await read_aside(self.engine, lambda: self._find(text))
        if not found and text.isascii():
            serial_number = await self.machine.serial_number_of(text)
            if serial_number is not None:
                found = await read_aside(self.engine, lambda: self._find(serial_number))
        return found

    async def act(
        self, person_reference: str, asked: CounterRequest, now: datetime
    ) -> CounterProcedure:
        """Carry out an act, and return what was written down.

        Raises:
            Problem: COUNTER_REFUSED with why, JLIS_OUT, UNKNOWN_PERSON, NOT_FOUND for a card that
                is not the person's, CARD_NOT_AT_COUNTER, SERVICE_UNREACHABLE, INVALID_REQUEST.
        """
        match asked.act:
            case CounterAct.RESET_PIN:
                raise Problem(Catalogue.INVALID_REQUEST, "A PIN is reset with PUT …/pin.")
            case CounterAct.RENEW:
                async with self._card_in_hand():
                    return await self._renew(person_reference, asked, now)
            case CounterAct.HAND_OVER:
                async with self._card_in_hand():
                    return await self._hand_over(person_reference, now)
            case _:
                return await asyncio.to_thread(lambda: self._file(person_reference, asked, now))

    async def reset_pin(
        self,
        person_reference: str,
        card: str | None,
        which: PinOfCard,
        pin: str,
        now: datetime,
    ) -> CounterProcedure:
        """Give a PIN of a card all its tries back and a new value, which goes to the card alone.

        Raises:
            Problem: as `act`.
        """
        file = await self.open(person_reference)
        one = self._possible(CounterAct.RESET_PIN, file, card, now)
        if not pin:
            raise refused(
                Sentence(
                    "新しい暗証番号を入れてください。いまの暗証番号は変わっていません。",
                    "Give the new PIN; the present one was not changed.",
                )
            )
        await self.machine.reset_pin(one.card.serial_number, which, pin)
        done = CounterProcedure(
            0,
            CounterAct.RESET_PIN,
            now,
            one.card.serial_number,
            reason=which,
            sentence=f"{_PINS[which]}を初期化し、新しく設定しました。間違いの回数は元に戻りました。",
        )
        return await asyncio.to_thread(lambda: self._note(person_reference, done))

    # --- what needs the card itself ---

    @asynccontextmanager
    async def _card_in_hand(self) -> AsyncIterator[None]:
        """Have no other clerk, in any process, have J-LIS make certificates meanwhile.

        Who comes second finds it done, and is told so.
        """
        async with self._one_at_a_time:
            alone = work_alone(self.engine, _CARD_IN_HAND)
            await asyncio.to_thread(alone.__enter__)
            try:
                yield
            finally:
                await asyncio.to_thread(lambda: alone.__exit__(None, None, None))

    async def _renew(
        self, person_reference: str, asked: CounterRequest, now: datetime
    ) -> CounterProcedure:
        before = await self.open(person_reference)
        one = self._possible(CounterAct.RENEW, before, asked.card, now)
        lapsed = one.state(day_of(now)) is CertificateState.LAPSED
        await self.machine.renew(one.card.serial_number)
        after = (await self.open(person_reference)).carrier(one.card.serial_number)
        new = after.identifying
        assert new is not None, "it was renewed just now"
        shown = moment(renewal_reflected_at(now, self.rules.renewal_hours))
        said = (
            f"電子証明書を更新しました。新しい期限は{era_day(new.expires_on)}です。"
            f"医療機関には{shown}ごろから反映されます。"
        )
        if not await self._is_registered(person_reference):
            said += "利用登録はまだありません。マイナ保険証として使うには、登録してください。"
        else:
            said += _REGISTRATION_ENDED if lapsed else "利用登録は続きます。"
        if any(each.kind.is_phone and not each.revoked for each in before.carriers):
            said += "スマートフォンは、もう一度申し込んでください。"
        done = CounterProcedure(0, CounterAct.RENEW, now, one.card.serial_number, sentence=said)
        return await asyncio.to_thread(
            lambda: self._note(person_reference, done, registration_ended=lapsed)
        )

    async def _hand_over(self, person_reference: str, now: datetime) -> CounterProcedure:
        file = await self.open(person_reference)
        self._check_open(CounterAct.HAND_OVER, file, now)
        why = why_not(CounterAct.HAND_OVER, file, now)
        if why is not None:
            raise refused(why)
        application = file.course.application
        assert application is not None, "there is one, or handing over is refused"
        current = file.current
        lapsed = current is not None and current.state(day_of(now)) is CertificateState.LAPSED
        number = file.resident.individual_number
        serial_number = await self.machine.make(number, application)
        said = "新しいカードを交付しました。前のカードの証明書は失効しました。"
        if current is None:
            said = "カードを交付しました。"
        if serial_number is None:
            order = CardOrder(
                number,
                day_of(now),
                application.kind,
                stay_ends_on=application.stay_ends_on,
                applied_on=application.applied_on,
            )
            issued = await asyncio.to_thread(lambda: self.desk.issue_card(order, now))
            serial_number = issued.card.serial_number
            said += "（模擬にはこの方のカードの実物がなく、J-LISの記録だけが新しくなりました。）"
        if lapsed and await self._is_registered(person_reference):
            said += _REGISTRATION_ENDED
        card = next(
            one
            for one in (await self.open(person_reference)).carriers
            if one.card.serial_number == serial_number
        ).card
        said += f"カードの期限は{era_day(card.expires_on)}です。"
        done = CounterProcedure(0, CounterAct.HAND_OVER, now, serial_number, sentence=said)
        return await asyncio.to_thread(
            lambda: self._note(person_reference, done, registration_ended=lapsed)
        )

    def _possible(
        self, act: CounterAct, file: PersonFile, card: str | None, now: datetime
    ) -> HeldCarrier:
        self._check_open(act, file, now)
        one = file.carrier(card) if card is not None or file.current is not None else None
        why = why_not(act, file, now, one, self.rules.renewal_opens)
        if why is not None or one is None:
            raise refused(why or _NO_CARD)
        return one

    def _check_open(
        self,
        act: CounterAct,
        file: PersonFile,
        now: datetime,
        at: LossChannel = LossChannel.COUNTER,
    ) -> None:
        """Refuse what is asked for while the counter is closed, or J-LIS out that it needs."""
        by_phone = act is CounterAct.REPORT_LOSS and at is LossChannel.HOTLINE
        if not by_phone and (closed := self.refuses_all(now)):
            raise refused(closed)
        if (out := refusal_while_out(act, file, now)) is not None:
            raise out

    async def _is_registered(self, person_reference: str) -> bool:
        def standing() -> StandingRegistration:
            with reading(self.engine) as connection:
                return standing_registration(connection, PersonKey.of(person_reference))

        return (await read_aside(self.engine, standing)).registered_at is not None

    # --- the record ---

    def _read(self, person_reference: str) -> PersonFile:
        with reading(self.engine) as connection:
            return self._open(connection, person_reference)

    def _open(self, connection: Connection, person_reference: str) -> PersonFile:
        return open_file(connection, person_reference, rests_between=self.rules.rests_between)

    def _find(self, text: str) -> list[Resident]:
        with reading(self.engine) as connection:
            if text.isascii() and text.isdigit():
                if (card := cards.find_card(connection, text)) is not None:
                    one = residents.find_by_reference(connection, card.person_reference)
                    return [one] if one else []
                return list(residents.find_by_numbers(connection, [text]).values())
            if (one := residents.find_by_reference(connection, text)) is not None:
                return [one]
            closed_up = "".join(text.split())
            return find_by_name(connection, closed_up, half_width_kana(closed_up), FOUND_AT_MOST)

    def _file(
        self, person_reference: str, asked: CounterRequest, now: datetime
    ) -> CounterProcedure:
        with locked(self.engine, person_reference) as connection:
            file = self._open(connection, person_reference)
            self._check_open(asked.act, file, now, asked.loss_channel)
            one = file.carrier(asked.card) if asked.card is not None else file.current
            why = why_not(asked.act, file, now, one, self.rules.renewal_opens)
            if why is not None:
                raise refused(why)
            try:
                done = Filing(connection, file, one, asked, now, self.rules).procedure()
                return self._write_down(connection, file, done)
            except CalendarRangeError as error:
                raise refused(error.text) from None

    def _note(
        self, person_reference: str, done: CounterProcedure, *, registration_ended: bool = False
    ) -> CounterProcedure:
        with locked(self.engine, person_reference) as connection:
            if registration_ended:
                end_registration(connection, PersonKey.of(person_reference))
            return self._write_down(connection, self._open(connection, person_reference), done)

    def _write_down(
        self, connection: Connection, file: PersonFile, done: CounterProcedure
    ) -> CounterProcedure:
        """Write a procedure down, and let the person's cards rest or lapse by what it means."""
        done = replace(done, number=len(file.procedures) + 1)
        person = file.resident.person_reference
        add_procedure(connection, person, done)
        course = Course.of((*file.procedures, done), rests_between=self.rules.rests_between)
        stop = course.for_all_cards
        since = stop.since if stop else None
        rest = Rest(stop.cause, stop.lapses_at) if stop else None
        for one in cards.certificates_of(connection, person):
            if one.revoked_at is None:
                set_rest(connection, one.key, since, rest)
        return done
