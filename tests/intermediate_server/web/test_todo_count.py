"""How much is to be done: a page that shows it all needs no other count, and no old one stands."""

from __future__ import annotations

import asyncio

import pytest

from intermediate_server.web.todo_list import TodoCount, TodoGroup, TodoList

pytestmark = pytest.mark.asyncio


class Desk:
    """Something that is to be done, and how often it was asked about."""

    def __init__(self) -> None:
        self.cases = 3
        self.asked = 0
        self.was_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self) -> TodoGroup:
        self.asked += 1
        self.was_asked.set()
        found = TodoGroup("desk", "", "", self.cases, ())
        await self.may_answer.wait()
        return found


async def test_a_page_that_shows_all_is_not_counted_for_again() -> None:
    desk = Desk()
    waiting = TodoCount(TodoList([desk]), ())
    (group,) = await waiting.groups()
    assert (group.count, (await waiting.counted()).text, desk.asked) == (3, "3", 1)


async def test_what_is_done_meanwhile_is_counted_anew() -> None:
    desk = Desk()
    waiting = TodoCount(TodoList([desk]), ())
    desk.may_answer.clear()
    page = asyncio.create_task(waiting.groups())
    await desk.was_asked.wait()
    desk.cases = 2
    waiting.forget()
    desk.may_answer.set()
    await page
    assert (await waiting.counted()).text == "2"


async def test_what_is_being_counted_ends_with_the_service() -> None:
    desk = Desk()
    waiting = TodoCount(TodoList([desk]), ())
    desk.may_answer.clear()
    page = asyncio.create_task(waiting.counted())
    await desk.was_asked.wait()
    await waiting.stop()
    await page
    await waiting.stop()  # with nothing to leave
    others = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
    assert others == []
