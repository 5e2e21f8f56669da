"""The line to the intermediate server, on which a clinic tells an insurer of a discrepancy."""

from __future__ import annotations

from hashlib import sha256

import httpx2
from pydantic import ConfigDict, ValidationError

from clinic_client.oqs_client import LineDown, Refused
from eligibility.reception.discrepancy import DiscrepancyKind  # read at run time
from wire.client import cause_of
from wire.problem_document import ProblemDocument
from wire.vocabulary.codes import Day, Sex  # read at run time
from wire.vocabulary.element import Element


class ToldTicket(Element):
    """What is told: what differs, and the eight things of R-098."""

    insurer_number: str
    kind: DiscrepancyKind
    on_check: str
    should_be: str
    name: str
    birthdate: Day
    sex1: Sex
    address: str
    insured_number: str
    visited_on: Day
    institution: str
    ratio_paid: str


class InsurersAnswer(Element):
    """What the insurer answered."""

    model_config = ConfigDict(extra="ignore")

    finding: str
    text: str
    answered_on: Day


class TicketRead(Element):
    """A ticket as the insurer has it."""

    model_config = ConfigDict(extra="ignore")

    ticket: str
    received_on: Day
    answer: InsurersAnswer | None = None


class InsurerLine:
    """Tells tickets, and asks what became of them; without a client it is switched off."""

    def __init__(self, client: httpx2.AsyncClient | None) -> None:
        self._client = client

    @property
    def offered(self) -> bool:
        """Whether this deployment has the line at all."""
        return self._client is not None

    async def tell(self, visit_id: str, told: ToldTicket) -> TicketRead:
        """Tell a ticket; the same one of a visit, told again, is taken once.

        Raises:
            LineDown: nobody answers; whether it was taken is not known, and telling again is safe.
            Refused: it is not taken; the problem says why.
        """
        content = told.model_dump_json(by_alias=True)
        digest = sha256(content.encode()).hexdigest()[:32]
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"{visit_id}-{digest}"}
        return await self._asked("POST", "/discrepancies", content, headers)

    async def read(self, ticket: str) -> TicketRead:
        """Read a ticket that was told from here.

        Raises:
            LineDown: nobody answers.
            Refused: it is not there any more.
        """
        return await self._asked("GET", f"/discrepancies/tickets/{ticket}")

    async def _asked(
        self,
        method: str,
        path: str,
        content: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> TicketRead:
        assert self._client is not None, "whoever asks has seen that it is offered"
        try:
            response = await self._client.request(method, path, content=content, headers=headers)
            if response.is_success:
                return TicketRead.model_validate_json(response.content)
            document = ProblemDocument.model_validate_json(response.content)
        except (httpx2.HTTPError, ValidationError) as error:
            raise LineDown(cause_of(error)) from error
        raise Refused(document)
