"""Looks at what the service rests on: who asks next is not told of a silence that is over."""

from __future__ import annotations

import asyncio

import pytest

from intermediate_server.looks import Look


@pytest.mark.asyncio
async def test_an_answer_ends_the_silence_before_anybody_can_ask_again() -> None:
    async def ask() -> str:
        return "up"

    look = Look(ask, 30.0, 5.0)
    look.begin()
    await asyncio.sleep(0)  # the answer is there, and nobody has been woken by it
    assert look.silent_seconds == 0.0
    assert await look.answer() == "up"
