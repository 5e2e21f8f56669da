"""OQS as the intermediate server sees it: matching persons, delivering changes, the clock."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import httpx2
from pydantic import ValidationError

from intermediate_server.procedures.person import CardStanding, PersonDetails, RegisterMatch
from wire.bulk import LEDGER_EPOCH, MEDIA_TYPE, ChangeTable
from wire.catalogue import Catalogue, Problem
from wire.client import cause_of
from wire.dates import read_day
from wire.problem_document import ProblemDocument
from wire.vocabulary.changes import BatchReceipt, ChangeBatch
from wire.vocabulary.codes import Sex
from wire.vocabulary.matching import (
    MOST_MATCHES,
    CardStandingsQuery,
    MatchedPerson,
    PersonMatch,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from eligibility.identifiers.numbers import IndividualNumber
    from intermediate_server.store.outgoing.outbox_batches import Batch

_SEXES = {sex.value: sex for sex in Sex}
_RELAYED = {
    entry.kind.code: entry
    for entry in (
        Catalogue.UNKNOWN_PERSON,
        Catalogue.INVALID_NUMBER,
        Catalogue.MATCHING_NOT_POSSIBLE,
    )
}
"""What OQS may say that the insurer should read as it is."""
NOBODY_MATCHED = frozenset({Catalogue.SERVICE_UNREACHABLE, Catalogue.MATCHING_NOT_POSSIBLE})
"""Why nobody at all can be matched for now: what is filed is not recorded, and is to come again."""
_day = lru_cache(maxsize=65_536)(read_day)
"""Of a million people, most were born on a day of another."""
_KNOWS_NO_TABLES = {httpx2.codes.NOT_FOUND, httpx2.codes.UNSUPPORTED_MEDIA_TYPE}
_BUSY = {httpx2.codes.SERVICE_UNAVAILABLE, httpx2.codes.TOO_MANY_REQUESTS}
_FOR_ALL = {
    Catalogue.FEED_STOPPED.kind.code,
    Catalogue.MAINTENANCE.kind.code,
    Catalogue.LEDGER_WENT_BACK.kind.code,
}
"""Why OQS takes no batch at all for now: it is closed, or the ledger has been put back."""
_NO_HEADERS: Mapping[str, str] = {}
LONGEST_WAIT_SECONDS = 30.0
"""The longest pause for which OQS is taken at its word."""


class DeliveryFailed(Exception):
    """OQS did not take a batch; nobody knows whether it applied it, so it is delivered again."""


class DeliveryRefused(DeliveryFailed):
    """OQS answers and refuses this batch; others may be in order."""


class OqsBusy(DeliveryFailed):
    """OQS asks to be given time."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass(frozen=True)
class OqsClient:
    """Asks OQS over the line, and delivers to it."""

    client: httpx2.AsyncClient
    first: Callable[[], Awaitable[object]] | None = None
    """What comes before each question; it raises ``httpx2.HTTPError`` where OQS hangs."""

    async def match(self, individual_number: IndividualNumber) -> RegisterMatch:
        """Match a person by 個人番号 with the resident register.

        Raises:
            Problem: UNKNOWN_PERSON, INVALID_NUMBER, or one of `NOBODY_MATCHED`.
        """
        return await self._matched(PersonMatch(individual_number=individual_number.digits))

    async def match_known(self, person_reference: str) -> RegisterMatch:
        """Match a person who was matched before, by the reference that was answered then.

        Raises:
            Problem: UNKNOWN_PERSON, or one of `NOBODY_MATCHED`.
        """
        return await self._matched(PersonMatch(person_reference=person_reference))

    async def _matched(self, asked: PersonMatch) -> RegisterMatch:
        try:
            response = await self._post(
                "/intermediate/persons", asked.model_dump_json(by_alias=True, exclude_none=True)
            )
        except httpx2.HTTPError as error:
            raise unreachable("OQS", error) from None
        if response.is_success:
            return _match(MatchedPerson.model_validate_json(response.content))
        raise _refusal(response)

    async def match_all(
        self, individual_numbers: Sequence[IndividualNumber]
    ) -> list[RegisterMatch | None]:
        """Match many persons at once, in the order of their numbers; None for nobody.

        Raises:
            Problem: one of `NOBODY_MATCHED`.
        """
        if not individual_numbers:
            return []
        found: list[RegisterMatch | None] = []
        for start in range(0, len(individual_numbers), MOST_MATCHES):
            part = individual_numbers[start : start + MOST_MATCHES]
            asked = json.dumps({"IndividualNumbers": [number.digits for number in part]})
            try:
                response = await self._post("/intermediate/persons/matches", asked)
            except httpx2.HTTPError as error:
                raise unreachable("OQS", error) from None
            if not response.is_success:
                raise _refusal(response)
            found += await asyncio.to_thread(_matches, response.content)
        return found

    async def cards(self, person_references: Sequence[str]) -> list[CardStanding]:
        """Ask how the cards of persons stand, in the order of their references.

        Raises:
            Problem: SERVICE_UNREACHABLE.
        """
        asked = CardStandingsQuery(person_references=tuple(person_references))
        try:
            response = await self._post(
                "/intermediate/persons/cards", asked.model_dump_json(by_alias=True)
            )
        except httpx2.HTTPError as error:
            raise unreachable("OQS", error) from None
        if not response.is_success:
            raise unreachable("OQS", _said(response))
        standings = json.loads(response.content)["Standings"]
        return [_card(one["Registered"], one.get("CertificateExpiresOn")) for one in standings]

    async def require_answer(self) -> None:
        """Return when OQS says over the line that it is up.

        Raises:
            httpx2.HTTPError: it does not.
        """
        (await self.client.get("/health")).raise_for_status()

    async def deliver(self, batch: Batch) -> BatchReceipt:
        """Deliver a batch; delivering it again does no harm.

        It goes as a table, or as JSON to an OQS that does not know tables.

        Raises:
            DeliveryFailed: OQS did not answer in time, or failed.
            DeliveryRefused: OQS refuses this batch.
            OqsBusy: OQS asks to be given time.
        """
        try:
            epoch = {LEDGER_EPOCH: str(batch.epoch)}
            response = await self._post(
                f"/intermediate/changes/{batch.bucket}", batch.document, MEDIA_TYPE, epoch
            )
            if response.status_code in _KNOWS_NO_TABLES:
                changes = ChangeTable(batch.lines).changes
                written = ChangeBatch(bucket=batch.bucket, changes=changes)
                response = await self._post(
                    "/intermediate/changes",
                    written.model_dump_json(by_alias=True, exclude_none=True),
                    others=epoch,
                )
        except httpx2.HTTPError as error:
            raise DeliveryFailed(
                f"OQS does not answer ({cause_of(error)}). Check that it runs; "
                "the changes stay here and are delivered again."
            ) from None
        problem = None if response.is_success else _problem(response)
        if problem is not None and problem.code in _FOR_ALL:
            raise DeliveryFailed(
                f"{problem.title.rstrip('.')}. The changes stay here and are delivered again."
            )
        if response.status_code in _BUSY:
            raise OqsBusy(
                f"OQS is busy: {_said(response)}. The changes stay here and are delivered again.",
                _seconds_to_wait(response),
            )
        if response.is_client_error:
            raise DeliveryRefused(
                f"OQS refuses {len(batch)} changes of bucket {batch.bucket}: {_said(response)}. "
                "They stay here; mend the cause, and they are delivered again."
            )
        if not response.is_success:
            raise DeliveryFailed(
                f"OQS failed: {_said(response)}. The changes stay here and are delivered again."
            )
        return BatchReceipt.model_validate_json(response.content)

    async def _post(
        self,
        path: str,
        content: str | bytes,
        media_type: str = "application/json",
        others: Mapping[str, str] = _NO_HEADERS,
    ) -> httpx2.Response:
        if self.first is not None:
            await self.first()
        headers = {"Content-Type": media_type, **others}
        return await self.client.post(path, content=content, headers=headers)


def _refusal(response: httpx2.Response) -> Problem:
    """Return what OQS says of a person, or of all; any other refusal is as if it did not answer."""
    problem = _problem(response)
    if problem is None or problem.code not in _RELAYED:
        return unreachable("OQS", _said(response))
    return Problem(_RELAYED[problem.code], problem.detail, japanese=problem.japanese)


def unreachable(service: str, reason: Exception | str) -> Problem:
    """Return the problem for an insurer whose procedure could not be taken."""
    said = reason if isinstance(reason, str) else cause_of(reason)
    return Problem(
        Catalogue.SERVICE_UNREACHABLE,
        f"{service} does not answer as it should: {said}.",
        japanese="オンライン資格確認等システムにつながらないため、届出を受け付けていません。"
        "しばらくしてから、もう一度送ってください。",
    )


def _match(found: MatchedPerson) -> RegisterMatch:
    return RegisterMatch(
        PersonDetails(
            reference=found.person_reference,
            name=found.name,
            name_kana=found.name_kana,
            sex=found.sex1,
            birthdate=read_day(found.birthdate),
            address=found.address,
            post_number=found.post_number,
        ),
        _card(found.registered, found.certificate_expires_on),
    )


def _matches(document: bytes) -> list[RegisterMatch | None]:
    """Read many matches; plainly, as checking each against its model would take longest of all."""
    return [
        None
        if one is None
        else RegisterMatch(
            PersonDetails(
                one["PersonReference"],
                one["Name"],
                one["NameKana"],
                _SEXES[one["Sex1"]],
                _day(one["Birthdate"]),
                one["Address"],
                one["PostNumber"],
            ),
            _card(one["Registered"], one.get("CertificateExpiresOn")),
        )
        for one in json.loads(document)["Persons"]
    ]


@lru_cache(maxsize=65_536)
def _card(registered: bool, expires_on: str | None) -> CardStanding:  # noqa: FBT001 # a value
    return CardStanding(registered, read_day(expires_on) if expires_on else None)


def _problem(response: httpx2.Response) -> ProblemDocument | None:
    with suppress(ValidationError):
        return ProblemDocument.model_validate_json(response.content)
    return None


def _said(response: httpx2.Response) -> str:
    problem = _problem(response)
    if problem is None:
        return f"HTTP status {response.status_code}"
    return f"{problem.code}, {(problem.detail or problem.title).rstrip('.')}"


def _seconds_to_wait(response: httpx2.Response) -> float:
    """Return what ``Retry-After`` says in seconds; 1 where it says a date, or nothing."""
    asked = response.headers.get("Retry-After", "")
    return min(float(asked), LONGEST_WAIT_SECONDS) if asked.isdecimal() else 1.0
