"""A refusal as the answers that the interface has for it (oqs-interface §3.2, outcome skeletons).

What is wrong with the header gives 異常終了 (9) and an ErrorCode, what is wrong with what is asked
処理結果状況 2 and a ProcessingResultCode, in messages that have one. The codes are the catalogue's,
which begin with ``SIM-``: the real table is not public.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from pydantic import ValidationError

from eligibility.days.dates import TOKYO
from wire.catalogue import Catalogue
from wire.dates import write_day, write_moment
from wire.messages.message_reading import WrongValue
from wire.vocabulary.answer import QualificationAnswer, ResponseBody, ResponseHeader
from wire.vocabulary.bulk_inquiry import (
    BulkCollection,
    BulkReception,
    BulkResult,
    BulkResultBody,
    BulkResultHeader,
    ReceptionBody,
    ReceptionHeader,
)
from wire.vocabulary.codes import ProcessingResultStatus, ReferenceClassification, SegmentOfResult
from wire.vocabulary.inquiry import RequestHeader
from wire.vocabulary.reference_numbers import (
    BulkReferenceRegistered,
    BulkRegisteredBody,
    ReferenceRegistered,
    ReferenceRegistration,
    RegisteredHeader,
    RegisteredUnit,
)

if TYPE_CHECKING:
    from datetime import datetime

    from wire.catalogue import Problem
    from wire.vocabulary.element import Element

_OF_THE_HEADER = {Catalogue.WRONG_CALLER}
"""What is wrong with who asks; all else is wrong with what is asked."""


class _Ending(TypedDict):
    segment_of_result: SegmentOfResult
    error_code: str | None
    error_message: str | None


class _Outcome(TypedDict):
    processing_result_status: ProcessingResultStatus | None
    processing_result_code: str | None
    processing_result_message: str | None


@dataclass(frozen=True)
class Refusal:
    """A message that is refused: why, what its header said, and what it asked."""

    problem: Problem
    header: RequestHeader
    asked: Element | None
    """None where a value of it is wrong."""
    now: datetime

    @classmethod
    def of(
        cls, problem: Problem, asked: Element | None, institution_code: str, now: datetime
    ) -> Refusal:
        """Refuse what the institution of a certificate has asked."""
        written: object = None
        if isinstance(problem, WrongValue):
            written = problem.header
        elif asked is not None:
            written = asked.model_dump(by_alias=True)["MessageHeader"]
        return cls(problem, _header_of(written, institution_code), asked, now)

    def as_confirmation(self, classification: ReferenceClassification) -> QualificationAnswer:
        """Return it as a 資格確認結果."""
        return QualificationAnswer(
            message_header=ResponseHeader(
                process_execution_time=self._moment,
                qualification_confirmation_date=self._confirmed_on,
                medical_institution_code=self.header.medical_institution_code,
                arbitrary_file_identifier=self.header.arbitrary_file_identifier,
                reference_classification=classification,
                **self._ending(),
            ),
            message_body=ResponseBody(**self._outcome()),
        )

    def as_registration(self) -> ReferenceRegistered:
        """Return it as the answer to 照会番号登録, with what was asked."""
        info = None
        if isinstance(self.asked, ReferenceRegistration) and not self._is_of_header:
            info = self.asked.message_body.reference_number_registration_info
        return ReferenceRegistered(
            message_header=RegisteredHeader(
                process_execution_time=self._moment,
                arbitrary_file_identifier=self.header.arbitrary_file_identifier,
                medical_institution_code=self.header.medical_institution_code,
                **self._ending(),
            ),
            message_body=RegisteredUnit(reference_number_registration_info=info, **self._outcome()),
        )

    def as_reception(self) -> BulkReception:
        """Return it as the word that a file was not taken in, all of whose errors are 異常終了."""
        return BulkReception(
            message_header=ReceptionHeader(
                process_execution_time=self._moment,
                medical_institution_code=self.header.medical_institution_code,
                arbitrary_file_identifier=self.header.arbitrary_file_identifier,
                **self._ending(of_all=True),
            ),
            message_body=ReceptionBody(),
        )

    def as_result(self) -> BulkResult:
        """Return it as a result in bulk, of which there is none."""
        return BulkResult(message_header=self._no_result(), message_body=BulkResultBody())

    def as_registered(self) -> BulkReferenceRegistered:
        """Return it as a result of 照会番号 一括登録, of which there is none."""
        return BulkReferenceRegistered(
            message_header=self._no_result(), message_body=BulkRegisteredBody()
        )

    def _no_result(self) -> BulkResultHeader:
        number = None
        if isinstance(self.asked, BulkCollection):
            number = self.asked.message_body.reception_number or None
        return BulkResultHeader(
            process_execution_time=self._moment,
            medical_institution_code=self.header.medical_institution_code,
            arbitrary_file_identifier=self.header.arbitrary_file_identifier,
            reception_number=number,
            **self._ending(of_all=True),
        )

    @property
    def _moment(self) -> str:
        return write_moment(self.now.astimezone(TOKYO))

    @property
    def _confirmed_on(self) -> str:
        asked_on = self.header.qualification_confirmation_date
        return asked_on or write_day(self.now.astimezone(TOKYO))

    @property
    def _is_of_header(self) -> bool:
        if isinstance(self.problem, WrongValue):
            return self.problem.in_header
        return self.problem.entry in _OF_THE_HEADER

    def _ending(self, *, of_all: bool = False) -> _Ending:
        """Return how the header says that it ended; ``of_all`` where nothing else can say it."""
        if not (of_all or self._is_of_header):
            return _Ending(
                segment_of_result=SegmentOfResult.NORMAL, error_code=None, error_message=None
            )
        return _Ending(
            segment_of_result=SegmentOfResult.ABNORMAL,
            error_code=self.problem.entry.kind.code,
            error_message=self.problem.japanese,
        )

    def _outcome(self) -> _Outcome:
        if self._is_of_header:
            return _Outcome(
                processing_result_status=None,
                processing_result_code=None,
                processing_result_message=None,
            )
        return _Outcome(
            processing_result_status=ProcessingResultStatus.ERROR,
            processing_result_code=self.problem.entry.kind.code,
            processing_result_message=self.problem.japanese,
        )


def _header_of(written: object, institution_code: str) -> RequestHeader:
    """Return what is right of a header: of a wrong member it is told as if it were absent.

    A caller knows its question again by its identifier, and refuses an answer without it.
    """
    header = RequestHeader(medical_institution_code=institution_code)
    for name, value in written.items() if isinstance(written, dict) else ():
        with suppress(ValidationError):
            header = RequestHeader.model_validate({**header.model_dump(by_alias=True), name: value})
    return header
