"""Looks at what the service rests on: who asks next is not told of a silence that is over."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from intermediate_server.looks import Look, Overdue


@pytest.mark.asyncio
async def test_an_answer_ends_the_silence_before_anybody_can_ask_again() -> None:
    async def ask() -> str:
        return "up"

    look = Look(ask, 30.0, 5.0)
    look.begin()
    await asyncio.sleep(0)  # the answer is there, and nobody has been woken by it
    assert look.silent_seconds == 0.0
    assert await look.answer() == "up"


@pytest.mark.asyncio
async def test_who_waits_for_a_question_that_is_given_up_is_told_that_there_is_no_answer() -> None:
    async def ask() -> str:
        await asyncio.Event().wait()
        raise AssertionError("nobody answers")

    look = Look(ask, gives_up_seconds=0.0, waits_seconds=5.0)
    first = asyncio.create_task(look.answer())
    await asyncio.sleep(0)
    with pytest.raises(Overdue):
        await look.answer(waits_seconds=0.0)
    with pytest.raises(Overdue):
        await first


@pytest.mark.asyncio
async def test_a_question_that_gives_itself_up_is_one_that_has_no_answer_yet() -> None:
    async def ask() -> str:
        await asyncio.sleep(0)
        raise httpx2.ReadTimeout("after two seconds")

    look = Look(ask, gives_up_seconds=3.0, waits_seconds=5.0)
    silences = []
    for _ in range(2):
        with pytest.raises(Overdue) as told:
            await look.answer()
        silences.append(told.value.seconds)
    assert silences == sorted(silences), "the silence goes on from one question to the next"


@pytest.mark.asyncio
async def test_a_look_that_is_stopped_has_let_go_of_whom_it_asks() -> None:
    let_go = []

    async def ask() -> str:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # a connection takes its time to be closed
            let_go.append(True)
        raise AssertionError("nobody answers")

    look = Look(ask, gives_up_seconds=30.0, waits_seconds=5.0)
    await look.stop()  # nobody has asked
    look.begin()
    await asyncio.sleep(0)
    await look.stop()
    assert let_go == [True]
