"""The line to OQS: challenges and inquiries of this terminal, and whether the line is up."""

from __future__ import annotations

import asyncio
import base64
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, TypeVar, overload

import httpx2
from pydantic import BaseModel, ValidationError

from wire.catalogue import Catalogue, entry_of
from wire.client import cause_of
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

if TYPE_CHECKING:
    from collections.abc import Callable

    from eligibility.terminal.identity import Method
    from reader.session import IdentityProof
    from wire.vocabulary.medical import Consents

log = logging.getLogger(__name__)

_Answer = TypeVar("_Answer", bound=BaseModel)
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
        grant = await self._ask(f"/qualification/challenges{purpose}", None, ChallengeGrant)
        return grant.challenge, base64.b64decode(grant.challenge)

    async def inquire_by_card(
        self, challenge: str, proof: IdentityProof, told: ToldByReader | None = None
    ) -> QualificationAnswer:
        """Ask for the eligibility of the card's holder (照会区分 1).

        ``told`` is how the holder was identified, and what they agreed to, where that is known.

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
        inquiry = CardInquiry(message_header=self._header(), message_body=body)
        return await self._ask("/qualification/card", inquiry, QualificationAnswer)

    async def register(self, challenge: str, proof: IdentityProof) -> None:
        """Register the card for insurance use, at once (利用登録, P-021).

        Raises:
            LineDown: OQS does not answer.
            Refused: OQS does not register it; the problem says why.
        """
        await self._ask("/qualification/registrations", _card_proof(challenge, proof), None)

    async def inquire_by_number(self, asked: QualificationConfirmSearchInfo) -> QualificationAnswer:
        """Ask for the eligibility behind a number (照会区分 2).

        Raises:
            LineDown: OQS does not answer.
            Refused: OQS does not accept the inquiry.
        """
        inquiry = NumberInquiry(
            message_header=self._header(),
            message_body=NumberInquiryBody(qualification_confirm_search_info=asked),
        )
        return await self._ask("/qualification/number", inquiry, QualificationAnswer)

    def start(self) -> None:
        """Try the line now and then until `stop`."""
        self._task = asyncio.create_task(self._probe(), name="clinic-line")

    async def stop(self) -> None:
        """Try it no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _header(self) -> RequestHeader:
        return RequestHeader(medical_institution_code=self._institution_code)

    @overload
    async def _ask(self, path: str, body: BaseModel | None, answer: None) -> None: ...
    @overload
    async def _ask(self, path: str, body: BaseModel | None, answer: type[_Answer]) -> _Answer: ...
    async def _ask(
        self, path: str, body: BaseModel | None, answer: type[_Answer] | None
    ) -> _Answer | None:
        content = body.model_dump_json(by_alias=True, exclude_none=True) if body else None
        try:
            response = await self._client.post(
                path, content=content, headers={"Content-Type": "application/json"}
            )
        except httpx2.HTTPError as error:
            self._fail(cause_of(error))
        if response.status_code in _SILENT:
            self._fail(f"OQS answered {response.status_code}.")
        self._say(up=True)
        if response.is_server_error:
            # It answers others: this is no outage, and the patient is not received as in one.
            log.warning("OQS failed over %s: %s", path, response.status_code)
            raise Refused(_failed(response.status_code))
        try:
            if response.is_success and answer is None:
                return None
            if response.is_success and answer is not None:
                return answer.model_validate_json(response.content)
            document = ProblemDocument.model_validate_json(response.content)
        except ValidationError as error:
            self._fail(f"OQS answered {path} in an unknown form ({error.error_count()} faults).")
        raise Refused(document)

    def _fail(self, reason: str) -> NoReturn:
        log.warning("The line to OQS failed: %s", reason)
        self._say(up=False)
        raise LineDown(reason)

    def _say(self, *, up: bool) -> None:
        if up != self.up:
            self.up = up
            self._on_change(up)

    async def _probe(self) -> None:
        while True:
            try:
                answer = await self._client.get("/health", timeout=self._probe_seconds)
                self._say(up=answer.is_success)
            except httpx2.HTTPError:
                self._say(up=False)
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
