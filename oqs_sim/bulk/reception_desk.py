"""受付: taking an inquiry in bulk, and giving its result out."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from oqs_sim.bulk.message import BulkMessage
from oqs_sim.qualification.asking import Asking, confirmation_day, require_own
from oqs_sim.store.bulk.held_results import count_held_fetch
from oqs_sim.store.bulk.receptions import Reception, add_reception, done_parts, find_reception
from storage import reading, turn_to_write
from wire.catalogue import Catalogue, Problem
from wire.dates import write_day, write_moment
from wire.messages.message_reading import too_many_units
from wire.vocabulary.bulk_inquiry import (
    BulkReception,
    BulkResultHeader,
    ReceptionBody,
    ReceptionHeader,
    VisitingSearchInfo,
)
from wire.vocabulary.codes import SegmentOfResult
from wire.vocabulary.inquiry import RequestHeader
from wire.vocabulary.terminal_codes import MedicalTreatment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from oqs_sim.bulk.policy import BulkPolicy
    from oqs_sim.bulk.processor import BulkProcessor
    from oqs_sim.operation.effect import Hold
    from oqs_sim.qualification.checks import Checks
    from oqs_sim.store.bulk.receptions import DonePart
    from wire.vocabulary.bulk_inquiry import BulkCollection, BulkRequestHeader
    from wire.vocabulary.element import Element

_RANDOM_DIGITS = 12


@dataclass(frozen=True)
class ReceptionDesk:
    """Takes inquiries in bulk (01req), and gives their results out (02req).

    What a result tells of persons is logged when it is found; here, what is refused.
    """

    checks: Checks
    policy: BulkPolicy
    processor: BulkProcessor

    async def take(
        self,
        message: BulkMessage,
        header: RequestHeader | BulkRequestHeader,
        institution_code: str,
        units: Sequence[Element],
        now: datetime,
    ) -> BulkReception:
        """Take an inquiry of an institution, which its certificate names; it is done beside.

        Raises:
            Problem: WRONG_CALLER, TOO_MANY_UNITS, or INVALID_REQUEST for a day that is none, or
                for a list of the other kind of treatment.
        """
        async with self.checks.refusals_logged(_asking(message, institution_code, now)):
            return await asyncio.to_thread(
                lambda: self._taken(message, header, institution_code, units, now),
            )

    def _taken(
        self,
        message: BulkMessage,
        header: RequestHeader | BulkRequestHeader,
        institution_code: str,
        units: Sequence[Element],
        now: datetime,
    ) -> BulkReception:
        require_own(header.medical_institution_code, institution_code)
        for unit in units:
            if isinstance(unit, VisitingSearchInfo):
                _require_treatment(message, unit)
        if len(units) > self.policy.most_units:
            raise too_many_units(self.policy.most_units, len(units))
        tokyo = now.astimezone(TOKYO)
        confirmed_on = write_day(
            confirmation_day(header, now) if isinstance(header, RequestHeader) else tokyo
        )
        written = [one.model_dump_json(by_alias=True, exclude_none=True) for one in units]
        # Of registrations the last one of a person stands, so they are done in one go.
        divided = message is BulkMessage.QUALIFICATION
        size = self.policy.part_units if divided else self.policy.most_units
        parts = [",".join(written[at : at + size]) for at in range(0, len(written), size)]
        reception = Reception(
            reception_number=write_day(tokyo) + _random_digits(),
            institution_code=institution_code,
            message=message,
            arbitrary_file_identifier=header.arbitrary_file_identifier,
            confirmation_date=confirmed_on,
            received_at=now,
            kept_until=now + timedelta(days=self.policy.result_days),
            parts=len(parts),
        )
        with turn_to_write(self.checks.engine), self.checks.engine.begin() as connection:
            add_reception(connection, reception, parts)
        self.processor.wake()
        return BulkReception(
            message_header=ReceptionHeader(
                process_execution_time=write_moment(tokyo),
                medical_institution_code=institution_code,
                arbitrary_file_identifier=header.arbitrary_file_identifier,
            ),
            message_body=ReceptionBody(
                reception_number=reception.reception_number,
                reception_date_time=write_moment(tokyo),
            ),
        )

    async def result(
        self,
        message: BulkMessage,
        asked: BulkCollection,
        institution_code: str,
        now: datetime,
        hold: Hold | None = None,
    ) -> bytes:
        """Return the result as JSON; 処理中 while there is none, or an operator holds it back.

        It is put together from what each part came to, as texts: of ten thousand units, to make
        models again would take longer than to answer them.

        Raises:
            Problem: WRONG_CALLER; RECEPTION_UNKNOWN also where it is another institution's, of
                another message, or kept no longer.
        """
        async with self.checks.refusals_logged(_asking(message, institution_code, now)):
            return await asyncio.to_thread(
                lambda: self._result(message, asked, institution_code, now, hold),
            )

    def _result(
        self,
        message: BulkMessage,
        asked: BulkCollection,
        institution_code: str,
        now: datetime,
        hold: Hold | None,
    ) -> bytes:
        require_own(asked.message_header.medical_institution_code, institution_code)
        number = asked.message_body.reception_number
        with reading(self.checks.engine) as connection:
            reception = find_reception(connection, number)
            if (
                reception is None
                or (reception.institution_code, reception.message) != (institution_code, message)
                or reception.kept_until < now
            ):
                raise Problem(
                    Catalogue.RECEPTION_UNKNOWN,
                    f"Reception {number} is none of {institution_code} for {message}, "
                    f"or is older than {self.policy.result_days} days.",
                )
            done = done_parts(connection, number)
        if hold is not None and self._is_held(number, hold):
            done = None
        header = BulkResultHeader(
            process_execution_time=write_moment(now.astimezone(TOKYO)),
            qualification_confirmation_date=reception.confirmation_date,
            medical_institution_code=institution_code,
            arbitrary_file_identifier=asked.message_header.arbitrary_file_identifier
            or reception.arbitrary_file_identifier,
            reception_number=number,
            segment_of_result=SegmentOfResult.IN_PROGRESS
            if done is None
            else SegmentOfResult.NORMAL,
            number_of_processing_result=_count(done, lambda one: one.units),
            number_of_normal_processing=_count(done, lambda one: one.units - one.errors),
            number_of_error=_count(done, lambda one: one.errors),
        ).model_dump_json(by_alias=True, exclude_none=True)
        units = ",".join(one.answered for one in done or () if one.answered)
        body = f'{{"{message.member}":[{units}]}}' if units else "{}"
        return f'{{"MessageHeader":{header},"MessageBody":{body}}}'.encode()

    def _is_held(self, number: str, hold: Hold) -> bool:
        with self.checks.engine.begin() as connection:
            fetch = count_held_fetch(connection, number)
        return fetch.number <= hold.fetches or fetch.seconds < hold.seconds


_TREATMENTS = {
    BulkMessage.HOME_VISIT: MedicalTreatment.HOME_VISIT,
    BulkMessage.ONLINE_EXAMINATION: MedicalTreatment.ONLINE,
}
"""診療区分 of those who are on a list."""


def _require_treatment(message: BulkMessage, asked: VisitingSearchInfo) -> None:
    flag = _TREATMENTS[message]
    if asked.medical_treatment_flag != flag:
        raise Problem(
            Catalogue.INVALID_REQUEST,
            f"MedicalTreatmentFlag of {message} is {flag}, not {asked.medical_treatment_flag}.",
            japanese=f"MedicalTreatmentFlag（診療区分）が違います。この照会では「{flag}」です。",
        )


def _asking(message: BulkMessage, institution_code: str, now: datetime) -> Asking:
    return Asking(institution_code, message.classification, message.purpose, now)


def _count(done: list[DonePart] | None, of: Callable[[DonePart], int]) -> str | None:
    return None if done is None else str(sum(map(of, done)))


def _random_digits() -> str:
    return f"{secrets.randbelow(10**_RANDOM_DIGITS):0{_RANDOM_DIGITS}}"
