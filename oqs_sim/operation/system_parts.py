"""The other services of the system, which go back to their seeds together with OQS."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import httpx2
from pydantic import ValidationError

from eligibility.sentence import Sentence
from wire.catalogue import Catalogue
from wire.client import ask_while_up, cause_of, console_client
from wire.problem_document import ProblemDocument
from wire.vocabulary.consoles.seeds import SeedOrder, SeedReceipt

if TYPE_CHECKING:
    from collections.abc import Iterable

PATIENCE_SECONDS = 3.0
"""How long a service is waited for before it is asked whether it is up, and then has for that."""


class PartName(StrEnum):
    """A part of the system, by the name by which it tells that it is up."""

    OQS = "oqs"
    INTERMEDIATE_SERVER = "intermediate-server"
    TESTBED = "testbed"
    CLINIC = "clinic"

    @property
    def words(self) -> Sentence:
        """What it is called."""
        return _WORDS[self]


_WORDS = {
    PartName.OQS: Sentence("オンライン資格確認等システム", "OQS"),
    PartName.INTERMEDIATE_SERVER: Sentence("中間サーバー", "the intermediate server"),
    PartName.TESTBED: Sentence("カード（模擬操作盤）", "the cards (testbed)"),
    PartName.CLINIC: Sentence("受付", "the clinic"),
}


@dataclass(frozen=True)
class Trouble:
    """Why a part has not done what it was asked."""

    code: str
    said: Sentence
    """What happened, and what to do."""


@dataclass(frozen=True)
class PartOutcome:
    """What became of a part of the system, or why nothing did."""

    part: PartName
    milliseconds: float | None = None
    """How long it took; None where it has not done it."""
    trouble: Trouble | None = None
    ledger_epoch: int | None = None
    """Of the intermediate server: what was read of its ledger before is delivered no more."""


@dataclass(frozen=True)
class SystemPart:
    """A service that takes a seed of its own, at the address of its console."""

    name: PartName
    url: str

    async def take_seed(self, identity: str) -> PartOutcome:
        """Have it keep what it holds now; the intermediate server delivers nothing from then on."""
        return await self._ask("seed", identity)

    async def go_back(self, identity: str) -> PartOutcome:
        """Have it go back; the intermediate server delivers nothing from then on."""
        return await self._ask("reset", identity)

    async def end_hold(self) -> Trouble | None:
        """Have the intermediate server deliver again."""
        async with console_client(self.url, PATIENCE_SECONDS) as client:
            try:
                response = await ask_while_up(
                    client, "DELETE", "/sim/operation/hold", patience=PATIENCE_SECONDS
                )
            except httpx2.HTTPError as error:
                return self._silent(cause_of(error))
        return None if response.is_success else self._refused(response)

    async def _ask(self, what: str, identity: str) -> PartOutcome:
        hold = self.name is PartName.INTERMEDIATE_SERVER
        order = SeedOrder(identity=identity, hold=hold).model_dump(by_alias=True)
        async with console_client(self.url, PATIENCE_SECONDS) as client:
            try:
                response = await ask_while_up(
                    client, "POST", f"/sim/operation/{what}", order, patience=PATIENCE_SECONDS
                )
                if not response.is_success:
                    return PartOutcome(self.name, trouble=self._refused(response))
                receipt = SeedReceipt.model_validate_json(response.content)
            except (httpx2.HTTPError, ValidationError) as error:
                return PartOutcome(self.name, trouble=self._silent(cause_of(error)))
        return PartOutcome(self.name, receipt.milliseconds, ledger_epoch=receipt.ledger_epoch)

    def _silent(self, reason: str) -> Trouble:
        ja, en = self.name.words.ja, self.name.words.en
        return Trouble(
            Catalogue.SERVICE_UNREACHABLE.kind.code,
            Sentence(
                f"{ja}（{self.url}）が答えません。動いているか確かめ、もう一度行ってください。",
                f"{en[0].upper()}{en[1:]} at {self.url} does not answer ({reason}). See that it "
                "runs, and do it again.",
            ),
        )

    def _refused(self, response: httpx2.Response) -> Trouble:
        try:
            problem = ProblemDocument.model_validate_json(response.content)
        except ValidationError:
            return self._silent(f"HTTP status {response.status_code}")
        ja, en = self.name.words.ja, self.name.words.en
        told = " ".join(filter(None, (problem.title, problem.detail, problem.advice)))
        return Trouble(
            problem.code, Sentence(f"{ja}: {problem.japanese}", f"{en[0].upper()}{en[1:]}: {told}")
        )


def system_parts(
    intermediates: Iterable[str], testbed: str | None, clinics: Iterable[str]
) -> tuple[SystemPart, ...]:
    """Return the parts at these addresses, in the order in which they go back."""
    return (
        *(SystemPart(PartName.INTERMEDIATE_SERVER, url) for url in intermediates),
        *(SystemPart(PartName.TESTBED, url) for url in (testbed,) if url is not None),
        *(SystemPart(PartName.CLINIC, url) for url in clinics),
    )
