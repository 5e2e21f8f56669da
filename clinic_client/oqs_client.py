"""The line to OQS: challenges and inquiries of this terminal, and whether the line is up."""

from __future__ import annotations

import asyncio
import base64
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from eligibility.terminal.identity import Operation
from eligibility.terminal.medical_information import InformationKind, Profession
from wire.catalogue import Catalogue, Problem, entry_of
from wire.client import cause_of
from wire.dates import write_day
from wire.problem_document import ProblemDocument
from wire.vocabulary.answer import QualificationAnswer
from wire.vocabulary.inquiry import (
    CardInquiry,
    CardInquiryBody,
    CardProof,
    ChallengeGrant,
    NumberInquiry,
    NumberInquiryBody,
    QualificationConfirmSearchInfo,
    RequestHeader,
)
from wire.vocabulary.medical import MedicalBody, MedicalHeader, MedicalRequest, QualifiedUser

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from clinic_client.visits.coverage import Coverage
    from eligibility.terminal.identity import Method
    from reader.session import IdentityProof
    from wire.vocabulary.medical import Consents

log = logging.getLogger(__name__)

_Answer = TypeVar("_Answer", bound=BaseModel)
_PATHS = {
    InformationKind.MEDICINE: "medicines",
    InformationKind.TREATMENT: "treatment",
    InformationKind.SURGERY: "surgery",
    InformationKind.CHECKUP: "checkups",
}
"""Where OQS shows each kind."""
_LOOKING = "desk"
"""有資格者 by whom the log of views names who looked: the desk has no sign-in of its own, and shows
it for the doctor."""
_CHALLENGES = "/qualification/challenges"
_SILENT = {502, 503, 504}
"""What stands before OQS, or OQS itself, says: nobody is there who can answer."""


class LineDown(Exception):
    """OQS did not answer, or answered what it should not; nothing is known of the patient."""


class Refused(Exception):
    """OQS answered with a problem; `entry` is its kind."""

    def __init__(self, document: ProblemDocument) -> None:
        super().__init__(f"{document.code}: {document.detail or document.title}")
        self.document = document
        self.entry = entry_of(document.code)

    @property
    def problem(self) -> Problem:
        """What a page or a program is told of it; it concerns this terminal or this attempt."""
        return Problem(self.entry, self.document.detail, japanese=self.document.japanese)


@dataclass(frozen=True)
class ToldByReader:
    """What a check tells of the reading of a card (R-090)."""

    method: Method
    consents: Consents
    uses_subsidies: bool | None = None
    """医療費助成の受給者証; None where it was not asked."""


class OqsClient:
    """The line of one terminal.

    No request is ever sent again by itself: a challenge serves one inquiry. `on_change` is told
    when the line goes up or down.
    """

    def __init__(
        self,
        client: httpx2.AsyncClient,
        institution_code: str,
        probe_seconds: float,
        on_change: Callable[[bool], None],
    ) -> None:
        self._client = client
        self._institution_code = institution_code
        self._probe_seconds = probe_seconds
        self._on_change = on_change
        self._task: asyncio.Task[None] | None = None
        self._failed = False
        """Whether the last request came to nothing. OQS may answer others then, and this terminal
        not: that it is there at all says nothing any more."""
        self._forgotten = 0
        """How often an outage was forgotten."""
        self.up = False
        """Whether OQS answered the last time."""

    async def challenge(self, *, registering: bool = False) -> tuple[str, bytes]:
        """Return a fresh challenge, as it was written and as the bytes that the card signs.

        It is for a check, or for ``registering`` the card (利用登録).

        Raises:
            LineDown: OQS does not answer.
            Refused: OQS refuses this terminal.
        """
        purpose = "?Purpose=registration" if registering else ""
        grant = await self._ask(f"{_CHALLENGES}{purpose}", None, ChallengeGrant)
        return grant.challenge, base64.b64decode(grant.challenge)

    async def inquire_by_card(
        self,
        challenge: str,
        proof: IdentityProof,
        told: ToldByReader | None = None,
        operation: Operation = Operation.REGULAR,
    ) -> QualificationAnswer:
        """Ask for the eligibility of the card's holder (照会区分 1).

        ``told`` is how the holder was identified, and what they agreed to, where that is known;
        ``operation`` is always told where it is not the usual one (P-022).

        Raises:
            LineDown: OQS does not answer.
            Refused: OQS does not accept the card.
        """
        body = CardInquiryBody(card_proof=_card_proof(challenge, proof))
        if told is not None:
            uses = told.uses_subsidies
            body = CardInquiryBody(
                card_proof=body.card_proof,
                identity_method=told.method,
                consents=told.consents,
                simulation_uses_subsidy_certificates=None if uses is None else str(int(uses)),
            )
        if operation is not Operation.REGULAR:
            body = body.model_copy(update={"operating_type": operation})
        inquiry = CardInquiry(message_header=self._header(), message_body=body)
        return await self._ask("/qualification/card", inquiry, QualificationAnswer)

    async def register(self, challenge: str, proof: IdentityProof) -> None:
        """Register the card for insurance use, at once (利用登録, P-021).

        Raises:
            LineDown: OQS does not answer.
            Refused: OQS does not register it; the problem says why.
        """
        await self._answered("/qualification/registrations", _card_proof(challenge, proof))

    async def inquire_by_number(
        self, asked: QualificationConfirmSearchInfo, on: date | None = None
    ) -> QualificationAnswer:
        """Ask for the eligibility behind a number (照会区分 2), today or on a day (資格確認日).

        Raises:
            LineDown: OQS does not answer.
            Refused: OQS does not accept the inquiry.
        """
        inquiry = NumberInquiry(
            message_header=self._header(on),
            message_body=NumberInquiryBody(qualification_confirm_search_info=asked),
        )
        return await self._ask("/qualification/number", inquiry, QualificationAnswer)

    async def view(self, kind: InformationKind, coverage: Coverage) -> bytes:
        """Return what OQS shows of a patient's medical information, as PDF (§3.5).

        Raises:
            LineDown: OQS does not answer.
            Refused: OQS does not show it, as without consent or after its window.
        """
        request = MedicalRequest(
            message_header=MedicalHeader(
                medical_institution_code=self._institution_code,
                insurer_number=coverage.insurer_number,
                insurance_card_symbol=coverage.symbol or None,
                insured_person_identification_number=coverage.number,
                branch_number=coverage.branch or None,
            ),
            message_body=MedicalBody(
                qualified_user=QualifiedUser(user_id=_LOOKING, profession=Profession.DOCTOR)
            ),
        )
        path = f"/medical/{_PATHS[kind]}"
        return (await self._answered(path, request, "application/pdf")).content

    def start(self) -> None:
        """Try the line now and then until `stop`."""
        self._task = asyncio.create_task(self._probe(), name="clinic-line")

    async def stop(self) -> None:
        """Try it no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def forget_outage(self) -> None:
        """Be as after a start: what led to an outage is taken back, as by a reset.

        A trial of the line that is under way comes to its end, and says nothing any more.
        """
        self._forgotten += 1
        self._failed = False
        self._say(up=await self._answers())

    def _header(self, on: date | None = None) -> RequestHeader:
        return RequestHeader(
            qualification_confirmation_date=write_day(on) if on else None,
            medical_institution_code=self._institution_code,
        )

    async def _ask(self, path: str, body: BaseModel | None, answer: type[_Answer]) -> _Answer:
        response = await self._answered(path, body)
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            raise await self._misread(path, error) from error

    async def _answered(
        self, path: str, body: BaseModel | None, accept: str = "application/json"
    ) -> httpx2.Response:
        response = await self._send(path, body, accept)
        if not response.is_success:
            raise await self._refusal(response)
        return response

    async def _send(self, path: str, body: BaseModel | None, accept: str) -> httpx2.Response:
        if not self.up and not await self._answers(self._probe_seconds):
            # Nobody waits the whole time-out at a line that is known to be down.
            self._fail("OQS does not answer yet.")
        content = body.model_dump_json(by_alias=True, exclude_none=True) if body else None
        headers = {"Content-Type": "application/json", "Accept": accept}
        try:
            response = await self._client.post(path, content=content, headers=headers)
        except httpx2.ConnectError as error:
            self._fail(cause_of(error))
        except httpx2.HTTPError as error:
            # One request that comes to nothing is no outage; in an outage no other comes to more.
            self._failed = True
            if not await self._answers(self._probe_seconds):
                self._fail(cause_of(error))
            log.warning("A request over %s came to nothing: %s", path, cause_of(error))
            raise LineDown(cause_of(error)) from error
        if response.status_code in _SILENT:
            self._fail(f"OQS answered {response.status_code}.")
        self._failed = False
        self._say(up=True)
        if response.is_server_error:
            # It answers others: this is no outage, and the patient is not received as in one.
            log.warning("OQS failed over %s: %s", path, response.status_code)
            raise Refused(_failed(response.status_code))
        return response

    async def _refusal(self, response: httpx2.Response) -> Refused:
        try:
            return Refused(ProblemDocument.model_validate_json(response.content))
        except ValidationError as error:
            raise await self._misread(response.request.url.path, error) from error

    async def _misread(self, path: str, error: ValidationError) -> LineDown:
        """Return what an answer in no known form leads to; it is no outage where others get one."""
        reason = f"OQS answered {path} in an unknown form ({error.error_count()} faults)."
        if not await self._answers(self._probe_seconds):
            self._fail(reason)
        log.warning(reason)
        return LineDown(reason)

    async def _answers(self, patience: float | None = None) -> bool:
        """Tell whether OQS answers at all; and after a request that came to nothing, this terminal.

        A challenge serves to ask, as it is about nobody. ``patience`` is in seconds; without it, it
        is that of every request.
        """
        forgotten = self._forgotten
        try:
            answer = await self._client.get("/health", timeout=self._probe_seconds)
            if not answer.is_success or not self._failed:
                return answer.is_success
            waits = httpx2.USE_CLIENT_DEFAULT if patience is None else patience
            answer = await self._client.post(_CHALLENGES, timeout=waits)
        except httpx2.HTTPError:
            return False
        failed = answer.status_code in _SILENT
        if forgotten == self._forgotten:
            self._failed = failed
        return not failed

    def _fail(self, reason: str) -> NoReturn:
        self._failed = True
        log.warning("The line to OQS failed: %s", reason)
        self._say(up=False)
        raise LineDown(reason)

    def _say(self, *, up: bool) -> None:
        if up != self.up:
            self.up = up
            self._on_change(up)

    async def _probe(self) -> None:
        while True:
            forgotten = self._forgotten
            answers = await self._answers()
            if forgotten == self._forgotten:
                self._say(up=answers)
            await asyncio.sleep(self._probe_seconds)


def _card_proof(challenge: str, proof: IdentityProof) -> CardProof:
    return CardProof(
        challenge=challenge,
        certificate=base64.b64encode(proof.certificate.der).decode(),
        signature=base64.b64encode(proof.signature).decode(),
    )


def _failed(status: int) -> ProblemDocument:
    kind = Catalogue.OQS_FAILED.kind
    return ProblemDocument(
        type=f"urn:oqs-sim:problem:{kind.code}",
        title=kind.title,
        status=kind.status,
        detail=f"OQS answered {status}.",
        code=kind.code,
        japanese=kind.japanese,
        advice=kind.advice,
    )
