"""What is made of OQS's answers."""

from __future__ import annotations

import gc
import weakref

import httpx2
import pytest

from eligibility.identifiers.numbers import IndividualNumber
from intermediate_server.oqs_client import OqsClient
from wire.catalogue import Problem


@pytest.mark.asyncio
async def test_an_answer_that_was_a_failure_is_not_kept_in_memory() -> None:
    answers: list[weakref.ref[httpx2.Response]] = []

    def fail(_: httpx2.Request) -> httpx2.Response:
        answer = httpx2.Response(500)
        answers.append(weakref.ref(answer))
        return answer

    transport = httpx2.MockTransport(fail)
    async with httpx2.AsyncClient(transport=transport, base_url="https://oqs") as client:
        with pytest.raises(Problem):
            await OqsClient(client).match(IndividualNumber("990000000019"))
    gc.collect()
    assert [answer() for answer in answers] == [None]
